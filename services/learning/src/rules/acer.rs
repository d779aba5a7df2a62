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
use crate::network::{Heads, constant};
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
    let now = heads.detached();
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
        direction(step, &now, x, rewards - now.value.clone(), corrected_action, above_mean);

    let towards = ratios.clone().clamp_max(1.0) * error.clone().detach() + now.value.clone();
    let squared_errors = error.square();
    let critic = squared_errors.clone() + (towards - heads.value.clone()).square();
    let rows = critic * step.settings.value_coefficient - climb.along(&heads);
    Loss { rows: step.with_entropy_bonus(rows, &heads), squared_errors, ratios: Some(ratios) }
}

/// Returns x = μ + σ · noise, `B × 6 × 4`.
fn drawn(now: &Heads, noise: Tensor<3>) -> Tensor<3> {
    let [clicks, _, actions] = noise.dims();
    let rows = now.log_variance.dims()[0];
    let deviation = (now.log_variance.clone() * 0.5).exp().reshape([rows, 1, actions]);
    noise * deviation + now.mean.clone().reshape([clicks, 1, actions])
}

/// Where the distributions are to move: a vector at μ and, while σ is learned, one at log σ²; both `B × 4`.
struct Climb {
    mean: Tensor<2>,
    log_variance: Option<Tensor<2>>,
}

impl Climb {
    /// Returns the product with what the heads answer, `B × 1`: its gradient leads the vector back to the parameters.
    fn along(&self, heads: &Heads) -> Tensor<2> {
        let by_mean = (self.mean.clone() * heads.mean.clone()).sum_dim(1);
        match &self.log_variance {
            Some(vector) => by_mean + (vector.clone() * heads.log_variance.clone()).sum_dim(1),
            None => by_mean,
        }
    }

    /// Returns the product with another vector, `B × 1`.
    fn dot(&self, other: &Self) -> Tensor<2> {
        let by_mean = (self.mean.clone() * other.mean.clone()).sum_dim(1);
        match (&self.log_variance, &other.log_variance) {
            (Some(a), Some(b)) => by_mean + (a.clone() * b.clone()).sum_dim(1),
            _ => by_mean,
        }
    }

    /// Returns `self` − `share` · `other`; `share` is `B × 1`.
    fn less(self, share: Tensor<2>, other: Self) -> Self {
        let log_variance = self.log_variance.zip(other.log_variance);
        Self {
            mean: self.mean - other.mean * share.clone(),
            log_variance: log_variance.map(|(own, other)| own - other * share),
        }
    }
}

/// g within the trust region, and the truncated ratios ρ (`B × 1`), all without gradient.
struct Direction {
    climb: Climb,
    ratios: Tensor<2>,
}

/// Returns g. `error` is r − V, `corrected_action` x' and `above_mean` Q̃(s, x') − V.
fn direction(
    step: &Step<'_>,
    now: &Heads,
    x: Tensor<2>,
    error: Tensor<2>,
    corrected_action: Tensor<2>,
    above_mean: Tensor<2>,
) -> Direction {
    let cap = step.settings.ratio_cap;
    // φ is where burn starts anew: it differentiates by the distribution's numbers, not by the network's.
    let phi = Heads {
        mean: now.mean.clone().require_grad(),
        log_variance: match step.sigma_is_learned() {
            true => now.log_variance.clone().require_grad(),
            false => now.log_variance.clone(),
        },
        value: now.value.clone(),
    };
    let slope = |of: Tensor<2>| {
        let gradients = of.sum().backward();
        let at = |numbers: &Tensor<2>| {
            let slope = numbers.grad(&gradients).expect("what is differentiated depends on φ");
            Tensor::from_data(slope.into_data(), step.device())
        };
        let log_variance = step.sigma_is_learned().then(|| at(&phi.log_variance));
        Climb { mean: at(&phi.mean), log_variance }
    };

    let log_density = phi.log_density(x);
    let ratios = a2c::truncated_ratios(&log_density, step);
    let corrected_density = phi.log_density(corrected_action.clone());
    let logged = logged(step).log_density(corrected_action);
    let corrected_ratio = (corrected_density.clone().detach() - logged).exp();
    // [1 − c/ρ']+ is 0 where truncation leaves nothing out.
    let correction = (corrected_ratio.recip() * -cap + 1.0).clamp_min(0.0);
    let climb = slope(log_density * (ratios.clone() * error) + corrected_density * (correction * above_mean));

    let away = slope(divergence(&step.average_heads(), &phi));
    let over = (away.dot(&climb) - step.settings.acer.trust_region).clamp_min(0.0);
    // Where the policy is its average, k is 0 and so is what is over.
    let share = over / away.dot(&away).clamp_min(f32::MIN_POSITIVE);
    Direction { climb: climb.less(share, away), ratios }
}

/// Returns the distributions that the batch was drawn from.
fn logged(step: &Step<'_>) -> Heads {
    Heads {
        mean: step.rows(|click, row| row.extend(click.mean), ACTIONS),
        log_variance: step.rows(|click, row| row.extend(click.log_variance), ACTIONS),
        value: step.rewards(),
    }
}

/// Returns KL(π_average ‖ π) = ½ Σ [log σ² − log σ_a² + (σ_a² + (μ − μ_a)²)/σ² − 1], `B × 1`.
fn divergence(average: &Heads, policy: &Heads) -> Tensor<2> {
    let apart = (policy.mean.clone() - average.mean.clone()).square();
    let wider = policy.log_variance.clone() - average.log_variance.clone();
    let precision = policy.log_variance.clone().neg().exp();
    (wider + (apart + average.log_variance.clone().exp()) * precision - 1.0).sum_dim(1) * 0.5
}

#[cfg(test)]
mod tests;
