//! The actor-critic under gradient: the same numbers as [`PolicyNetwork`], as burn tensors.
//!
//! A domain policy is the one owner of the parameters. For an update they become tracked tensors, and
//! their gradient comes back flat, in the order of [`parameters`]. burn's Linear lays weights out as
//! `[in, out]`, as [`Dense`] does, so nothing is transposed and no number is rounded on the way.

use burn_tensor::activation::{relu, sigmoid};
use burn_tensor::module::linear;
use burn_tensor::{Device, Gradients, Tensor, TensorData};
use domain::policy::{Dense, Exploration, PolicyNetwork};
use domain::state::STATE;
use domain::weights::ACTIONS;

/// Layers of the network: two hidden ones and three heads.
pub const LAYERS: usize = 5;

/// The layers in the order every flat list of parameters follows.
pub fn layers(policy: &PolicyNetwork) -> [&Dense; LAYERS] {
    [&policy.hidden1, &policy.hidden2, &policy.value, &policy.mean, &policy.log_variance]
}

/// Every parameter: a layer's weights, row by row, before its biases.
pub fn parameters(policy: &PolicyNetwork) -> impl Iterator<Item = &f32> {
    layers(policy).into_iter().flat_map(|layer| layer.weight.iter().chain(&layer.bias))
}

/// [`parameters`], to be changed.
pub fn parameters_mut(policy: &mut PolicyNetwork) -> impl Iterator<Item = &mut f32> {
    let PolicyNetwork { hidden1, hidden2, value, mean, log_variance, .. } = policy;
    [hidden1, hidden2, value, mean, log_variance]
        .into_iter()
        .flat_map(|layer| layer.weight.iter_mut().chain(&mut layer.bias))
}

/// A layer whose gradient is recorded.
#[derive(Debug)]
struct Layer {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

/// Trunk 10→32→32 (ReLU) with heads V, μ and log σ² (services/domain/README.md, "Policy").
#[derive(Debug)]
pub struct ActorCritic {
    hidden1: Layer,
    hidden2: Layer,
    value: Layer,
    mean: Layer,
    log_variance: Layer,
    exploration: Exploration,
    device: Device,
}

/// What the heads say about a batch of `B` states.
#[derive(Debug)]
pub struct Heads {
    /// V(s), `[B]`.
    pub value: Tensor<1>,
    /// μ(s) in x-space, `[B, 4]`.
    pub mean: Tensor<2>,
    /// log σ²(s) within its bounds, `[B, 4]`.
    pub log_variance: Tensor<2>,
}

impl ActorCritic {
    /// Takes the parameters of `policy` under gradient, on `device` (made with `autodiff()`).
    pub fn of(policy: &PolicyNetwork, device: &Device) -> Self {
        let layer = |dense: &Dense| Layer::of(dense, device);
        Self {
            hidden1: layer(&policy.hidden1),
            hidden2: layer(&policy.hidden2),
            value: layer(&policy.value),
            mean: layer(&policy.mean),
            log_variance: layer(&policy.log_variance),
            exploration: policy.exploration,
            device: device.clone(),
        }
    }

    /// The heads' answer to `states`, `[B, 10]`, already standardised.
    pub fn forward(&self, states: Tensor<2>) -> Heads {
        let [rows, _] = states.dims();
        let trunk = relu(self.hidden2.apply(relu(self.hidden1.apply(states))));
        let log_variance = match self.exploration {
            Exploration::Fixed { sigma } => Tensor::full([rows, ACTIONS], 2.0 * sigma.ln(), &self.device),
            Exploration::Bounded { least, most } => {
                let (low, high) = (2.0 * least.ln(), 2.0 * most.ln());
                sigmoid(self.log_variance.apply(trunk.clone())).mul_scalar(high - low).add_scalar(low)
            }
        };
        let value = self.value.apply(trunk.clone()).reshape([rows]);
        Heads { value, mean: self.mean.apply(trunk), log_variance }
    }

    /// ∂loss/∂parameter out of `gradients`, in the order of [`parameters`]; 0 where the loss does not
    /// reach, as under a fixed σ the third head.
    pub fn gradient(&self, gradients: &Gradients) -> Vec<f32> {
        [&self.hidden1, &self.hidden2, &self.value, &self.mean, &self.log_variance]
            .into_iter()
            .flat_map(|layer| [reached(&layer.weight, gradients), reached(&layer.bias, gradients)])
            .flatten()
            .collect()
    }

    /// The parameters as they serve: the way back from [`ActorCritic::of`], bit for bit.
    pub fn policy(&self, input: domain::policy::Standardisation) -> PolicyNetwork {
        PolicyNetwork {
            input,
            hidden1: self.hidden1.dense(),
            hidden2: self.hidden2.dense(),
            value: self.value.dense(),
            mean: self.mean.dense(),
            log_variance: self.log_variance.dense(),
            exploration: self.exploration,
        }
    }
}

impl Layer {
    fn of(dense: &Dense, device: &Device) -> Self {
        let weight = TensorData::new(dense.weight.clone(), [dense.inputs, dense.outputs]);
        let bias = TensorData::new(dense.bias.clone(), [dense.outputs]);
        Self {
            weight: Tensor::from_data(weight, device).require_grad(),
            bias: Tensor::from_data(bias, device).require_grad(),
        }
    }

    fn apply(&self, input: Tensor<2>) -> Tensor<2> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }

    fn dense(&self) -> Dense {
        let [inputs, outputs] = self.weight.dims();
        Dense { inputs, outputs, weight: numbers(self.weight.clone()), bias: numbers(self.bias.clone()) }
    }
}

/// `rows × 10` standardised states as the input of [`ActorCritic::forward`].
pub fn states(rows: &[[f32; STATE]], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(rows.as_flattened().to_vec(), [rows.len(), STATE]), device)
}

fn reached<const D: usize>(leaf: &Tensor<D>, gradients: &Gradients) -> Vec<f32> {
    let count = leaf.dims().iter().product();
    leaf.grad(gradients).map_or_else(|| vec![0.0; count], numbers)
}

/// A tensor's numbers, row by row.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("the flex backend computes in f32")
}

#[cfg(test)]
mod tests;
