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
    /// A stream cannot be as it is needed; the service waits until it can.
    #[error("the broker refuses stream {stream}: {why}{}", .mending.map_or_else(String::new, |mending| format!("; {mending}")))]
    StreamRefused {
        /// Which.
        stream: String,
        /// The broker's words.
        why: String,
        /// What mends it, where that is known.
        mending: Option<&'static str>,
    },
    /// A stream of a name of ours was made by somebody else.
    #[error(
        "stream {stream} of the broker takes {subjects} and belongs to another system: give this one a namespace of its own \
         (AVZEUS_NAMESPACE)"
    )]
    AnotherSystems {
        /// Which.
        stream: String,
        /// The subjects that it takes.
        subjects: String,
    },
    /// An address that is none.
    #[error(transparent)]
    Setting(#[from] runtime::Invalid),
    /// A broker from before what is relied on.
    #[error(
        "the broker is nats-server {found}, {least} or newer is needed: AVZEUS_NATS_URL says which broker is used"
    )]
    TooOld {
        /// Its version.
        found: String,
        /// The oldest that does.
        least: String,
    },
    /// A broker whose JetStream is off.
    #[error(
        "the broker keeps no streams: start nats-server with JetStream (--jetstream, or jetstream {{}} in its configuration)"
    )]
    NoJetStream,
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
            Self::StreamRefused { .. } | Self::AnotherSystems { .. } => Class::Unavailable,
            Self::TooOld { .. } | Self::NoJetStream => Class::Unavailable,
            Self::Taken { .. } | Self::Outrun { .. } => Class::Conflict,
            Self::Superseded { .. } | Self::NotRetriable { .. } => Class::Conflict,
            Self::Token(_) => Class::NotFound,
            Self::Setting(_) => Class::BadInput,
        }
    }
}
