//! The actor-critic in burn's tensors, so that burn differentiates whatever is computed from it.
//!
//! A policy is a plain set of numbers ([`PolicyNetwork`]): so it is published, kept in checkpoints and served. For one
//! step the same numbers become tensors; the gradient comes back as one flat list, in the order of [`parameters`].

use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::linear;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use domain::policy::{Dense, Exploration, HIDDEN, PolicyNetwork};
use domain::weights::ACTIONS;

/// Layers of the network: two hidden ones and three heads.
pub const LAYERS: usize = 5;

/// Returns the layers in the order that every flat list of parameters follows.
pub fn layers(policy: &PolicyNetwork) -> [&Dense; LAYERS] {
    [&policy.hidden1, &policy.hidden2, &policy.value, &policy.mean, &policy.log_variance]
}

/// Returns every parameter, one by one: a layer's weights, row by row, before its biases.
pub fn parameters(policy: &PolicyNetwork) -> impl Iterator<Item = &f32> {
    layers(policy).into_iter().flat_map(|layer| layer.weight.iter().chain(&layer.bias))
}

/// Returns [`parameters`] in pieces that can be changed.
pub fn pieces_mut(policy: &mut PolicyNetwork) -> impl Iterator<Item = &mut [f32]> {
    let PolicyNetwork { hidden1, hidden2, value, mean, log_variance, .. } = policy;
    [hidden1, hidden2, value, mean, log_variance]
        .into_iter()
        .flat_map(|layer| [&mut layer.weight[..], &mut layer.bias])
}

/// Returns a tensor that nothing is differentiated by.
///
/// `numbers` are as many as `shape` holds, row by row.
pub(crate) fn constant<const D: usize>(numbers: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

/// Returns the numbers of a tensor, row by row.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("every tensor here is made of f32")
}

/// Appends ∂loss/∂`leaf` to `gradient`; zeros where the loss does not depend on the leaf.
pub(crate) fn append_gradient<const D: usize>(
    gradient: &mut Vec<f32>,
    leaf: &Tensor<D>,
    gradients: &Gradients,
) {
    match leaf.grad(gradients) {
        Some(slopes) => gradient.extend(numbers(slopes)),
        None => gradient.resize(gradient.len() + leaf.dims().iter().product::<usize>(), 0.0),
    }
}

/// A fully connected layer.
#[derive(Debug)]
pub(crate) struct Layer {
    /// `inputs × outputs`, as [`Dense`] lays them out.
    weight: Tensor<2>,
    /// `outputs` numbers.
    bias: Tensor<1>,
}

impl Layer {
    fn of(dense: &Dense, device: &Device) -> Self {
        Self {
            weight: constant(dense.weight.clone(), [dense.inputs, dense.outputs], device),
            bias: constant(dense.bias.clone(), [dense.outputs], device),
        }
    }

    fn differentiated(self) -> Self {
        Self { weight: self.weight.require_grad(), bias: self.bias.require_grad() }
    }

    fn apply(&self, input: Tensor<2>) -> Tensor<2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }

    fn append_gradient(&self, gradient: &mut Vec<f32>, gradients: &Gradients) {
        append_gradient(gradient, &self.weight, gradients);
        append_gradient(gradient, &self.bias, gradients);
    }
}

/// The policy as tensors.
#[derive(Debug)]
pub(crate) struct Network {
    hidden1: Layer,
    hidden2: Layer,
    value: Layer,
    mean: Layer,
    spread: Spread,
}

/// Where log σ² comes from.
#[derive(Debug)]
enum Spread {
    /// σ is this number everywhere, and nothing is asked of the third head.
    Fixed(f32),
    /// The third head, bent into these bounds of log σ².
    Bounded { head: Box<Layer>, low: f32, high: f32 },
}

/// What the heads answer to a batch of `B` states.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    /// V(s), `B × 1`.
    pub(crate) value: Tensor<2>,
    /// π(·|s).
    pub(crate) actions: Normal,
}

/// Normal distributions of actions, a row a state.
#[derive(Debug, Clone)]
pub(crate) struct Normal {
    /// μ, `B × 4`.
    pub(crate) mean: Tensor<2>,
    /// log σ², `B × 4`; `1 × 4` while σ is fixed.
    pub(crate) log_variance: Tensor<2>,
}

impl Network {
    /// Returns `policy` as constants: nothing is differentiated by its parameters.
    pub(crate) fn constant(policy: &PolicyNetwork, device: &Device) -> Self {
        Self::of(policy, |dense| Layer::of(dense, device))
    }

    /// Returns `policy` such that burn differentiates by its parameters.
    pub(crate) fn differentiated(policy: &PolicyNetwork, device: &Device) -> Self {
        Self::of(policy, |dense| Layer::of(dense, device).differentiated())
    }

    fn of(policy: &PolicyNetwork, layer: impl Fn(&Dense) -> Layer) -> Self {
        let spread = match policy.exploration {
            Exploration::Fixed { sigma } => Spread::Fixed(sigma),
            Exploration::Bounded { least, most } => Spread::Bounded {
                head: Box::new(layer(&policy.log_variance)),
                low: 2.0 * least.ln(),
                high: 2.0 * most.ln(),
            },
        };
        Self {
            hidden1: layer(&policy.hidden1),
            hidden2: layer(&policy.hidden2),
            value: layer(&policy.value),
            mean: layer(&policy.mean),
            spread,
        }
    }

    /// Returns the heads' answer to standardised `states`, `B × 10`.
    pub(crate) fn forward(&self, states: Tensor<2>) -> Heads {
        let hidden1 = relu(self.hidden1.apply(states));
        let hidden2 = relu(self.hidden2.apply(hidden1));
        let log_variance = match &self.spread {
            Spread::Fixed(sigma) => Tensor::full([1, ACTIONS], 2.0 * sigma.ln(), &self.mean.bias.device()),
            // The raw output is bent softly, so that its gradient never dies.
            Spread::Bounded { head, low, high } => sigmoid(head.apply(hidden2.clone())) * (high - low) + *low,
        };
        let value = self.value.apply(hidden2.clone());
        Heads { value, actions: Normal { mean: self.mean.apply(hidden2), log_variance } }
    }

    /// Appends ∂loss/∂parameter in the order of [`parameters`].
    pub(crate) fn append_gradient(&self, gradient: &mut Vec<f32>, gradients: &Gradients) {
        for layer in [&self.hidden1, &self.hidden2, &self.value, &self.mean] {
            layer.append_gradient(gradient, gradients);
        }
        match &self.spread {
            Spread::Fixed(_) => gradient.resize(gradient.len() + (HIDDEN + 1) * ACTIONS, 0.0),
            Spread::Bounded { head, .. } => head.append_gradient(gradient, gradients),
        }
    }
}

impl Normal {
    /// Returns log π(x|s) = −½ Σ [(x − μ)²/σ² + log σ² + log 2π], `B × 1`, of actions `x`, `B × 4`.
    pub(crate) fn log_density(&self, x: Tensor<2>) -> Tensor<2> {
        // The factor −½ stands before the sums: while σ is fixed, what it multiplies there is one row for the batch.
        let precision = self.log_variance.clone().neg().exp() * -0.5;
        let normaliser = (self.log_variance.clone() + std::f32::consts::TAU.ln()).sum_dim(1) * -0.5;
        ((x - self.mean.clone()).square() * precision).sum_dim(1) + normaliser
    }

    /// Returns H = ½ Σ (1 + log 2π + log σ²) of the normal distribution, `B × 1`; `1 × 1` while σ is fixed.
    pub(crate) fn entropy(&self) -> Tensor<2> {
        (self.log_variance.clone() + (1.0 + std::f32::consts::TAU.ln())).sum_dim(1) * 0.5
    }

    /// Returns the same distributions as constants.
    pub(crate) fn detached(&self) -> Self {
        Self { mean: self.mean.clone().detach(), log_variance: self.log_variance.clone().detach() }
    }
}

#[cfg(test)]
mod tests;
