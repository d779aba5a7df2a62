//! Catalogue snapshots.

use bytes::Bytes;

use crate::objects::Objects;
use crate::{ObjectConfig, StoreError};

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
        let key = format!("catalogues/{version}.pb");
        self.0.put(&key, snapshot).await?;
        Ok(key)
    }

    /// The snapshot behind an object key.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        self.0.get(key).await
    }
}
