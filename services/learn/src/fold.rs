//! The policy as a fold over the click stream.
//!
//! The same settings and the same clicks give the same parameters, bit for bit, from the start or from
//! any checkpoint: every draw follows from the seed and the click's sequence, so no generator's state
//! hides between two clicks. (On one machine and build: another processor may sum in another order.)

use std::collections::VecDeque;

use domain::PolicyNetwork;
use proto::convert::impression::RecordedClick;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::a2c::{self, Figures, NotFinite};
use crate::adam::Adam;
use crate::experience::{Experience, Implausible};
use crate::network::parameters;
use crate::settings::Settings;

/// Everything learned so far, and what the next click needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    pub(crate) settings: Settings,
    pub(crate) policy: PolicyNetwork,
    pub(crate) adam: Adam,
    pub(crate) window: VecDeque<Remembered>,
    pub(crate) clicks_applied: u64,
    pub(crate) last_sequence: u64,
}

/// A click in the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Remembered {
    pub(crate) sequence: u64,
    pub(crate) experience: Experience,
}

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Applied {
    /// Counted, remembered and learned from.
    Updated(Figures),
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
        let mut draws = generator(settings.seed, 0);
        let next = || (draws.next_u32() >> 8) as f32 / (1 << 24) as f32;
        let policy = PolicyNetwork::initial(settings.input(), settings.exploration(), next);
        Self {
            adam: Adam::new(parameters(&policy).count()),
            settings: settings.clone(),
            policy,
            window: VecDeque::new(),
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
        self.remember(Remembered { sequence, experience });
        let batch = self.batch(sequence);
        match a2c::update(&mut self.policy, &mut self.adam, &batch, &self.settings) {
            Ok(figures) => Applied::Updated(figures),
            Err(why) => Applied::Dropped(why),
        }
    }

    /// Passes by the message at `sequence`, which is no click.
    pub fn skip(&mut self, sequence: u64) {
        self.last_sequence = self.last_sequence.max(sequence);
    }

    /// The parameters as they serve.
    pub fn policy(&self) -> &PolicyNetwork {
        &self.policy
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
        let recent = self.window.len().min(self.settings.recent_clicks);
        let rewards = self.window.iter().rev().take(recent).map(|r| f64::from(r.experience.reward));
        (recent > 0).then(|| rewards.sum::<f64>() / recent as f64)
    }

    pub(crate) fn remember(&mut self, click: Remembered) {
        if self.window.len() == self.settings.window_clicks {
            self.window.pop_front();
        }
        self.window.push_back(click);
    }

    /// The newest click and others of the window, drawn without replacement (a partial Fisher-Yates
    /// shuffle): which ones follows from the seed and the sequence alone.
    fn batch(&self, sequence: u64) -> Vec<Experience> {
        let older = self.window.len() - 1;
        let drawn = older.min(self.settings.batch_clicks - 1);
        let mut draws = generator(self.settings.seed, sequence);
        let mut places: Vec<usize> = (0..older).collect();
        for i in 0..drawn {
            let left = (older - i) as u64;
            places.swap(i, i + ((u64::from(draws.next_u32()) * left) >> 32) as usize);
        }
        places[..drawn].iter().chain([&older]).map(|&place| self.window[place].experience).collect()
    }
}

/// A generator of its own for every click; `sequence` 0 is the first parameters'.
fn generator(seed: u64, sequence: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&sequence.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
pub(crate) mod tests;
