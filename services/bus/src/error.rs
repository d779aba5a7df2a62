//! What can go wrong between a service and the broker.

use domain::{Class, Classified};

/// A failure of the broker or of what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// No connection now; the client keeps trying by itself.
    #[error("the broker is not reachable")]
    Disconnected,
    /// It was asked and did not answer as it should.
    #[error("the broker could not {action}: {why}")]
    Failed {
        /// What was asked.
        action: String,
        /// Its words or the client's.
        why: String,
    },
    /// A subject that takes one message only has one.
    #[error("{subject} is taken")]
    Taken {
        /// The subject.
        subject: String,
    },
    /// A stream, an account or the disk has no room. What was refused is stored when it is tried again and there is room.
    #[error(
        "the broker has no room for {what}: {why}; free disk space or raise its limits, and the same again succeeds"
    )]
    Full {
        /// What was not stored.
        what: String,
        /// The broker's words.
        why: String,
    },
    /// Something else stands under the subject of a message that was to be published again.
    #[error("something newer of {kind} has taken the place of this message; drop it")]
    Superseded {
        /// The first two tokens of the subject.
        kind: String,
    },
    /// A dead letter that would only come back.
    #[error("a dead letter of {kind} cannot be retried: {why}; drop it")]
    NotRetriable {
        /// The first two tokens of its subject.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
    /// Compare-and-set lost: somebody else wrote first.
    #[error("{key} of bucket {bucket} was changed by another")]
    Outrun {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// A name that would not be one token of a subject.
    #[error("{0:?} cannot name anything here: 1 to 64 of a-z, A-Z, 0-9, - and _ can")]
    Token(String),
    /// The service was told to end while it waited.
    #[error("told to end while waiting for the broker")]
    Ended,
}

impl BusError {
    pub(crate) fn failed(action: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Failed { action: action.into(), why: why.to_string() }
    }
}

impl Classified for BusError {
    fn class(&self) -> Class {
        match self {
            Self::Disconnected | Self::Failed { .. } | Self::Full { .. } | Self::Ended => Class::Unavailable,
            Self::Taken { .. } | Self::Outrun { .. } => Class::Conflict,
            Self::Superseded { .. } | Self::NotRetriable { .. } => Class::Conflict,
            Self::Token(_) => Class::NotFound,
        }
    }
}
