//! `policy` (KV) → the weight head that serves.

use std::sync::Arc;

use bus::{Bucket, Bus, Stored};
use domain::PolicyNetwork;
use proto::convert::decode;
use proto::{Malformed, v1};

use crate::held::{Held, Serving};
use crate::metrics;

/// Swaps in every sound policy; one that is not sound never serves.
pub(crate) async fn follow(bus: Bus, held: Arc<Held>) {
    let policy = bus.bucket(Bucket::Policy);
    policy
        .watch(|change| {
            if let (Some(stored), "live") = (change.stored, change.key.as_str()) {
                match read(&stored) {
                    Ok(serving) => {
                        ::metrics::gauge!(metrics::POLICY).set(serving.version as f64);
                        held.serve(serving);
                    }
                    Err(why) => {
                        ::metrics::counter!(metrics::REFUSED_POLICIES).increment(1);
                        tracing::error!(version = stored.revision, %why, "a policy cannot serve");
                    }
                }
            }
            true
        })
        .await;
}

fn read(stored: &Stored) -> Result<Serving, Malformed> {
    let published: v1::PolicyPublished = decode("PolicyPublished", &stored.value)?;
    let head = published.head.as_ref().ok_or(Malformed::Missing("head"))?;
    Ok(Serving { version: stored.revision, network: PolicyNetwork::try_from(head)? })
}
