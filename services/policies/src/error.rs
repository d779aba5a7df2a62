//! What can go wrong between a policy's name and its serving.

use std::path::PathBuf;

use bus::BusError;
use domain::{Class, Classified};

/// A failure, in words for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    /// A file.
    #[error("{path} cannot be {action}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// read or written.
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file that is no policy.
    #[error("{path} is no candidate policy: {why}; `avzeus replay --out FILE` writes one")]
    Candidate {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing of that name is published, or nothing that could serve.
    #[error("no policy is called {0:?}; a learner's line, a pinned candidate or \"initial\" can be named")]
    NoPolicy(String),
    /// A number outside its range.
    #[error("{name} is {given}, it must be {range}")]
    OutOfRange {
        /// Which.
        name: &'static str,
        /// The number given.
        given: f64,
        /// In words.
        range: &'static str,
    },
    /// A file of clicks that cannot be read or written.
    #[error("{path} holds no clicks that can be read: {why}; `avzeus clicks export FILE` writes such files")]
    Clicks {
        /// Which file.
        path: PathBuf,
        /// Where, and what is wrong there.
        why: String,
    },
    /// Clicks that could not be encoded.
    #[error("clicks cannot be written as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The same, as lines.
    #[error("clicks cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Work that was given to another thread.
    #[error("encoding clicks panicked: {0}")]
    Panicked(String),
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl PoliciesError {
    pub(crate) fn file(
        path: impl Into<PathBuf>,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, action, source }
    }
}

impl Classified for PoliciesError {
    fn class(&self) -> Class {
        match self {
            Self::File { .. } | Self::Candidate { .. } | Self::OutOfRange { .. } | Self::Clicks { .. } => {
                Class::BadInput
            }
            Self::NoPolicy(_) => Class::NotFound,
            Self::Parquet(_) | Self::Json(_) | Self::Panicked(_) => Class::Bug,
            Self::Bus(error) => error.class(),
        }
    }
}
