//! What a policy would earn, judged by clicks that other policies earned (README, "Evaluation").
//!
//! Every click carries the densities of the action that it was earned by, so it can be weighted as if another
//! policy had drawn that action. The value is the expected reward *of a click*: recommendations that nobody
//! clicked are no part of it.

mod bootstrap;
mod mixture;
mod reward_model;
mod versions;
mod weighting;

use std::fmt;

use crate::weights::ACTIONS;
use crate::{Class, Classified, Impression, PolicyNetwork, State};

pub use versions::{Versions, by_version};

pub(crate) use mixture::log_mixture;

use bootstrap::{Values, resample};
use reward_model::RewardModel;
use weighting::Terms;

/// A click with all that judging another policy by it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoggedClick {
    /// What the policy saw.
    pub state: State,
    /// x, the action drawn.
    pub x: [f32; ACTIONS],
    /// log π(x|s) under the policy that drew it.
    pub log_density: f32,
    /// log Σ α π(x|s) over all policies that could have drawn it; where those were not logged, of the one that did.
    pub log_mixture: f64,
    /// What the click earned.
    pub reward: f32,
    /// Version of the policy that drew it.
    pub policy_version: u64,
}

impl LoggedClick {
    /// The click on `impression` that earned `reward`.
    pub fn of(impression: &Impression, reward: f32) -> Self {
        Self {
            state: impression.state,
            x: impression.x,
            log_density: impression.log_density,
            log_mixture: log_mixture(&impression.arms).unwrap_or(impression.log_density.into()),
            reward,
            policy_version: impression.policy_version,
        }
    }

    fn is_finite(&self) -> bool {
        let mut numbers = self.state.0.iter().chain(&self.x).chain([&self.log_density, &self.reward]);
        numbers.all(|n| n.is_finite()) && self.log_mixture.is_finite()
    }
}

/// How values are estimated, and when they count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluationRule {
    /// Resamples of the bootstrap, 2 or more.
    pub resamples: usize,
    /// Chance that an interval is meant to cover the truth with, between 0 and 1.
    pub level: f64,
    /// Effective clicks below which no verdict is given: an interval of fewer covers too seldom.
    pub least_effective_clicks: f64,
}

impl Default for EvaluationRule {
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, least_effective_clicks: 100.0 }
    }
}

/// A value with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What one policy would earn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyValue {
    /// By self-normalised importance sampling.
    pub snips: Estimate,
    /// By the doubly robust estimator.
    pub doubly_robust: Estimate,
    /// (Σ w)² / Σ w² (Kish 1965): so many clicks of its own would tell as much.
    pub effective_clicks: f64,
    /// Largest weight, as a share of all weight: 1 where a single click decides.
    pub largest_weight: f64,
}

/// Two policies on the same clicks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Clicks looked at.
    pub clicks: usize,
    /// Their mean reward: what the policies that made them earned.
    pub mean_reward: f64,
    /// The policy on trial.
    pub candidate: PolicyValue,
    /// The policy it is held against.
    pub live: PolicyValue,
    /// Candidate minus live by SNIPS, on the same resamples: what they share cancels out.
    pub lift: Estimate,
    /// What follows.
    pub verdict: Verdict,
}

/// Whether one policy is better than another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// The whole interval of the lift lies above 0.
    Better,
    /// The whole interval of the lift lies below 0.
    Worse,
    /// The clicks do not say.
    CannotTell(Doubt),
}

/// Why clicks do not say which policy is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// Too little of the evidence is about one of the two: the policies that were logged act otherwise.
    FewEffectiveClicks {
        /// The smaller effective sample of the two.
        found: f64,
        /// What is asked for.
        needed: f64,
    },
    /// The interval of the lift holds 0.
    IntervalHoldsZero,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Better => f.write_str("better"),
            Self::Worse => f.write_str("worse"),
            Self::CannotTell(Doubt::FewEffectiveClicks { found, needed }) => write!(
                f,
                "cannot tell: the clicks are worth {found:.0} of the policy's own, {needed:.0} are needed"
            ),
            Self::CannotTell(Doubt::IntervalHoldsZero) => {
                f.write_str("cannot tell: the interval of the difference holds 0")
            }
        }
    }
}

/// Why nothing can be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// Nothing to judge by.
    #[error("there are no clicks to learn from or to judge a policy by")]
    NoClicks,
    /// A click that was let in unchecked.
    #[error("click {0} (counted from 0) holds a number that is not finite; leave it out")]
    NotFinite(usize),
    /// The policy draws none of the logged actions.
    #[error("the policy gives none of the logged actions a density; its parameters are far too large")]
    NoDensity,
}

impl Classified for EvaluationError {
    fn class(&self) -> Class {
        Class::BadInput
    }
}

/// Values `policy` alone. `below(n)` draws a whole number from 0 to n − 1, all alike.
pub fn value(
    clicks: &[LoggedClick],
    policy: &PolicyNetwork,
    rule: &EvaluationRule,
    below: impl FnMut(usize) -> usize,
) -> Result<PolicyValue, EvaluationError> {
    check(clicks)?;
    let terms = Terms::of(clicks, policy, &RewardModel::cross_fitted(clicks))?;
    let [values] = resample([&terms], rule.resamples, below);
    Ok(policy_value(&terms, &values, rule))
}

/// The value of `policy` by SNIPS, without an interval: for curves of many policies.
pub fn snips(clicks: &[LoggedClick], policy: &PolicyNetwork) -> Result<f64, EvaluationError> {
    check(clicks)?;
    Ok(Terms::of(clicks, policy, &[RewardModel::NONE; 2])?.whole().snips)
}

/// Values `candidate` and `live` on the same clicks and says which is better, if they can tell.
/// `below(n)` draws a whole number from 0 to n − 1, all alike.
pub fn compare(
    clicks: &[LoggedClick],
    candidate: &PolicyNetwork,
    live: &PolicyNetwork,
    rule: &EvaluationRule,
    below: impl FnMut(usize) -> usize,
) -> Result<Comparison, EvaluationError> {
    check(clicks)?;
    let models = RewardModel::cross_fitted(clicks);
    let (ours, theirs) = (Terms::of(clicks, candidate, &models)?, Terms::of(clicks, live, &models)?);
    let [our_values, their_values] = resample([&ours, &theirs], rule.resamples, below);
    let (candidate, live) =
        (policy_value(&ours, &our_values, rule), policy_value(&theirs, &their_values, rule));
    let lifts = our_values.iter().zip(&their_values).map(|(our, their)| our.snips - their.snips);
    let lift = estimate(candidate.snips.value - live.snips.value, lifts, rule);
    let mean_reward = clicks.iter().map(|c| f64::from(c.reward)).sum::<f64>() / clicks.len() as f64;
    let verdict = verdict(&candidate, &live, lift, rule);
    Ok(Comparison { clicks: clicks.len(), mean_reward, candidate, live, lift, verdict })
}

fn check(clicks: &[LoggedClick]) -> Result<(), EvaluationError> {
    if clicks.is_empty() {
        return Err(EvaluationError::NoClicks);
    }
    match clicks.iter().position(|click| !click.is_finite()) {
        Some(place) => Err(EvaluationError::NotFinite(place)),
        None => Ok(()),
    }
}

fn policy_value(terms: &Terms, resampled: &[Values], rule: &EvaluationRule) -> PolicyValue {
    let whole = terms.whole();
    PolicyValue {
        snips: estimate(whole.snips, resampled.iter().map(|v| v.snips), rule),
        doubly_robust: estimate(whole.doubly_robust, resampled.iter().map(|v| v.doubly_robust), rule),
        effective_clicks: terms.effective_clicks(),
        largest_weight: terms.largest_weight(),
    }
}

/// The percentile interval (Efron 1979) of what resampling gave.
fn estimate(value: f64, resampled: impl Iterator<Item = f64>, rule: &EvaluationRule) -> Estimate {
    let mut resampled: Vec<f64> = resampled.collect();
    resampled.sort_by(f64::total_cmp);
    let at = |share: f64| resampled[(share * (resampled.len() - 1) as f64).round() as usize];
    let outside = (1.0 - rule.level) / 2.0;
    Estimate { value, low: at(outside), high: at(1.0 - outside) }
}

fn verdict(candidate: &PolicyValue, live: &PolicyValue, lift: Estimate, rule: &EvaluationRule) -> Verdict {
    let (found, needed) =
        (candidate.effective_clicks.min(live.effective_clicks), rule.least_effective_clicks);
    if found < needed {
        Verdict::CannotTell(Doubt::FewEffectiveClicks { found, needed })
    } else if lift.low > 0.0 {
        Verdict::Better
    } else if lift.high < 0.0 {
        Verdict::Worse
    } else {
        Verdict::CannotTell(Doubt::IntervalHoldsZero)
    }
}

#[cfg(test)]
mod tests;
