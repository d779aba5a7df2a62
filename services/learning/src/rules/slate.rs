//! Credit from the whole slate: who was clicked among the ten shown, and who was not.
//!
//! A click on one person and not on the others is a choice (conditional logit; McFadden 1974): person i of the slate, on
//! place i, is clicked with probability
//!
//! p_i = softmax_i( β · Σ_j w_j(x) · cos_ij + b_i ),   w = [1, c · sigmoid(x)].
//!
//! The first pick's weight is 1, so β is the inverse temperature of the visitors' choice; b_i, one a place, takes up how
//! much more the upper places are looked at. Two things can be made of it ([`Aim`]). Under `utility` the policy's weights
//! are those that explain the clicks, and its critic is a2c's, which chooses nothing:
//!
//! loss = −mean(log p_clicked at x = μ(s)) + priors on μ + c · mean((r − V)²)
//!
//! Under `reward` they are those whose slates the model says earn most. The click model then has weights of its own, at
//! x = taste(s), linear in the standardised state. By it the slate that an action x led to earns r̂ = Σ_i p_i · (1 − i)/10.
//! That is the mean of the reward given the slate, so that the actor-critic stays what it is while most of the noise of a
//! click is gone; r̂ carries no gradient:
//!
//! loss = a2c's with r̂ for r − mean(log p_clicked at x = taste(s)) + priors on taste

use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, sigmoid};
use domain::weights::{ACTIONS, CAPS};
use domain::{PICKS, SLATE, reward, state::STATE};
use runtime::Invalid;

use super::a2c::{self, RANKS};
use super::{Defaults, Loss, Rule};
use crate::network::constant;
use crate::settings::{self, Settings};
use crate::step::Step;

/// β before any click.
const INVERSE_TEMPERATURE: f32 = 10.0;

/// Log odds of a place that a short slate leaves empty.
const NOBODY: f32 = -1e9;

/// The rule `slate`.
#[derive(Debug)]
pub struct Slate;

/// What the policy's weights are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Aim {
    /// The visitors' own: the people they like come first.
    Utility,
    /// Those whose slates earn the highest modelled reward: of the ten people shown, the one clicked stands high.
    Reward,
}

/// Settings of `slate` alone.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct SlateSettings {
    /// slate: what the policy's weights are to be: the visitors' own, or those of the slates that earn most.
    #[arg(long, env = "AVZEUS_LEARN_AIM", value_enum, default_value_t = Aim::Utility)]
    pub aim: Aim,

    /// slate: clicks that the belief in the initial weights is worth, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_PRIOR_CLICKS", default_value_t = 1.0)]
    pub prior_clicks: f32,

    /// slate: clicks that the belief in the same weights for every state is worth, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_CONSTANCY_CLICKS", default_value_t = 10.0)]
    pub constancy_clicks: f32,
}

impl Rule for Slate {
    fn name(&self) -> &'static str {
        "slate"
    }

    fn about(&self) -> &'static str {
        "Credit from the whole slate: who was clicked among the ten shown"
    }

    fn defaults(&self) -> Defaults {
        // The slate tells much: small batches and little exploration will do, and a short window forgets an old taste.
        Defaults {
            learning_rate: 1e-3,
            batch_clicks: 64,
            every_clicks: 1,
            window_clicks: 4096,
            taste_clicks: 0,
            sigma: 0.3,
            ..RANKS
        }
    }

    fn learns_from_rewards(&self) -> bool {
        // It learns who is clicked; only its critic hears of rewards.
        false
    }

    fn own_settings<'a>(&self, settings: &'a Settings) -> &'a dyn std::fmt::Debug {
        &settings.slate
    }

    fn validate(&self, settings: &Settings) -> Result<(), Invalid> {
        let SlateSettings { prior_clicks, constancy_clicks, .. } = settings.slate;
        settings::check([
            (settings::from(prior_clicks, 0.0), "AVZEUS_LEARN_PRIOR_CLICKS", "must be 0 or more"),
            (settings::from(constancy_clicks, 0.0), "AVZEUS_LEARN_CONSTANCY_CLICKS", "must be 0 or more"),
        ])
    }

    fn own_shapes(&self, settings: &Settings) -> Vec<[usize; 2]> {
        let mut shapes = vec![[1, 1], [1, SLATE]];
        if settings.slate.aim == Aim::Reward {
            shapes.extend([[STATE, ACTIONS], [1, ACTIONS]]);
        }
        shapes
    }

    fn own_initial(&self, settings: &Settings, _uniform: &mut dyn FnMut() -> f32) -> Vec<f32> {
        // Every place alike, and under `reward` the initial weights in every state.
        let shapes = self.own_shapes(settings);
        let mut numbers = vec![0.0; shapes.iter().map(|[rows, columns]| rows * columns).sum()];
        numbers[0] = INVERSE_TEMPERATURE.ln();
        numbers
    }

    fn loss(&self, step: &mut Step<'_>) -> Option<Loss> {
        Some(match step.settings.slate.aim {
            Aim::Utility => utility(step),
            Aim::Reward => modelled_reward(step),
        })
    }
}

/// Returns the loss under [`Aim::Utility`].
fn utility(step: &Step<'_>) -> Loss {
    let heads = step.heads();
    let log_chances = log_chances(step, heads.actions.mean.clone());
    let squared_errors = (step.rewards() - heads.value).square();
    let critic = squared_errors.clone() * step.settings.value_coefficient;
    let rows = critic + priors(step, heads.actions.mean) - likelihood(step, log_chances);
    Loss { rows, squared_errors, ratios: None }
}

/// Returns the loss under [`Aim::Reward`].
fn modelled_reward(step: &Step<'_>) -> Loss {
    let [_, _, weight, bias] = step.own();
    let taste = step.states().matmul(weight) + bias;
    let log_chances = log_chances(step, taste.clone());
    let returns = log_chances.clone().detach().exp().matmul(rank_rewards(step));
    let heads = step.heads();
    let log_density = heads.actions.log_density(step.actions());
    let ratios = a2c::truncated_ratios(&log_density, step);
    let mut loss = a2c::actor_critic(step, &heads, log_density, returns, Some(ratios));
    loss.rows = loss.rows + priors(step, taste) - likelihood(step, log_chances);
    loss
}

/// Returns log p of every place, `B × 10`, by weights that lie at `x` (`B × 4`).
fn log_chances(step: &Step<'_>, x: Tensor<2>) -> Tensor<2> {
    let clicks = step.clicks.len();
    let [log_inverse_temperature, places] = step.own();
    let first = step.rows(|click, row| row.extend(click.cosines.map(|cosines| cosines[0])), SLATE);
    // w_j · cos_ij = sigmoid(x_j) · (c_j · cos_ij): the caps are no part of what is differentiated.
    let capped =
        |cosines: &[f32; PICKS]| std::array::from_fn::<f32, ACTIONS, _>(|j| CAPS[j] * cosines[j + 1]);
    let others = step.rows(|click, row| row.extend(click.cosines.iter().flat_map(capped)), SLATE * ACTIONS);
    let shares = sigmoid(x).reshape([clicks, ACTIONS, 1]);
    let weighed = others.reshape([clicks, SLATE, ACTIONS]).matmul(shares);
    let scores = weighed.reshape([clicks, SLATE]) + first;
    let mut log_odds = scores * log_inverse_temperature.exp() + places;
    if step.clicks.iter().any(|click| click.shown < SLATE) {
        let nobody = |place: usize, shown: usize| if place < shown { 0.0 } else { NOBODY };
        log_odds = log_odds
            + step.rows(|click, row| row.extend((0..SLATE).map(|place| nobody(place, click.shown))), SLATE);
    }
    log_softmax(log_odds, 1)
}

/// Returns log p_clicked, `B × 1`.
fn likelihood(step: &Step<'_>, log_chances: Tensor<2>) -> Tensor<2> {
    let was_clicked = step.rows(
        |click, row| row.extend((0..SLATE).map(|place| if place == click.clicked { 1.0 } else { 0.0 })),
        SLATE,
    );
    (log_chances * was_clicked).sum_dim(1)
}

/// Returns what each place earns, `10 × 1`.
fn rank_rewards(step: &Step<'_>) -> Tensor<2> {
    let rewards = (1..=SLATE).map(|rank| reward::of_rank(rank).unwrap_or(0.0));
    constant(rewards.collect(), [SLATE, 1], step.device())
}

/// Returns ½ · (P/n) · |x|² + ½ · (C/n) · |x − mean(x)|² of each row of `x`, `B × 1`: normal priors on the weights that
/// explain the clicks, worth P and C clicks against the n of the window: that the initial weights are right, and that
/// the same weights are right in every state. They hold x at its start while clicks are few, let it find what all states
/// share before what tells them apart, and keep weights off the ends of their range.
fn priors(step: &Step<'_>, x: Tensor<2>) -> Tensor<2> {
    let worth = |clicks: f32| 0.5 * clicks / step.window_clicks as f32;
    let SlateSettings { prior_clicks, constancy_clicks, .. } = step.settings.slate;
    let apart = x.clone() - x.clone().mean_dim(0);
    (x.square() * worth(prior_clicks) + apart.square() * worth(constancy_clicks)).sum_dim(1)
}

#[cfg(test)]
mod tests;
