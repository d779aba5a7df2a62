//! How a slate's click is explained: a conditional logit over the people shown.

use domain::weights::{ACTIONS, CAPS, squash};
use domain::{PICKS, SLATE};

use crate::experience::Experience;

/// β before any click.
const INVERSE_TEMPERATURE: f32 = 10.0;

/// How visitors choose among the people of a slate, whatever their taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ClickModel {
    /// log β.
    pub(super) log_inverse_temperature: f32,
    /// b: what a place adds to a person's log odds.
    pub(super) places: [f32; SLATE],
}

impl ClickModel {
    /// Numbers of it.
    pub(super) const LENGTH: usize = 1 + SLATE;

    /// Before the first click: all places alike.
    pub(super) fn initial() -> Self {
        Self { log_inverse_temperature: INVERSE_TEMPERATURE.ln(), places: [0.0; SLATE] }
    }

    /// log β, then b.
    pub(super) fn flat(&self) -> Vec<f32> {
        [self.log_inverse_temperature].into_iter().chain(self.places).collect()
    }

    /// The way back from [`ClickModel::flat`].
    pub(super) fn of(flat: &[f32]) -> Self {
        Self { log_inverse_temperature: flat[0], places: std::array::from_fn(|i| flat[1 + i]) }
    }

    /// Scores of the people shown, and the probability that each is the one clicked; 0 behind the last.
    pub(super) fn choice(
        &self,
        experience: &Experience,
        weights: &[f32; PICKS],
    ) -> ([f32; SLATE], [f32; SLATE]) {
        let beta = self.log_inverse_temperature.exp();
        let mut scores = [0.0; SLATE];
        let mut odds = [f32::NEG_INFINITY; SLATE];
        for place in 0..experience.shown {
            scores[place] =
                weights.iter().zip(&experience.cosines[place]).map(|(w, cosine)| w * cosine).sum();
            odds[place] = beta * scores[place] + self.places[place];
        }
        let highest = odds.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let odds = odds.map(|odds| (odds - highest).exp());
        let sum: f32 = odds.iter().sum();
        (scores, odds.map(|odds| odds / sum))
    }

    /// How the click is explained by weights that lie at `x`. What −share · log p_clicked slopes by the model's
    /// own numbers is added to the first of `own`.
    pub(super) fn explain(
        &self,
        experience: &Experience,
        x: &[f32; ACTIONS],
        share: f32,
        own: &mut [f32],
    ) -> Explained {
        let weights = squash(x);
        let (scores, chances) = self.choice(experience, &weights);
        let beta = self.log_inverse_temperature.exp();
        let mut by_weight = [0.0; PICKS];
        for place in 0..experience.shown {
            let was_clicked = if place == experience.clicked { 1.0 } else { 0.0 };
            let by_odds = share * (chances[place] - was_clicked);
            own[0] += by_odds * beta * scores[place];
            own[1 + place] += by_odds;
            for (sum, cosine) in by_weight.iter_mut().zip(&experience.cosines[place]) {
                *sum += by_odds * beta * cosine;
            }
        }
        let by_x = std::array::from_fn(|j| {
            let w = weights[j + 1];
            by_weight[j + 1] * w * (1.0 - w / CAPS[j])
        });
        Explained { chances, by_x }
    }
}

/// A slate's click, explained.
pub(super) struct Explained {
    /// The probability that each person shown is the one clicked; 0 behind the last.
    pub(super) chances: [f32; SLATE],
    /// Slope of −share · log p_clicked by x.
    pub(super) by_x: [f32; ACTIONS],
}
