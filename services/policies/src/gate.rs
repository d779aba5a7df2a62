//! The gate of a promotion: what the logged clicks say of a candidate beside what serves.

use crate::resampling;
use domain::PolicyNetwork;
use domain::evaluation::{Comparison, EvaluationError, EvaluationRule, LoggedClick, PolicyValue, compare};

/// The same clicks give the same interval.
const SEED: u64 = 1;

/// What the clicks say, and what is asked of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// An error where they say nothing at all.
    pub comparison: Result<Comparison, EvaluationError>,
    /// How far the lower end of the candidate's value may lie below the value of what serves.
    pub tolerance: f64,
}

impl Gate {
    /// Judges `candidate` and what is `served` by `clicks`.
    pub fn of(
        clicks: &[LoggedClick],
        candidate: &PolicyNetwork,
        served: &PolicyNetwork,
        tolerance: f64,
    ) -> Self {
        let draws = resampling::below(SEED);
        Self { comparison: compare(clicks, candidate, served, &EvaluationRule::default(), draws), tolerance }
    }

    /// Whether enough clicks tell that the candidate is at worst the tolerance below what serves.
    pub fn lets_serve(&self) -> bool {
        self.telling().is_some_and(|told| told.candidate.snips.low >= told.live.snips.value - self.tolerance)
    }

    /// Whether the clicks do not show it to be worse than that: enough for a canary.
    pub fn lets_try(&self) -> bool {
        self.telling().is_none_or(|told| told.candidate.snips.high >= told.live.snips.value - self.tolerance)
    }

    /// The comparison, where enough clicks are about the candidate.
    fn telling(&self) -> Option<&Comparison> {
        let least = EvaluationRule::default().least_effective_clicks;
        self.comparison.as_ref().ok().filter(|told| told.candidate.effective_clicks >= least)
    }

    /// In words: `candidate` and what is `served` by name.
    pub fn told(&self, candidate: &str, served: &str) -> String {
        match &self.comparison {
            Ok(told) => format!(
                "{candidate} is worth {}, {served} {}, over {} clicks that say as much of {candidate} as {:.0} of its own",
                worth(&told.candidate),
                worth(&told.live),
                told.clicks,
                told.candidate.effective_clicks
            ),
            Err(why) => format!("{candidate} cannot be judged: {why}"),
        }
    }
}

/// A value with its 95 % interval.
fn worth(value: &PolicyValue) -> String {
    let snips = &value.snips;
    format!("{:.3} ({:.3} to {:.3})", snips.value, snips.low, snips.high)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use domain::evaluation::{Estimate, Verdict};

    fn gate(low: f64, high: f64, effective_clicks: f64) -> Gate {
        let worth = |low, value, high| PolicyValue {
            snips: Estimate { value, low, high },
            doubly_robust: Estimate { value, low, high },
            effective_clicks,
            largest_weight: 0.01,
        };
        let comparison = Comparison {
            clicks: 5000,
            mean_reward: -0.3,
            candidate: worth(low, (low + high) / 2.0, high),
            live: worth(-0.31, -0.3, -0.29),
            lift: Estimate { value: 0.0, low: -0.01, high: 0.01 },
            verdict: Verdict::Better,
        };
        Gate { comparison: Ok(comparison), tolerance: 0.01 }
    }

    #[test]
    fn what_serves_must_be_shown_to_be_no_worse_and_a_canary_must_not_be_shown_to_be() {
        let lets = |gate: Gate| (gate.lets_serve(), gate.lets_try());
        assert_eq!(lets(gate(-0.305, -0.28, 900.0)), (true, true));
        assert_eq!(lets(gate(-0.32, -0.26, 900.0)), (false, true), "the clicks do not exclude harm");
        assert_eq!(lets(gate(-0.4, -0.35, 900.0)), (false, false), "they show it");
        assert_eq!(lets(gate(-0.2, -0.1, 5.0)), (false, true), "five clicks tell nothing");
        let silent = Gate { comparison: Err(EvaluationError::NoClicks), tolerance: 0.9 };
        assert_eq!(lets(silent), (false, true));
    }
}
