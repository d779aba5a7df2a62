//! Settings of the image search.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::Invalid;

/// What stands for the words searched for in the page's address.
const QUERY: &str = "{query}";
/// What stands for the person's name in the words searched for.
const NAME: &str = "{name}";
/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The image search page, and the WebDriver server it is read through.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Image search")]
pub(crate) struct SearchConfig {
    /// Address of a WebDriver server, as in http://127.0.0.1:9515 (chromedriver). Empty: `search` sources are reported
    /// as not possible.
    #[arg(long, env = "AVZEUS_INGEST_WEBDRIVER_URL", default_value = "")]
    pub(super) webdriver_url: String,

    /// Address of the search page; {query} stands for the words searched for. Empty: `search` sources are reported
    /// as not possible.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_URL", default_value = "")]
    pub(super) search_url: String,

    /// The words searched for where a roster says `search` alone; {name} stands for the person's name.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_QUERY", default_value = "{name} 画像")]
    pub(super) search_query: String,

    /// CSS selector of the results on the page.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_RESULTS", default_value = "img")]
    pub(super) search_results: String,

    /// Attribute of a result that holds the picture's address, as in src, href or data-src.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_ATTRIBUTE", default_value = "src")]
    pub(super) search_attribute: String,

    /// Results taken from a page; it is scrolled until it shows so many, or no more.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_MOST", default_value_t = 200,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) search_most: u32,

    /// Longest time the page may take to load, in seconds.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_LOAD_SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u32).range(1..=300))]
    pub(super) search_load_seconds: u32,

    /// Time after a scroll in which new results may appear, in milliseconds.
    #[arg(long, env = "AVZEUS_INGEST_SEARCH_SCROLL_MS", default_value_t = 3_000,
          value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(super) search_scroll_ms: u32,
}

impl SearchConfig {
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        if !self.search_url.is_empty() && !self.search_url.contains(QUERY) {
            let why = format!("is {:?}, which has no {QUERY} in it", self.search_url);
            return Err(Invalid { setting: "AVZEUS_INGEST_SEARCH_URL", why });
        }
        Ok(())
    }

    /// Whether there is a page to look at and something to look with.
    pub(super) fn is_set_up(&self) -> bool {
        !self.webdriver_url.is_empty() && !self.search_url.is_empty()
    }

    /// The words searched for: `query`, or else those about `name`.
    pub(super) fn words(&self, name: &str, query: Option<&str>) -> String {
        query.map_or_else(|| self.search_query.replace(NAME, name), str::to_owned)
    }

    /// The address of the page that answers `words`.
    pub(super) fn page(&self, words: &str) -> String {
        self.search_url.replace(QUERY, &utf8_percent_encode(words, RESERVED).to_string())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Settings {
        #[command(flatten)]
        search: SearchConfig,
    }

    fn settings(url: &str) -> SearchConfig {
        Settings::parse_from(["x", "--search-url", url]).search
    }

    #[test]
    fn words_are_about_the_name_and_safe_within_an_address() {
        let config = settings("https://example.org/find?q={query}&kind=pictures");
        let words = config.words("Aoi & Mori", None);
        assert_eq!(words, "Aoi & Mori 画像");
        assert_eq!(
            config.page(&words),
            "https://example.org/find?q=Aoi%20%26%20Mori%20%E7%94%BB%E5%83%8F&kind=pictures"
        );
        assert_eq!(config.words("Aoi", Some("Aoi singer")), "Aoi singer");
        assert!(config.validate().is_ok() && !config.is_set_up());
        assert!(settings("https://example.org/find").validate().is_err());
    }
}
