//! The actor-critic's network as it serves: forward pass, action and density (README, "Policy").
//!
//! Learning happens elsewhere; what is published is this plain set of numbers, so a recommender
//! needs no learning framework to act on it. The way forward is inlined into whoever calls it: a function of its own
//! would not be compiled for the wide registers that a learner goes through whole batches in.

use crate::State;
use crate::state::STATE;
use crate::weights::{ACTIONS, squash};

/// Width of both hidden layers.
pub const HIDDEN: usize = 32;

/// A fully connected layer: y = x·W + b.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Numbers in.
    pub inputs: usize,
    /// Numbers out.
    pub outputs: usize,
    /// `inputs × outputs`, row by row (a row an input).
    pub weight: Vec<f32>,
    /// `outputs` numbers.
    pub bias: Vec<f32>,
}

impl Dense {
    /// All zero: what every head starts from.
    pub fn zero(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, weight: vec![0.0; inputs * outputs], bias: vec![0.0; outputs] }
    }

    /// Weights uniform in ±√(6/inputs) (He et al. 2015, eq. 10, its uniform form), drawn by `next`
    /// which yields numbers in [0, 1); zero bias.
    pub fn spread(inputs: usize, outputs: usize, mut next: impl FnMut() -> f32) -> Self {
        let bound = (6.0 / inputs as f32).sqrt();
        let weight = (0..inputs * outputs).map(|_| (2.0 * next() - 1.0) * bound).collect();
        Self { inputs, outputs, weight, bias: vec![0.0; outputs] }
    }

    /// x·W + b; the layer must be `I → O`.
    #[inline(always)]
    pub fn apply<const I: usize, const O: usize>(&self, input: &[f32; I]) -> [f32; O] {
        let mut output = [0.0; O];
        output.copy_from_slice(&self.bias);
        for (x, row) in input.iter().zip(self.weight.chunks_exact(O)) {
            for (y, w) in output.iter_mut().zip(row) {
                *y += x * w;
            }
        }
        output
    }

    fn is_sound(&self, inputs: usize, outputs: usize) -> bool {
        self.inputs == inputs
            && self.outputs == outputs
            && self.weight.len() == inputs * outputs
            && self.bias.len() == outputs
            && self.weight.iter().chain(&self.bias).all(|x| x.is_finite())
    }
}

/// How wide the policy explores, per component of x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Exploration {
    /// σ is this number everywhere.
    Fixed {
        /// Standard deviation in x-space.
        sigma: f32,
    },
    /// log σ² is the third head, bent softly into these bounds so that its gradient never dies.
    Bounded {
        /// Smallest standard deviation.
        least: f32,
        /// Largest standard deviation.
        most: f32,
    },
}

impl Default for Exploration {
    /// σ = 1.5 everywhere: narrower policies were nearly blind, and a learned σ drifts.
    fn default() -> Self {
        Exploration::Fixed { sigma: 1.5 }
    }
}

impl Exploration {
    /// log σ² for the head's raw output.
    #[inline]
    pub fn log_variance(self, raw: f32) -> f32 {
        match self {
            Exploration::Fixed { sigma } => 2.0 * sigma.ln(),
            Exploration::Bounded { least, most } => {
                let (low, high) = (2.0 * least.ln(), 2.0 * most.ln());
                low + (high - low) / (1.0 + (-raw).exp())
            }
        }
    }

    fn is_sound(self) -> bool {
        match self {
            Exploration::Fixed { sigma } => sigma.is_finite() && sigma > 0.0,
            Exploration::Bounded { least, most } => least > 0.0 && most >= least && most.is_finite(),
        }
    }
}

/// The fixed transform every state passes before the first layer: (d − mean) / scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardisation {
    /// Subtracted from every distance.
    pub mean: f32,
    /// Divides it; above zero.
    pub scale: f32,
}

impl Default for Standardisation {
    /// Roughly the middle and spread of distances between nine groups of unit vectors.
    fn default() -> Self {
        Self { mean: 1.2, scale: 0.25 }
    }
}

/// Why parameters cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "policy parameters are not the shape of this network or hold a number that is not finite; roll back to a sound version"
)]
pub struct UnsoundPolicy;

/// Shared trunk 10→32→32 (ReLU) with heads V (1), μ (4) and log σ² (4).
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyNetwork {
    /// Input transform, published with the parameters.
    pub input: Standardisation,
    /// First hidden layer, 10→32.
    pub hidden1: Dense,
    /// Second hidden layer, 32→32.
    pub hidden2: Dense,
    /// V(s), the critic: 32→1.
    pub value: Dense,
    /// μ(s), the actor: 32→4.
    pub mean: Dense,
    /// Raw log σ²(s): 32→4, bent by `exploration`.
    pub log_variance: Dense,
    /// What σ is allowed to be.
    pub exploration: Exploration,
}

/// What the shared layers make of one state; whoever learns keeps it for the way back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trunk {
    /// The standardised state.
    pub input: [f32; STATE],
    /// Behind the first hidden layer.
    pub hidden1: [f32; HIDDEN],
    /// Behind the second one: what the heads see.
    pub hidden2: [f32; HIDDEN],
}

/// The heads' answer to one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyOutput {
    /// μ(s) in x-space.
    pub mean: [f32; ACTIONS],
    /// log σ²(s), bounded.
    pub log_variance: [f32; ACTIONS],
    /// V(s): the reward expected.
    pub value: f32,
}

/// A drawn action with all that learning from it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Action {
    /// x ~ N(μ, σ²).
    pub x: [f32; ACTIONS],
    /// The distribution it was drawn from.
    pub output: PolicyOutput,
    /// log π(x|s), its log propensity.
    pub log_density: f32,
}

impl PolicyNetwork {
    /// The policy before any click: hidden layers spread by `next` (numbers in [0, 1)), heads zero, so
    /// μ = 0 and every weight's median is half its cap.
    pub fn initial(input: Standardisation, exploration: Exploration, mut next: impl FnMut() -> f32) -> Self {
        Self {
            input,
            hidden1: Dense::spread(STATE, HIDDEN, &mut next),
            hidden2: Dense::spread(HIDDEN, HIDDEN, &mut next),
            value: Dense::zero(HIDDEN, 1),
            mean: Dense::zero(HIDDEN, ACTIONS),
            log_variance: Dense::zero(HIDDEN, ACTIONS),
            exploration,
        }
    }

    /// The initial policy as it serves, and as every other is held against: its heads are zero, so its hidden
    /// layers do not matter.
    pub fn before_any_click() -> Self {
        Self::initial(Standardisation::default(), Exploration::default(), || 0.5)
    }

    /// Refuses parameters of another shape or with a number that is not finite: they never serve.
    pub fn check(&self) -> Result<(), UnsoundPolicy> {
        let sound = self.hidden1.is_sound(STATE, HIDDEN)
            && self.hidden2.is_sound(HIDDEN, HIDDEN)
            && self.value.is_sound(HIDDEN, 1)
            && self.mean.is_sound(HIDDEN, ACTIONS)
            && self.log_variance.is_sound(HIDDEN, ACTIONS)
            && self.exploration.is_sound()
            && self.input.mean.is_finite()
            && self.input.scale.is_finite()
            && self.input.scale > 0.0;
        if sound { Ok(()) } else { Err(UnsoundPolicy) }
    }

    /// The standardised input of `state`.
    #[inline(always)]
    pub fn standardise(&self, state: &State) -> [f32; STATE] {
        state.0.map(|d| (d - self.input.mean) / self.input.scale)
    }

    /// The distribution over actions in `state`, and its value.
    #[inline]
    pub fn forward(&self, state: &State) -> PolicyOutput {
        self.heads(&self.trunk(state))
    }

    /// The shared layers' answer to `state`.
    #[inline(always)]
    pub fn trunk(&self, state: &State) -> Trunk {
        let input = self.standardise(state);
        let hidden1 = relu(self.hidden1.apply(&input));
        let hidden2 = relu(self.hidden2.apply(&hidden1));
        Trunk { input, hidden1, hidden2 }
    }

    /// The heads' answer to what the shared layers made of a state.
    #[inline(always)]
    pub fn heads(&self, trunk: &Trunk) -> PolicyOutput {
        let [value] = self.value.apply(&trunk.hidden2);
        let raw: [f32; ACTIONS] = match self.exploration {
            // Nothing is asked of it.
            Exploration::Fixed { .. } => [0.0; ACTIONS],
            Exploration::Bounded { .. } => self.log_variance.apply(&trunk.hidden2),
        };
        let log_variance = raw.map(|r| self.exploration.log_variance(r));
        PolicyOutput { mean: self.mean.apply(&trunk.hidden2), log_variance, value }
    }

    /// Draws x = μ + σ·noise; `noise` holds standard normal numbers, drawn by the caller.
    pub fn act(&self, state: &State, noise: [f32; ACTIONS]) -> Action {
        let output = self.forward(state);
        let x = std::array::from_fn(|j| output.mean[j] + (output.log_variance[j] / 2.0).exp() * noise[j]);
        Action { x, log_density: output.log_density(&x), output }
    }

    /// `[1, w₂…w₅]` at x = μ(s): what the policy leans to where a state is the transform's middle.
    /// Shown to people; never served.
    pub fn leaning(&self) -> [f32; crate::PICKS] {
        squash(&self.forward(&State([self.input.mean; STATE])).mean)
    }
}

impl PolicyOutput {
    /// log π(x|s) = −½ Σ [(x − μ)²/σ² + log σ² + log 2π].
    #[inline]
    pub fn log_density(&self, x: &[f32; ACTIONS]) -> f32 {
        (0..ACTIONS)
            .map(|j| {
                let gap = x[j] - self.mean[j];
                let two_pi = std::f32::consts::TAU.ln();
                -0.5 * (gap * gap * (-self.log_variance[j]).exp() + self.log_variance[j] + two_pi)
            })
            .sum()
    }
}

/// max(x, 0), number by number.
#[inline(always)]
pub fn relu<const N: usize>(mut row: [f32; N]) -> [f32; N] {
    row.iter_mut().for_each(|x| *x = x.max(0.0));
    row
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn counting() -> impl FnMut() -> f32 {
        let mut i = 0u32;
        move || {
            i = i.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (i >> 8) as f32 / (1 << 24) as f32
        }
    }

    fn initial() -> PolicyNetwork {
        let input = Standardisation { mean: 1.2, scale: 0.25 };
        PolicyNetwork::initial(input, Exploration::Fixed { sigma: 1.5 }, counting())
    }

    #[test]
    fn before_any_click_the_policy_is_centred_and_its_density_is_the_normal_one() {
        let action = initial().act(&State([1.1; STATE]), [0.0, 1.0, -1.0, 0.5]);
        assert_eq!(action.x, [0.0, 1.5, -1.5, 0.75]);
        assert_eq!(action.output.value, 0.0);
        let by_hand = -0.5 * (2.25 + 4.0 * (2.25f32.ln() + std::f32::consts::TAU.ln()));
        assert!((action.log_density - by_hand).abs() < 1e-5);
        assert_eq!(initial().leaning(), [1.0, 0.45, 0.35, 0.25, 0.15]);
    }

    #[test]
    fn parameters_that_are_not_finite_or_of_another_shape_never_serve() {
        assert_eq!(initial().check(), Ok(()));
        let mut broken = initial();
        broken.hidden2.weight[5] = f32::NAN;
        assert_eq!(broken.check(), Err(UnsoundPolicy));
        let mut other = initial();
        other.mean = Dense::zero(HIDDEN, 5);
        assert_eq!(other.check(), Err(UnsoundPolicy));
    }

    #[test]
    fn a_bounded_sigma_stays_inside_its_bounds() {
        let rule = Exploration::Bounded { least: 1.0, most: 1.5 };
        for raw in [-50.0, -1.0, 0.0, 3.0, 50.0] {
            let sigma = (rule.log_variance(raw) / 2.0).exp();
            assert!((0.999..=1.501).contains(&sigma), "{raw}: {sigma}");
        }
    }
}
