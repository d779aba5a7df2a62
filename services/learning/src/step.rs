//! One step of learning: a batch of clicks, and what is learned as tensors that burn differentiates by.

use burn::tensor::{Device, Tensor};
use domain::policy::Exploration;
use domain::state::STATE;
use domain::weights::ACTIONS;
use rand_chacha::ChaCha8Rng;

use crate::experience::Experience;
use crate::learned::{Figures, Learned};
use crate::network::{Heads, Network, Normal, append_gradient, constant, numbers};
use crate::rules::Loss;
use crate::settings::Settings;

/// What a loss is worked out from. `B` is the number of clicks.
pub struct Step<'a> {
    /// The batch; one click or more.
    pub clicks: &'a [&'a Experience],
    /// Clicks that the window held when the batch was drawn.
    pub window_clicks: usize,
    /// Where a rule's own random numbers come from.
    pub draws: &'a mut ChaCha8Rng,
    /// The learner's settings.
    pub settings: &'a Settings,
    learned: &'a Learned,
    device: Device,
    network: Network,
    own: Vec<Tensor<2>>,
    /// Standardised, `B × 10`.
    states: Tensor<2>,
}

impl<'a> Step<'a> {
    /// Prepares a step of what is `learned` on `clicks`.
    pub(crate) fn new(
        learned: &'a Learned,
        clicks: &'a [&'a Experience],
        window_clicks: usize,
        draws: &'a mut ChaCha8Rng,
        settings: &'a Settings,
    ) -> Self {
        let device = Device::flex().autodiff();
        let network = Network::differentiated(&learned.policy, &device);
        let (mut own, mut from) = (Vec::new(), 0);
        for shape in settings.rule.own_shapes(settings) {
            let end = from + shape[0] * shape[1];
            own.push(constant(learned.own[from..end].to_vec(), shape, &device).require_grad());
            from = end;
        }
        let states =
            rows(clicks, |click, row| row.extend(learned.policy.standardise(&click.state)), STATE, &device);
        Self { clicks, window_clicks, draws, settings, learned, device, network, own, states }
    }

    /// Returns ∂loss/∂number, unclipped, of the policy's parameters and then of the rule's own numbers, and what the
    /// step saw.
    pub(crate) fn gradient(&self, loss: Loss) -> (Vec<f32>, Figures) {
        let Loss { rows, squared_errors, ratios } = loss;
        let gradients = rows.mean().backward();
        let mut gradient = Vec::with_capacity(self.learned.adam.first.len());
        self.network.append_gradient(&mut gradient, &gradients);
        for tensor in &self.own {
            append_gradient(&mut gradient, tensor, &gradients);
        }
        let figures = Figures {
            gradient_norm: 0.0,
            mean_ratio: ratios.map_or(1.0, mean),
            value_error: mean(squared_errors),
            taste_changed: false,
        };
        (gradient, figures)
    }

    /// Returns where the tensors live.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Returns whether the third head is learned; while σ is fixed nothing is asked of it.
    pub(crate) fn sigma_is_learned(&self) -> bool {
        matches!(self.learned.policy.exploration, Exploration::Bounded { .. })
    }

    /// Returns the standardised states, `B × 10`.
    pub(crate) fn states(&self) -> Tensor<2> {
        self.states.clone()
    }

    /// Returns what the policy's heads answer to the batch.
    pub(crate) fn heads(&self) -> Heads {
        self.network.forward(self.states())
    }

    /// Returns the average policy's distributions, without gradient; the policy's own where there is no average.
    pub(crate) fn average_actions(&self) -> Normal {
        let average = self.learned.average.as_ref().unwrap_or(&self.learned.policy);
        Network::constant(average, &self.device).forward(self.states()).actions
    }

    /// Returns the tensors that the rule learns beside the policy, in the order of its shapes.
    pub(crate) fn own<const N: usize>(&self) -> [Tensor<2>; N] {
        std::array::from_fn(|place| self.own[place].clone())
    }

    /// Returns the actions drawn, x, `B × 4`.
    pub(crate) fn actions(&self) -> Tensor<2> {
        self.rows(|click, row| row.extend(click.x), ACTIONS)
    }

    /// Returns the rewards, `B × 1`.
    pub(crate) fn rewards(&self) -> Tensor<2> {
        self.rows(|click, row| row.push(click.reward), 1)
    }

    /// Returns log π(x|s) under the policies that drew x, `B × 1`.
    pub(crate) fn logged_densities(&self) -> Tensor<2> {
        self.rows(|click, row| row.push(click.log_density), 1)
    }

    /// Returns one row a click, of `columns` numbers that `fill` appends.
    pub(crate) fn rows(&self, fill: impl Fn(&Experience, &mut Vec<f32>), columns: usize) -> Tensor<2> {
        rows(self.clicks, fill, columns, &self.device)
    }

    /// Returns `rows` − β · H: narrow distributions cost. While σ is fixed H is too, and `rows` stay.
    pub(crate) fn with_entropy_bonus(&self, rows: Tensor<2>, heads: &Heads) -> Tensor<2> {
        let coefficient = self.settings.entropy_coefficient();
        match self.sigma_is_learned() && coefficient > 0.0 {
            true => rows - heads.actions.entropy() * coefficient,
            false => rows,
        }
    }
}

/// Returns one row a click, of `columns` numbers that `fill` appends.
fn rows(
    clicks: &[&Experience],
    fill: impl Fn(&Experience, &mut Vec<f32>),
    columns: usize,
    device: &Device,
) -> Tensor<2> {
    let mut rows = Vec::with_capacity(clicks.len() * columns);
    for click in clicks {
        fill(click, &mut rows);
    }
    constant(rows, [clicks.len(), columns], device)
}

/// Returns the mean of a column.
fn mean(column: Tensor<2>) -> f32 {
    let numbers = numbers(column);
    numbers.iter().sum::<f32>() / numbers.len() as f32
}
