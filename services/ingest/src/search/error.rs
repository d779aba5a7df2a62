//! Why a search gave no pictures.

/// A search that gave none; the person's other sources go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// No page, or nothing to read it with.
    #[error(
        "searching is not set up: AVZEUS_INGEST_WEBDRIVER_URL names a WebDriver server and AVZEUS_INGEST_SEARCH_URL a page"
    )]
    NotSetUp,
    /// The WebDriver server.
    #[error("the WebDriver server at {url} does not do its work: {why}")]
    Driver {
        /// Its address.
        url: String,
        /// In its words, or the connection's.
        why: String,
    },
    /// The page.
    #[error("the search page for {words:?} does not open: {why}")]
    Page {
        /// What was searched for.
        words: String,
        /// In the browser's words.
        why: String,
    },
    /// The page is an error.
    #[error("the search page for {words:?} answered {status}")]
    Status {
        /// What was searched for.
        words: String,
        /// HTTP status.
        status: u64,
    },
    /// Neither results nor anything else.
    #[error("the search page for {words:?} shows no results")]
    NoResults {
        /// What was searched for.
        words: String,
    },
    /// Something, but no results.
    #[error(
        "nothing on the search page for {words:?} ({title:?}, {others} pictures and links) matches {selector:?}: it found \
         nobody, or AVZEUS_INGEST_SEARCH_RESULTS is out of date"
    )]
    NoMatch {
        /// What was searched for.
        words: String,
        /// The page's.
        title: String,
        /// Pictures and links on it.
        others: u64,
        /// CSS.
        selector: String,
    },
    /// Results without an address.
    #[error(
        "none of the {matches} results for {words:?} has an address in its {attribute:?}: see \
         AVZEUS_INGEST_SEARCH_ATTRIBUTE"
    )]
    NoAddress {
        /// What was searched for.
        words: String,
        /// Results.
        matches: u64,
        /// What they lack.
        attribute: String,
    },
    /// A selector that is none.
    #[error("AVZEUS_INGEST_SEARCH_RESULTS is {0:?}, which is no CSS selector")]
    Selector(String),
}
