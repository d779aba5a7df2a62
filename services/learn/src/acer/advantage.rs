//! A(s, x): how much better an action is than the policy's usual one, 14→32→1 (ReLU).
//!
//! The action enters as 2 · sigmoid(x) − 1, the place of each weight in its range: a slate depends on
//! nothing else, and the input stays within ±1 however far out x was drawn.

use domain::policy::{Dense, HIDDEN, relu};
use domain::state::STATE;
use domain::weights::ACTIONS;

use crate::network::layer::{FirstLayer, LaterLayer};
use crate::network::{add, passed};

/// The network, and its gradient so far. The hidden layer stands in two parts, so that several actions at one
/// state pay for the state once.
#[derive(Debug)]
pub(crate) struct Advantage {
    /// The state's part of the hidden layer, with its biases.
    by_state: Dense,
    /// The action's part.
    by_action: Dense,
    value: Dense,
    by_state_gradient: FirstLayer<STATE, HIDDEN>,
    by_action_gradient: FirstLayer<ACTIONS, HIDDEN>,
    value_gradient: LaterLayer<HIDDEN, 1>,
}

/// A state at which actions are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    state: [f32; STATE],
    /// The hidden layer's input as far as the state goes.
    reached: [f32; HIDDEN],
    /// The slope of a loss by it, over all actions so far.
    behind: [f32; HIDDEN],
}

/// One answer, kept for the way back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    action: [f32; ACTIONS],
    hidden: [f32; HIDDEN],
    /// A(s, x).
    pub(crate) value: f32,
}

/// The numbers before any click, flat: the hidden layer drawn by `next`, the head zero, so A = 0.
pub(crate) fn initial(next: impl FnMut() -> f32) -> Vec<f32> {
    let (hidden, value) = (Dense::spread(STATE + ACTIONS, HIDDEN, next), Dense::zero(HIDDEN, 1));
    [hidden.weight, hidden.bias, value.weight, value.bias].concat()
}

impl Advantage {
    /// Takes `flat`, a layer's weights before its biases.
    pub(crate) fn of(flat: &[f32]) -> Self {
        let (state, rest) = flat.split_at(STATE * HIDDEN);
        let (action, rest) = rest.split_at(ACTIONS * HIDDEN);
        let (bias, value) = rest.split_at(HIDDEN);
        let layer = |inputs: usize, outputs: usize, weight: &[f32], bias: &[f32]| Dense {
            inputs,
            outputs,
            weight: weight.to_vec(),
            bias: bias.to_vec(),
        };
        let by_state = layer(STATE, HIDDEN, state, bias);
        let by_action = layer(ACTIONS, HIDDEN, action, &[0.0; HIDDEN]);
        let value = layer(HIDDEN, 1, &value[..HIDDEN], &value[HIDDEN..]);
        Self {
            by_state_gradient: FirstLayer::new(),
            by_action_gradient: FirstLayer::new(),
            value_gradient: LaterLayer::of(&value),
            by_state,
            by_action,
            value,
        }
    }

    /// A standardised state, before any action.
    #[inline(always)]
    pub(crate) fn at(&self, state: &[f32; STATE]) -> Place {
        Place { state: *state, reached: self.by_state.apply(state), behind: [0.0; HIDDEN] }
    }

    /// A of an action there.
    #[inline(always)]
    pub(crate) fn seen(&self, place: &Place, x: &[f32; ACTIONS]) -> Seen {
        let mut action = *x;
        action.iter_mut().for_each(|x| *x = 2.0 / (1.0 + (-*x).exp()) - 1.0);
        let mut reached = place.reached;
        add(&mut reached, &self.by_action.apply(&action));
        let hidden = relu(reached);
        let [value] = self.value.apply(&hidden);
        Seen { action, hidden, value }
    }

    /// Adds what the slope of a loss by `seen.value` means for every number behind the state's part.
    #[inline(always)]
    pub(crate) fn back(&mut self, place: &mut Place, seen: &Seen, slope: f32) {
        let behind = passed(self.value_gradient.back(&seen.hidden, &[slope]), &seen.hidden);
        self.by_action_gradient.ends(&seen.action, &behind);
        add(&mut place.behind, &behind);
    }

    /// Adds what all of it means for the state's part.
    #[inline(always)]
    pub(crate) fn leave(&mut self, place: &Place) {
        self.by_state_gradient.ends(&place.state, &place.behind);
    }

    /// The gradient, in the order of [`initial`].
    pub(crate) fn gradient(&self) -> Vec<f32> {
        let (state, bias) = self.by_state_gradient.parts();
        let (action, _) = self.by_action_gradient.parts();
        [state, action, bias, &self.value_gradient.flat()].concat()
    }
}
