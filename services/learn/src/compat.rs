//! The original's update, for comparison: two-step returns over consecutive, unrelated visitors.
//!
//! A_t = r_t + γ · r_{t+1} + γ² · V(s_{t+2}) − V(s_t) over the newest clicks in their order, where the next
//! two visitors stand for the next two states. That is a defect, not a feature: nothing a visitor is shown
//! changes who comes next. loss = −mean(A · log π(x|s)) + c · mean(A²) − β · mean(H), without ratios.

use crate::a2c;
use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::network::{Pass, Slope};
use crate::settings::Settings;

/// Visitors that one return looks ahead.
const STEPS: usize = 2;

/// γ.
const DISCOUNT: f32 = 0.99;

/// One update on `batch`, the newest clicks in order; when it fails, what is left in `learned` must not be
/// used. Fewer than three clicks change nothing.
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
    let steps = batch.len().saturating_sub(STEPS);
    let share = 1.0 / steps.max(1) as f32;
    let mut figures = Figures { mean_ratio: 1.0, ..Figures::default() };
    let mut slopes = vec![Slope::default(); batch.len()];
    for t in 0..steps {
        let ahead = batch[t].reward
            + DISCOUNT * batch[t + 1].reward
            + DISCOUNT * DISCOUNT * pass.heads[t + STEPS].value;
        let advantage = ahead - pass.heads[t].value;
        figures.value_error += share * advantage * advantage;
        slopes[t] = a2c::slope(&pass.heads[t], batch[t], advantage, advantage, settings).times(share);
    }
    (pass.backward(&slopes), figures)
}

#[cfg(test)]
mod tests;
