//! A click as the learner remembers it.

use domain::impression::Implausible;
use domain::weights::ACTIONS;
use domain::{PICKS, SLATE, State};
use proto::convert::impression::RecordedClick;

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

impl TryFrom<&RecordedClick> for Experience {
    type Error = Implausible;

    fn try_from(recorded: &RecordedClick) -> Result<Self, Implausible> {
        let shown = &recorded.impression;
        shown.check_action()?;
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
