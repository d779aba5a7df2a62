//! What can go wrong while learning.

use bus::BusError;
use domain::{Class, Classified};
use learning::admissibility::Inadmissible;
use learning::checkpoint::CheckpointError;
use proto::Malformed;
use tokio::task::JoinError;

/// A failure of the learner.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A checkpoint that cannot be gone on from.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What stands in the bucket `policy` is no policy.
    #[error(
        "the published policy cannot be read: {why}; write a sound one or delete key {line:?} of bucket \"policy\""
    )]
    Policy {
        /// The line.
        line: String,
        /// What is wrong with it.
        why: Malformed,
    },
    /// The stream lost clicks that were learned.
    #[error(
        "the click stream ends at sequence {stream} but {learned} were learned: bring the stream back, or delete \
         key {line:?} of the KV buckets \"policy\" and \"checkpoint\" to learn from what is left"
    )]
    StreamBehind {
        /// The line.
        line: String,
        /// Newest sequence of the stream.
        stream: u64,
        /// Newest sequence learned.
        learned: u64,
    },
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(#[from] JoinError),
}

impl Classified for LearnError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Checkpoint(e) => e.class(),
            Self::Policy { why, .. } => why.class(),
            Self::StreamBehind { .. } => Class::Conflict,
            Self::Panicked(_) => Class::Bug,
        }
    }
}

/// Why a message of the click stream is not learned from.
#[derive(Debug, thiserror::Error)]
#[error("click at sequence {sequence} of the stream: {why}")]
pub(crate) struct NotAClick {
    pub(crate) sequence: u64,
    pub(crate) why: Inadmissible,
}

impl Classified for NotAClick {
    fn class(&self) -> Class {
        self.why.class()
    }
}
