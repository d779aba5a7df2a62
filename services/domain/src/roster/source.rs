//! Where pictures of a person are looked for.

use std::fmt;

use super::refusal::{RowError, RowFault};
use super::{SOURCES, is_web};

/// Where pictures of a person are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `folder`: the files of `photos/<id>/` beside the roster.
    Folder,
    /// `search` or `search=QUERY`: what the image search page finds for the query; without one, for the
    /// configured words about the person's name.
    Search(Option<String>),
    /// The http or https address of one picture.
    Address(String),
}

impl Source {
    /// Whether it reaches beyond the collector's own disk.
    pub fn is_of_the_web(&self) -> bool {
        !matches!(self, Self::Folder)
    }
}

/// As it is written on a roster.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("folder"),
            Self::Search(None) => f.write_str("search"),
            Self::Search(Some(query)) => write!(f, "search={query}"),
            Self::Address(address) => f.write_str(address),
        }
    }
}

impl std::str::FromStr for Source {
    type Err = RowError;

    fn from_str(written: &str) -> Result<Self, RowError> {
        let written = written.trim();
        if is_web(written) {
            return Ok(Self::Address(written.to_owned()));
        }
        // Spreadsheets begin a cell's first word with a capital.
        let (word, query) = match written.split_once('=') {
            Some((word, query)) => (word.trim().to_ascii_lowercase(), Some(query.trim())),
            None => (written.to_ascii_lowercase(), None),
        };
        match (word.as_str(), query) {
            ("folder", None) => Ok(Self::Folder),
            ("search", None) => Ok(Self::Search(None)),
            ("search", Some(query)) if !query.is_empty() => Ok(Self::Search(Some(query.to_owned()))),
            _ => Err(RowError::new(SOURCES, written, RowFault::Source)),
        }
    }
}
