//! A policy as a file: an encoded `avzeus.v1.PolicyPublished`.

use std::path::Path;

use domain::PolicyNetwork;
use learn::fold::Fold;
use proto::convert::decode;
use proto::{Malformed, Message, v1};

use crate::CliError;

/// A policy with where it came from.
pub(crate) struct PolicyFile {
    pub(crate) network: PolicyNetwork,
    pub(crate) published: v1::PolicyPublished,
}

impl PolicyFile {
    /// Reads a candidate.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let bytes = std::fs::read(path).map_err(CliError::file(path, "read"))?;
        Self::open(&bytes).map_err(|why| CliError::Candidate { path: path.to_owned(), why: why.to_string() })
    }

    /// Opens what stands in a file or in the bucket `policy`.
    pub(crate) fn open(bytes: &[u8]) -> Result<Self, Malformed> {
        let published: v1::PolicyPublished = decode("PolicyPublished", bytes)?;
        Ok(Self { network: published.network()?, published })
    }

    /// Writes what `fold` has learned. It was never published, and the same clicks give the same bytes.
    pub(crate) fn write(path: &Path, fold: &Fold) -> Result<(), CliError> {
        let candidate = v1::PolicyPublished::from(fold);
        std::fs::write(path, candidate.encode_to_vec()).map_err(CliError::file(path, "written"))
    }
}
