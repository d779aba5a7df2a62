//! Actor-critic with experience replay (ACER; Wang et al. 2016), for episodes of one step.
//!
//! One step reduces Retrace to Q^ret = r. With ρ = π(x|s)/π_logged(x|s), a sample x' of the present policy
//! and its ρ', the actor climbs along (their eq. 9, with r for Q^opc)
//!
//! g = min(ρ, c) · (r − V) · ∇log π(x|s) + [1 − c/ρ']+ · (Q̃(s, x') − V) · ∇log π(x'|s)
//!
//! taken by the distribution's own numbers (μ, log σ²); the second term corrects what truncation leaves
//! out. A trust region (eq. 12) shortens g along k = ∇KL(π_average ‖ π) where k·g exceeds δ. The critic is
//! a stochastic dueling network (eq. 13): Q̃(s, x) = V(s) + A(s, x) − mean over samples u of A(s, u), drawn
//! towards r; V is drawn towards min(1, ρ) · (r − Q̃) + V (their algorithm 3).

pub(crate) mod advantage;

use domain::PolicyNetwork;
use domain::policy::{Exploration, PolicyOutput};
use domain::weights::ACTIONS;
use pulp::{Arch, Simd, WithSimd};
use rand_chacha::ChaCha8Rng;

use self::advantage::Advantage;
use crate::a2c::{ratio, score};
use crate::draws::normals;
use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::network::{Pass, Slope, pieces, pieces_mut};
use crate::settings::Settings;

/// Samples u that the advantage is centred by.
const SAMPLES: usize = 5;

/// Noise of one click's samples: of every u, then of x'.
type Noise = [[f32; ACTIONS]; SAMPLES + 1];

/// One step on `batch`, its samples from `draws`; when it fails, what is left in `learned` must not be used.
pub fn update(
    learned: &mut Learned,
    batch: &[&Experience],
    draws: &mut ChaCha8Rng,
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    let noise: Vec<Noise> = batch.iter().map(|_| drawn_noise(draws)).collect();
    step(learned, batch, &noise, settings)
}

/// [`update`], its noise drawn already.
pub(crate) fn step(
    learned: &mut Learned,
    batch: &[&Experience],
    noise: &[Noise],
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    let figures = learned.step(gradient(learned, batch, noise, settings), settings)?;
    if let Some(average) = &mut learned.average {
        follow(average, &learned.policy, settings.average_decay);
    }
    Ok(figures)
}

fn drawn_noise(draws: &mut ChaCha8Rng) -> Noise {
    let mut noise = [[0.0; ACTIONS]; SAMPLES + 1];
    for pair in noise.as_flattened_mut().chunks_exact_mut(2) {
        pair.copy_from_slice(&normals(draws));
    }
    noise
}

/// average ← decay · average + (1 − decay) · policy (Polyak).
fn follow(average: &mut PolicyNetwork, policy: &PolicyNetwork, decay: f32) {
    for (average, now) in pieces_mut(average).zip(pieces(policy)) {
        for (average, now) in average.iter_mut().zip(now) {
            *average = decay * *average + (1.0 - decay) * now;
        }
    }
}

/// ∂loss/∂number, unclipped: the policy's parameters, then those of A.
fn gradient(
    learned: &Learned,
    batch: &[&Experience],
    noise: &[Noise],
    settings: &Settings,
) -> (Vec<f32>, Figures) {
    Arch::new().dispatch(Gradient { learned, batch, noise, settings })
}

struct Gradient<'a> {
    learned: &'a Learned,
    batch: &'a [&'a Experience],
    noise: &'a [Noise],
    settings: &'a Settings,
}

impl WithSimd for Gradient<'_> {
    type Output = (Vec<f32>, Figures);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Vec<f32>, Figures) {
        let Self { learned, batch, noise, settings } = self;
        let policy = &learned.policy;
        let states = || batch.iter().map(|e| &e.state);
        let pass = Pass::forward(policy, states());
        let averages = Pass::forward(learned.average.as_ref().unwrap_or(policy), states());
        let mut critic = Advantage::of(&learned.own);
        let share = 1.0 / batch.len() as f32;
        let mut figures = Figures::default();
        let mut slopes = Vec::with_capacity(batch.len());
        for (((experience, heads), average), noise) in
            batch.iter().zip(&pass.heads).zip(&averages.heads).zip(noise)
        {
            let actions = drawn(heads, noise);
            let (samples, fresh) = (&actions[..SAMPLES], &actions[SAMPLES]);
            let mut place = critic.at(&policy.standardise(&experience.state));
            let here = critic.seen(&place, &experience.x);
            let around: [_; SAMPLES] = std::array::from_fn(|n| critic.seen(&place, &samples[n]));
            let centre = around.iter().map(|seen| seen.value).sum::<f32>() / SAMPLES as f32;
            let error = experience.reward - (heads.value + here.value - centre);

            let truncated = ratio(heads, experience, settings);
            let corrected = match correction(heads, experience, fresh, settings) {
                0.0 => 0.0,
                share => share * (critic.seen(&place, fresh).value - centre),
            };
            let weights = Weights {
                replayed: truncated * (experience.reward - heads.value),
                fresh: corrected,
                trust_region: settings.trust_region,
                sigma_is_free: matches!(policy.exploration, Exploration::Bounded { .. }),
            };
            let climb = actor(heads, average, experience, fresh, weights);

            let by_critic = -2.0 * settings.value_coefficient * share * error;
            critic.back(&mut place, &here, by_critic);
            for seen in &around {
                critic.back(&mut place, seen, -by_critic / SAMPLES as f32);
            }
            critic.leave(&place);
            let mut slope = climb.times(-share);
            slope.value = by_critic * (1.0 + truncated.min(1.0));
            for by_variance in &mut slope.log_variance {
                *by_variance -= 0.5 * share * settings.entropy_coefficient();
            }
            slopes.push(slope);
            figures.mean_ratio += share * truncated;
            figures.value_error += share * error * error;
        }
        let mut gradient = pass.backward(&slopes);
        gradient.extend(critic.gradient());
        (gradient, figures)
    }
}

/// What multiplies the two scores, and how far the policy may move from its average.
struct Weights {
    replayed: f32,
    fresh: f32,
    trust_region: f32,
    /// Whether σ is learned: fixed, it is no way to move.
    sigma_is_free: bool,
}

/// The direction that the distribution is to move in: g, within the trust region.
fn actor(
    heads: &PolicyOutput,
    average: &PolicyOutput,
    experience: &Experience,
    fresh: &[f32; ACTIONS],
    weights: Weights,
) -> Slope {
    let within = |slope: Slope| match weights.sigma_is_free {
        true => slope,
        false => Slope { log_variance: [0.0; ACTIONS], ..slope },
    };
    let replayed = within(score(heads, &experience.x));
    let corrected = within(score(heads, fresh));
    let away = within(divergence_slope(heads, average));
    let mut climb = Slope::default();
    let (mut along, mut square) = (0.0, 0.0);
    for j in 0..ACTIONS {
        climb.mean[j] = weights.replayed * replayed.mean[j] + weights.fresh * corrected.mean[j];
        climb.log_variance[j] =
            weights.replayed * replayed.log_variance[j] + weights.fresh * corrected.log_variance[j];
        along += away.mean[j] * climb.mean[j] + away.log_variance[j] * climb.log_variance[j];
        square += away.mean[j] * away.mean[j] + away.log_variance[j] * away.log_variance[j];
    }
    let back = if along > weights.trust_region { (along - weights.trust_region) / square } else { 0.0 };
    for j in 0..ACTIONS {
        climb.mean[j] -= back * away.mean[j];
        climb.log_variance[j] -= back * away.log_variance[j];
    }
    climb
}

/// k: the slope of KL(average ‖ policy) by the policy's μ and log σ².
fn divergence_slope(heads: &PolicyOutput, average: &PolicyOutput) -> Slope {
    let mut slope = Slope::default();
    for j in 0..ACTIONS {
        let (gap, precision) = (heads.mean[j] - average.mean[j], (-heads.log_variance[j]).exp());
        slope.mean[j] = gap * precision;
        slope.log_variance[j] = 0.5 * (1.0 - (average.log_variance[j].exp() + gap * gap) * precision);
    }
    slope
}

/// [1 − c/ρ']+ at a fresh action, where ρ' is the present policy's density over the logged one's.
fn correction(
    heads: &PolicyOutput,
    experience: &Experience,
    fresh: &[f32; ACTIONS],
    settings: &Settings,
) -> f32 {
    let ratio = (heads.log_density(fresh) - experience.logged_density(fresh)).exp();
    (1.0 - settings.ratio_cap / ratio).max(0.0)
}

/// An action of the present policy for every row of noise.
fn drawn(heads: &PolicyOutput, noise: &Noise) -> Noise {
    let deviation = heads.log_variance.map(|log_variance| (log_variance / 2.0).exp());
    let mut actions = *noise;
    for action in &mut actions {
        for j in 0..ACTIONS {
            action[j] = heads.mean[j] + deviation[j] * action[j];
        }
    }
    actions
}

#[cfg(test)]
mod tests;
