//! The policy by modelled reward: what slates earn by the click model, not what one click happened to.
//!
//! The click model has weights of its own here, at x = taste(s), linear in the standardised state, which explain the
//! clicks. By it the slate that an action x led to earns r̂ = Σ_i p_i · (1 − i)/10. That is the mean of the reward
//! given the slate, so that the actor-critic stays what it is while most of the noise of a click is gone:
//!
//! loss = −mean(ρ · (r̂ − V) · log π(x|s)) + c · mean((r̂ − V)²) − mean(log p_clicked at taste(s)) + priors on taste.
//!
//! As in a2c, the factor before log π carries no gradient, and r̂ none at all.

use domain::policy::Dense;
use domain::reward;
use domain::state::STATE;
use domain::weights::ACTIONS;

use super::choice::ClickModel;
use super::{Priors, mean};
use crate::a2c::{ratio, slope};
use crate::experience::Experience;
use crate::learned::{Figures, Learned};
use crate::network::layer::FirstLayer;
use crate::network::{Pass, Slope};
use crate::settings::Settings;

/// The click model's numbers, then those of the taste: 0, the initial weights in every state.
pub(super) fn initial(mut model: Vec<f32>) -> Vec<f32> {
    let Dense { weight, bias, .. } = Dense::zero(STATE, ACTIONS);
    model.extend(weight.into_iter().chain(bias));
    model
}

/// The weights that explain the clicks of a state, in x-space.
fn taste(own: &[f32]) -> Dense {
    let (weight, bias) = own[ClickModel::LENGTH..].split_at(STATE * ACTIONS);
    Dense { inputs: STATE, outputs: ACTIONS, weight: weight.to_vec(), bias: bias.to_vec() }
}

/// ∂loss/∂number, unclipped: the policy's parameters, the click model's, the taste's.
pub(super) fn gradient(
    learned: &Learned,
    batch: &[&Experience],
    priors: &Priors,
    settings: &Settings,
) -> (Vec<f32>, Figures) {
    let policy = &learned.policy;
    let pass = Pass::forward(policy, batch.iter().map(|e| &e.state));
    let model = ClickModel::of(&learned.own);
    let taste = taste(&learned.own);
    let share = 1.0 / batch.len() as f32;
    let inputs: Vec<[f32; STATE]> = batch.iter().map(|e| policy.standardise(&e.state)).collect();
    let tastes: Vec<[f32; ACTIONS]> = inputs.iter().map(|input| taste.apply(input)).collect();
    let usual = mean(tastes.iter().copied());
    let mut own = [0.0; ClickModel::LENGTH];
    let mut by_taste = FirstLayer::<STATE, ACTIONS>::new();
    let mut figures = Figures::default();
    let mut slopes = Vec::<Slope>::with_capacity(batch.len());
    for (((experience, heads), input), x) in batch.iter().zip(&pass.heads).zip(&inputs).zip(&tastes) {
        let explained = model.explain(experience, x, share, &mut own);
        let prior = priors.slope(x, &usual);
        let by_x: [f32; ACTIONS] = std::array::from_fn(|j| explained.by_x[j] + share * prior[j]);
        by_taste.ends(input, &by_x);
        let ratio = ratio(heads, experience, settings);
        let advantage = earned(&explained.chances) - heads.value;
        figures.mean_ratio += share * ratio;
        figures.value_error += share * advantage * advantage;
        slopes.push(slope(heads, experience, ratio * advantage, advantage, settings).times(share));
    }
    let mut gradient = pass.backward(&slopes);
    gradient.extend(own.into_iter().chain(by_taste.flat()));
    (gradient, figures)
}

/// r̂ of a slate whose people are clicked with these chances.
fn earned(chances: &[f32]) -> f32 {
    chances.iter().enumerate().map(|(i, chance)| chance * reward::of_rank(i + 1).unwrap_or(0.0)).sum()
}
