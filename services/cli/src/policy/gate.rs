//! The gate of a promotion: what the logged clicks say of a candidate beside what serves.

use domain::PolicyNetwork;
use proto::convert::impression::RecordedClick;

/// Fewest clicks' worth of evidence, after weighting, that a value is read from.
const LEAST_EFFECTIVE: f64 = 100.0;

/// Half the width of a 95 % interval, in standard errors.
const INTERVAL: f64 = 1.96;

/// A policy's value over logged clicks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    /// Mean reward it would earn.
    pub(super) value: f64,
    /// Ends of its 95 % interval.
    pub(super) low: f64,
    pub(super) high: f64,
    /// (Σw)²/Σw²: clicks under the policy itself that would tell as much.
    pub(super) effective: f64,
}

/// Both values, and what is asked of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gate {
    pub(super) clicks: usize,
    pub(super) candidate: Value,
    pub(super) served: Value,
    pub(super) tolerance: f64,
}

impl Gate {
    /// Reads the values of `candidate` and of what is `served` out of `clicks`.
    pub(super) fn of(
        clicks: &[RecordedClick],
        candidate: &PolicyNetwork,
        served: &PolicyNetwork,
        tolerance: f64,
    ) -> Self {
        let value = |policy| Value::of(clicks, policy);
        Self { clicks: clicks.len(), candidate: value(candidate), served: value(served), tolerance }
    }

    /// Whether the candidate is at worst `tolerance` below what serves.
    pub(super) fn lets_serve(&self) -> bool {
        self.candidate.effective >= LEAST_EFFECTIVE
            && self.candidate.low >= self.served.value - self.tolerance
    }

    /// Whether the clicks do not show it to be worse than that: enough for a canary.
    pub(super) fn lets_try(&self) -> bool {
        self.candidate.effective < LEAST_EFFECTIVE
            || self.candidate.high >= self.served.value - self.tolerance
    }
}

impl Value {
    /// Self-normalised importance sampling (Swaminathan and Joachims 2015), the interval by the delta method.
    fn of(clicks: &[RecordedClick], policy: &PolicyNetwork) -> Self {
        let weight = |click: &RecordedClick| {
            let shown = &click.impression;
            f64::from(policy.forward(&shown.state).log_density(&shown.x) - shown.log_density).exp()
        };
        let weighted: Vec<(f64, f64)> =
            clicks.iter().map(|click| (weight(click), f64::from(click.click.reward))).collect();
        let sum: f64 = weighted.iter().map(|(w, _)| w).sum();
        let squares: f64 = weighted.iter().map(|(w, _)| w * w).sum();
        let value = weighted.iter().map(|(w, r)| w * r).sum::<f64>() / sum;
        let spread: f64 = weighted.iter().map(|(w, r)| (w * (r - value)).powi(2)).sum();
        let half = INTERVAL * spread.sqrt() / sum;
        if sum > 0.0 {
            Self { value, low: value - half, high: value + half, effective: sum * sum / squares }
        } else {
            Self { value: f64::NAN, low: f64::NEG_INFINITY, high: f64::INFINITY, effective: 0.0 }
        }
    }
}
