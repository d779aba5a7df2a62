//! Catalogue snapshots.

use std::time::Duration;

use bytes::Bytes;
use domain::Classified;

use crate::objects::Objects;
use crate::{ObjectConfig, StoreError};

/// Pause before a store that is away is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Published catalogues, as encoded snapshots named by their version.
#[derive(Debug, Clone)]
pub struct Catalogues(Objects);

impl Catalogues {
    /// Opens the store, making its folder when it is missing.
    pub fn open(config: &ObjectConfig) -> Result<Self, StoreError> {
        Objects::open(config).map(Self)
    }

    /// Stores `snapshot` and returns the object key that finds it.
    pub async fn put(&self, version: &str, snapshot: Bytes) -> Result<String, StoreError> {
        let key = key(version);
        self.0.put(&key, snapshot).await?;
        Ok(key)
    }

    /// The snapshot of a version, which somebody is serving.
    pub async fn published(&self, version: &str) -> Result<Bytes, StoreError> {
        self.get(&key(version)).await
    }

    /// Removes the snapshot behind an object key, if it is there.
    pub async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.0.remove(key).await
    }

    /// Removes every snapshot but the one behind `kept`, told of or not; returns how many there were.
    pub async fn remove_all_but(&self, kept: Option<&str>) -> Result<u64, StoreError> {
        self.0.remove_below("catalogues", |key| Some(key) == kept).await
    }

    /// The snapshot behind an object key. A store that is away for a moment must not cost a catalogue: it
    /// is asked again until it answers, so an error says that this key has no snapshot.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        loop {
            match self.0.get(key).await {
                Err(error) if error.class().is_transient() => {
                    tracing::warn!(key, %error, "a catalogue is read again");
                    tokio::time::sleep(AGAIN).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn key(version: &str) -> String {
    format!("catalogues/{version}.pb")
}
