//! A policy by the name a person gives: a file, a learner's line, a pinned candidate, or the initial one.

use std::path::Path;

use bus::{Bucket, Bus};
use domain::PolicyNetwork;
use domain::serving::{CANDIDATE, INITIAL};
use proto::{Message, v1};
use sha2::{Digest, Sha256};

use super::PolicyFile;
use crate::CliError;

/// A policy that may serve.
pub(super) struct Candidate {
    /// Its key in the bucket `policy`, or `initial`.
    pub(super) name: String,
    pub(super) network: PolicyNetwork,
    /// What is to be published under that key first, for a file.
    published: Option<v1::PolicyPublished>,
}

impl Candidate {
    /// The policy before any click.
    pub(super) fn initial() -> Self {
        Self { name: INITIAL.to_owned(), network: PolicyNetwork::before_any_click(), published: None }
    }

    /// `given` is the path of a file, or else a name.
    pub(super) async fn find(bus: &Bus, given: &str) -> Result<Self, CliError> {
        if Path::new(given).is_file() { Self::read(Path::new(given)) } else { Self::named(bus, given).await }
    }

    /// What is published under `name` now.
    pub(super) async fn named(bus: &Bus, name: &str) -> Result<Self, CliError> {
        if name == INITIAL {
            return Ok(Self::initial());
        }
        let unknown = || CliError::NoPolicy(name.to_owned());
        let stored =
            bus.bucket(Bucket::Policy).get(name).await.map_err(|_| unknown())?.ok_or_else(unknown)?;
        let PolicyFile { network, .. } = PolicyFile::open(&stored.value).map_err(|_| unknown())?;
        Ok(Self { name: name.to_owned(), network, published: None })
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let PolicyFile { network, published } = PolicyFile::read(path)?;
        // As a pinned policy it learns nothing more that it could wait for.
        let published = v1::PolicyPublished { shadow_clicks: 0, ..published };
        let digest = Sha256::digest(published.encode_to_vec());
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name: format!("{CANDIDATE}{digest}"), network, published: Some(published) })
    }

    /// Puts a file's policy into the bucket, once: its name follows from what is in it.
    pub(super) async fn publish(&self, bus: &Bus) -> Result<(), CliError> {
        let (bucket, Some(published)) = (bus.bucket(Bucket::Policy), &self.published) else { return Ok(()) };
        if bucket.get(&self.name).await?.is_none() {
            bucket.put(&self.name, published.encode_to_vec().into()).await?;
        }
        Ok(())
    }
}
