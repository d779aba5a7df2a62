//! Image search: addresses of pictures from a page that a real browser has loaded. The browser loads no pictures itself.

mod config;
mod error;
mod page;

use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

pub(crate) use config::SearchConfig;
pub(crate) use error::SearchError;

use page::Page;

/// Time that the WebDriver server has to open or close a browser.
const PATIENCE: Duration = Duration::from_secs(30);

/// The searches of one run: they share a browser, which is opened with the first.
pub(crate) struct Search {
    config: SearchConfig,
    browser: Option<Client>,
}

impl Search {
    pub(crate) fn new(config: SearchConfig) -> Self {
        Self { config, browser: None }
    }

    /// Addresses of the pictures found for `query`, or for the configured words about `name`: in the order of the page,
    /// each once, bounded.
    pub(crate) async fn results(
        &mut self,
        name: &str,
        query: Option<&str>,
    ) -> Result<Vec<String>, SearchError> {
        if !self.config.is_set_up() {
            return Err(SearchError::NotSetUp);
        }
        let words = self.config.words(name, query);
        let browser = match self.browser.take() {
            Some(browser) => browser,
            None => self.open().await?,
        };
        // Kept before it is used, so that it is closed also when this is dropped half-way.
        let browser = self.browser.insert(browser);
        let outcome = Page::open(browser, &self.config, &words).await;
        let outcome = match outcome {
            Ok(page) => page.results().await,
            Err(error) => Err(error),
        };
        if matches!(outcome, Err(SearchError::Driver { .. })) {
            // The next search may find the server at work again.
            self.close().await;
        }
        outcome
    }

    async fn open(&self) -> Result<Client, SearchError> {
        let failed = |why: String| SearchError::Driver { url: self.config.webdriver_url.clone(), why };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(self.capabilities());
        let opened = tokio::time::timeout(PATIENCE, builder.connect(&self.config.webdriver_url)).await;
        opened
            .map_err(|_| failed(format!("no browser after {} s", PATIENCE.as_secs())))?
            .map_err(|error| failed(runtime::failure::told(&error)))
    }

    /// Closes the browser, if one was opened.
    pub(crate) async fn close(&mut self) {
        if let Some(browser) = self.browser.take()
            && !matches!(tokio::time::timeout(PATIENCE, browser.close()).await, Ok(Ok(())))
        {
            tracing::warn!("the WebDriver server did not close its browser");
        }
    }

    fn capabilities(&self) -> Capabilities {
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Pictures are fetched by the collector, under its rules.
            "--blink-settings=imagesEnabled=false",
            "--window-size=1280,1600",
        ];
        let timeouts = json!({
            "pageLoad": u64::from(self.config.search_load_seconds) * 1000,
            "script": u64::from(self.config.search_scroll_ms) + 10_000,
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("browserName".to_owned(), json!("chrome"));
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": args }));
        capabilities.insert("timeouts".to_owned(), timeouts);
        capabilities
    }
}
