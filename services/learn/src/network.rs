//! The actor-critic under gradient: from the slope of a loss at the heads back to every parameter.
//!
//! The forward pass is [`PolicyNetwork`]'s own, so that what learns and what serves are the same numbers.
//! The way back is written out for this one small network: a loop over the batch, whose sums run in a
//! fixed order (the same bits every time) and whose inner loops are as wide as a layer, so that the
//! compiler puts them into vector registers.

use domain::State;
use domain::policy::{Dense, Exploration, HIDDEN, PolicyNetwork, PolicyOutput, Trunk};
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

/// ∂loss/∂head for one state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slope {
    /// By V(s).
    pub value: f32,
    /// By μ(s), in x-space.
    pub mean: [f32; ACTIONS],
    /// By log σ²(s), within its bounds.
    pub log_variance: [f32; ACTIONS],
}

impl Slope {
    /// Every slope `factor` times as steep.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        let scaled = |row: [f32; ACTIONS]| row.map(|slope| slope * factor);
        Self { value: self.value * factor, mean: scaled(self.mean), log_variance: scaled(self.log_variance) }
    }
}

/// A batch on its way through the network, kept for the way back.
#[derive(Debug)]
pub struct Pass<'a> {
    policy: &'a PolicyNetwork,
    trunks: Vec<Trunk>,
    /// What the heads say, state by state.
    pub heads: Vec<PolicyOutput>,
}

impl<'a> Pass<'a> {
    /// The way forward.
    pub fn forward<'s>(policy: &'a PolicyNetwork, states: impl Iterator<Item = &'s State>) -> Self {
        let trunks: Vec<Trunk> = states.map(|state| policy.trunk(state)).collect();
        let heads = trunks.iter().map(|trunk| policy.heads(trunk)).collect();
        Self { policy, trunks, heads }
    }

    /// The way back: ∂loss/∂parameter in the order of [`parameters`], out of one slope a state; 0 where the
    /// loss does not reach, as under a fixed σ the third head.
    pub fn backward(&self, slopes: &[Slope]) -> Vec<f32> {
        let policy = self.policy;
        let [mut hidden1, mut hidden2, mut value, mut mean, mut log_variance] =
            layers(policy).map(LayerGradient::of);
        for ((trunk, heads), slope) in self.trunks.iter().zip(&self.heads).zip(slopes) {
            let mut behind = mean.back(&trunk.hidden2, &slope.mean);
            add(&mut behind, &value.back(&trunk.hidden2, &[slope.value]));
            if let Some(raw) = raw_slope(policy.exploration, heads, slope) {
                add(&mut behind, &log_variance.back(&trunk.hidden2, &raw));
            }
            let behind = passed(behind, &trunk.hidden2);
            let behind: [f32; HIDDEN] = hidden2.back(&trunk.hidden1, &behind);
            hidden1.ends::<STATE, HIDDEN>(&trunk.input, &passed(behind, &trunk.hidden1));
        }
        [hidden1, hidden2, value, mean, log_variance].into_iter().flat_map(LayerGradient::flat).collect()
    }
}

/// ∂loss/∂(raw output of the third head); `None` while σ is fixed.
fn raw_slope(exploration: Exploration, heads: &PolicyOutput, slope: &Slope) -> Option<[f32; ACTIONS]> {
    let Exploration::Bounded { least, most } = exploration else { return None };
    let (low, high) = (2.0 * least.ln(), 2.0 * most.ln());
    Some(std::array::from_fn(|j| {
        let share = (heads.log_variance[j] - low) / (high - low);
        slope.log_variance[j] * (high - low) * share * (1.0 - share)
    }))
}

/// What a ReLU lets back.
pub(crate) fn passed<const N: usize>(slope: [f32; N], output: &[f32; N]) -> [f32; N] {
    std::array::from_fn(|i| if output[i] > 0.0 { slope[i] } else { 0.0 })
}

/// sum ← sum + more.
pub(crate) fn add<const N: usize>(sum: &mut [f32; N], more: &[f32; N]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// The gradient of one layer, summed row by row.
#[derive(Debug)]
pub(crate) struct LayerGradient {
    /// `[in, out]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
    /// The layer's own weights, `[out, in]`.
    transposed: Vec<f32>,
}

impl LayerGradient {
    pub(crate) fn of(layer: &Dense) -> Self {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let transposed =
            (0..outputs).flat_map(|o| (0..inputs).map(move |i| layer.weight[i * outputs + o])).collect();
        Self { weight: vec![0.0; inputs * outputs], bias: vec![0.0; outputs], transposed }
    }

    /// Adds one row's share and returns the slope at the layer's input.
    pub(crate) fn back<const I: usize, const O: usize>(
        &mut self,
        input: &[f32; I],
        slope: &[f32; O],
    ) -> [f32; I] {
        self.ends(input, slope);
        let mut behind = [0.0; I];
        for (slope, row) in slope.iter().zip(self.transposed.chunks_exact(I)) {
            for (behind, weight) in behind.iter_mut().zip(row) {
                *behind += slope * weight;
            }
        }
        behind
    }

    /// Adds one row's share; nothing asks for the slope behind it.
    pub(crate) fn ends<const I: usize, const O: usize>(&mut self, input: &[f32; I], slope: &[f32; O]) {
        for (x, row) in input.iter().zip(self.weight.chunks_exact_mut(O)) {
            for (sum, slope) in row.iter_mut().zip(slope) {
                *sum += x * slope;
            }
        }
        self.bias.iter_mut().zip(slope).for_each(|(sum, slope)| *sum += slope);
    }

    /// Weights before biases.
    pub(crate) fn flat(self) -> impl Iterator<Item = f32> {
        self.weight.into_iter().chain(self.bias)
    }

    /// Weights and biases.
    pub(crate) fn parts(self) -> (Vec<f32>, Vec<f32>) {
        (self.weight, self.bias)
    }
}

#[cfg(test)]
mod tests;
