//! What learning moves.

use domain::PolicyNetwork;
use rand_chacha::ChaCha8Rng;

use crate::adam::{Adam, clip};
use crate::draws::{generator, uniform};
use crate::experience::Experience;
use crate::network::{parameters, pieces_mut};
use crate::settings::Settings;
use crate::step::Step;

/// The policy, a learning rule's own numbers beside it, and the optimiser over both.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The actor-critic, as it serves.
    pub policy: PolicyNetwork,
    /// What only the rule knows: A(s, x) of `acer`, the click model of `slate`; else empty.
    pub own: Vec<f32>,
    /// The average policy that a rule stays close to.
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
    /// Whether clicks told of another taste than before, so that learning began again.
    pub taste_changed: bool,
}

/// The update would have made a parameter that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the update gave a number that is not finite, so the parameters stay as they were; a smaller AVZEUS_LEARN_RATE mends it"
)]
pub struct NotFinite;

impl Learned {
    /// Returns what there is before the first click: hidden layers drawn from the seed, heads zero.
    pub fn initial(settings: &Settings) -> Self {
        let mut draws = generator(settings.seed, 0);
        let policy = PolicyNetwork::initial(settings.input(), settings.exploration(), || uniform(&mut draws));
        let own = settings.rule.own_initial(settings, &mut || uniform(&mut draws));
        let average = settings.rule.average_decay(settings).map(|_| policy.clone());
        let adam = Adam::new(parameters(&policy).count() + own.len());
        Self { policy, own, average, adam }
    }

    /// Makes one step on `clicks`, of which there is one at least; the window they come from holds `window_clicks`.
    /// When it fails, what is left must not be used.
    pub(crate) fn step(
        &mut self,
        clicks: &[&Experience],
        window_clicks: usize,
        draws: &mut ChaCha8Rng,
        settings: &Settings,
    ) -> Result<Figures, NotFinite> {
        let mut step = Step::new(self, clicks, window_clicks, draws, settings);
        match settings.rule.loss(&mut step) {
            Some(loss) => {
                let gradient = step.gradient(loss);
                self.descend(gradient, settings)
            }
            None => Ok(Figures::default()),
        }
    }

    /// Makes one step of Adam against a gradient (the policy's numbers, then the rule's own), shortened to the longest
    /// norm allowed, and lets the average follow; returns the figures with the norm it had.
    pub(crate) fn descend(
        &mut self,
        (mut gradient, figures): (Vec<f32>, Figures),
        settings: &Settings,
    ) -> Result<Figures, NotFinite> {
        let gradient_norm = clip(&mut gradient, settings.gradient_norm);
        let moved = pieces_mut(&mut self.policy).chain([&mut self.own[..]]);
        self.adam.step(settings.learning_rate(), moved, &gradient);
        if let (Some(average), Some(decay)) = (&mut self.average, settings.rule.average_decay(settings)) {
            follow(average, &self.policy, decay);
        }
        let finite = gradient_norm.is_finite() && self.is_finite();
        if finite { Ok(Figures { gradient_norm, ..figures }) } else { Err(NotFinite) }
    }

    /// Returns whether every number can serve and be learned on from.
    pub(crate) fn is_finite(&self) -> bool {
        let beside = self.own.iter().chain(&self.adam.first).chain(&self.adam.second);
        self.policy.check().is_ok()
            && self.average.as_ref().is_none_or(|average| average.check().is_ok())
            && beside.into_iter().all(|number| number.is_finite())
    }
}

/// Moves average ← decay · average + (1 − decay) · policy (Polyak).
fn follow(average: &mut PolicyNetwork, policy: &PolicyNetwork, decay: f32) {
    for (average, now) in pieces_mut(average).flatten().zip(parameters(policy)) {
        *average = decay * *average + (1.0 - decay) * now;
    }
}
