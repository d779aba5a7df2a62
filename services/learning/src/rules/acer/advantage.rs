//! A(s, x): how much better an action is than the policy's usual one, 14→32→1 (ReLU).
//!
//! The action enters as 2 · sigmoid(x) − 1, the place of each weight in its range: a slate depends on nothing else, and
//! the input stays within ±1 however far out x was drawn.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};
use domain::policy::{Dense, HIDDEN};
use domain::state::STATE;
use domain::weights::ACTIONS;

use crate::step::Step;

/// The network. The hidden layer stands in two parts, so that several actions at one state pay for the state once.
pub(super) struct Advantage {
    by_state: Tensor<2>,
    by_action: Tensor<2>,
    bias: Tensor<2>,
    value: Tensor<2>,
    value_bias: Tensor<2>,
}

/// Returns the numbers before any click: the hidden layer drawn by `uniform`, the head zero, so A = 0.
pub(super) fn initial(uniform: &mut dyn FnMut() -> f32) -> Vec<f32> {
    let (hidden, value) = (Dense::spread(STATE + ACTIONS, HIDDEN, uniform), Dense::zero(HIDDEN, 1));
    [hidden.weight, hidden.bias, value.weight, value.bias].concat()
}

impl Advantage {
    /// Rows and columns of its tensors.
    pub(super) const SHAPES: [[usize; 2]; 5] =
        [[STATE, HIDDEN], [ACTIONS, HIDDEN], [1, HIDDEN], [HIDDEN, 1], [1, 1]];

    /// Returns what the rule has learned of it.
    pub(super) fn of(step: &Step<'_>) -> Self {
        let [by_state, by_action, bias, value, value_bias] = step.own();
        Self { by_state, by_action, bias, value, value_bias }
    }

    /// Returns A of `N` `actions` (`B × N × 4`) at each of the standardised `states` (`B × 10`): `B × N`.
    pub(super) fn apply(&self, states: Tensor<2>, actions: Tensor<3>) -> Tensor<2> {
        let [clicks, count, _] = actions.dims();
        let places = sigmoid(actions.reshape([clicks * count, ACTIONS])) * 2.0 - 1.0;
        let by_state = states.matmul(self.by_state.clone()) + self.bias.clone();
        let by_action = places.matmul(self.by_action.clone()).reshape([clicks, count, HIDDEN]);
        let hidden = relu(by_action + by_state.reshape([clicks, 1, HIDDEN]));
        let values = hidden.reshape([clicks * count, HIDDEN]).matmul(self.value.clone());
        (values + self.value_bias.clone()).reshape([clicks, count])
    }
}
