//! What can go wrong with stored things.

use domain::{Class, Classified};

/// A failure of the object store or of Redis.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such object.
    #[error("{0} is not in the object store")]
    Missing(String),
    /// The object store could not do it. Its own words hold the object's path, which may name a person.
    #[error("the object store could not {action}: {why}")]
    Objects {
        /// What was asked.
        action: String,
        /// The system's words for it.
        why: String,
    },
    /// The folder cannot be used.
    #[error("folder {path} (AVZEUS_OBJECTS) cannot be used: {why}")]
    Folder {
        /// Which.
        path: String,
        /// The system's words.
        why: String,
    },
    /// Redis could not do it.
    #[error("redis could not {action}: {source}")]
    Redis {
        /// What was asked.
        action: &'static str,
        /// Its words.
        source: redis::RedisError,
    },
    /// Redis did not answer in time, or there is no connection.
    #[error("redis is not reachable")]
    RedisAway,
}

impl Classified for StoreError {
    fn class(&self) -> Class {
        match self {
            Self::Missing(_) => Class::NotFound,
            _ => Class::Unavailable,
        }
    }
}
