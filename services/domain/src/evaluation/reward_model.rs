//! A small model of the reward, for the doubly robust estimator.
//!
//! q(s, x) is linear in the standardised distances and quadratic in each component of x, so that its mean
//! under a normal policy is exact: E x = μ, E x² = μ² + σ². It need not be right: where it is wrong, the
//! weighted residuals correct it.

use super::LoggedClick;
use crate::State;
use crate::cholesky::solve;
use crate::policy::{PolicyOutput, Standardisation};
use crate::state::STATE;
use crate::weights::ACTIONS;

/// 1, the distances, x and x².
const FEATURES: usize = 1 + STATE + 2 * ACTIONS;

/// Weight of the squared coefficients beside the squared errors, in clicks: few clicks give a flat model.
const RIDGE: f64 = 10.0;

/// Coefficients of q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RewardModel([f64; FEATURES]);

impl RewardModel {
    /// Says 0 of everything; the doubly robust estimator is SNIPS with it.
    pub(super) const NONE: Self = Self([0.0; FEATURES]);

    /// Two models, each fitted to every second click, `[0]` to the odd ones and `[1]` to the even ones: click i
    /// is modelled by `[i % 2]`, which has not seen it (cross-fitting, Chernozhukov et al. 2018).
    pub(super) fn cross_fitted(clicks: &[LoggedClick]) -> [Self; 2] {
        [1, 0].map(|first| Self::fit(clicks.iter().skip(first).step_by(2)))
    }

    /// Ridge regression.
    fn fit<'a>(clicks: impl Iterator<Item = &'a LoggedClick>) -> Self {
        let (mut squares, mut products) = ([[0.0; FEATURES]; FEATURES], [0.0; FEATURES]);
        for click in clicks {
            let x = click.x.map(f64::from);
            let features = features(&click.state, x, x.map(|x| x * x));
            for (i, row) in squares.iter_mut().enumerate() {
                for (j, square) in row.iter_mut().enumerate().take(i + 1) {
                    *square += features[i] * features[j];
                }
                products[i] += features[i] * f64::from(click.reward);
            }
        }
        for (i, row) in squares.iter_mut().enumerate() {
            row[i] += RIDGE;
        }
        solve(squares, products).map_or(Self::NONE, Self)
    }

    /// q(s, x).
    pub(super) fn at(&self, state: &State, x: &[f32; ACTIONS]) -> f64 {
        let x = x.map(f64::from);
        self.over(features(state, x, x.map(|x| x * x)))
    }

    /// E q(s, x) over the actions of a policy.
    pub(super) fn expected(&self, state: &State, output: &PolicyOutput) -> f64 {
        let mean = output.mean.map(f64::from);
        let squares = std::array::from_fn(|j| mean[j] * mean[j] + f64::from(output.log_variance[j]).exp());
        self.over(features(state, mean, squares))
    }

    fn over(&self, features: [f64; FEATURES]) -> f64 {
        self.0.iter().zip(features).map(|(c, f)| c * f).sum()
    }
}

fn features(state: &State, x: [f64; ACTIONS], squares: [f64; ACTIONS]) -> [f64; FEATURES] {
    let input = Standardisation::default();
    let distances = state.0.map(|d| f64::from((d - input.mean) / input.scale));
    let mut all = std::iter::once(1.0).chain(distances).chain(x).chain(squares);
    std::array::from_fn(|_| all.next().expect("there is one for every coefficient"))
}
