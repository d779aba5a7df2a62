//! The policy as a fold over the click stream.
//!
//! The same settings and the same clicks give the same parameters, bit for bit, from the start or from
//! any checkpoint: every draw follows from the seed and the click's sequence, so no generator's state
//! hides between two clicks, and every sum runs in a fixed order. (On one machine: another one's library may
//! round exp and ln otherwise.)

use domain::PolicyNetwork;
use domain::impression::Implausible;
use proto::convert::impression::RecordedClick;

use crate::draws::generator;
use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::settings::{Learner, Settings};
use crate::window::{Remembered, Window};
use crate::{a2c, acer, compat, slate};

/// Everything learned so far, and what the next click needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    pub(crate) settings: Settings,
    pub(crate) learned: Learned,
    pub(crate) window: Window,
    pub(crate) clicks_applied: u64,
    pub(crate) last_sequence: u64,
}

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Applied {
    /// Counted, remembered and learned from.
    Updated(Figures),
    /// Counted and remembered; the next update is not due yet.
    Remembered,
    /// Counted and remembered; the update was dropped and the parameters stayed.
    Dropped(NotFinite),
    /// Passed by: no policy can have made it.
    Refused(Implausible),
    /// Nothing happened: its sequence was there before.
    Known,
}

impl Fold {
    /// Before the first click: hidden layers drawn from the seed, heads zero.
    pub fn initial(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            learned: Learned::initial(settings),
            window: Window::new(settings.window_clicks()),
            clicks_applied: 0,
            last_sequence: 0,
        }
    }

    /// Folds in the click at `sequence` of the stream (1 or more, rising). Doing it again changes
    /// nothing.
    pub fn apply(&mut self, sequence: u64, click: &RecordedClick) -> Applied {
        if sequence <= self.last_sequence {
            return Applied::Known;
        }
        self.last_sequence = sequence;
        let experience = match Experience::try_from(click) {
            Ok(experience) => experience,
            Err(why) => return Applied::Refused(why),
        };
        self.clicks_applied += 1;
        self.window.remember(Remembered { sequence, experience });
        if !self.clicks_applied.is_multiple_of(self.settings.every_clicks()) {
            return Applied::Remembered;
        }
        let mut learned = self.learned.clone();
        match self.update(&mut learned) {
            Ok(figures) => {
                self.learned = learned;
                Applied::Updated(figures)
            }
            Err(why) => Applied::Dropped(why),
        }
    }

    /// One update at the newest click, by the rule of the settings.
    fn update(&self, learned: &mut Learned) -> Result<Figures, NotFinite> {
        let (settings, clicks) = (&self.settings, self.settings.batch_clicks());
        let mut draws = generator(settings.seed, self.last_sequence);
        match settings.learner {
            Learner::A2c => a2c::update(learned, &self.window.batch(clicks, &mut draws), settings),
            Learner::Acer => {
                let mut figures = Figures::default();
                // On-policy are the clicks that no update has seen: an older policy did not make them.
                let unseen =
                    usize::try_from(settings.every_clicks()).map_or(clicks, |every| every.min(clicks));
                for step in 0..settings.on_policy_steps + settings.replay_steps {
                    let batch = match step < settings.on_policy_steps {
                        true => self.window.newest(unseen),
                        false => self.window.batch(clicks, &mut draws),
                    };
                    figures = acer::update(learned, &batch, &mut draws, settings)?;
                }
                Ok(figures)
            }
            Learner::Slate => {
                slate::update(learned, &self.window.batch(clicks, &mut draws), self.window.len(), settings)
            }
            Learner::Compat => compat::update(learned, &self.window.newest(clicks), settings),
        }
    }

    /// Passes by the message at `sequence`, which is no click.
    pub fn skip(&mut self, sequence: u64) {
        self.last_sequence = self.last_sequence.max(sequence);
    }

    /// Passes by the click at `sequence` for a reason that its message does not tell: going on from a checkpoint,
    /// nobody could find it again.
    pub fn refuse(&mut self, sequence: u64) {
        if sequence > self.last_sequence {
            self.last_sequence = sequence;
            self.window.refuse(sequence);
        }
    }

    /// The parameters as they serve.
    pub fn policy(&self) -> &PolicyNetwork {
        &self.learned.policy
    }

    /// Name of the learning rule.
    pub fn learner(&self) -> &'static str {
        self.settings.learner.name()
    }

    /// Clicks folded in since the stream began.
    pub fn clicks_applied(&self) -> u64 {
        self.clicks_applied
    }

    /// Sequence of the last message looked at; 0 before the first.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// Mean reward of the newest `recent_clicks` clicks; `None` before the first.
    pub fn mean_reward_recent(&self) -> Option<f64> {
        let recent = self.window.newest(self.settings.recent_clicks);
        let sum: f64 = recent.iter().map(|experience| f64::from(experience.reward)).sum();
        (!recent.is_empty()).then(|| sum / recent.len() as f64)
    }
}

#[cfg(test)]
pub(crate) mod tests;
