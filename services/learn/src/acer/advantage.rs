//! A(s, x): how much better an action is than the policy's usual one, 14→32→1 (ReLU).
//!
//! The action enters as 2 · sigmoid(x) − 1, the place of each weight in its range: a slate depends on
//! nothing else, and the input stays within ±1 however far out x was drawn.

use domain::policy::{Dense, HIDDEN, relu};
use domain::state::STATE;
use domain::weights::ACTIONS;

use crate::network::{LayerGradient, passed};

const INPUT: usize = STATE + ACTIONS;

/// The network, and its gradient so far.
#[derive(Debug)]
pub(crate) struct Advantage {
    hidden: Dense,
    value: Dense,
    hidden_gradient: LayerGradient,
    value_gradient: LayerGradient,
}

/// One answer, kept for the way back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    input: [f32; INPUT],
    hidden: [f32; HIDDEN],
    /// A(s, x).
    pub(crate) value: f32,
}

/// The numbers before any click, flat: the hidden layer drawn by `next`, the head zero, so A = 0.
pub(crate) fn initial(next: impl FnMut() -> f32) -> Vec<f32> {
    let (hidden, value) = (Dense::spread(INPUT, HIDDEN, next), Dense::zero(HIDDEN, 1));
    [hidden.weight, hidden.bias, value.weight, value.bias].concat()
}

impl Advantage {
    /// Takes `flat`, a layer's weights before its biases.
    pub(crate) fn of(flat: &[f32]) -> Self {
        let (hidden, value) = flat.split_at((INPUT + 1) * HIDDEN);
        let layer = |numbers: &[f32], inputs: usize, outputs: usize| Dense {
            inputs,
            outputs,
            weight: numbers[..inputs * outputs].to_vec(),
            bias: numbers[inputs * outputs..].to_vec(),
        };
        let (hidden, value) = (layer(hidden, INPUT, HIDDEN), layer(value, HIDDEN, 1));
        let (hidden_gradient, value_gradient) = (LayerGradient::of(&hidden), LayerGradient::of(&value));
        Self { hidden, value, hidden_gradient, value_gradient }
    }

    /// A at a standardised state and an action.
    pub(crate) fn seen(&self, state: &[f32; STATE], x: &[f32; ACTIONS]) -> Seen {
        let mut input = [0.0; INPUT];
        input[..STATE].copy_from_slice(state);
        for (place, x) in input[STATE..].iter_mut().zip(x) {
            *place = 2.0 / (1.0 + (-x).exp()) - 1.0;
        }
        let hidden = relu(self.hidden.apply(&input));
        let [value] = self.value.apply(&hidden);
        Seen { input, hidden, value }
    }

    /// Adds what the slope of a loss by `seen.value` means for every number.
    pub(crate) fn back(&mut self, seen: &Seen, slope: f32) {
        let behind = self.value_gradient.back(&seen.hidden, &[slope]);
        self.hidden_gradient.ends(&seen.input, &passed(behind, &seen.hidden));
    }

    /// The gradient, in the order of [`initial`].
    pub(crate) fn gradient(self) -> impl Iterator<Item = f32> {
        self.hidden_gradient.flat().chain(self.value_gradient.flat())
    }
}
