//! Position bias: how likely each place of a slate is looked at (README, "Examination").
//!
//! People look at the top of a list first, so a click says something about the person *and* about the place.
//! Under the examination hypothesis (Richardson et al. 2007) a click needs both: to be seen there, and to
//! please. The explored weights show the same faces at different places, which tells the two apart.
//!
//! The probabilities are fitted by the crate `learning`; here is what is made of them.

mod calibration;

use crate::{Impression, PICKS, SLATE, reward};

pub use calibration::{Calibration, RankClicks};

/// Clicks below which nothing is estimated.
pub const LEAST_CLICKS: usize = 1000;
/// Probability that a reward is divided by at least, so that one click from the far end cannot outweigh many
/// others (clipping, Strehl et al. 2010).
const LEAST_PROBABILITY: f64 = 0.1;

/// Examination probability of every place, relative to the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examination([f64; SLATE]);

/// Why numbers are no examination probabilities.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ExaminationError {
    /// The first place is what all others are relative to.
    #[error("the first place has the examination probability 1 by definition, not {0}")]
    First(f64),
    /// A place that nobody looks at, or that no number tells of.
    #[error("place {place} needs a finite examination probability above 0, not {probability}")]
    Place {
        /// 1-based place on the slate.
        place: usize,
        /// What was given.
        probability: f64,
    },
}

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
    /// The belief before any click: every place is looked at alike.
    pub const EVEN: Self = Self([1.0; SLATE]);

    /// Returns the examination with `probabilities` from the first place to the last. The first is 1; others may be
    /// above it, since they are estimates.
    pub fn new(probabilities: [f64; SLATE]) -> Result<Self, ExaminationError> {
        if probabilities[0] != 1.0 {
            return Err(ExaminationError::First(probabilities[0]));
        }
        for (place, probability) in probabilities.into_iter().enumerate() {
            if !(probability.is_finite() && probability > 0.0) {
                return Err(ExaminationError::Place { place: place + 1, probability });
            }
        }
        Ok(Self(probabilities))
    }

    /// Returns the probabilities of the places from the first to the last.
    pub fn probabilities(&self) -> [f64; SLATE] {
        self.0
    }

    /// Returns the reward of a click at `rank` (1-based), divided by the probability that the place was looked at at
    /// all (Joachims, Swaminathan and Schnabel 2017, eq. 4). `None` for a rank that no slate has.
    pub fn reward(&self, rank: usize) -> Option<f32> {
        let naive = f64::from(reward::of_rank(rank)?);
        Some((naive / self.0[rank - 1].max(LEAST_PROBABILITY)) as f32)
    }
}

impl Choice {
    /// Returns the click at `rank` (1-based) on `impression`; `None` for a rank that is not on the slate.
    pub fn of(impression: &Impression, rank: usize) -> Option<Self> {
        let clicked = rank.checked_sub(1)?;
        let shown = impression.slate.len().min(SLATE);
        let (mut scores, mut cosines) = ([0.0; SLATE], [[0.0; PICKS]; SLATE]);
        for (place, entry) in impression.slate.iter().take(SLATE).enumerate() {
            (scores[place], cosines[place]) = (entry.score, entry.cosines);
        }
        (clicked < shown).then_some(Self { scores, cosines, shown, clicked })
    }
}

#[cfg(test)]
mod tests;
