//! The actor-critic in burn's tensors, so that burn differentiates whatever is computed from it.
//!
//! A policy is a plain set of numbers ([`PolicyNetwork`]): so it is published, kept in checkpoints and served. For one
//! step the same numbers become tensors; the gradient comes back as one flat list, in the order of [`parameters`].

use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::linear;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use domain::policy::{Dense, Exploration, PolicyNetwork};

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
}

/// The policy as tensors.
#[derive(Debug)]
pub(crate) struct Network {
    hidden1: Layer,
    hidden2: Layer,
    value: Layer,
    mean: Layer,
    log_variance: Layer,
    exploration: Exploration,
}

/// What the heads answer to a batch of `B` states.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    /// V(s), `B × 1`.
    pub(crate) value: Tensor<2>,
    /// μ(s), `B × 4`.
    pub(crate) mean: Tensor<2>,
    /// log σ²(s), `B × 4`; `1 × 4` while σ is fixed.
    pub(crate) log_variance: Tensor<2>,
}

impl Network {
    /// Returns `policy` as constants: nothing is differentiated by its parameters.
    pub(crate) fn constant(policy: &PolicyNetwork, device: &Device) -> Self {
        let [hidden1, hidden2, value, mean, log_variance] =
            layers(policy).map(|dense| Layer::of(dense, device));
        Self { hidden1, hidden2, value, mean, log_variance, exploration: policy.exploration }
    }

    /// Returns `policy` such that burn differentiates by its parameters.
    pub(crate) fn differentiated(policy: &PolicyNetwork, device: &Device) -> Self {
        let Self { hidden1, hidden2, value, mean, log_variance, exploration } =
            Self::constant(policy, device);
        Self {
            hidden1: hidden1.differentiated(),
            hidden2: hidden2.differentiated(),
            value: value.differentiated(),
            mean: mean.differentiated(),
            log_variance: log_variance.differentiated(),
            exploration,
        }
    }

    /// Returns the heads' answer to standardised `states`, `B × 10`.
    pub(crate) fn forward(&self, states: Tensor<2>) -> Heads {
        let hidden1 = relu(self.hidden1.apply(states));
        let hidden2 = relu(self.hidden2.apply(hidden1));
        let log_variance = match self.exploration {
            Exploration::Fixed { sigma } => {
                let outputs = self.log_variance.bias.dims()[0];
                Tensor::full([1, outputs], 2.0 * sigma.ln(), &self.log_variance.bias.device())
            }
            // The raw output is bent softly into the bounds, so that its gradient never dies.
            Exploration::Bounded { least, most } => {
                let (low, high) = (2.0 * least.ln(), 2.0 * most.ln());
                sigmoid(self.log_variance.apply(hidden2.clone())) * (high - low) + low
            }
        };
        Heads { value: self.value.apply(hidden2.clone()), mean: self.mean.apply(hidden2), log_variance }
    }

    /// Appends ∂loss/∂parameter in the order of [`parameters`].
    pub(crate) fn append_gradient(&self, gradient: &mut Vec<f32>, gradients: &Gradients) {
        for layer in [&self.hidden1, &self.hidden2, &self.value, &self.mean, &self.log_variance] {
            append_gradient(gradient, &layer.weight, gradients);
            append_gradient(gradient, &layer.bias, gradients);
        }
    }
}

impl Heads {
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

    /// Returns the same answer as constants.
    pub(crate) fn detached(&self) -> Self {
        Self {
            value: self.value.clone().detach(),
            mean: self.mean.clone().detach(),
            log_variance: self.log_variance.clone().detach(),
        }
    }
}

#[cfg(test)]
mod tests;
