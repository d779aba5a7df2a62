//! What learning moves.

use domain::PolicyNetwork;

use crate::acer;
use crate::adam::{Adam, clip};
use crate::draws::{generator, uniform};
use crate::learner::Learner;
use crate::network::{parameters, pieces_mut};
use crate::settings::Settings;

/// The policy, a learning rule's own numbers beside it, and the optimiser over both.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The actor-critic, as it serves.
    pub policy: PolicyNetwork,
    /// What only the rule knows: A(s, x) of `acer`, what `slate` explains clicks by; else empty.
    pub own: Vec<f32>,
    /// The average policy that `acer` stays close to.
    pub average: Option<PolicyNetwork>,
    /// One moment of each kind for every number of `policy`, then of `own`.
    pub adam: Adam,
}

/// What an update saw.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Norm of the gradient before clipping; of several steps, the last one's.
    pub gradient_norm: f32,
    /// Mean truncated importance ratio of the batch: 1 where it could have been drawn by the present policy,
    /// and where the rule uses none.
    pub mean_ratio: f32,
    /// mean(A²): the critic's squared error.
    pub value_error: f32,
}

/// The update would have made a parameter that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the update gave a number that is not finite")]
pub struct NotFinite;

impl Learned {
    /// Before the first click: hidden layers drawn from the seed, heads zero.
    pub fn initial(settings: &Settings) -> Self {
        let mut draws = generator(settings.seed, 0);
        let policy = PolicyNetwork::initial(settings.input(), settings.exploration(), || uniform(&mut draws));
        let own = match settings.learner {
            Learner::Acer => acer::advantage::initial(|| uniform(&mut draws)),
            Learner::Slate => settings.aim.initial(),
            Learner::A2c | Learner::Compat => Vec::new(),
        };
        let average = (settings.learner == Learner::Acer).then(|| policy.clone());
        let adam = Adam::new(parameters(&policy).count() + own.len());
        Self { policy, own, average, adam }
    }

    /// One step of Adam against a gradient (the policy's numbers, then the rule's own), shortened to the
    /// longest norm allowed; returns the figures with the norm it had.
    pub(crate) fn step(
        &mut self,
        (mut gradient, figures): (Vec<f32>, Figures),
        settings: &Settings,
    ) -> Result<Figures, NotFinite> {
        let gradient_norm = clip(&mut gradient, settings.gradient_norm);
        let moved = pieces_mut(&mut self.policy).chain([&mut self.own[..]]);
        self.adam.step(settings.learning_rate(), moved, &gradient);
        let finite = gradient_norm.is_finite() && self.is_finite();
        if finite { Ok(Figures { gradient_norm, ..figures }) } else { Err(NotFinite) }
    }

    /// Whether every number can serve and be learned on from.
    pub(crate) fn is_finite(&self) -> bool {
        let beside = self.own.iter().chain(&self.adam.first).chain(&self.adam.second);
        self.policy.check().is_ok()
            && self.average.as_ref().is_none_or(|average| average.check().is_ok())
            && beside.into_iter().all(|number| number.is_finite())
    }
}
