//! Credit from the whole slate: who was clicked among the ten shown, and who was not.
//!
//! A click on one person and not on the others is a choice (conditional logit; McFadden 1974): person i of
//! the slate, on place i, is clicked with probability
//!
//! p_i = softmax_i( β · Σ_j w_j(x) · cos_ij + b_i ),   w = [1, c · sigmoid(x)].
//!
//! The first pick's weight is 1, so β is the inverse temperature of the visitors' choice; b_i, one a place,
//! takes up how much more the upper places are looked at. Two things can be made of it ([`Aim`]): the policy's
//! weights are those that explain the clicks ([`utility`]), or those whose slates the model says earn most
//! ([`reward`]).

mod choice;
mod reward;
mod utility;

use self::choice::ClickModel;
use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::settings::Settings;

/// What the policy's weights are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Aim {
    /// The visitors' own: the people they like come first.
    Utility,
    /// Those whose slates earn the highest modelled reward: of the ten people shown, the one clicked stands high.
    Reward,
}

impl Aim {
    /// Numbers beside the policy, before any click.
    pub(crate) fn initial(self) -> Vec<f32> {
        let model = ClickModel::initial().flat();
        match self {
            Self::Utility => model,
            Self::Reward => reward::initial(model),
        }
    }
}

/// One update on `batch`, drawn from a window of `window_clicks`; when it fails, what is left in `learned`
/// must not be used.
pub fn update(
    learned: &mut Learned,
    batch: &[&Experience],
    window_clicks: usize,
    settings: &Settings,
) -> Result<Figures, NotFinite> {
    let priors = Priors::of(settings, window_clicks);
    let gradient = match settings.aim {
        Aim::Utility => utility::gradient(learned, batch, &priors, settings),
        Aim::Reward => reward::gradient(learned, batch, &priors, settings),
    };
    learned.step(gradient, settings)
}

/// ½ · (P/n) · mean(|x|²) + ½ · (C/n) · mean(|x − mean(x)|²): normal priors on the weights that explain the
/// clicks, worth P and C clicks against the n of the window: that the initial weights are right, and that the
/// same weights are right in every state. They hold x at its start while clicks are few, let it find what all
/// states share before what tells them apart, and keep weights off the ends of their range.
struct Priors {
    initial: f32,
    constancy: f32,
}

impl Priors {
    fn of(settings: &Settings, window_clicks: usize) -> Self {
        let worth = |clicks: f32| clicks / window_clicks as f32;
        Self { initial: worth(settings.prior_clicks), constancy: worth(settings.constancy_clicks) }
    }

    /// Slope of one row's terms by x; `usual` is the batch's mean of x.
    fn slope<const N: usize>(&self, x: &[f32; N], usual: &[f32; N]) -> [f32; N] {
        std::array::from_fn(|j| self.initial * x[j] + self.constancy * (x[j] - usual[j]))
    }
}

/// The mean of all rows.
fn mean<const N: usize>(rows: impl ExactSizeIterator<Item = [f32; N]>) -> [f32; N] {
    let share = 1.0 / rows.len() as f32;
    let mut sum = [0.0; N];
    rows.for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
    sum.map(|sum| share * sum)
}

#[cfg(test)]
mod tests;
