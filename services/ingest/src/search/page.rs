//! One search page in a browser.

use std::collections::HashSet;

use fantoccini::Client;
use fantoccini::error::CmdError;
use serde::Deserialize;
use serde_json::json;

use super::{SearchConfig, SearchError};

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
        let mut known = HashSet::new();
        let mut addresses = shown.addresses.clone();
        addresses.retain(|address| known.insert(address.clone()));
        addresses.truncate(most);
        if addresses.is_empty() { Err(self.nothing(shown)) } else { Ok(addresses) }
    }

    async fn shown(&self) -> Result<Shown, SearchError> {
        let arguments = vec![json!(self.config.search_results), json!(self.config.search_attribute)];
        let answer = self.browser.execute(include_str!("results.js"), arguments).await;
        serde_json::from_value(answer.map_err(|e| self.script(&e))?).map_err(|e| self.driver(&e))
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
            _ => SearchError::NoAttribute { words, matches, attribute: self.config.search_attribute.clone() },
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
