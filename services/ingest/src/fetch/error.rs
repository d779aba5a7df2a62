//! Why a picture was not fetched.

use std::time::Duration;

use domain::{Class, Classified};
use vision::file_kind::OtherFile;

use super::networks::Refused;

/// Why a picture was not fetched. No message holds more of the address than its host: a query may carry a
/// secret.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No address at all.
    #[error("is no web address: {0}")]
    NoAddress(#[from] url::ParseError),
    /// An address that nobody needs.
    #[error("is an address of more than {0} characters")]
    LongAddress(usize),
    /// Another scheme than the web's.
    #[error("has the scheme {0:?}; only http and https are fetched")]
    Scheme(String),
    /// A user name or a password stands in the address.
    #[error("carries a user name or a password; nothing is fetched with one")]
    Credentials,
    /// A port of some other service.
    #[error("asks for port {0}; only 80, 443 and ports from 1024 are fetched from")]
    Port(u16),
    /// Not this person's.
    #[error("{0:?} is not on this person's list of hosts")]
    Unlisted(String),
    /// Outside the public web.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A redirect too many.
    #[error("redirects more than {0} times")]
    Redirects(usize),
    /// A redirect to nowhere.
    #[error("redirects with status {0}, but to no address")]
    Location(u16),
    /// The answer is no picture and no redirect.
    #[error("{host} answered {status}")]
    Status {
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// How long the host asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// A compressed answer, though none was asked for: how large it would become cannot be known.
    #[error("{host} sent its answer encoded as {encoding:?}, though it was asked for plain bytes")]
    Encoding {
        /// Who answered.
        host: String,
        /// The beginning of its Content-Encoding.
        encoding: String,
    },
    /// Too large.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    /// Its first bytes are not a picture's, whatever its Content-Type says.
    #[error("is {0}")]
    NotAPicture(OtherFile),
    /// What came is no HTTP, or its head is too large.
    #[error("{host} did not answer in HTTP: {why}")]
    NotHttp {
        /// Who answered.
        host: String,
        /// In the words of the HTTP library.
        why: String,
    },
    /// The name has no address now.
    #[error("{host} has no address: {why}")]
    Unresolved {
        /// Whose address was looked for.
        host: String,
        /// In the words of the system.
        why: String,
    },
    /// No connection, or one that ended without an answer.
    #[error("{host} did not answer: {why}")]
    Unreachable {
        /// Who was to be reached.
        host: String,
        /// In the words of the system.
        why: String,
    },
    /// The connection ended early.
    #[error("{host} broke off after {bytes} bytes")]
    Cut {
        /// Who answered.
        host: String,
        /// What had come.
        bytes: usize,
    },
    /// No answer yet.
    #[error("{host} did not begin to answer within {seconds} s")]
    Silent {
        /// Who was asked.
        host: String,
        /// Waited for.
        seconds: u64,
    },
    /// A slow drip.
    #[error("{host} sent less than {least} bytes a second")]
    TooSlow {
        /// Who answered.
        host: String,
        /// Bytes a second.
        least: u64,
    },
    /// The request took too long.
    #[error("{host} took longer than {seconds} s")]
    TooLong {
        /// Who was asked.
        host: String,
        /// Waited for.
        seconds: u64,
    },
    /// The host asked to be left alone for longer than is waited for.
    #[error("{host} asks to be left alone for {seconds} s more; collect again later")]
    Resting {
        /// Who asked for it.
        host: String,
        /// How much longer.
        seconds: u64,
    },
}

impl FetchError {
    /// Whether asking again later cannot help, so that the answer may be kept.
    pub fn is_final(&self) -> bool {
        !self.class().is_transient()
    }

    /// The outcome's name as a metric label and in summaries.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::NoAddress(_)
            | Self::LongAddress(_)
            | Self::Scheme(_)
            | Self::Credentials
            | Self::Port(_) => "bad_address",
            Self::Unlisted(_) => "unlisted",
            Self::Refused(_) => "refused",
            Self::Redirects(_) | Self::Location(_) => "bad_redirect",
            Self::Status { .. } => "bad_status",
            Self::Encoding { .. } => "encoded",
            Self::TooLarge(_) => "too_large",
            Self::NotAPicture(_) => "not_a_picture",
            Self::NotHttp { .. } => "not_http",
            Self::Unresolved { .. } | Self::Unreachable { .. } => "unreachable",
            Self::Cut { .. } => "cut",
            Self::Silent { .. } | Self::TooSlow { .. } | Self::TooLong { .. } => "too_slow",
            Self::Resting { .. } => "resting",
        }
    }
}

impl Classified for FetchError {
    fn class(&self) -> Class {
        match self {
            Self::NoAddress(_)
            | Self::LongAddress(_)
            | Self::Scheme(_)
            | Self::Credentials
            | Self::Port(_)
            | Self::Unlisted(_)
            | Self::Refused(_)
            | Self::Redirects(_)
            | Self::Location(_)
            | Self::Encoding { .. }
            | Self::TooLarge(_)
            | Self::NotAPicture(_)
            | Self::NotHttp { .. } => Class::BadInput,
            Self::Status { status, .. } => match status {
                429 => Class::Overloaded,
                408 | 425 | 500.. => Class::Unavailable,
                404 | 410 => Class::NotFound,
                _ => Class::BadInput,
            },
            Self::Resting { .. } => Class::Overloaded,
            Self::Unresolved { .. }
            | Self::Unreachable { .. }
            | Self::Cut { .. }
            | Self::Silent { .. }
            | Self::TooSlow { .. }
            | Self::TooLong { .. } => Class::Unavailable,
        }
    }
}
