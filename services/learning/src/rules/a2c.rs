//! One-step advantage actor-critic over replayed clicks.
//!
//! A recommendation is an episode of one step: A = r − V(s), with nothing bootstrapped across visitors.
//!
//! loss = −mean(ρ · A.detach() · log π(x|s)) + c · mean(A²) − β · mean(H)
//!
//! ρ = min(π(x|s)/π_logged(x|s), cap) carries no gradient: the batch was logged under older policies, and ρ weighs it
//! as the present one would have drawn it (truncated as in Wang et al. 2016, eq. 4).

use burn::tensor::Tensor;

use super::{Defaults, Loss, Rule};
use crate::network::Heads;
use crate::step::Step;

/// The rule `a2c`.
#[derive(Debug)]
pub struct A2c;

/// What simulated visitors showed to serve rules that learn from the rank of the click. One rank tells little: they
/// want large batches of many clicks, small steps and wide exploration.
pub(super) const RANKS: Defaults = Defaults {
    learning_rate: 2e-4,
    batch_clicks: 256,
    every_clicks: 64,
    window_clicks: 32_768,
    taste_clicks: 2000,
    sigma: 0.8,
    entropy_coefficient: 0.0,
};

impl Rule for A2c {
    fn name(&self) -> &'static str {
        "a2c"
    }

    fn about(&self) -> &'static str {
        "One-step advantage actor-critic: learns from the rank of the click"
    }

    fn defaults(&self) -> Defaults {
        RANKS
    }

    fn loss(&self, step: &mut Step<'_>) -> Option<Loss> {
        let heads = step.heads();
        let log_density = heads.actions.log_density(step.actions());
        let ratios = truncated_ratios(&log_density, step);
        let rewards = step.rewards();
        Some(actor_critic(step, &heads, log_density, rewards, Some(ratios)))
    }
}

/// Returns ρ = min(π(x|s)/π_logged(x|s), cap), `B × 1`, without gradient.
pub(super) fn truncated_ratios(log_density: &Tensor<2>, step: &Step<'_>) -> Tensor<2> {
    (log_density.clone().detach() - step.logged_densities()).exp().clamp_max(step.settings.ratio_cap)
}

/// Returns the loss above, with `returns` (`B × 1`) in place of r; without `ratios` every ρ is 1.
pub(super) fn actor_critic(
    step: &Step<'_>,
    heads: &Heads,
    log_density: Tensor<2>,
    returns: Tensor<2>,
    ratios: Option<Tensor<2>>,
) -> Loss {
    let advantage = returns - heads.value.clone();
    let weight = match &ratios {
        Some(ratios) => ratios.clone() * advantage.clone().detach(),
        None => advantage.clone().detach(),
    };
    let squared_errors = advantage.square();
    let rows = squared_errors.clone() * step.settings.value_coefficient - weight * log_density;
    Loss { rows: step.with_entropy_bonus(rows, heads), squared_errors, ratios }
}

#[cfg(test)]
mod tests;
