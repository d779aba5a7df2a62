//! One slate as it was shown, with everything learning from it needs.

mod impossibility;

use crate::weights::ACTIONS;
use crate::{Alias, Catalogue, PICKS, Ranking, State, reward};
use crate::{policy::Action, slate::Scored, weights};

pub use impossibility::Impossibility;

/// One of the ten.
#[derive(Debug, Clone, PartialEq)]
pub struct SlateEntry {
    /// Who: not by their id, so that nothing of it needs to change when they are erased.
    pub alias: Alias,
    /// Their score under this impression's weights.
    pub score: f32,
    /// cos(rp_{gj}, v_p) for the five picks, in ranking order: what credit over the whole slate needs.
    pub cosines: [f32; PICKS],
}

/// A policy that could have made a recommendation (README, "Serving").
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// Its name: a line, a pinned candidate, or the initial policy.
    pub policy: String,
    /// Its version; 0 for the initial policy.
    pub version: u64,
    /// Share of all recommendations that it makes, above 0, at most 1.
    pub share: f32,
    /// log π(x|s) of the action drawn, under this policy.
    pub log_density: f32,
}

/// A recommendation as logged (README, "Impression").
#[derive(Debug, Clone, PartialEq)]
pub struct Impression {
    /// Names the recommendation; one subject token.
    pub recommendation: String,
    /// Catalogue the slate was drawn from.
    pub catalogue_version: String,
    /// Policy version that chose the weights; 0 before the first publication.
    pub policy_version: u64,
    /// Milliseconds since 1970 (UTC).
    pub made_at_ms: u64,
    /// The visitor's five groups, best first.
    pub ranking: Ranking,
    /// What the policy saw.
    pub state: State,
    /// x, the action drawn.
    pub x: [f32; ACTIONS],
    /// μ(s) it was drawn from.
    pub mean: [f32; ACTIONS],
    /// log σ²(s) it was drawn from.
    pub log_variance: [f32; ACTIONS],
    /// log π(x|s) at the time: the log propensity.
    pub log_density: f32,
    /// The ten, best first.
    pub slate: Vec<SlateEntry>,
    /// Every policy that could have drawn x: the one that did, then the others. Empty where that was not
    /// logged.
    pub arms: Vec<Arm>,
}

/// Which policy acted, when, and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Names the recommendation.
    pub recommendation: String,
    /// Policy version.
    pub policy_version: u64,
    /// Milliseconds since 1970 (UTC).
    pub made_at_ms: u64,
}

/// Farthest that an action may lie from the mean it was drawn from, in standard deviations. A normal
/// number farther out comes once in 10²² draws: such a click was not made by a policy.
const FARTHEST: f32 = 10.0;

/// The action of an impression cannot have come from the distribution logged with it.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "component {component} of x lies {sigmas} standard deviations from its mean; no policy drew it (at most {FARTHEST})"
)]
pub struct Implausible {
    /// 0-based component of x.
    pub component: usize,
    /// How far out it is.
    pub sigmas: f32,
}

/// A click worked out against its impression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Click {
    /// 1-based place on the slate.
    pub rank: usize,
    /// (1 − rank)/10.
    pub reward: f32,
}

impl Impression {
    /// Logs `slate`, drawn from `catalogue` for `ranking` by `action`.
    pub fn of(
        occasion: Occasion,
        catalogue: &Catalogue,
        ranking: Ranking,
        action: &Action,
        slate: &[Scored],
    ) -> Self {
        let entry = |scored: &Scored| SlateEntry {
            alias: catalogue.people[scored.person].alias.clone(),
            score: scored.score,
            cosines: ranking.groups().map(|g| catalogue.cosines.row(g)[scored.person]),
        };
        Self {
            recommendation: occasion.recommendation,
            catalogue_version: catalogue.version.clone(),
            policy_version: occasion.policy_version,
            made_at_ms: occasion.made_at_ms,
            ranking,
            state: State::of(&ranking, &catalogue.distances),
            x: action.x,
            mean: action.output.mean,
            log_variance: action.output.log_variance,
            log_density: action.log_density,
            slate: slate.iter().map(entry).collect(),
            arms: Vec::new(),
        }
    }

    /// `[1, w₂…w₅]` that ordered the slate.
    pub fn weights(&self) -> [f32; PICKS] {
        weights::squash(&self.x)
    }

    /// The click on the person called `alias`; `None` when they are not on this slate.
    pub fn click_on(&self, alias: &Alias) -> Option<Click> {
        let rank = 1 + self.slate.iter().position(|entry| &entry.alias == alias)?;
        Some(Click { rank, reward: reward::of_rank(rank)? })
    }

    /// Whether its action can have been drawn from the distribution logged with it: what was not must not be learned
    /// from, nor be judged by.
    pub fn check_action(&self) -> Result<(), Implausible> {
        for component in 0..ACTIONS {
            let deviation = (self.log_variance[component] / 2.0).exp();
            let sigmas = (self.x[component] - self.mean[component]).abs() / deviation;
            if !(0.0..=FARTHEST).contains(&sigmas) {
                return Err(Implausible { component, sigmas });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::policy::tests::counting;
    use crate::policy::{Exploration, PolicyNetwork, Standardisation};
    use crate::slate::top_ten;

    pub(crate) fn shown() -> Impression {
        let catalogue = crate::catalogue::tests::drawn(40);
        let ranking = Ranking::new(&[2, 7, 1, 0, 4]).unwrap();
        let input = Standardisation { mean: 1.2, scale: 0.25 };
        let policy = PolicyNetwork::initial(input, Exploration::Fixed { sigma: 1.5 }, counting());
        let action = policy.act(&State::of(&ranking, &catalogue.distances), [0.1, -0.4, 0.0, 1.0]);
        let slate = top_ten(&catalogue.cosines, &ranking, &weights::squash(&action.x));
        let occasion = Occasion { recommendation: "r1".into(), policy_version: 3, made_at_ms: 1 };
        Impression::of(occasion, &catalogue, ranking, &action, &slate)
    }

    #[test]
    fn cosines_and_weights_reproduce_every_score() {
        let impression = shown();
        let weights = impression.weights();
        for entry in &impression.slate {
            let score: f32 = (0..PICKS).map(|j| weights[j] * entry.cosines[j]).sum();
            assert!((score - entry.score).abs() < 1e-5);
        }
        let third = impression.slate[2].alias.clone();
        assert_eq!(impression.click_on(&third), Some(Click { rank: 3, reward: -0.2 }));
        assert_eq!(impression.click_on(&Alias::new("nobody").unwrap()), None);
    }
}
