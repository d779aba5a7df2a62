//! A click as the learner remembers it.

use domain::State;
use domain::weights::ACTIONS;
use proto::convert::impression::RecordedClick;

/// Farthest that an action may lie from the mean it was drawn from, in standard deviations. A normal
/// number farther out comes once in 10²² draws: such a click was not made by a policy.
const FARTHEST: f32 = 10.0;

/// One finished episode: state, action, its logged density, reward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experience {
    /// What the policy saw.
    pub state: State,
    /// x, the action drawn.
    pub x: [f32; ACTIONS],
    /// log π(x|s) under the policy that drew it.
    pub log_density: f32,
    /// (1 − rank)/10.
    pub reward: f32,
}

/// The action of a click cannot have come from the distribution logged with it.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "component {component} of x lies {sigmas} standard deviations from its mean; no policy drew it (at most {FARTHEST})"
)]
pub struct Implausible {
    /// 0-based component of x.
    pub component: usize,
    /// How far out it is.
    pub sigmas: f32,
}

impl TryFrom<&RecordedClick> for Experience {
    type Error = Implausible;

    fn try_from(recorded: &RecordedClick) -> Result<Self, Implausible> {
        let shown = &recorded.impression;
        for component in 0..ACTIONS {
            let deviation = (shown.log_variance[component] / 2.0).exp();
            let sigmas = (shown.x[component] - shown.mean[component]).abs() / deviation;
            if !(0.0..=FARTHEST).contains(&sigmas) {
                return Err(Implausible { component, sigmas });
            }
        }
        Ok(Self {
            state: shown.state,
            x: shown.x,
            log_density: shown.log_density,
            reward: recorded.click.reward,
        })
    }
}
