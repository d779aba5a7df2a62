//! Whether people click where the scores say they would.
//!
//! A slate is ordered by the policy's scores, and the chance that a place is looked at is known: together they predict
//! how often each rank is clicked. Where ranks are clicked much more or less often than that, scores mean something
//! else than how much people like whom they see.

use super::{Choice, Examination, TooFewClicks};
use crate::SLATE;

/// Newton's steps; the likelihood is concave in one number.
const STEPS: usize = 30;
/// Length of a step at which the estimate stands.
const SETTLED: f64 = 1e-9;
/// Longest step: far from the truth the curvature says little.
const LONGEST: f64 = 5.0;
/// Curvature of the prior on β, in clicks.
const PRIOR: f64 = 1e-3;

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

/// Predicts P(click at k) = e_k exp(β·score_k) / Σ_j e_j exp(β·score_j) from the first of every two choices, e by
/// [`Examination`] and β by maximum likelihood, and holds it against the second.
pub fn calibrate(choices: &[Choice]) -> Result<Calibration, TooFewClicks> {
    let learned_from: Vec<&Choice> = choices.iter().step_by(2).collect();
    let held_against = choices.iter().skip(1).step_by(2);
    let examination = Examination::of_choices(&learned_from)?;
    let score_weight = most_likely(&learned_from, &examination);
    let mut ranks = [RankClicks::default(); SLATE];
    let mut clicks = 0;
    for choice in held_against {
        clicks += 1;
        ranks[choice.clicked].clicked += 1;
        for (rank, chance) in ranks.iter_mut().zip(chances(choice, &examination, score_weight)) {
            rank.expected += chance;
            // The variance, until all are summed up.
            rank.deviation += chance * (1.0 - chance);
        }
    }
    for rank in &mut ranks {
        rank.deviation = rank.deviation.sqrt();
    }
    Ok(Calibration {
        learned_from: learned_from.len(),
        held_against: clicks,
        score_weight,
        examination,
        ranks,
    })
}

/// Chance of a click at each rank.
fn chances(choice: &Choice, examination: &Examination, score_weight: f64) -> [f64; SLATE] {
    let shown = choice.shown;
    let logit = |rank: usize| examination.0[rank].ln() + score_weight * f64::from(choice.scores[rank]);
    let logits: [f64; SLATE] =
        std::array::from_fn(|rank| if rank < shown { logit(rank) } else { f64::NEG_INFINITY });
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds = logits.map(|logit| (logit - highest).exp());
    let sum: f64 = odds.iter().sum();
    odds.map(|odds| odds / sum)
}

/// β by Newton's method.
fn most_likely(choices: &[&Choice], examination: &Examination) -> f64 {
    let mut at = 0.0;
    for _ in 0..STEPS {
        let (mut slope, mut curvature) = (-PRIOR * at, PRIOR);
        for choice in choices {
            let scores = choice.scores.map(f64::from);
            let chances = chances(choice, examination, at);
            let mean: f64 = scores.iter().zip(chances).map(|(score, chance)| score * chance).sum();
            let squares: f64 = scores.iter().zip(chances).map(|(score, chance)| score * score * chance).sum();
            slope += scores[choice.clicked] - mean;
            curvature += squares - mean * mean;
        }
        let step = (slope / curvature).clamp(-LONGEST, LONGEST);
        at += step;
        if step.abs() < SETTLED {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::PICKS;

    /// Slates whose scores fall from rank to rank, clicked with chances ∝ exp(`weight` · score − 0.2 · (rank − 1)).
    fn clicked(clicks: usize, weight: f64, seed: u64) -> Vec<Choice> {
        let mut generator = StdRng::seed_from_u64(seed);
        let visit = |_| {
            let mut cosines = [(); SLATE].map(|()| [(); PICKS].map(|()| generator.random::<f32>()));
            cosines.sort_by(|a, b| b[0].total_cmp(&a[0]));
            let scores = cosines.map(|cosines| cosines[0]);
            let chances: Vec<f64> =
                (0..SLATE).map(|p| (weight * f64::from(scores[p]) - 0.2 * p as f64).exp()).collect();
            let mut left = generator.random::<f64>() * chances.iter().sum::<f64>();
            let place = chances.iter().position(|chance| {
                left -= chance;
                left <= 0.0
            });
            Choice { scores, cosines, shown: SLATE, clicked: place.unwrap_or(SLATE - 1) }
        };
        (0..clicks).map(visit).collect()
    }

    #[test]
    fn scores_that_mean_what_they_say_are_found_out_and_predict_every_rank() {
        let told = calibrate(&clicked(20_000, 4.0, 1)).unwrap();
        assert_eq!((told.learned_from, told.held_against), (10_000, 10_000));
        assert!((told.score_weight - 4.0).abs() < 0.4, "{}", told.score_weight);
        for (rank, RankClicks { clicked, expected, deviation }) in told.ranks.into_iter().enumerate() {
            // The prediction was estimated, too: two sources of noise, and ten ranks to be wrong at.
            let off = (clicked as f64 - expected) / deviation;
            assert!(off.abs() < 4.5, "rank {}: {clicked} clicks for {expected:.0}", rank + 1);
        }
        let clicks: f64 = told.ranks.iter().map(|rank| rank.expected).sum();
        assert!((clicks - 10_000.0).abs() < 1e-6);
    }

    #[test]
    fn scores_that_turn_against_people_are_told() {
        // Learned from people who like whom the scores like, held against people who do not.
        let (like, dislike) = (clicked(10_000, 4.0, 2), clicked(10_000, -4.0, 3));
        let both: Vec<Choice> = like.into_iter().zip(dislike).flat_map(|(a, b)| [a, b]).collect();
        let first = calibrate(&both).unwrap().ranks[0];
        assert!((first.clicked as f64) < first.expected - 20.0 * first.deviation, "{first:?}");
    }

    #[test]
    fn few_clicks_predict_nothing() {
        assert_eq!(calibrate(&clicked(1998, 4.0, 4)), Err(TooFewClicks(999)));
        assert!(calibrate(&clicked(2000, 4.0, 4)).is_ok());
    }
}
