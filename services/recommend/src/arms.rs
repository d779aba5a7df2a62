//! Which policy makes a recommendation.

use std::sync::Arc;

use domain::serving::INITIAL;
use domain::{Action, Arm, PolicyNetwork, State};
use sha2::{Digest, Sha256};

/// A policy with its name and version.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) network: PolicyNetwork,
}

impl Policy {
    /// The policy before any click.
    pub(crate) fn initial() -> Self {
        Self { name: INITIAL.to_owned(), version: 0, network: PolicyNetwork::before_any_click() }
    }
}

/// The policies that serve, each with its share of the recommendations; together they make them all.
#[derive(Debug)]
pub(crate) struct Arms(Vec<(f64, Arc<Policy>)>);

impl Arms {
    /// `shares` make 1, and there is one at least.
    pub(crate) fn new(shares: Vec<(f64, Arc<Policy>)>) -> Self {
        Self(shares)
    }

    /// What makes `recommendation`: the same for the same id, whichever recommender is asked.
    pub(crate) fn policy(&self, recommendation: &str) -> &Arc<Policy> {
        let mut place = place(recommendation);
        let drawn = self.0.iter().find(|(share, _)| {
            place -= share;
            place < 0.0
        });
        // A rounding may leave the very end to nobody.
        &drawn.or(self.0.last()).expect("one policy serves at least").1
    }

    /// `drawn` and the others, each with its density of `action`.
    pub(crate) fn log(&self, drawn: &Policy, state: &State, action: &Action) -> Vec<Arm> {
        let log_density = |policy: &Policy| match policy.name == drawn.name {
            true => action.log_density,
            false => policy.network.forward(state).log_density(&action.x),
        };
        let arm = |(share, policy): &(f64, Arc<Policy>)| Arm {
            policy: policy.name.clone(),
            version: policy.version,
            share: *share as f32,
            log_density: log_density(policy),
        };
        let mut arms: Vec<Arm> = self.0.iter().map(arm).collect();
        arms.sort_by_key(|arm| arm.policy != drawn.name);
        arms
    }
}

/// Where an id falls in 0 to 1, evenly: its SHA-256, read as a fraction.
fn place(recommendation: &str) -> f64 {
    let digest = Sha256::digest(recommendation);
    let start = digest.iter().take(8).fold(0u64, |start, byte| start << 8 | u64::from(*byte));
    start as f64 / (u64::MAX as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Arc<Policy> {
        Arc::new(Policy { name: name.to_owned(), ..Policy::initial() })
    }

    #[test]
    fn an_id_belongs_to_one_policy_and_every_policy_gets_its_share() {
        let arms = Arms::new(vec![(0.1, named("initial")), (0.2, named("canary")), (0.7, named("live"))]);
        let ids: Vec<String> = (0..10_000).map(|n| format!("r{n}")).collect();
        let count = |name: &str| ids.iter().filter(|id| arms.policy(id).name == name).count();
        for (name, share) in [("initial", 1000), ("canary", 2000), ("live", 7000)] {
            // Five standard deviations of a binomial.
            assert!(count(name).abs_diff(share) < 230, "{name}: {}", count(name));
        }
        let again = Arms::new(vec![(0.1, named("initial")), (0.2, named("canary")), (0.7, named("live"))]);
        assert!(ids.iter().all(|id| arms.policy(id).name == again.policy(id).name));
    }

    #[test]
    fn the_one_that_drew_comes_first_with_its_own_density() {
        let (initial, state) = (named("initial"), State([1.1; domain::state::STATE]));
        let mut far = Policy { name: "live".into(), version: 7, ..Policy::initial() };
        far.network.mean.bias = vec![3.0; 4];
        let arms = Arms::new(vec![(0.25, initial.clone()), (0.75, Arc::new(far))]);
        let action = initial.network.act(&state, [0.3, -0.2, 1.0, 0.0]);
        let logged = arms.log(&initial, &state, &action);
        assert_eq!((logged[0].policy.as_str(), logged[0].log_density), ("initial", action.log_density));
        assert_eq!((logged[1].policy.as_str(), logged[1].version, logged[1].share), ("live", 7, 0.75));
        assert!(logged[1].log_density < action.log_density);
    }
}
