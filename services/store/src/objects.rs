//! The object store behind crops and catalogues.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};

use crate::{ObjectConfig, StoreError};

/// An opened object store; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Where the local one keeps its files.
    folder: Arc<PathBuf>,
}

impl Objects {
    pub(crate) fn open(config: &ObjectConfig) -> Result<Self, StoreError> {
        let folder = |why: String| StoreError::Folder { path: config.objects.display().to_string(), why };
        std::fs::create_dir_all(&config.objects).map_err(|e| folder(e.to_string()))?;
        let local = LocalFileSystem::new_with_prefix(&config.objects).map_err(|e| folder(e.to_string()))?;
        // A folder's name may be a person's id: it goes with the last thing in it.
        let local = local.with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(local), folder: Arc::new(config.objects.clone()) })
    }

    /// Writes whole or not at all: a reader never sees half an object.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let written = self.store.put(&Path::from(key), bytes.into()).await;
        written.map(drop).map_err(|error| failed("write", key, &error))
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let unread = |error| match error {
            Error::NotFound { .. } => StoreError::Missing(kind(key)),
            error => failed("read", key, &error),
        };
        let found = self.store.get(&Path::from(key)).await.map_err(unread)?;
        found.bytes().await.map_err(unread)
    }

    /// What is not there is as good as removed.
    pub(crate) async fn remove(&self, key: &str) -> Result<(), StoreError> {
        match self.store.delete(&Path::from(key)).await {
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
        let found = self.store.list(Some(&Path::from(prefix))).try_collect().await;
        let found: Vec<_> = found.map_err(|error| failed("list", prefix, &error))?;
        let mut removed = 0;
        for object in found.iter().map(|meta| meta.location.as_ref()).filter(|key| !kept(key)) {
            self.remove(object).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Removes what writers that were killed left below `prefix`: files that never got their names, which no listing of the
    /// store tells of.
    pub(crate) async fn remove_unfinished(&self, prefix: &str) -> Result<(), StoreError> {
        let folder = self.folder.join(prefix);
        let removed = tokio::task::spawn_blocking(move || remove_unfinished(&folder)).await;
        let failed = |why: String| StoreError::Objects { action: format!("clear {}", kind(prefix)), why };
        removed.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.kind().to_string()))
    }

    pub(crate) async fn holds(&self, key: &str) -> Result<bool, StoreError> {
        match self.store.head(&Path::from(key)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed("look for", key, &error)),
        }
    }
}

fn remove_unfinished(folder: &std::path::Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            remove_unfinished(&path)?;
        } else if is_unfinished(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    // A folder's name may be a person's id. One that holds something stays.
    let _ = std::fs::remove_dir(folder);
    Ok(())
}

/// Whether a file is one that the store writes before it gives it its name: `context.png#1`.
fn is_unfinished(path: &std::path::Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
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
