//! The gate of a promotion: what the logged clicks say of a candidate beside what serves.

use crate::resampling;
use crate::values::is_telling;
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
    /// How many of the clicks the candidate was made from, which flatters it.
    pub learned_from: usize,
}

impl Gate {
    /// Judges `candidate` and what is `served` by `clicks`, the first of which the candidate has `learned_from`: by the
    /// others, where they are enough.
    pub fn of(
        clicks: &[LoggedClick],
        learned_from: usize,
        candidate: &PolicyNetwork,
        served: &PolicyNetwork,
        tolerance: f64,
    ) -> Self {
        let judge = |clicks: &[LoggedClick], learned_from| {
            let draws = resampling::below(SEED);
            let comparison = compare(clicks, candidate, served, &EvaluationRule::default(), draws);
            Self { comparison, tolerance, learned_from }
        };
        let unseen = judge(&clicks[learned_from..], 0);
        match unseen.telling_of_both() {
            None if learned_from > 0 => judge(clicks, learned_from),
            _ => unseen,
        }
    }

    /// Whether enough clicks tell that the candidate is at worst the tolerance below what serves.
    pub fn lets_serve(&self) -> bool {
        let told = self.telling_of_both();
        told.is_some_and(|told| told.candidate.snips.low >= told.live.snips.value - self.tolerance)
    }

    /// Whether the clicks do not show it to be worse than that: enough for a canary.
    pub fn lets_try(&self) -> bool {
        self.telling().is_none_or(|told| told.candidate.snips.high >= told.live.snips.value - self.tolerance)
    }

    /// The comparison, where enough clicks are about the candidate.
    fn telling(&self) -> Option<&Comparison> {
        self.comparison.as_ref().ok().filter(|told| is_telling(&told.candidate))
    }

    /// The comparison, where enough clicks are about what serves, too.
    fn telling_of_both(&self) -> Option<&Comparison> {
        self.telling().filter(|told| is_telling(&told.live))
    }

    /// In words: `candidate` and what is `served` by name.
    pub fn told(&self, candidate: &str, served: &str) -> String {
        match &self.comparison {
            Ok(told) => format!(
                "{candidate} is worth {}, {served} {}, over {} clicks that say as much of {candidate} as {:.0} of its own \
                 and of {served} as {:.0}{}",
                worth(&told.candidate),
                worth(&told.live),
                told.clicks,
                told.candidate.effective_clicks,
                told.live.effective_clicks,
                flattered(candidate, self.learned_from)
            ),
            Err(why) => format!("{candidate} cannot be judged: {why}"),
        }
    }
}

/// What is to be kept in mind where some clicks are those that the candidate was made from.
fn flattered(candidate: &str, learned_from: usize) -> String {
    match learned_from {
        0 => String::new(),
        clicks => format!("; {candidate} was made from {clicks} of these clicks, which flatters it"),
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
    use crate::clicks::RecentClicks;
    use crate::clicks::tests::recorded;
    use domain::evaluation::{Estimate, Verdict};

    /// What `candidate` and what serves are worth, each by so many effective clicks.
    fn gate((low, high): (f64, f64), candidate: f64, served: f64) -> Gate {
        let worth = |low, value, high, effective_clicks| PolicyValue {
            snips: Estimate { value, low, high },
            doubly_robust: Estimate { value, low, high },
            effective_clicks,
            largest_weight: 0.01,
        };
        let comparison = Comparison {
            clicks: 5000,
            mean_reward: -0.3,
            candidate: worth(low, (low + high) / 2.0, high, candidate),
            live: worth(-0.31, -0.3, -0.29, served),
            lift: Estimate { value: 0.0, low: -0.01, high: 0.01 },
            verdict: Verdict::Better,
        };
        Gate { comparison: Ok(comparison), tolerance: 0.01, learned_from: 0 }
    }

    #[test]
    fn what_serves_must_be_shown_to_be_no_worse_and_a_canary_must_not_be_shown_to_be() {
        let lets = |gate: Gate| (gate.lets_serve(), gate.lets_try());
        assert_eq!(lets(gate((-0.305, -0.28), 900.0, 900.0)), (true, true));
        assert_eq!(lets(gate((-0.32, -0.26), 900.0, 900.0)), (false, true), "the clicks do not exclude harm");
        assert_eq!(lets(gate((-0.4, -0.35), 900.0, 900.0)), (false, false), "they show it");
        assert_eq!(lets(gate((-0.2, -0.1), 5.0, 900.0)), (false, true), "five clicks tell nothing");
        assert_eq!(lets(gate((-0.2, -0.1), 900.0, 5.0)), (false, true), "nor of what serves");
        let comparison = Err(EvaluationError::NoClicks);
        let silent = Gate { comparison, tolerance: 0.9, learned_from: 0 };
        assert_eq!(lets(silent), (false, true));
    }

    #[test]
    fn a_candidate_is_judged_by_clicks_it_was_not_made_from_where_they_are_enough() {
        let clicks = RecentClicks::holding(1000, recorded(400)).logged();
        let initial = PolicyNetwork::before_any_click();
        let of = |learned_from| Gate::of(&clicks, learned_from, &initial, &initial, 0.01);
        let judged_by = |gate: &Gate| gate.comparison.unwrap().clicks;
        let [none, some, most] = [0, 250, 350].map(of);
        assert_eq!((judged_by(&none), none.learned_from), (400, 0));
        assert_eq!((judged_by(&some), some.learned_from), (150, 0));
        assert_eq!((judged_by(&most), most.learned_from), (400, 350), "fifty do not tell");
        assert!(some.told("candidate.a", "live").ends_with("of its own and of live as 150"));
        assert!(
            most.told("candidate.a", "live").ends_with("made from 350 of these clicks, which flatters it")
        );
        let all = of(400);
        assert_eq!((judged_by(&all), all.learned_from), (400, 400));
    }
}
