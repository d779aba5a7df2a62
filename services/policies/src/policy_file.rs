//! A policy as a file: an encoded `avzeus.v1.PolicyPublished`.

use std::path::Path;

use bus::{Bucket, Bus};
use domain::PolicyNetwork;
use proto::convert::decode;
use proto::{Malformed, Message, v1};

use crate::PoliciesError;
use crate::candidate::is_name;

/// A policy with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    /// Its parameters.
    pub network: PolicyNetwork,
    /// All that was published of it.
    pub published: v1::PolicyPublished,
}

impl PolicyFile {
    /// Reads a candidate.
    pub fn read(path: &Path) -> Result<Self, PoliciesError> {
        let bytes = std::fs::read(path).map_err(PoliciesError::file(path, "read"))?;
        let candidate =
            |why: Malformed| PoliciesError::Candidate { path: path.to_owned(), why: why.to_string() };
        Self::open(&bytes).map_err(candidate)
    }

    /// What stands under `name` in the bucket `policy`.
    pub async fn published(bus: &Bus, name: &str) -> Result<Self, PoliciesError> {
        let unknown = || PoliciesError::NoPolicy(name.to_owned());
        if !is_name(name) {
            return Err(unknown());
        }
        let stored = bus.bucket(Bucket::Policy).get(name).await?.ok_or_else(unknown)?;
        Self::open(&stored.value).map_err(|_| unknown())
    }

    /// Opens what stands in a file or in the bucket `policy`.
    pub fn open(bytes: &[u8]) -> Result<Self, Malformed> {
        let published: v1::PolicyPublished = decode("PolicyPublished", bytes)?;
        Ok(Self { network: published.network()?, published })
    }

    /// Writes what was learned and never published: the same clicks give the same bytes.
    pub fn write(path: &Path, candidate: &v1::PolicyPublished) -> Result<(), PoliciesError> {
        std::fs::write(path, candidate.encode_to_vec()).map_err(PoliciesError::file(path, "written"))
    }
}
