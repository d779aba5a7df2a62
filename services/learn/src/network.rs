//! The actor-critic under gradient: from the slope of a loss at the heads back to every parameter.
//!
//! The forward pass is [`PolicyNetwork`]'s own, so that what learns and what serves are the same numbers.
//! The way back is written out for this one small network: a loop over the batch, whose sums run in a
//! fixed order (the same bits every time) and whose inner loops are as wide as a layer, so that the
//! compiler puts them into vector registers: the widest that the machine has (pulp's dispatch, with everything inlined
//! that is called from there). Nothing is fused or summed in another order in them, so the bits do not depend on it.

pub(crate) mod layer;

use domain::State;
use domain::policy::{Dense, Exploration, HIDDEN, PolicyNetwork, PolicyOutput, Trunk};
use domain::state::STATE;
use domain::weights::ACTIONS;
use pulp::{Arch, Simd, WithSimd};

use self::layer::{FirstLayer, LaterLayer};

/// Layers of the network: two hidden ones and three heads.
pub const LAYERS: usize = 5;

/// The layers in the order every flat list of parameters follows.
pub fn layers(policy: &PolicyNetwork) -> [&Dense; LAYERS] {
    [&policy.hidden1, &policy.hidden2, &policy.value, &policy.mean, &policy.log_variance]
}

/// Every parameter, in pieces: a layer's weights, row by row, before its biases.
pub fn pieces(policy: &PolicyNetwork) -> impl Iterator<Item = &[f32]> {
    layers(policy).into_iter().flat_map(|layer| [&layer.weight[..], &layer.bias])
}

/// [`pieces`], to be changed.
pub fn pieces_mut(policy: &mut PolicyNetwork) -> impl Iterator<Item = &mut [f32]> {
    let PolicyNetwork { hidden1, hidden2, value, mean, log_variance, .. } = policy;
    [hidden1, hidden2, value, mean, log_variance]
        .into_iter()
        .flat_map(|layer| [&mut layer.weight[..], &mut layer.bias])
}

/// Every parameter, one by one.
pub fn parameters(policy: &PolicyNetwork) -> impl Iterator<Item = &f32> {
    pieces(policy).flatten()
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
        Arch::new().dispatch(Forward { policy, states })
    }

    /// The way back: ∂loss/∂parameter in the order of [`parameters`], out of one slope a state; 0 where the
    /// loss does not reach, as under a fixed σ the third head.
    pub fn backward(&self, slopes: &[Slope]) -> Vec<f32> {
        Arch::new().dispatch(Backward { pass: self, slopes })
    }
}

struct Forward<'a, I> {
    policy: &'a PolicyNetwork,
    states: I,
}

impl<'a, 's, I: Iterator<Item = &'s State>> WithSimd for Forward<'a, I> {
    type Output = Pass<'a>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Pass<'a> {
        let Self { policy, states } = self;
        let (count, _) = states.size_hint();
        let mut pass = Pass { policy, trunks: Vec::with_capacity(count), heads: Vec::with_capacity(count) };
        for state in states {
            let trunk = policy.trunk(state);
            pass.heads.push(policy.heads(&trunk));
            pass.trunks.push(trunk);
        }
        pass
    }
}

struct Backward<'a> {
    pass: &'a Pass<'a>,
    slopes: &'a [Slope],
}

impl WithSimd for Backward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        let Pass { policy, trunks, heads } = self.pass;
        let mut hidden1 = FirstLayer::<STATE, HIDDEN>::new();
        let mut hidden2 = LaterLayer::<HIDDEN, HIDDEN>::of(&policy.hidden2);
        let mut value = LaterLayer::<HIDDEN, 1>::of(&policy.value);
        let mut mean = LaterLayer::<HIDDEN, ACTIONS>::of(&policy.mean);
        let mut log_variance = LaterLayer::<HIDDEN, ACTIONS>::of(&policy.log_variance);
        for ((trunk, heads), slope) in trunks.iter().zip(heads).zip(self.slopes) {
            let mut behind = mean.back(&trunk.hidden2, &slope.mean);
            add(&mut behind, &value.back(&trunk.hidden2, &[slope.value]));
            if let Some(raw) = raw_slope(policy.exploration, heads, slope) {
                add(&mut behind, &log_variance.back(&trunk.hidden2, &raw));
            }
            let behind = hidden2.back(&trunk.hidden1, &passed(behind, &trunk.hidden2));
            hidden1.ends(&trunk.input, &passed(behind, &trunk.hidden1));
        }
        [hidden1.flat(), hidden2.flat(), value.flat(), mean.flat(), log_variance.flat()].concat()
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
#[inline(always)]
pub(crate) fn passed<const N: usize>(mut slope: [f32; N], output: &[f32; N]) -> [f32; N] {
    for (slope, output) in slope.iter_mut().zip(output) {
        *slope = if *output > 0.0 { *slope } else { 0.0 };
    }
    slope
}

/// sum ← sum + more.
#[inline(always)]
pub(crate) fn add<const N: usize>(sum: &mut [f32; N], more: &[f32; N]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

#[cfg(test)]
mod tests;
