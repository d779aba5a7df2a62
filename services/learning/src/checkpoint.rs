//! The fold at one sequence, as sealed bytes.
//!
//! A checkpoint saves time, never truth: the click stream gives the same parameters again without it.
//! So one that is damaged is told and left aside, while one made under other settings is refused, since
//! going on from it would mix two ways of learning.

use domain::{Class, Classified, Hex};
use proto::convert::decode;
use proto::convert::impression::RecordedClick;
use proto::{Malformed, Message, v1};
use sha2::{Digest, Sha256};

use crate::adam::Adam;
use crate::experience::Experience;
use crate::fold::Fold;
use crate::learned::Learned;
use crate::settings::{FOLD_FORM, Settings};
use crate::window::{Remembered, Window};

/// Why a checkpoint cannot be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Bytes changed since it was sealed, or were never a checkpoint.
    #[error(
        "the checkpoint is damaged ({0}); without it the fold runs again from the first click of the stream"
    )]
    Damaged(String),
    /// The fold has changed since.
    #[error(
        "the checkpoint was made by a version that learned otherwise (form {found}, now {FOLD_FORM}): delete this line's key \
         (AVZEUS_LEARN_LINE) of the KV bucket \"checkpoint\" to learn again from the first click of the stream; the stream \
         holds all that is needed, and `avzeus replay` shows beforehand what comes of it"
    )]
    OtherForm {
        /// The form of the checkpoint; 0 of those that did not tell it.
        found: u32,
    },
    /// Settings or network differ.
    #[error(
        "the checkpoint was made under other learning settings or another network (digest {found}, now {ours}): \
         set the AVZEUS_LEARN_… variables back to what they were, or delete this line's key (AVZEUS_LEARN_LINE) of the KV bucket \
         \"checkpoint\" to learn again from the first click of the stream"
    )]
    OtherSettings {
        /// Start of the digest in the checkpoint.
        found: String,
        /// Start of the digest of the settings given.
        ours: String,
    },
}

impl Classified for CheckpointError {
    fn class(&self) -> Class {
        match self {
            CheckpointError::Damaged(_) => Class::BadInput,
            CheckpointError::OtherForm { .. } | CheckpointError::OtherSettings { .. } => Class::Conflict,
        }
    }
}

impl From<Malformed> for CheckpointError {
    fn from(why: Malformed) -> Self {
        CheckpointError::Damaged(why.to_string())
    }
}

/// An opened checkpoint: a fold that still lacks the clicks of its window.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    fold: Fold,
    window_first_sequence: u64,
    window_clicks: usize,
}

/// A fold that goes on where a checkpoint was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// The fold.
    pub fold: Fold,
    /// Clicks of its window that the stream no longer holds (they were erased): above 0, batches differ
    /// from those an undisturbed fold would draw.
    pub missing: usize,
}

impl Checkpoint {
    /// Returns `fold` as it is now, sealed.
    pub fn seal(fold: &Fold) -> Vec<u8> {
        let state = v1::LearnerState {
            settings_sha256: fold.settings.digest().to_vec(),
            head: Some((&fold.learned.policy).into()),
            adam_updates: fold.learned.adam.updates,
            adam_first: fold.learned.adam.first.clone(),
            adam_second: fold.learned.adam.second.clone(),
            clicks_applied: fold.clicks_applied,
            last_sequence: fold.last_sequence,
            window_first_sequence: fold.window.oldest().map_or(0, |oldest| oldest.sequence),
            window_clicks: fold.window.len() as u32,
            own: fold.learned.own.clone(),
            average: fold.learned.average.as_ref().map(Into::into),
            window_refused: fold.window.refused().iter().copied().collect(),
            form: FOLD_FORM,
        };
        let state = state.encode_to_vec();
        v1::Checkpoint { state_sha256: Sha256::digest(&state).to_vec(), state }.encode_to_vec()
    }

    /// Opens `bytes`, which must be whole and made under `settings`.
    pub fn open(bytes: &[u8], settings: &Settings) -> Result<Self, CheckpointError> {
        let damaged = |why: &str| CheckpointError::Damaged(why.to_owned());
        let sealed: v1::Checkpoint = decode("Checkpoint", bytes)?;
        if Sha256::digest(&sealed.state)[..] != sealed.state_sha256 {
            return Err(damaged("its bytes do not match their checksum"));
        }
        let state: v1::LearnerState = decode("LearnerState", &sealed.state)?;
        if state.form != FOLD_FORM {
            return Err(CheckpointError::OtherForm { found: state.form });
        }
        let ours = settings.digest();
        if state.settings_sha256 != ours {
            let (found, ours) = (start(&state.settings_sha256), start(&ours));
            return Err(CheckpointError::OtherSettings { found, ours });
        }
        let head = state.head.as_ref().ok_or(Malformed::Missing("head"))?;
        let learned = Learned {
            policy: head.try_into()?,
            own: state.own,
            average: state.average.as_ref().map(TryInto::try_into).transpose()?,
            adam: Adam { updates: state.adam_updates, first: state.adam_first, second: state.adam_second },
        };
        let first = Learned::initial(settings);
        let numbers = first.adam.first.len();
        if learned.own.len() != first.own.len() || learned.average.is_some() != first.average.is_some() {
            return Err(damaged("the learning rule's own numbers are missing or too many"));
        }
        if learned.adam.first.len() != numbers || learned.adam.second.len() != numbers {
            return Err(damaged("the optimiser's moments are not one a parameter"));
        }
        if !learned.is_finite() {
            return Err(damaged("one of its numbers is not finite"));
        }
        let fold = Fold {
            settings: settings.clone(),
            learned,
            window: Window::refusing(state.window_refused, settings),
            clicks_applied: state.clicks_applied,
            last_sequence: state.last_sequence,
        };
        let window_clicks = state.window_clicks as usize;
        Ok(Self { fold, window_first_sequence: state.window_first_sequence, window_clicks })
    }

    /// Returns the sequence that the stream is to be read from: that of the window's oldest click, or where the fold goes
    /// on if it has none.
    pub fn read_from(&self) -> u64 {
        if self.window_clicks == 0 { self.last_sequence() + 1 } else { self.window_first_sequence }
    }

    /// Returns the last sequence that the fold includes: what is read up to here only fills the window.
    pub fn last_sequence(&self) -> u64 {
        self.fold.last_sequence
    }
}

impl Fold {
    /// Goes on from `checkpoint`, its window filled from `clicks`: what the stream holds from
    /// [`Checkpoint::read_from`] to [`Checkpoint::last_sequence`], in order.
    pub fn restore<'a>(
        checkpoint: Checkpoint,
        clicks: impl IntoIterator<Item = (u64, &'a RecordedClick)>,
    ) -> Restored {
        let Checkpoint { mut fold, window_first_sequence, window_clicks } = checkpoint;
        for (sequence, click) in clicks {
            let in_window = (window_first_sequence..=fold.last_sequence).contains(&sequence);
            let refused = fold.window.refused().binary_search(&sequence).is_ok();
            if let (true, Ok(experience)) = (in_window && !refused, Experience::try_from(click)) {
                fold.window.remember(Remembered { sequence, experience });
            }
        }
        Restored { missing: window_clicks.saturating_sub(fold.window.len()), fold }
    }
}

fn start(digest: &[u8]) -> String {
    Hex(&digest[..digest.len().min(4)]).to_string()
}

#[cfg(test)]
mod tests;
