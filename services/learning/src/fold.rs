//! The policy as a fold over the click stream.
//!
//! The same settings and the same clicks give the same parameters, bit for bit, from the start or from
//! any checkpoint: every draw follows from the seed and the click's sequence, so no generator's state
//! hides between two clicks, and every sum runs in a fixed order. (On one machine: another kind of processor may
//! multiply matrices in another order and round exp and ln otherwise.)

use domain::PolicyNetwork;
use domain::impression::Implausible;
use proto::convert::impression::RecordedClick;
use proto::v1;

use crate::draws::generator;
use crate::experience::Experience;
use crate::learned::{Figures, Learned, NotFinite};
use crate::network::parameters;
use crate::rules::Batch;
use crate::settings::Settings;
use crate::window::{Remembered, Window};

/// Farthest that a parameter may lie from that of the same fold on another kind of processor. Between two checkpoints
/// rounding moves parameters by some 1e-5; settings that differ move them by more than this.
pub const SAME_POLICY: f32 = 0.01;

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
    /// Returns the fold before the first click: hidden layers drawn from the seed, heads zero.
    pub fn initial(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            learned: Learned::initial(settings),
            window: Window::new(settings),
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
        let taste_changed = self.window.is_contradicted();
        if taste_changed {
            // What was learned serves another taste than the one that clicks tell of now.
            self.window.forget_older();
            self.learned = Learned::initial(&self.settings);
        }
        let mut learned = self.learned.clone();
        match self.update(&mut learned) {
            Ok(figures) => {
                self.learned = learned;
                Applied::Updated(Figures { taste_changed, ..figures })
            }
            Err(why) => Applied::Dropped(why),
        }
    }

    /// Makes one update of `learned` at the newest click, by the rule of the settings.
    fn update(&self, learned: &mut Learned) -> Result<Figures, NotFinite> {
        let settings = &self.settings;
        let mut draws = generator(settings.seed, self.last_sequence);
        let mut figures = Figures::default();
        for batch in settings.rule.batches(settings) {
            let clicks = match batch {
                Batch::Window => self.window.batch(settings.batch_clicks(), &mut draws),
                Batch::Newest(count) => self.window.newest(count),
            };
            figures = learned.step(&clicks, self.window.len(), &mut draws, settings)?;
        }
        Ok(figures)
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

    /// Goes on from `published`, which the same clicks came to elsewhere, if no parameter lies farther than
    /// [`SAME_POLICY`] from the fold's own; returns whether it does. Another kind of processor rounds otherwise, and what
    /// was published is what serves: going on from other bits would make two histories of one line.
    pub fn adopt(&mut self, published: &PolicyNetwork) -> bool {
        let own = &self.learned.policy;
        let alike = (own.input, own.exploration) == (published.input, published.exploration);
        let near = parameters(own).zip(parameters(published)).all(|(a, b)| (a - b).abs() <= SAME_POLICY);
        let adopted = published.check().is_ok() && alike && near;
        if adopted {
            self.learned.policy = published.clone();
        }
        adopted
    }

    /// Returns the parameters as they serve.
    pub fn policy(&self) -> &PolicyNetwork {
        &self.learned.policy
    }

    /// Returns the name of the learning rule.
    pub fn learner(&self) -> &'static str {
        self.settings.rule.name()
    }

    /// Returns how many clicks were folded in since the stream began.
    pub fn clicks_applied(&self) -> u64 {
        self.clicks_applied
    }

    /// Returns the sequence of the last message looked at; 0 before the first.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// Returns the mean reward of the newest `recent_clicks` clicks; `None` before the first.
    pub fn mean_reward_recent(&self) -> Option<f64> {
        let recent = self.window.newest(self.settings.recent_clicks);
        let sum: f64 = recent.iter().map(|experience| f64::from(experience.reward)).sum();
        (!recent.is_empty()).then(|| sum / recent.len() as f64)
    }
}

/// What was learned, for a bucket or a file. When it is published, and how much it must have learned to serve, is not
/// the fold's to say.
impl From<&Fold> for v1::PolicyPublished {
    fn from(fold: &Fold) -> Self {
        Self {
            head: Some(fold.policy().into()),
            clicks_applied: fold.clicks_applied(),
            last_sequence: fold.last_sequence(),
            mean_reward_recent: fold.mean_reward_recent(),
            leaning: fold.policy().leaning().to_vec(),
            learner: fold.learner().to_owned(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
