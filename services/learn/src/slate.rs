//! Credit from the whole slate: the network's μ by the likelihood of the click among the ten shown.
//!
//! A click on one person and not on the others is a choice (conditional logit; McFadden 1974): person i of
//! the slate, on place i, is clicked with probability
//!
//! p_i = softmax_i( β · Σ_j w_j(μ(s)) · cos_ij + b_i ),   w = [1, c · sigmoid(μ)].
//!
//! loss = −mean(log p_clicked) + ½ · (P/n) · mean(|μ|²) + ½ · (C/n) · mean(|μ − mean(μ)|²) + c · mean(A²).
//!
//! The first pick's weight is 1, so β is the inverse temperature of the visitors' choice; b_i, one a place,
//! takes up how much more the upper places are looked at. The two terms after the likelihood are normal
//! priors, worth P and C clicks against the n of the window: that the initial weights are right, and that the
//! same weights are right in every state. They hold the policy at its start while clicks are few, let it
//! find what all states share before what tells them apart, and keep weights off the ends of their range.
//! The critic is a2c's; it chooses nothing here.

use domain::policy::PolicyOutput;
use domain::weights::{ACTIONS, CAPS, squash};
use domain::{PICKS, SLATE};

use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::network::{Pass, Slope};
use crate::settings::Settings;

/// β before any click.
const INVERSE_TEMPERATURE: f32 = 10.0;

/// How visitors choose among the people of a slate, whatever their taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClickModel {
    /// log β.
    pub log_inverse_temperature: f32,
    /// b: what a place adds to a person's log odds.
    pub places: [f32; SLATE],
}

impl ClickModel {
    /// Numbers of it.
    pub const LENGTH: usize = 1 + SLATE;

    /// Before the first click: all places alike.
    pub fn initial() -> Self {
        Self { log_inverse_temperature: INVERSE_TEMPERATURE.ln(), places: [0.0; SLATE] }
    }

    /// log β, then b.
    pub fn flat(&self) -> Vec<f32> {
        [self.log_inverse_temperature].into_iter().chain(self.places).collect()
    }

    /// The way back from [`ClickModel::flat`].
    pub fn of(flat: &[f32]) -> Self {
        Self { log_inverse_temperature: flat[0], places: std::array::from_fn(|i| flat[1 + i]) }
    }

    /// Scores of the people shown, and the probability that each is the one clicked; 0 behind the last.
    fn choice(&self, experience: &Experience, weights: &[f32; PICKS]) -> ([f32; SLATE], [f32; SLATE]) {
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
}

/// One update on `batch`, drawn from a window of `window_clicks`; when it fails, what is left in `learned`
/// must not be used.
pub fn update(
    learned: &mut Learned,
    batch: &[&Experience],
    window_clicks: usize,
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    learned.step(gradient(learned, batch, window_clicks, settings), settings)
}

/// ∂loss/∂number, unclipped: the policy's parameters, then the click model's.
fn gradient(
    learned: &Learned,
    batch: &[&Experience],
    window_clicks: usize,
    settings: &Settings,
) -> (Vec<f32>, Figures) {
    let pass = Pass::forward(&learned.policy, batch.iter().map(|e| &e.state));
    let model = ClickModel::of(&learned.own);
    let prior = settings.prior_clicks / window_clicks as f32;
    let constancy = settings.constancy_clicks / window_clicks as f32;
    let share = 1.0 / batch.len() as f32;
    let usual: [f32; ACTIONS] =
        std::array::from_fn(|j| share * pass.heads.iter().map(|heads| heads.mean[j]).sum::<f32>());
    let mut own = [0.0; ClickModel::LENGTH];
    let mut figures = Figures { mean_ratio: 1.0, ..Figures::default() };
    let slopes: Vec<Slope> = batch
        .iter()
        .zip(&pass.heads)
        .map(|(experience, heads)| {
            let advantage = experience.reward - heads.value;
            figures.value_error += share * advantage * advantage;
            let mut slope = likelihood(&model, experience, heads, share, &mut own);
            for ((slope, mean), usual) in slope.mean.iter_mut().zip(&heads.mean).zip(&usual) {
                *slope += share * (prior * mean + constancy * (mean - usual));
            }
            slope.value = -2.0 * settings.value_coefficient * share * advantage;
            slope
        })
        .collect();
    let mut gradient = pass.backward(&slopes);
    gradient.extend(own);
    (gradient, figures)
}

/// Slope of −share · log p_clicked; what it is by the click model is added to `own`.
fn likelihood(
    model: &ClickModel,
    experience: &Experience,
    heads: &PolicyOutput,
    share: f32,
    own: &mut [f32; ClickModel::LENGTH],
) -> Slope {
    let weights = squash(&heads.mean);
    let (scores, mut by_odds) = model.choice(experience, &weights);
    by_odds[experience.clicked] -= 1.0;
    let beta = model.log_inverse_temperature.exp();
    let mut by_weight = [0.0; PICKS];
    for place in 0..experience.shown {
        let by_odds = share * by_odds[place];
        own[0] += by_odds * beta * scores[place];
        own[1 + place] += by_odds;
        for (sum, cosine) in by_weight.iter_mut().zip(&experience.cosines[place]) {
            *sum += by_odds * beta * cosine;
        }
    }
    let mut slope = Slope::default();
    for j in 0..ACTIONS {
        let w = weights[j + 1];
        slope.mean[j] = by_weight[j + 1] * w * (1.0 - w / CAPS[j]);
    }
    slope
}

#[cfg(test)]
mod tests;
