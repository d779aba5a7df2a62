//! The original's update, for comparison: two-step returns over consecutive, unrelated visitors.
//!
//! A_t = r_t + γ · r_{t+1} + γ² · V(s_{t+2}) − V(s_t) over the newest clicks in their order, where the next two visitors
//! stand for the next two states. That is a defect, not a feature: nothing a visitor is shown changes who comes next.
//! The loss is a2c's without ratios; what a return looks ahead to carries no gradient.

use super::a2c::{self, RANKS};
use super::{Batch, Defaults, Loss, Rule};
use crate::network::{Heads, Normal, constant};
use crate::settings::Settings;
use crate::step::Step;

/// Visitors that one return looks ahead.
const STEPS: usize = 2;

/// γ.
const DISCOUNT: f32 = 0.99;

/// The rule `compat`.
#[derive(Debug)]
pub struct Compat;

impl Rule for Compat {
    fn name(&self) -> &'static str {
        "compat"
    }

    fn about(&self) -> &'static str {
        "The original's update, which bootstraps over two unrelated visitors; for comparison only"
    }

    fn defaults(&self) -> Defaults {
        // As the original was.
        Defaults {
            learning_rate: 1e-2,
            batch_clicks: 64,
            window_clicks: 4096,
            taste_clicks: 0,
            sigma: 1.5,
            entropy_coefficient: 0.01,
            ..RANKS
        }
    }

    fn batches(&self, settings: &Settings) -> Vec<Batch> {
        vec![Batch::Newest(settings.batch_clicks())]
    }

    fn loss(&self, step: &mut Step<'_>) -> Option<Loss> {
        let returned = step.clicks.len().checked_sub(STEPS).filter(|steps| *steps > 0)?;
        let all = step.heads();
        let looked_ahead = all.value.clone().detach().slice([STEPS..]);
        let rewards: Vec<f32> = step
            .clicks
            .windows(STEPS + 1)
            .map(|clicks| clicks[0].reward + DISCOUNT * clicks[1].reward)
            .collect();
        let returns = constant(rewards, [returned, 1], step.device()) + looked_ahead * (DISCOUNT * DISCOUNT);
        let heads = Heads {
            value: all.value.slice([..returned]),
            actions: Normal {
                mean: all.actions.mean.slice([..returned]),
                log_variance: match step.sigma_is_learned() {
                    true => all.actions.log_variance.slice([..returned]),
                    false => all.actions.log_variance,
                },
            },
        };
        let log_density = heads.actions.log_density(step.actions().slice([..returned]));
        Some(a2c::actor_critic(step, &heads, log_density, returns, None))
    }
}

#[cfg(test)]
mod tests;
