//! Why a row was refused.

use std::fmt;

use jiff::civil::Date;

use super::SOURCES_MOST;
use super::date::DateFault;
use crate::hosts::HostError;
use crate::id::PERSON_ID_MAX;

/// Why nobody is enrolled by a row, and nothing fetched for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Of the cell at fault; empty where it is the whole row.
    pub column: &'static str,
    /// What stands in the cell, or the part of it that is at fault.
    pub value: String,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// What is wrong with a cell, told after its column and value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// An id that is no safe name.
    #[error("must be 1 to {PERSON_ID_MAX} characters of a-z, 0-9 and -")]
    Id,
    /// A cell that must be filled.
    #[error("is empty")]
    Empty,
    /// A date that is none, or none for sure.
    #[error("{0}; write it like 2026-01-31")]
    Date(DateFault),
    /// Attested or granted on a day that has begun nowhere.
    #[error("lies in the future")]
    Future,
    /// A scope other than template and display.
    #[error("is no scope; write template, display or both, separated by a space")]
    Scope,
    /// Consent does not cover making a template.
    #[error("does not cover template, so no picture may be collected")]
    NoTemplate,
    /// Consent was withdrawn.
    #[error("says that consent was withdrawn")]
    Withdrawn,
    /// Consent had an end.
    #[error("says that consent has expired")]
    Expired,
    /// Everything about them was erased, and nothing says that they want it back.
    #[error(
        "is not after {0}, when they withdrew and everything about them was erased; a new consent, granted after that \
         day, enrols them again"
    )]
    Erased(Date),
    /// An id that several rows carry.
    #[error("stands in the roster more than once; leave the one row that counts")]
    Repeated,
    /// A link that is neither http nor https.
    #[error(
        "must be an http or https address, with an optional label= before it, like https://example.org/aoi"
    )]
    Link,
    /// A source that is none.
    #[error("must be folder, search, search=QUERY, list=FILE or an http or https address")]
    Source,
    /// A list of addresses that did not come with the row.
    #[error("names no text file that came with the roster; put it beside the roster, or upload it with it")]
    List,
    /// Pictures from the web, and no word on where from.
    #[error("reaches the web: name the hosts its pictures may be fetched from in column hosts")]
    NoHosts,
    /// A host that is none.
    #[error(transparent)]
    Host(#[from] HostError),
    /// More addresses than a person's pictures can need.
    #[error("and what it lists have {0} characters in all, the most is {SOURCES_MOST}; shorten the lists")]
    Sources(usize),
    /// A line of the roster that is no row.
    #[error("{0}")]
    Line(String),
}

impl RowError {
    pub(super) fn new(column: &'static str, value: &str, fault: RowFault) -> Self {
        Self { column, value: value.to_owned(), fault }
    }

    /// Returns whether the row says that the person's consent has ended, or no longer covers their pictures. Whoever it
    /// names is taken off the roster then; by any other refusal they stay as they are enrolled.
    pub fn ends_consent(&self) -> bool {
        matches!(self.fault, RowFault::NoTemplate | RowFault::Withdrawn | RowFault::Expired)
    }

    /// Returns what `person`, who withdrew and was erased `on` a day, is told of a consent `granted_on`.
    pub(super) fn erased(granted_on: Date, on: Date) -> Self {
        Self::new("consent_granted_on", &granted_on.to_string(), RowFault::Erased(on))
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, value, fault } = self;
        match fault {
            RowFault::Empty => write!(f, "{column} {fault}"),
            // They name the entry.
            RowFault::Host(_) => write!(f, "{column}: {fault}"),
            RowFault::Line(_) => write!(f, "{fault}"),
            _ => write!(f, "{column} {value:?} {fault}"),
        }
    }
}

impl std::error::Error for RowError {}
