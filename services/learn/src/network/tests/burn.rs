//! The same network in burn, whose automatic differentiation knows nothing of ours.

use burn_tensor::activation::{relu, sigmoid};
use burn_tensor::module::linear;
use burn_tensor::{Device, Tensor, TensorData};

use super::*;

/// A layer whose gradient is recorded; burn lays weights out as `[in, out]`, as [`Dense`] does.
struct Layer {
    weight: Tensor<2>,
    bias: Tensor<1>,
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
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("the flex backend computes in f32")
}

#[test]
fn the_way_back_is_burns() {
    for exploration in [FIXED, BOUNDED] {
        let (policy, states) = (spread_policy(8, exploration), seen(40));
        let slope = Slope { value: 0.3, mean: [0.5, -0.2, 0.1, -0.7], log_variance: [0.4, 0.2, -0.3, 0.6] };
        let ours = Pass::forward(&policy, states.iter()).backward(&vec![slope; states.len()]);

        let device = Device::flex().autodiff();
        let rows: Vec<f32> = states.iter().flat_map(|state| policy.standardise(state)).collect();
        let input = Tensor::<2>::from_data(TensorData::new(rows, [states.len(), STATE]), &device);
        let layers = layers(&policy).map(|dense| Layer::of(dense, &device));
        let [hidden1, hidden2, value, mean, raw] = &layers;
        let trunk = relu(hidden2.apply(relu(hidden1.apply(input))));
        let along = |head: Tensor<2>, slopes: &[f32]| {
            let slopes = TensorData::new(slopes.to_vec(), [1, slopes.len()]);
            (head * Tensor::<2>::from_data(slopes, &device)).sum()
        };
        let mut loss =
            along(value.apply(trunk.clone()), &[slope.value]) + along(mean.apply(trunk.clone()), &slope.mean);
        if let Exploration::Bounded { least, most } = exploration {
            let (low, high) = (2.0 * least.ln(), 2.0 * most.ln());
            let log_variance = sigmoid(raw.apply(trunk)).mul_scalar(high - low).add_scalar(low);
            loss = loss + along(log_variance, &slope.log_variance);
        }
        let gradients = loss.backward();
        let burns = layers.iter().flat_map(|layer| {
            let weight = layer
                .weight
                .grad(&gradients)
                .map_or_else(|| vec![0.0; layer.weight.dims().iter().product()], numbers);
            let bias = layer.bias.grad(&gradients).map_or_else(|| vec![0.0; layer.bias.dims()[0]], numbers);
            weight.into_iter().chain(bias)
        });
        let burns: Vec<f32> = burns.collect();
        assert_eq!(ours.len(), burns.len());
        for (i, (ours, burns)) in ours.iter().zip(&burns).enumerate() {
            assert!((ours - burns).abs() <= 1e-5 * burns.abs().max(1.0), "parameter {i}: {ours} and {burns}");
        }
    }
}
