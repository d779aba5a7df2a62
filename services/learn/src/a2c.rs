//! One-step advantage actor-critic over replayed clicks.
//!
//! A recommendation is an episode of one step: A = r − V(s), with nothing bootstrapped across visitors.
//! loss = −mean(ρ · A · log π(x|s)) + c · mean(A²) − β · mean(H), where A in the first term and
//! ρ = min(π/π_logged, cap) carry no gradient: the batch was logged under older policies, and ρ weighs
//! it as the present one would have drawn it (truncated as in Wang et al. 2016, eq. 4).

use domain::policy::PolicyOutput;
use domain::weights::ACTIONS;

use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::network::{Pass, Slope};
use crate::settings::Settings;

/// One update on `batch`; when it fails, what is left in `learned` must not be used.
pub fn update(
    learned: &mut Learned,
    batch: &[&Experience],
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    learned.step(gradient(learned, batch, settings), settings)
}

/// ∂loss/∂parameter, unclipped.
fn gradient(learned: &Learned, batch: &[&Experience], settings: &Settings) -> (Vec<f32>, Figures) {
    let pass = Pass::forward(&learned.policy, batch.iter().map(|e| &e.state));
    let share = 1.0 / batch.len() as f32;
    let mut figures = Figures::default();
    let slopes: Vec<Slope> = batch
        .iter()
        .zip(&pass.heads)
        .map(|(experience, heads)| {
            let ratio = ratio(heads, experience, settings);
            let advantage = experience.reward - heads.value;
            figures.mean_ratio += share * ratio;
            figures.value_error += share * advantage * advantage;
            slope(heads, experience, ratio * advantage, advantage, settings).times(share)
        })
        .collect();
    (pass.backward(&slopes), figures)
}

/// ρ, truncated.
pub(crate) fn ratio(heads: &PolicyOutput, experience: &Experience, settings: &Settings) -> f32 {
    (heads.log_density(&experience.x) - experience.log_density).exp().min(settings.ratio_cap)
}

/// Slope of −weight · log π(x|s) + c · advantage² − β · H, where V(s) is subtracted in `advantage` alone.
pub(crate) fn slope(
    heads: &PolicyOutput,
    experience: &Experience,
    weight: f32,
    advantage: f32,
    settings: &Settings,
) -> Slope {
    let mut slope = score(heads, &experience.x).times(-weight);
    slope.value = -2.0 * settings.value_coefficient * advantage;
    for by_variance in &mut slope.log_variance {
        // H = ½ Σ (1 + log 2π + log σ²) of a normal distribution.
        *by_variance -= 0.5 * settings.entropy_coefficient();
    }
    slope
}

/// Slope of log π(x|s).
pub(crate) fn score(heads: &PolicyOutput, x: &[f32; ACTIONS]) -> Slope {
    let gap = |j: usize| x[j] - heads.mean[j];
    let precision = |j: usize| (-heads.log_variance[j]).exp();
    Slope {
        value: 0.0,
        mean: std::array::from_fn(|j| gap(j) * precision(j)),
        log_variance: std::array::from_fn(|j| 0.5 * (gap(j) * gap(j) * precision(j) - 1.0)),
    }
}

#[cfg(test)]
mod tests;
