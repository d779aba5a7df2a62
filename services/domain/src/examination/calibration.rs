//! Whether people click where the scores say they would.
//!
//! A slate is ordered by the policy's scores, and the chance that a place is looked at is known: together they predict
//! how often each rank is clicked. Where ranks are clicked much more or less often than that, scores mean something
//! else than how much people like whom they see.

use super::{Choice, Examination};
use crate::SLATE;

/// Curvature of the prior on β, in clicks.
const PRIOR: f64 = 1e-3;
/// Length of the bracket at which β stands, relative to 1 + |β|.
const SETTLED: f64 = 1e-7;
/// Share of a bracket that the golden section keeps: (√5 − 1)/2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Clicks by rank beside what was predicted of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Clicks that the prediction was made from: the first of every two.
    pub learned_from: usize,
    /// Clicks that it is held against: the second of every two.
    pub held_against: usize,
    /// β: how much a point of score counts. 0 where scores say nothing of whom people click.
    pub score_weight: f64,
    /// How likely each place is looked at.
    pub examination: Examination,
    /// Of the clicks that it is held against, from the first rank to the last.
    pub ranks: [RankClicks; SLATE],
}

/// Clicks at one rank.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RankClicks {
    /// As many as there were.
    pub clicked: usize,
    /// As many as were expected.
    pub expected: f64,
    /// Standard deviation of the number, were the prediction true.
    pub deviation: f64,
}

impl Calibration {
    /// Returns those of `choices` that a prediction is made from: the first of every two.
    pub fn learned_from(choices: &[Choice]) -> impl Iterator<Item = &Choice> {
        choices.iter().step_by(2)
    }

    /// Predicts P(click at k) = e_k exp(β·score_k) / Σ_j e_j exp(β·score_j), with `examination` for e and β by maximum
    /// likelihood, and returns it held against the second of every two choices.
    ///
    /// `examination` and β are both to come from [`Calibration::learned_from`]: what the prediction is held against
    /// must not have made it.
    pub fn of(choices: &[Choice], examination: Examination) -> Self {
        let learned_from: Vec<&Choice> = Self::learned_from(choices).collect();
        let places = examination.0.map(f64::ln);
        let score_weight = most_likely(&learned_from, &places);
        let mut ranks = [RankClicks::default(); SLATE];
        let mut held_against = 0;
        for choice in choices.iter().skip(1).step_by(2) {
            held_against += 1;
            ranks[choice.clicked].clicked += 1;
            for (rank, log_chance) in ranks.iter_mut().zip(log_chances(choice, &places, score_weight)) {
                let chance = log_chance.exp();
                rank.expected += chance;
                // The variance, until all are summed up.
                rank.deviation += chance * (1.0 - chance);
            }
        }
        for rank in &mut ranks {
            rank.deviation = rank.deviation.sqrt();
        }
        Self { learned_from: learned_from.len(), held_against, score_weight, examination, ranks }
    }
}

/// Returns the log of the chance of a click at each rank; −∞ behind the last. `places` are the logs of their
/// examination.
fn log_chances(choice: &Choice, places: &[f64; SLATE], score_weight: f64) -> [f64; SLATE] {
    let mut logits = [f64::NEG_INFINITY; SLATE];
    for (rank, logit) in logits.iter_mut().enumerate().take(choice.shown) {
        *logit = places[rank] + score_weight * f64::from(choice.scores[rank]);
    }
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for logit in &logits {
        sum += (logit - highest).exp();
    }
    logits.map(|logit| logit - highest - sum.ln())
}

/// Returns β: the log likelihood is concave in this one number, so that it is climbed without a slope.
fn most_likely(choices: &[&Choice], places: &[f64; SLATE]) -> f64 {
    highest(|score_weight| {
        let mut likelihood = -0.5 * PRIOR * score_weight * score_weight;
        for choice in choices {
            likelihood += log_chances(choice, places, score_weight)[choice.clicked];
        }
        likelihood
    })
}

/// Returns where `height`, which has one summit and falls to both sides of it, is highest, by golden-section search
/// (Kiefer 1953).
fn highest(height: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = bracket(&height);
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut left_height, mut right_height) = (height(left), height(right));
    while high - low > SETTLED * (1.0 + low.abs().max(high.abs())) {
        if left_height > right_height {
            high = right;
            (right, right_height) = (left, left_height);
            left = high - GOLDEN * (high - low);
            left_height = height(left);
        } else {
            low = left;
            (left, left_height) = (right, right_height);
            right = low + GOLDEN * (high - low);
            right_height = height(right);
        }
    }
    (low + high) / 2.0
}

/// Returns two numbers with the summit of `height` between them. From 0 it goes uphill in steps that double, until one
/// of them leads down.
fn bracket(height: &impl Fn(f64) -> f64) -> (f64, f64) {
    let at_start = height(0.0);
    let direction = match (height(1.0) > at_start, height(-1.0) > at_start) {
        (true, _) => 1.0,
        (false, true) => -1.0,
        (false, false) => return (-1.0, 1.0),
    };
    let (mut behind, mut at, mut at_height) = (0.0, direction, height(direction));
    loop {
        let ahead = 2.0 * at;
        let ahead_height = height(ahead);
        if ahead_height > at_height {
            (behind, at, at_height) = (at, ahead, ahead_height);
        } else {
            return (f64::min(behind, ahead), f64::max(behind, ahead));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PICKS;

    /// `clicks` on slates of two, whose scores are `apart` from each other, with every fourth on the second.
    fn of_two(clicks: usize, apart: f32) -> Vec<Choice> {
        let mut scores = [0.0; SLATE];
        scores[0] = apart;
        let choice = |click: usize| {
            // Both halves see the same: clicks come in pairs.
            let clicked = usize::from((click / 2).is_multiple_of(4));
            Choice { scores, cosines: [[0.0; PICKS]; SLATE], shown: 2, clicked }
        };
        (0..clicks).map(choice).collect()
    }

    #[test]
    fn a_summit_is_found_wherever_it_lies() {
        for summit in [0.0, 0.3, -0.7, 4.0, -37.5, 12_345.6] {
            let found = highest(|x| -(x - summit) * (x - summit));
            assert!((found - summit).abs() < 1e-6 * (1.0 + f64::abs(summit)), "{found} for {summit}");
        }
    }

    #[test]
    fn the_weight_of_two_scores_follows_by_hand() {
        // Clicked 3 : 1, so that β · 0.1 = ln 3; and with the second place looked at half as often, ln 1.5.
        let choices = of_two(8000, 0.1);
        let mut probabilities = [1.0; SLATE];
        for (second, odds) in [(1.0, 3.0), (0.5, 1.5)] {
            probabilities[1] = second;
            let told = Calibration::of(&choices, Examination::new(probabilities).unwrap());
            let by_hand = 10.0 * f64::ln(odds);
            assert!((told.score_weight - by_hand).abs() < 0.01, "{} for {by_hand}", told.score_weight);
            assert!((told.ranks[0].expected - 3000.0).abs() < 1.0, "{:?}", told.ranks[0]);
            assert_eq!((told.ranks[0].clicked, told.ranks[2].expected), (3000, 0.0));
        }
    }

    #[test]
    fn scores_that_are_all_the_same_say_nothing() {
        let told = Calibration::of(&of_two(2000, 0.0), Examination::EVEN);
        assert!(told.score_weight.abs() < 1e-3, "{}", told.score_weight);
    }
}
