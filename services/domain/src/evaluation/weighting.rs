//! Importance weights, and what they make of rewards.

use super::bootstrap::Values;
use super::reward_model::RewardModel;
use super::{EvaluationError, LoggedClick};
use crate::PolicyNetwork;
use crate::policy::PolicyOutput;
use crate::weights::ACTIONS;

/// Least weight, beside a largest of 1: a resample without the heavier clicks still has a value. What that
/// value is worth, the effective clicks say.
const LEAST_WEIGHT: f64 = 1e-280;

/// One click's part in the estimates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    /// w = π(x|s) / Σ α π_a(x|s), relative to the largest.
    pub(super) weight: f64,
    /// w · r.
    pub(super) reward: f64,
    /// w · (r − q(s, x)).
    pub(super) residual: f64,
    /// E over x ~ π(·|s) of q(s, x).
    pub(super) expected: f64,
}

/// All clicks under one policy, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Terms(pub(super) Vec<Term>);

impl Terms {
    /// Weighs `clicks` as `policy` would have drawn them. Click i's reward is modelled by `models[i % 2]`,
    /// which has not seen it.
    pub(super) fn of(
        clicks: &[LoggedClick],
        policy: &PolicyNetwork,
        models: &[RewardModel; 2],
    ) -> Result<Self, EvaluationError> {
        let outputs: Vec<PolicyOutput> = clicks.iter().map(|click| policy.forward(&click.state)).collect();
        let ratios: Vec<f64> = clicks.iter().zip(&outputs).map(|(c, output)| log_ratio(c, output)).collect();
        // Only ratios between weights count, so the largest becomes 1: nothing overflows. `max` passes NaN by.
        let highest = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !highest.is_finite() {
            return Err(EvaluationError::NoDensity);
        }
        let term = |(i, click): (usize, &LoggedClick)| {
            let weight = (ratios[i] - highest).exp().max(LEAST_WEIGHT);
            let (reward, model) = (f64::from(click.reward), &models[i % 2]);
            Term {
                weight,
                reward: weight * reward,
                residual: weight * (reward - model.at(&click.state, &click.x)),
                expected: model.expected(&click.state, &outputs[i]),
            }
        };
        Ok(Self(clicks.iter().enumerate().map(term).collect()))
    }

    /// The point estimates.
    pub(super) fn whole(&self) -> Values {
        Values::of(self.0.iter())
    }

    /// (Σ w)² / Σ w².
    pub(super) fn effective_clicks(&self) -> f64 {
        let squares: f64 = self.0.iter().map(|term| term.weight * term.weight).sum();
        self.weight() * self.weight() / squares
    }

    /// The largest weight is 1.
    pub(super) fn largest_weight(&self) -> f64 {
        1.0 / self.weight()
    }

    fn weight(&self) -> f64 {
        self.0.iter().map(|term| term.weight).sum()
    }
}

/// log π(x|s) − log Σ α π_a(x|s).
fn log_ratio(click: &LoggedClick, output: &PolicyOutput) -> f64 {
    let density: f64 = (0..ACTIONS)
        .map(|j| {
            let gap = f64::from(click.x[j]) - f64::from(output.mean[j]);
            let log_variance = f64::from(output.log_variance[j]);
            -0.5 * (gap * gap * (-log_variance).exp() + log_variance + std::f64::consts::TAU.ln())
        })
        .sum();
    density - click.log_mixture
}
