//! A click as the learner remembers it.

use domain::policy::PolicyOutput;
use domain::weights::ACTIONS;
use domain::{PICKS, SLATE, State};
use proto::convert::impression::RecordedClick;

/// Farthest that an action may lie from the mean it was drawn from, in standard deviations. A normal
/// number farther out comes once in 10²² draws: such a click was not made by a policy.
const FARTHEST: f32 = 10.0;

/// One finished episode: state, action, its logged density, reward, and what was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experience {
    /// What the policy saw.
    pub state: State,
    /// x, the action drawn.
    pub x: [f32; ACTIONS],
    /// log π(x|s) under the policy that drew it.
    pub log_density: f32,
    /// μ(s) of the policy that drew it.
    pub mean: [f32; ACTIONS],
    /// log σ²(s) of the policy that drew it.
    pub log_variance: [f32; ACTIONS],
    /// (1 − rank)/10.
    pub reward: f32,
    /// cos(rp_gj, v_p) of the people shown to the five picks, best first; zero behind the last.
    pub cosines: [[f32; PICKS]; SLATE],
    /// People shown, 1 to ten.
    pub shown: usize,
    /// 0-based place of the person clicked, below `shown`.
    pub clicked: usize,
}

impl Experience {
    /// log π_logged(x|s) of any action, not only of the one drawn.
    pub fn logged_density(&self, x: &[f32; ACTIONS]) -> f32 {
        let Self { mean, log_variance, .. } = *self;
        PolicyOutput { mean, log_variance, value: 0.0 }.log_density(x)
    }
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
        let mut cosines = [[0.0; PICKS]; SLATE];
        for (row, entry) in cosines.iter_mut().zip(&shown.slate) {
            *row = entry.cosines;
        }
        Ok(Self {
            state: shown.state,
            x: shown.x,
            log_density: shown.log_density,
            mean: shown.mean,
            log_variance: shown.log_variance,
            reward: recorded.click.reward,
            cosines,
            shown: shown.slate.len().min(SLATE),
            clicked: recorded.click.rank - 1,
        })
    }
}
