//! `policy` (KV) → the policies that serve, each with its share.

use std::sync::Arc;

use bus::{Bucket, Bus, Change, Policies, SERVING};
use domain::serving::{INITIAL, Serving};
use proto::{Malformed, v1};

use crate::arms::{Arms, Policy};
use crate::held::Held;
use crate::metrics;

/// Swaps in every sound policy that serves; one that is not sound never does. `control` is the initial
/// policy's own share.
pub(crate) async fn follow(bus: Bus, held: Arc<Held>, control: f64) {
    let mut arming = Arming::new(control);
    let told = |change: Change| {
        arming.take(change);
        if arming.policies.is_caught_up() {
            held.serve(arming.arms());
        }
        true
    };
    bus.bucket(Bucket::Policy).watch(told).await;
}

/// What the bucket tells, as shares of the recommendations.
struct Arming {
    control: f64,
    initial: Arc<Policy>,
    policies: Policies<Arc<Policy>>,
}

impl Arming {
    fn new(control: f64) -> Self {
        Self { control, initial: Arc::new(Policy::initial()), policies: Policies::default() }
    }

    fn take(&mut self, change: Change) {
        let (key, version) = (change.key.clone(), change.stored.as_ref().map(|stored| stored.revision));
        match self.policies.take(change, read) {
            Err(why) => {
                ::metrics::counter!(metrics::REFUSED_POLICIES).increment(1);
                tracing::error!(key, version, %why, "it cannot serve; what served before goes on");
            }
            Ok(()) if key == SERVING => {
                let Serving { policy, canary, change, .. } = self.policies.serving();
                tracing::info!(policy, ?canary, reason = change.reason, "what serves was decided");
            }
            Ok(()) => {}
        }
    }

    fn arms(&self) -> Arms {
        let held = |name: &str| if name == INITIAL { Some(&self.initial) } else { self.policies.ready(name) };
        let shares = self.policies.serving().shares(self.control, |name| held(name).is_some());
        let policy = |name: &str| held(name).unwrap_or(&self.initial).clone();
        let shares: Vec<_> = shares.iter().map(|s| (s.share, policy(s.policy))).collect();
        if let Some((_, served)) = shares.last() {
            ::metrics::gauge!(metrics::POLICY).set(served.version as f64);
        }
        Arms::new(shares)
    }
}

fn read(name: &str, version: u64, published: &v1::PolicyPublished) -> Result<Arc<Policy>, Malformed> {
    Ok(Arc::new(Policy { name: name.to_owned(), version, network: published.network()? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bus::Stored;
    use domain::serving::Change as Decision;
    use proto::Message;

    fn stored(key: &str, revision: u64, value: Vec<u8>) -> Change {
        Change { key: key.into(), stored: Some(Stored { revision, value: value.into() }), pending: 0 }
    }

    fn published(clicks_applied: u64, shadow_clicks: u64) -> Vec<u8> {
        let head = Some((&Policy::initial().network).into());
        v1::PolicyPublished { head, clicks_applied, shadow_clicks, ..Default::default() }.encode_to_vec()
    }

    fn decided(policy: &str) -> Vec<u8> {
        v1::PolicyServing::from(&Serving::default().promote(policy, Decision::default())).encode_to_vec()
    }

    /// Who makes a recommendation, where the control makes none.
    fn served(policies: &Arming) -> (String, u64) {
        let (arms, id) = (policies.arms(), "r");
        (arms.policy(id).name.clone(), arms.policy(id).version)
    }

    #[test]
    fn what_the_record_names_serves_and_the_initial_policy_stands_in_for_it() {
        let mut policies = Arming::new(0.0);
        let expect = |policies: &Arming, name: &str, version| {
            assert_eq!(served(policies), (name.to_owned(), version));
        };
        expect(&policies, INITIAL, 0);
        policies.take(stored("live", 1, published(0, 0)));
        expect(&policies, "live", 1);
        policies.take(stored(SERVING, 2, decided("candidate.ab")));
        expect(&policies, INITIAL, 0);
        policies.take(stored("candidate.ab", 3, published(500, 0)));
        policies.take(stored("live", 4, published(1, 0)));
        expect(&policies, "candidate.ab", 3);
        policies.take(Change { key: SERVING.into(), stored: None, pending: 0 });
        expect(&policies, "live", 4);
    }

    #[test]
    fn a_line_in_its_shadow_does_not_serve_before_its_clicks_are_in() {
        let mut policies = Arming::new(0.0);
        policies.take(stored("live", 1, published(99, 100)));
        assert_eq!(served(&policies).0, INITIAL);
        policies.take(stored("live", 2, published(100, 100)));
        assert_eq!(served(&policies), ("live".to_owned(), 2));
    }

    #[test]
    fn what_is_not_sound_changes_nothing() {
        let mut policies = Arming::new(0.0);
        policies.take(stored("live", 1, published(0, 0)));
        let mut broken = Policy::initial().network;
        broken.hidden1.weight[3] = f32::NAN;
        let broken = v1::PolicyPublished { head: Some((&broken).into()), ..Default::default() };
        for (key, value) in
            [("live", broken.encode_to_vec()), ("live", vec![7]), (SERVING, vec![7]), (SERVING, vec![])]
        {
            policies.take(stored(key, 2, value));
            assert_eq!(served(&policies), ("live".to_owned(), 1));
        }
    }
}
