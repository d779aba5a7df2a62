//! One-step advantage actor-critic over replayed clicks.
//!
//! A recommendation is an episode of one step: A = r − V(s), with nothing bootstrapped across visitors.
//! loss = −mean(ρ · A · log π(x|s)) + c · mean(A²) − β · mean(H), where A in the first term and
//! ρ = min(π/π_logged, cap) carry no gradient: the batch was logged under older policies, and ρ weighs
//! it as the present one would have drawn it (truncated as in Wang et al. 2016, eq. 4).

use std::f32::consts::{E, TAU};

use burn_tensor::{Device, Tensor, TensorData};
use domain::policy::PolicyNetwork;
use domain::weights::ACTIONS;

use crate::adam::{Adam, clip};
use crate::experience::Experience;
use crate::network::{self, ActorCritic, numbers, parameters_mut};
use crate::settings::Settings;

/// What an update saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Norm of the gradient before clipping.
    pub gradient_norm: f32,
    /// Mean of ρ over the batch: 1 where the batch could have been drawn by the present policy.
    pub mean_ratio: f32,
    /// mean(A²): the critic's squared error.
    pub value_error: f32,
}

/// The update would have made a parameter that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the update gave a number that is not finite")]
pub struct NotFinite;

/// One update of `policy` and `adam` on `batch`; both stay as they were when it fails.
pub fn update(
    policy: &mut PolicyNetwork,
    adam: &mut Adam,
    batch: &[Experience],
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    let (mut gradient, mut figures) = gradient(policy, batch, settings);
    figures.gradient_norm = clip(&mut gradient, settings.gradient_norm);
    if !figures.gradient_norm.is_finite() {
        return Err(NotFinite);
    }
    let (mut stepped, mut moments) = (policy.clone(), adam.clone());
    moments.step(settings.learning_rate, parameters_mut(&mut stepped), &gradient);
    let finite = moments.first.iter().chain(&moments.second).all(|m| m.is_finite());
    if !finite || stepped.check().is_err() {
        return Err(NotFinite);
    }
    (*policy, *adam) = (stepped, moments);
    Ok(figures)
}

/// ∂loss/∂parameter, unclipped, in the order of [`network::parameters`].
fn gradient(policy: &PolicyNetwork, batch: &[Experience], settings: &Settings) -> (Vec<f32>, Figures) {
    let device = Device::flex().autodiff();
    let column = |of: fn(&Experience) -> f32| {
        Tensor::<1>::from_data(
            TensorData::new(batch.iter().map(of).collect::<Vec<f32>>(), [batch.len()]),
            &device,
        )
    };
    let states: Vec<_> = batch.iter().map(|e| policy.standardise(&e.state)).collect();
    let actions: Vec<f32> = batch.iter().flat_map(|e| e.x).collect();
    let actions = Tensor::<2>::from_data(TensorData::new(actions, [batch.len(), ACTIONS]), &device);
    let (logged, rewards) = (column(|e| e.log_density), column(|e| e.reward));

    let network = ActorCritic::of(policy, &device);
    let heads = network.forward(network::states(&states, &device));
    let gap = actions - heads.mean;
    let terms = gap.square() * heads.log_variance.clone().neg().exp() + heads.log_variance.clone();
    let log_density =
        terms.sum_dim(1).reshape([batch.len()]).mul_scalar(-0.5).sub_scalar(0.5 * ACTIONS as f32 * TAU.ln());
    let ratio = (log_density.clone().detach() - logged).exp().clamp_max(settings.ratio_cap);
    let advantage = rewards - heads.value;
    let squared = advantage.clone().square().mean();

    let actor = (ratio.clone() * advantage.detach() * log_density).mean().neg();
    let mut loss = actor + squared.clone().mul_scalar(settings.value_coefficient);
    if settings.entropy_coefficient > 0.0 {
        // H = ½ Σ (1 + log 2π + log σ²) of a normal distribution.
        let entropy = heads.log_variance.add_scalar((TAU * E).ln()).sum_dim(1).mul_scalar(0.5).mean();
        loss = loss - entropy.mul_scalar(settings.entropy_coefficient);
    }
    let gradient = network.gradient(&loss.backward());
    let figures =
        Figures { gradient_norm: f32::NAN, mean_ratio: scalar(ratio.mean()), value_error: scalar(squared) };
    (gradient, figures)
}

fn scalar(tensor: Tensor<1>) -> f32 {
    numbers(tensor)[0]
}

#[cfg(test)]
mod tests;
