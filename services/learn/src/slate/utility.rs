//! The policy's μ by the likelihood of the clicks: the weights that explain them.
//!
//! loss = −mean(log p_clicked at x = μ(s)) + priors on μ + c · mean((r − V)²).
//!
//! The critic is a2c's; it chooses nothing here.

use super::choice::ClickModel;
use super::{Priors, mean};
use crate::experience::Experience;
use crate::learned::{Figures, Learned};
use crate::network::{Pass, Slope};
use crate::settings::Settings;

/// ∂loss/∂number, unclipped: the policy's parameters, then the click model's.
pub(super) fn gradient(
    learned: &Learned,
    batch: &[&Experience],
    priors: &Priors,
    settings: &Settings,
) -> (Vec<f32>, Figures) {
    let pass = Pass::forward(&learned.policy, batch.iter().map(|e| &e.state));
    let model = ClickModel::of(&learned.own);
    let share = 1.0 / batch.len() as f32;
    let usual = mean(pass.heads.iter().map(|heads| heads.mean));
    let mut own = [0.0; ClickModel::LENGTH];
    let mut figures = Figures { mean_ratio: 1.0, ..Figures::default() };
    let slopes: Vec<Slope> = batch
        .iter()
        .zip(&pass.heads)
        .map(|(experience, heads)| {
            let advantage = experience.reward - heads.value;
            figures.value_error += share * advantage * advantage;
            let explained = model.explain(experience, &heads.mean, share, &mut own);
            let prior = priors.slope(&heads.mean, &usual);
            Slope {
                value: -2.0 * settings.value_coefficient * share * advantage,
                mean: std::array::from_fn(|j| explained.by_x[j] + share * prior[j]),
                ..Slope::default()
            }
        })
        .collect();
    let mut gradient = pass.backward(&slopes);
    gradient.extend(own);
    (gradient, figures)
}
