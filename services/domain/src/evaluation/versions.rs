//! The same clicks, by the policy that earned them.

use std::collections::BTreeMap;

use super::weighting::Terms;
use super::{EvaluationError, LoggedClick, RewardModel, check};
use crate::PolicyNetwork;

/// Clicks earned by neighbouring versions of the policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Versions {
    /// Oldest of them.
    pub first: u64,
    /// Newest of them.
    pub last: u64,
    /// Clicks they earned.
    pub clicks: usize,
    /// Their mean reward: what these versions were worth themselves.
    pub mean_reward: f64,
    /// What the policy on trial would have earned there, by SNIPS.
    pub snips: f64,
    /// Effective clicks of that.
    pub effective_clicks: f64,
}

/// Judges `policy` apart on the clicks of every version, oldest first. A learner publishes many versions, so
/// where there are more than `rows` neighbours are taken together, with about as many clicks each.
pub fn by_version(
    clicks: &[LoggedClick],
    policy: &PolicyNetwork,
    rows: usize,
) -> Result<Vec<Versions>, EvaluationError> {
    check(clicks)?;
    let mut versions: BTreeMap<u64, Vec<LoggedClick>> = BTreeMap::new();
    for click in clicks {
        // What one policy drew is no draw from the mixture.
        let drawn = LoggedClick { log_mixture: click.log_density.into(), ..*click };
        versions.entry(click.policy_version).or_default().push(drawn);
    }
    let share = if versions.len() <= rows { 1 } else { clicks.len().div_ceil(rows.max(1)) };
    let (mut told, mut together) = (Vec::new(), Vec::new());
    for earned in versions.into_values() {
        together.extend(earned);
        if together.len() >= share {
            told.push(Versions::of(&std::mem::take(&mut together), policy)?);
        }
    }
    if !together.is_empty() {
        told.push(Versions::of(&together, policy)?);
    }
    Ok(told)
}

impl Versions {
    /// `earned` is ordered by version, and not empty.
    fn of(earned: &[LoggedClick], policy: &PolicyNetwork) -> Result<Self, EvaluationError> {
        let terms = Terms::of(earned, policy, &[RewardModel::NONE; 2])?;
        let version = |place: Option<&LoggedClick>| place.map_or(0, |click| click.policy_version);
        let rewards: f64 = earned.iter().map(|click| f64::from(click.reward)).sum();
        Ok(Self {
            first: version(earned.first()),
            last: version(earned.last()),
            clicks: earned.len(),
            mean_reward: rewards / earned.len() as f64,
            snips: terms.whole().snips,
            effective_clicks: terms.effective_clicks(),
        })
    }
}
