//! Intervals by drawing the same number of clicks again, with replacement (Efron 1979).

use super::weighting::{Term, Terms};

/// Both estimates of a policy's value on some clicks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Values {
    /// Σ w r / Σ w.
    pub(super) snips: f64,
    /// mean(E q) + Σ w (r − q) / Σ w.
    pub(super) doubly_robust: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    clicks: f64,
    weight: f64,
    reward: f64,
    residual: f64,
    expected: f64,
}

impl Sums {
    fn add(&mut self, term: &Term) {
        self.clicks += 1.0;
        self.weight += term.weight;
        self.reward += term.reward;
        self.residual += term.residual;
        self.expected += term.expected;
    }

    fn values(self) -> Values {
        Values {
            snips: self.reward / self.weight,
            doubly_robust: self.expected / self.clicks + self.residual / self.weight,
        }
    }
}

impl Values {
    /// The estimates over `terms`, of which there is at least one.
    pub(super) fn of<'a>(terms: impl Iterator<Item = &'a Term>) -> Self {
        let mut sums = Sums::default();
        terms.for_each(|term| sums.add(term));
        sums.values()
    }
}

/// Estimates of `P` policies on `resamples` resamples, every resample the same for all of them.
pub(super) fn resample<const P: usize>(
    policies: [&Terms; P],
    resamples: usize,
    mut below: impl FnMut(usize) -> usize,
) -> [Vec<Values>; P] {
    let clicks = policies[0].0.len();
    let mut values = [const { Vec::new() }; P];
    for _ in 0..resamples.max(1) {
        let mut sums = [Sums::default(); P];
        for _ in 0..clicks {
            let click = below(clicks);
            for (sums, policy) in sums.iter_mut().zip(policies) {
                sums.add(&policy.0[click]);
            }
        }
        for (values, sums) in values.iter_mut().zip(sums) {
            values.push(sums.values());
        }
    }
    values
}
