//! The object store behind crops and catalogues.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};

use crate::{ObjectConfig, StoreError};

/// An opened object store; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Objects(Arc<dyn ObjectStore>);

impl Objects {
    pub(crate) fn open(config: &ObjectConfig) -> Result<Self, StoreError> {
        let folder = |why: String| StoreError::Folder { path: config.objects.display().to_string(), why };
        std::fs::create_dir_all(&config.objects).map_err(|e| folder(e.to_string()))?;
        let local = LocalFileSystem::new_with_prefix(&config.objects).map_err(|e| folder(e.to_string()))?;
        // A folder's name may be a person's id: it goes with the last thing in it.
        let local = local.with_automatic_cleanup(true);
        Ok(Self(Arc::new(local)))
    }

    /// Writes whole or not at all: a reader never sees half an object.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let written = self.0.put(&Path::from(key), bytes.into()).await;
        written.map(drop).map_err(|error| failed("write", key, &error))
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let unread = |error| match error {
            Error::NotFound { .. } => StoreError::Missing(kind(key)),
            error => failed("read", key, &error),
        };
        let found = self.0.get(&Path::from(key)).await.map_err(unread)?;
        found.bytes().await.map_err(unread)
    }

    /// What is not there is as good as removed.
    pub(crate) async fn remove(&self, key: &str) -> Result<(), StoreError> {
        match self.0.delete(&Path::from(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", key, &error)),
        }
    }

    /// Removes everything below `prefix` that `kept` does not name; returns how much that was.
    pub(crate) async fn remove_below(
        &self,
        prefix: &str,
        kept: impl Fn(&str) -> bool,
    ) -> Result<u64, StoreError> {
        let found = self.0.list(Some(&Path::from(prefix))).try_collect().await;
        let found: Vec<_> = found.map_err(|error| failed("list", prefix, &error))?;
        let mut removed = 0;
        for object in found.iter().map(|meta| meta.location.as_ref()).filter(|key| !kept(key)) {
            self.remove(object).await?;
            removed += 1;
        }
        Ok(removed)
    }

    pub(crate) async fn holds(&self, key: &str) -> Result<bool, StoreError> {
        match self.0.head(&Path::from(key)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed("look for", key, &error)),
        }
    }
}

/// `action` on `key` failed. What the system said is told, not what the store makes of it: that names the path.
fn failed(action: &str, key: &str, error: &Error) -> StoreError {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let system = causes.find_map(|cause| cause.downcast_ref::<io::Error>());
    let why = system.map_or_else(|| "it gave no reason of the system's".to_owned(), io::Error::to_string);
    StoreError::Objects { action: format!("{action} {}", kind(key)), why }
}

/// What a failure may tell of `key`: a crop's names a person.
fn kind(key: &str) -> String {
    if key.starts_with("crops/") { "a crop".to_owned() } else { key.to_owned() }
}
