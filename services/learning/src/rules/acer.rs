//! Actor-critic with experience replay (ACER; Wang et al. 2016), for episodes of one step.
//!
//! One step reduces Retrace to Q^ret = r. With ρ = π(x|s)/π_logged(x|s), an action x' of the present policy and its ρ',
//! the actor climbs along (their eq. 9, with r for Q^opc)
//!
//! g = min(ρ, c) · (r − V) · ∇log π(x|s) + [1 − c/ρ']+ · (Q̃(s, x') − V) · ∇log π(x'|s)
//!
//! by the distribution's own numbers φ = (μ, log σ²); the second term corrects what truncation leaves out. A trust region
//! (eq. 12) shortens g along k = ∇KL(π_average ‖ π) where k·g exceeds δ. The critic is a stochastic dueling network
//! (eq. 13): Q̃(s, x) = V(s) + A(s, x) − mean over samples u of A(s, u), drawn towards r; V is drawn towards
//! min(1, ρ) · (r − Q̃) + V (their algorithm 3).

mod advantage;

use burn::tensor::Tensor;
use domain::weights::ACTIONS;
use runtime::Invalid;

use self::advantage::Advantage;
use super::a2c::{self, RANKS};
use super::{Batch, Defaults, Loss, Rule};
use crate::draws::normals;
use crate::network::{Normal, constant};
use crate::settings::{self, Settings};
use crate::step::Step;

/// Samples u that the advantage is centred by.
const SAMPLES: usize = 5;

/// Actions of the present policy that a click needs: every u, then x'.
const FRESH: usize = SAMPLES + 1;

/// The rule `acer`.
#[derive(Debug)]
pub struct Acer;

/// Settings of `acer` alone.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct AcerSettings {
    /// acer: steps an update takes on the clicks since the last one, at most a batch, 0 to 64.
    #[arg(long, env = "AVZEUS_LEARN_ON_POLICY_STEPS", default_value_t = 1)]
    pub on_policy_steps: u32,

    /// acer: steps an update takes on clicks drawn from the window, a batch each, 0 to 64.
    #[arg(long, env = "AVZEUS_LEARN_REPLAY_STEPS", default_value_t = 1)]
    pub replay_steps: u32,

    /// acer: δ, how steeply a step may lead away from the average policy, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_TRUST_REGION", default_value_t = 1.0)]
    pub trust_region: f32,

    /// acer: share of the average policy that a step leaves as it was, 0 to below 1.
    #[arg(long, env = "AVZEUS_LEARN_AVERAGE_DECAY", default_value_t = 0.99)]
    pub average_decay: f32,
}

impl Rule for Acer {
    fn name(&self) -> &'static str {
        "acer"
    }

    fn about(&self) -> &'static str {
        "Actor-critic with experience replay (Wang et al. 2016), one-step: the same reward, replayed more"
    }

    fn defaults(&self) -> Defaults {
        RANKS
    }

    fn own_settings<'a>(&self, settings: &'a Settings) -> &'a dyn std::fmt::Debug {
        &settings.acer
    }

    fn validate(&self, settings: &Settings) -> Result<(), Invalid> {
        let AcerSettings { on_policy_steps, replay_steps, trust_region, average_decay } = settings.acer;
        settings::check([
            (on_policy_steps <= 64, "AVZEUS_LEARN_ON_POLICY_STEPS", "must be 0 to 64"),
            (
                replay_steps <= 64 && on_policy_steps + replay_steps >= 1,
                "AVZEUS_LEARN_REPLAY_STEPS",
                "must be 0 to 64, and 1 or more where there are no steps on the newest clicks",
            ),
            (settings::from(trust_region, 0.0), "AVZEUS_LEARN_TRUST_REGION", "must be 0 or more"),
            (
                (0.0..1.0).contains(&average_decay),
                "AVZEUS_LEARN_AVERAGE_DECAY",
                "must be 0 or more and below 1",
            ),
        ])
    }

    fn own_shapes(&self, _settings: &Settings) -> Vec<[usize; 2]> {
        Advantage::SHAPES.to_vec()
    }

    fn own_initial(&self, _settings: &Settings, uniform: &mut dyn FnMut() -> f32) -> Vec<f32> {
        advantage::initial(uniform)
    }

    fn average_decay(&self, settings: &Settings) -> Option<f32> {
        Some(settings.acer.average_decay)
    }

    fn batches(&self, settings: &Settings) -> Vec<Batch> {
        // On-policy are the clicks that no update has seen: an older policy did not make them.
        let batch = settings.batch_clicks();
        let unseen = usize::try_from(settings.every_clicks()).map_or(batch, |every| every.min(batch));
        let mut batches = vec![Batch::Newest(unseen); settings.acer.on_policy_steps as usize];
        batches.extend(vec![Batch::Window; settings.acer.replay_steps as usize]);
        batches
    }

    fn loss(&self, step: &mut Step<'_>) -> Option<Loss> {
        let mut noise = Vec::with_capacity(step.clicks.len() * FRESH * ACTIONS);
        while noise.len() < step.clicks.len() * FRESH * ACTIONS {
            noise.extend(normals(step.draws));
        }
        Some(loss_by_noise(step, noise))
    }
}

/// Returns the loss with `noise` given: standard normal numbers, `B × 6 × 4`.
pub(crate) fn loss_by_noise(step: &Step<'_>, noise: Vec<f32>) -> Loss {
    let clicks = step.clicks.len();
    let heads = step.heads();
    let (value, now) = (heads.value.clone().detach(), heads.actions.detached());
    let (x, rewards) = (step.actions(), step.rewards());
    let fresh = drawn(&now, constant(noise, [clicks, FRESH, ACTIONS], step.device()));

    // A(s, ·) of the action shown, of every u and of x'. It is centred by its mean over u.
    let advantages = Advantage::of(step)
        .apply(step.states(), Tensor::cat(vec![x.clone().reshape([clicks, 1, ACTIONS]), fresh.clone()], 1));
    let of = |action: usize| advantages.clone().slice([0..clicks, action..action + 1]);
    let centre = advantages.clone().slice([0..clicks, 1..SAMPLES + 1]).mean_dim(1);
    let error = rewards.clone() - (heads.value.clone() + of(0) - centre.clone());

    let corrected_action = fresh.slice([0..clicks, SAMPLES..FRESH]).reshape([clicks, ACTIONS]);
    let above_mean = (of(FRESH) - centre).detach();
    let Direction { climb, ratios } =
        direction(step, &now, x, rewards - value.clone(), corrected_action, above_mean);

    let towards = ratios.clone().clamp_max(1.0) * error.clone().detach() + value;
    let squared_errors = error.square();
    let critic = squared_errors.clone() + (towards - heads.value.clone()).square();
    // The gradient of a product with φ leads the vector back to the parameters.
    let along = dot(climb, phi(step, &heads.actions));
    let rows = critic * step.settings.value_coefficient - along;
    Loss { rows: step.with_entropy_bonus(rows, &heads), squared_errors, ratios: Some(ratios) }
}

/// Returns x = μ + σ · noise, `B × 6 × 4`.
fn drawn(now: &Normal, noise: Tensor<3>) -> Tensor<3> {
    let [clicks, _, actions] = noise.dims();
    let rows = now.log_variance.dims()[0];
    let deviation = (now.log_variance.clone() * 0.5).exp().reshape([rows, 1, actions]);
    noise * deviation + now.mean.clone().reshape([clicks, 1, actions])
}

/// Returns φ, the distributions' numbers that are learned: μ, `B × 4`, and behind it log σ² while σ is learned, `B × 8`.
fn phi(step: &Step<'_>, actions: &Normal) -> Tensor<2> {
    match step.sigma_is_learned() {
        true => Tensor::cat(vec![actions.mean.clone(), actions.log_variance.clone()], 1),
        false => actions.mean.clone(),
    }
}

/// Returns the distributions whose numbers are `phi`; a fixed σ is that of `now`.
fn of_phi(step: &Step<'_>, phi: &Tensor<2>, now: &Normal) -> Normal {
    match step.sigma_is_learned() {
        true => Normal {
            mean: phi.clone().slice([0..step.clicks.len(), 0..ACTIONS]),
            log_variance: phi.clone().slice([0..step.clicks.len(), ACTIONS..2 * ACTIONS]),
        },
        false => Normal { mean: phi.clone(), log_variance: now.log_variance.clone() },
    }
}

/// Returns the product of two vectors at φ, row by row, `B × 1`.
fn dot(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (a * b).sum_dim(1)
}

/// g within the trust region, a vector at φ, and the truncated ratios ρ (`B × 1`); both without gradient.
struct Direction {
    climb: Tensor<2>,
    ratios: Tensor<2>,
}

/// Returns g. `error` is r − V, `corrected_action` x' and `above_mean` Q̃(s, x') − V.
fn direction(
    step: &Step<'_>,
    now: &Normal,
    x: Tensor<2>,
    error: Tensor<2>,
    corrected_action: Tensor<2>,
    above_mean: Tensor<2>,
) -> Direction {
    let cap = step.settings.ratio_cap;
    // φ is where burn starts anew: it differentiates by the distribution's numbers, not by the network's.
    let phi = phi(step, now).require_grad();
    let slope = |of: Tensor<2>| {
        let slope = phi.grad(&of.sum().backward());
        slope.expect("what is differentiated depends on φ").autodiff()
    };

    let policy = of_phi(step, &phi, now);
    let log_density = policy.log_density(x);
    let ratios = a2c::truncated_ratios(&log_density, step);
    let corrected_density = policy.log_density(corrected_action.clone());
    let logged = logged(step).log_density(corrected_action);
    let corrected_ratio = (corrected_density.clone().detach() - logged).exp();
    // [1 − c/ρ']+ is 0 where truncation leaves nothing out.
    let correction = (corrected_ratio.recip() * -cap + 1.0).clamp_min(0.0);
    let climb = slope(log_density * (ratios.clone() * error) + corrected_density * (correction * above_mean));

    // Burn has used up what the distributions above were recorded as.
    let away = slope(divergence(&step.average_actions(), &of_phi(step, &phi, now)));
    let over = (dot(away.clone(), climb.clone()) - step.settings.acer.trust_region).clamp_min(0.0);
    // Where the policy is its average, k is 0 and so is what is over.
    let share = over / dot(away.clone(), away.clone()).clamp_min(f32::MIN_POSITIVE);
    Direction { climb: climb - away * share, ratios }
}

/// Returns the distributions that the batch was drawn from.
fn logged(step: &Step<'_>) -> Normal {
    Normal {
        mean: step.rows(|click, row| row.extend(click.mean), ACTIONS),
        log_variance: step.rows(|click, row| row.extend(click.log_variance), ACTIONS),
    }
}

/// Returns KL(π_average ‖ π) = ½ Σ [log σ² − log σ_a² + (σ_a² + (μ − μ_a)²)/σ² − 1], `B × 1`.
fn divergence(average: &Normal, policy: &Normal) -> Tensor<2> {
    let apart = (policy.mean.clone() - average.mean.clone()).square();
    let wider = policy.log_variance.clone() - average.log_variance.clone();
    let precision = policy.log_variance.clone().neg().exp();
    (wider + (apart + average.log_variance.clone().exp()) * precision - 1.0).sum_dim(1) * 0.5
}

#[cfg(test)]
mod tests;
