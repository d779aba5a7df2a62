//! Position bias: how likely each place of a slate is looked at (README, "Examination").
//!
//! People look at the top of a list first, so a click says something about the person *and* about the place.
//! Under the examination hypothesis (Richardson et al. 2007) a click needs both: to be seen there, and to
//! please. The explored weights show the same faces at different places, which tells the two apart.

mod calibration;

use crate::cholesky::solve;
use crate::{Impression, PICKS, SLATE, reward};

pub use calibration::{Calibration, RankClicks, calibrate};

/// Places whose examination is estimated: the first is 1 by definition.
const BELOW: usize = SLATE - 1;
/// θ, and one number a place below the first.
const PARAMETERS: usize = PICKS + BELOW;
/// Curvature of the prior on every parameter, in clicks: few clicks say that all places are alike.
const PRIOR: f64 = 1.0;
/// Clicks below which nothing is estimated.
const LEAST_CLICKS: usize = 1000;
/// Newton's steps; the likelihood is concave, so a handful is enough.
const STEPS: usize = 50;
/// Length of a step at which the estimate stands.
const SETTLED: f64 = 1e-9;
/// Probability that a reward is divided by at least, so that one click from the far end cannot outweigh many
/// others (clipping, Strehl et al. 2010).
const LEAST_PROBABILITY: f64 = 0.1;

/// Examination probability of every place, relative to the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examination([f64; SLATE]);

/// Too few clicks to tell places from people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("examination is estimated from {LEAST_CLICKS} clicks or more, there are {0}; use the naive reward")]
pub struct TooFewClicks(pub usize);

/// A slate with the place that was clicked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Scores of everybody on it, best first; 0 behind the last.
    pub scores: [f32; SLATE],
    /// Their cosines to the five picks.
    pub cosines: [[f32; PICKS]; SLATE],
    /// How many they are, 1 to ten.
    pub shown: usize,
    /// 0-based place of the click, below `shown`.
    pub clicked: usize,
}

impl Examination {
    /// Estimated from slates with the 1-based rank of their click, by maximum likelihood of a conditional logit
    /// (McFadden 1974) with a term a place:
    ///
    /// P(click at k) = e_k exp(θ·c_k) / Σ_j e_j exp(θ·c_j), with e_1 = 1 and c_j the cosines to the five picks.
    pub fn estimate<'a>(
        clicks: impl IntoIterator<Item = (&'a Impression, usize)>,
    ) -> Result<Self, TooFewClicks> {
        let choices: Vec<Choice> = clicks.into_iter().filter_map(|(i, rank)| Choice::of(i, rank)).collect();
        Self::of_choices(&choices.iter().collect::<Vec<_>>())
    }

    fn of_choices(choices: &[&Choice]) -> Result<Self, TooFewClicks> {
        if choices.len() < LEAST_CLICKS {
            return Err(TooFewClicks(choices.len()));
        }
        let logs = most_likely(choices);
        Ok(Self(std::array::from_fn(|place| place.checked_sub(1).map_or(1.0, |p| logs[PICKS + p].exp()))))
    }

    /// Of the places from the first to the last.
    pub fn probabilities(&self) -> [f64; SLATE] {
        self.0
    }

    /// The reward of a click at `rank` (1-based), divided by the probability that the place was looked at at
    /// all (Joachims, Swaminathan and Schnabel 2017, eq. 4). `None` for a rank that no slate has.
    pub fn reward(&self, rank: usize) -> Option<f32> {
        let naive = f64::from(reward::of_rank(rank)?);
        Some((naive / self.0[rank - 1].max(LEAST_PROBABILITY)) as f32)
    }
}

impl Choice {
    /// The click at `rank` (1-based) on `impression`; `None` for a rank that is not on the slate.
    pub fn of(impression: &Impression, rank: usize) -> Option<Self> {
        let clicked = rank.checked_sub(1)?;
        let shown = impression.slate.len().min(SLATE);
        let (mut scores, mut cosines) = ([0.0; SLATE], [[0.0; PICKS]; SLATE]);
        for (place, entry) in impression.slate.iter().take(SLATE).enumerate() {
            (scores[place], cosines[place]) = (entry.score, entry.cosines);
        }
        (clicked < shown).then_some(Self { scores, cosines, shown, clicked })
    }

    /// Adds this choice's gradient and curvature of the log likelihood at `parameters`; returns its log
    /// likelihood.
    fn add(
        &self,
        parameters: &[f64; PARAMETERS],
        gradient: &mut [f64; PARAMETERS],
        curvature: &mut [[f64; PARAMETERS]; PARAMETERS],
    ) -> f64 {
        let shown = self.cosines.iter().take(self.shown);
        let features: Vec<[f64; PARAMETERS]> =
            shown.enumerate().map(|(place, c)| features(place, &c.map(f64::from))).collect();
        let logits: Vec<f64> = features.iter().map(|f| dot(f, parameters)).collect();
        let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|logit| (logit - highest).exp()).sum();
        let mut mean = [0.0; PARAMETERS];
        for (features, logit) in features.iter().zip(&logits) {
            let chance = (logit - highest).exp() / sum;
            for i in 0..PARAMETERS {
                mean[i] += chance * features[i];
                for j in 0..=i {
                    curvature[i][j] += chance * features[i] * features[j];
                }
            }
        }
        for i in 0..PARAMETERS {
            gradient[i] += features[self.clicked][i] - mean[i];
            for j in 0..=i {
                curvature[i][j] -= mean[i] * mean[j];
            }
        }
        logits[self.clicked] - highest - sum.ln()
    }
}

/// Newton's method with halved steps: every step is one up the concave log likelihood.
fn most_likely(choices: &[&Choice]) -> [f64; PARAMETERS] {
    let look = |parameters: &[f64; PARAMETERS]| {
        let (mut gradient, mut curvature) = ([0.0; PARAMETERS], [[0.0; PARAMETERS]; PARAMETERS]);
        let mut likelihood = -0.5 * PRIOR * dot(parameters, parameters);
        for choice in choices {
            likelihood += choice.add(parameters, &mut gradient, &mut curvature);
        }
        for i in 0..PARAMETERS {
            gradient[i] -= PRIOR * parameters[i];
            curvature[i][i] += PRIOR;
        }
        (likelihood, gradient, curvature)
    };
    let mut at = [0.0; PARAMETERS];
    let mut seen = look(&at);
    for _ in 0..STEPS {
        let Some(mut step) = solve(seen.2, seen.1) else { break };
        let (next, found) = loop {
            let next: [f64; PARAMETERS] = std::array::from_fn(|i| at[i] + step[i]);
            let found = look(&next);
            if found.0 >= seen.0 || dot(&step, &step) < SETTLED * SETTLED {
                break (next, found);
            }
            step = step.map(|s| s / 2.0);
        };
        (at, seen) = (next, found);
        if dot(&step, &step) < SETTLED * SETTLED {
            break;
        }
    }
    at
}

/// The cosines, then a 1 at the place.
fn features(place: usize, cosines: &[f64; PICKS]) -> [f64; PARAMETERS] {
    let mut features = [0.0; PARAMETERS];
    features[..PICKS].copy_from_slice(cosines);
    if let Some(below) = place.checked_sub(1) {
        features[PICKS + below] = 1.0;
    }
    features
}

fn dot(a: &[f64; PARAMETERS], b: &[f64; PARAMETERS]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
