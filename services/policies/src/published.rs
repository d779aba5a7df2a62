//! The bucket `policy` as it stands.

use std::collections::BTreeMap;

use bus::{Bucket, Bus, BusError, SERVING, Stored};
use domain::PolicyNetwork;
use domain::serving::INITIAL;
use domain::weights::{ACTIONS, squash};
use proto::convert::decode;
use proto::v1;

use crate::candidate::is_name;

/// A policy of the bucket, or the initial one.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its key; `initial` for the initial one.
    pub name: String,
    /// Grows with every publication; 0 for the initial one.
    pub version: u64,
    /// All that was published of it.
    pub policy: v1::PolicyPublished,
}

impl Published {
    /// The policy before any click, which is never published.
    pub fn initial() -> Self {
        let leaning = squash(&[0.0; ACTIONS]).to_vec();
        let policy = v1::PolicyPublished { leaning, ..Default::default() };
        Self { name: INITIAL.to_owned(), version: 0, policy }
    }

    /// Its parameters; `None` where they could not serve.
    pub fn network(&self) -> Option<PolicyNetwork> {
        if self.name == INITIAL {
            Some(PolicyNetwork::before_any_click())
        } else {
            self.policy.network().ok()
        }
    }

    fn read(name: &str, stored: &Stored) -> Option<Self> {
        let policy = decode("PolicyPublished", &stored.value).ok()?;
        Some(Self { name: name.to_owned(), version: stored.revision, policy })
    }
}

/// Every policy of the bucket as it was published last, by name, and the initial one.
pub async fn published(bus: &Bus) -> Result<BTreeMap<String, Published>, BusError> {
    let stored = bus.bucket(Bucket::Policy).values().await?;
    let policies = stored.iter().filter(|(name, _)| *name != SERVING);
    let policies = policies.filter_map(|(name, stored)| Some((name.clone(), Published::read(name, stored)?)));
    Ok(policies.chain([(INITIAL.to_owned(), Published::initial())]).collect())
}

/// Versions of the policy called `name` that are still kept, oldest first.
pub async fn versions(bus: &Bus, name: &str) -> Result<Vec<Published>, BusError> {
    if name == INITIAL {
        return Ok(vec![Published::initial()]);
    }
    if !is_name(name) {
        return Ok(Vec::new());
    }
    let history = bus.bucket(Bucket::Policy).history(name).await?;
    Ok(history.iter().filter_map(|stored| Published::read(name, stored)).collect())
}
