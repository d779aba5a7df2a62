//! What an action came from, where several policies share the recommendations.

use crate::Arm;

/// log Σ α_a π_a(x|s) over all that could have drawn x, whoever did (balance heuristic, Veach and Guibas 1995; for
/// several loggers Agarwal et al. 2017): in its place under a policy's density, no weight of a policy that had the
/// share α is above 1/α. `None` where no arms were logged.
pub(crate) fn log_mixture(arms: &[Arm]) -> Option<f64> {
    // Densities relative to the highest: far actions have tiny ones.
    let highest = arms.iter().map(|arm| f64::from(arm.log_density)).reduce(f64::max)?;
    let part = |arm: &Arm| f64::from(arm.share) * (f64::from(arm.log_density) - highest).exp();
    Some(highest + arms.iter().map(part).sum::<f64>().ln())
}
