//! How simulated visitors click (README, "Visitors").

use crate::SLATE;

/// How sharply people tell two faces apart: in the logit, per unit of utility. Ranking and clicking share it.
pub const SHARPNESS: f64 = 20.0;

/// Which of the ten is clicked. Under every model each visitor clicks exactly once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClickModel {
    /// All ten are compared: p_i ∝ exp(20 u_i).
    Softmax,
    /// From the top, one after the other (Craswell et al. 2008): each is clicked with the chance
    /// a_i = sigmoid(20 (u_i − u_known)), even for somebody as attractive as the face ranked first. Who reaches the
    /// end without a click begins again, so p_i ∝ a_i Π_{j<i} (1 − a_j).
    Cascade,
    /// Softmax, and every rank further down costs `bias`: p_i ∝ exp(20 u_i − bias · (i − 1)).
    Position {
        /// In the logit, a rank; 0 or more.
        bias: f64,
    },
}

impl ClickModel {
    /// Probability of the click at each rank; they sum to 1. `utilities` are those of the ten in order,
    /// `known` is that of the face that the visitor ranked first.
    pub fn probabilities(self, utilities: &[f32; SLATE], known: f32) -> [f64; SLATE] {
        let gain = |rank: usize, from: f32| SHARPNESS * f64::from(utilities[rank] - from);
        let highest = utilities.iter().copied().fold(f32::MIN, f32::max);
        let mut chances = [0.0; SLATE];
        let mut unseen = 1.0;
        for (rank, chance) in chances.iter_mut().enumerate() {
            *chance = match self {
                ClickModel::Softmax => gain(rank, highest).exp(),
                ClickModel::Position { bias } => (gain(rank, highest) - bias * rank as f64).exp(),
                ClickModel::Cascade => {
                    let attracted = 1.0 / (1.0 + (-gain(rank, known)).exp());
                    let clicked = unseen * attracted;
                    unseen *= 1.0 - attracted;
                    clicked
                }
            };
        }
        let total: f64 = chances.iter().sum();
        chances.map(|chance| chance / total)
    }
}

/// What a slate is worth to a visitor, over all clicks they may make.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expected {
    /// Reward of the click.
    pub reward: f64,
    /// 1-based rank of the click.
    pub click_rank: f64,
    /// True utility of the person at the top.
    pub utility_first: f64,
    /// Mean true utility of all ten.
    pub utility_ten: f64,
}

impl Expected {
    /// The expectation over `probabilities` of the click.
    pub fn of(utilities: &[f32; SLATE], probabilities: &[f64; SLATE]) -> Self {
        let click_rank: f64 = (1..=SLATE).zip(probabilities).map(|(rank, p)| rank as f64 * p).sum();
        Self {
            // (1 − rank)/10 is linear, so its mean follows from the mean rank.
            reward: (1.0 - click_rank) / 10.0,
            click_rank,
            utility_first: utilities[0].into(),
            utility_ten: utilities.iter().copied().map(f64::from).sum::<f64>() / SLATE as f64,
        }
    }

    /// Adds `other`, `share` times.
    pub fn add(&mut self, other: &Self, share: f64) {
        self.reward += share * other.reward;
        self.click_rank += share * other.click_rank;
        self.utility_first += share * other.utility_first;
        self.utility_ten += share * other.utility_ten;
    }
}

/// The rank (0-based) that `uniform`, in [0, 1), falls on.
pub fn drawn(probabilities: &[f64; SLATE], uniform: f64) -> usize {
    let mut left = uniform;
    let passed = probabilities.iter().take_while(|p| {
        left -= **p;
        left >= 0.0
    });
    passed.count().min(SLATE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: [ClickModel; 4] = [
        ClickModel::Softmax,
        ClickModel::Cascade,
        ClickModel::Position { bias: 0.3 },
        ClickModel::Position { bias: 0.0 },
    ];
    const UTILITIES: [f32; SLATE] = [0.7, 0.8, 0.75, 0.6, 0.9, 0.5, 0.55, 0.71, -0.2, 0.3];

    #[test]
    fn every_visitor_clicks_exactly_once() {
        for model in MODELS {
            for utilities in [UTILITIES, [0.4; SLATE], [-1.0; SLATE], [1.0; SLATE]] {
                let chances = model.probabilities(&utilities, 0.7);
                assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{model:?}");
                assert!(chances.iter().all(|p| (0.0..=1.0).contains(p)), "{model:?} {chances:?}");
            }
        }
        let [softmax, .., unbiased] = MODELS.map(|model| model.probabilities(&UTILITIES, 0.7));
        assert_eq!(softmax, unbiased);
    }

    #[test]
    fn alike_faces_share_the_clicks_as_the_model_says() {
        let [softmax, cascade, position, _] = MODELS.map(|model| model.probabilities(&[0.7; SLATE], 0.7));
        assert!(softmax.iter().all(|p| (p - 0.1).abs() < 1e-12));
        assert!((cascade[0] / cascade[1] - 2.0).abs() < 1e-9, "every look is even odds");
        assert!((position[3] / position[4] - 0.3f64.exp()).abs() < 1e-9);
    }

    #[test]
    fn the_exact_expectation_is_what_many_clicks_come_to() {
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for model in MODELS {
            let chances = model.probabilities(&UTILITIES, 0.7);
            let exact = Expected::of(&UTILITIES, &chances);
            let clicks = 40_000;
            let ranks: Vec<f64> = (0..clicks).map(|_| 1.0 + drawn(&chances, uniform()) as f64).collect();
            let mean = ranks.iter().sum::<f64>() / clicks as f64;
            let variance = ranks.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / clicks as f64;
            let error = (variance / clicks as f64).sqrt();
            assert!((mean - exact.click_rank).abs() < 4.0 * error, "{model:?}: {mean} ± {error}, {exact:?}");
            assert!((exact.reward - (1.0 - exact.click_rank) / 10.0).abs() < 1e-12);
        }
    }
}
