//! A policy by its name or as a file: a learner's line, a pinned candidate, or the initial one.

use std::path::Path;

use bus::{Bucket, Bus};
use domain::serving::{CANDIDATE, INITIAL, is_line};
use domain::{Hex, PolicyNetwork};
use proto::{Message, v1};
use sha2::{Digest, Sha256};

use crate::{PoliciesError, PolicyFile};

/// A policy that may serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its key in the bucket `policy`, or `initial`.
    pub name: String,
    /// Its parameters.
    pub network: PolicyNetwork,
    /// Stream sequence of the last click that it has learned from; 0 where it has from none.
    pub last_sequence: u64,
    /// What is to be published under that key first, for a file.
    published: Option<v1::PolicyPublished>,
}

impl Candidate {
    /// The policy before any click.
    pub fn initial() -> Self {
        let network = PolicyNetwork::before_any_click();
        Self { name: INITIAL.to_owned(), network, last_sequence: 0, published: None }
    }

    /// What is published under `name` now; [`PoliciesError::NoPolicy`] where nothing is that could serve.
    pub async fn named(bus: &Bus, name: &str) -> Result<Self, PoliciesError> {
        if name == INITIAL {
            return Ok(Self::initial());
        }
        Ok(Self::of(name, PolicyFile::published(bus, name).await?))
    }

    /// What makes the recommendations that `name` is to make.
    pub(crate) async fn serving(bus: &Bus, name: &str) -> Result<Self, PoliciesError> {
        Self::standing(name, PolicyFile::published(bus, name).await)
    }

    /// The initial policy stands in for what is not there, and for a line that has learned too little to serve.
    fn standing(name: &str, found: Result<PolicyFile, PoliciesError>) -> Result<Self, PoliciesError> {
        match found {
            Ok(found) if found.published.is_ready() => Ok(Self::of(name, found)),
            Ok(_) | Err(PoliciesError::NoPolicy(_)) => Ok(Self::initial()),
            Err(error) => Err(error),
        }
    }

    fn of(name: &str, PolicyFile { network, published }: PolicyFile) -> Self {
        let last_sequence = published.last_sequence;
        Self { name: name.to_owned(), network, last_sequence, published: None }
    }

    /// Reads a file's policy. As a pinned one it is called by what is in it.
    pub fn read(path: &Path) -> Result<Self, PoliciesError> {
        let PolicyFile { network, published } = PolicyFile::read(path)?;
        // As a pinned policy it learns nothing more that it could wait for.
        let published = v1::PolicyPublished { shadow_clicks: 0, ..published };
        let digest = Sha256::digest(published.encode_to_vec());
        Ok(Self {
            name: format!("{CANDIDATE}{}", Hex(&digest[..6])),
            network,
            last_sequence: published.last_sequence,
            published: Some(published),
        })
    }

    /// Puts a file's policy into the bucket, once: its name follows from what is in it.
    pub async fn publish(&self, bus: &Bus) -> Result<(), PoliciesError> {
        let (bucket, Some(published)) = (bus.bucket(Bucket::Policy), &self.published) else { return Ok(()) };
        if bucket.get(&self.name).await?.is_none() {
            bucket.put(&self.name, published.encode_to_vec().into()).await?;
        }
        Ok(())
    }
}

/// Whether anything could be published under `name`: a line's name, or that of a pinned candidate.
pub(crate) fn is_name(name: &str) -> bool {
    let pinned = |digest: &str| digest.len() <= 64 && is_line(digest);
    is_line(name) || name.strip_prefix(CANDIDATE).is_some_and(pinned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_address_another_key() {
        for name in ["live", "acer-2", "candidate.0f3a", "candidate.abcdef012345"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "serving", "initial", "*", ">", "candidate.", "candidate.*", "candidate.a.b", "a b"]
        {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_initial_policy_stands_in_for_a_line_in_its_shadow() {
        let mut network = PolicyNetwork::before_any_click();
        network.mean.bias = vec![0.5; 4];
        let standing = |clicks_applied| {
            let published = v1::PolicyPublished { clicks_applied, shadow_clicks: 100, ..Default::default() };
            Candidate::standing("live", Ok(PolicyFile { network: network.clone(), published })).unwrap()
        };
        assert_eq!(standing(99), Candidate::initial());
        assert_eq!((standing(100).name.as_str(), &standing(100).network), ("live", &network));
        let nothing = Err(PoliciesError::NoPolicy("live".to_owned()));
        assert_eq!(Candidate::standing("live", nothing).unwrap(), Candidate::initial());
        let unread = Err(PoliciesError::Panicked("of another kind".to_owned()));
        assert!(Candidate::standing("live", unread).is_err());
    }

    #[test]
    fn the_same_file_is_the_same_candidate_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, published: &v1::PolicyPublished| {
            let file = folder.path().join(name);
            PolicyFile::write(&file, published).unwrap();
            Candidate::read(&file).unwrap()
        };
        let head = Some((&PolicyNetwork::before_any_click()).into());
        let published = v1::PolicyPublished { head, learner: "a2c".into(), ..Default::default() };
        let shadowed = v1::PolicyPublished { shadow_clicks: 9, ..published.clone() };
        let other = v1::PolicyPublished { learner: "acer".into(), ..published.clone() };
        let first = write("a", &published);
        assert!(is_name(&first.name) && first.name.starts_with(CANDIDATE), "{}", first.name);
        assert_eq!(write("b", &shadowed).name, first.name);
        assert_ne!(write("c", &other).name, first.name);
    }
}
