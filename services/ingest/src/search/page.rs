//! One search page in a browser.

use std::collections::HashSet;

use fantoccini::Client;
use fantoccini::error::CmdError;
use serde::Deserialize;
use serde_json::json;

use super::{SearchConfig, SearchError};
use crate::fetch::LONGEST;

/// Scrolls after which a page has shown enough.
const MOST_SCROLLS: usize = 30;

/// A page that is loaded.
pub(super) struct Page<'a> {
    browser: &'a Client,
    config: &'a SearchConfig,
    words: &'a str,
}

/// What `results.js` answers.
#[derive(Deserialize)]
struct Shown {
    matches: u64,
    addresses: Vec<String>,
    title: String,
    /// Pictures and links, results or not.
    others: u64,
    /// HTTP status; 0 where the browser does not tell.
    status: u64,
    /// Results that hold a picture, or what stands for one that is not loaded yet, instead of an address.
    #[serde(skip)]
    left_out: usize,
}

impl Shown {
    /// Leaves out what is no address of a picture but the picture itself, as text: it would go into the ledger and every
    /// report. Addresses that nothing may be fetched from are told with the reason, like every other.
    fn keep_addresses(&mut self) {
        let before = self.addresses.len();
        self.addresses.retain(|address| is_address(address));
        self.left_out = before - self.addresses.len();
    }
}

fn is_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.starts_with("data:")
}

impl<'a> Page<'a> {
    pub(super) async fn open(
        browser: &'a Client,
        config: &'a SearchConfig,
        words: &'a str,
    ) -> Result<Self, SearchError> {
        let page = Self { browser, config, words };
        browser.goto(&config.page(words)).await.map_err(|error| match error {
            // In the browser's words: it stands, and the page does not.
            CmdError::Standard(told) => {
                let why = told.message.lines().next().unwrap_or_default().to_owned();
                SearchError::Page { words: words.to_owned(), why }
            }
            other => page.driver(&other),
        })?;
        Ok(page)
    }

    /// The addresses of the results, in order, each once: at most as many as the settings say.
    pub(super) async fn results(&self) -> Result<Vec<String>, SearchError> {
        let most = self.config.search_most as usize;
        let mut shown = self.shown().await?;
        for _ in 0..MOST_SCROLLS {
            if shown.status >= 400 || shown.addresses.len() >= most || !self.shows_more().await? {
                break;
            }
            shown = self.shown().await?;
        }
        if shown.left_out > 0 {
            tracing::info!(
                left_out = shown.left_out,
                "results that hold a picture instead of its address are passed over"
            );
        }
        let mut known = HashSet::new();
        let mut addresses = shown.addresses.clone();
        addresses.retain(|address| known.insert(address.clone()));
        addresses.truncate(most);
        if addresses.is_empty() { Err(self.nothing(shown)) } else { Ok(addresses) }
    }

    async fn shown(&self) -> Result<Shown, SearchError> {
        let SearchConfig { search_results, search_attribute, .. } = self.config;
        let arguments = vec![json!(search_results), json!(search_attribute), json!(LONGEST)];
        let answer = self.browser.execute(include_str!("results.js"), arguments).await;
        let answer = serde_json::from_value(answer.map_err(|e| self.script(&e))?);
        let mut shown: Shown = answer.map_err(|e| self.driver(&e))?;
        shown.keep_addresses();
        Ok(shown)
    }

    async fn shows_more(&self) -> Result<bool, SearchError> {
        let arguments = vec![json!(self.config.search_results), json!(self.config.search_scroll_ms)];
        let answer = self.browser.execute_async(include_str!("more.js"), arguments).await;
        Ok(answer.map_err(|e| self.script(&e))? == json!(true))
    }

    /// Why there are no addresses.
    fn nothing(&self, shown: Shown) -> SearchError {
        let words = self.words.to_owned();
        let Shown { matches, title, others, status, .. } = shown;
        match (status, matches, others) {
            (400.., ..) => SearchError::Status { words, status },
            (_, 0, 0) => SearchError::NoResults { words },
            (_, 0, _) => {
                SearchError::NoMatch { words, title, others, selector: self.config.search_results.clone() }
            }
            _ => SearchError::NoAddress { words, matches, attribute: self.config.search_attribute.clone() },
        }
    }

    /// Our scripts fail for one reason of their own: a selector that does not parse.
    fn script(&self, error: &CmdError) -> SearchError {
        if error.is_javascript_error() {
            SearchError::Selector(self.config.search_results.clone())
        } else {
            self.driver(error)
        }
    }

    fn driver(&self, error: &dyn std::error::Error) -> SearchError {
        let why = runtime::failure::told(error);
        SearchError::Driver { url: self.config.webdriver_url.clone(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_holds_its_picture_is_none() {
        let web = |length: usize| format!("http://example.org/{}", "a".repeat(length - 19));
        let addresses = [
            "https://example.org/a.jpg".to_owned(),
            "data:image/gif;base64,R0lGODlhAQABAAAAACw=".to_owned(),
            format!("data:image/jpeg;base64,{}", "A".repeat(1 << 20)),
            web(LONGEST),
            web(LONGEST + 1),
            "file:///etc/passwd".to_owned(),
            String::new(),
        ];
        let answer = json!({ "matches": 7, "addresses": addresses, "title": "", "others": 0, "status": 200 });
        let mut shown: Shown = serde_json::from_value(answer).unwrap();
        shown.keep_addresses();
        let kept = ["https://example.org/a.jpg".to_owned(), web(LONGEST), "file:///etc/passwd".to_owned()];
        assert_eq!((shown.left_out, shown.addresses), (4, kept.to_vec()));
    }
}
