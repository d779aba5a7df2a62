//! Which clicks are learned from: one rule for the learner, for replays and for whoever judges policies.

use domain::impression::Implausible;
use domain::{Class, Classified};
use proto::convert::impression::RecordedClick;
use proto::{Malformed, v1};

/// Why a click is not learned from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Inadmissible {
    /// What was read is no message.
    #[error("{0}")]
    Unreadable(String),
    /// The message is no click, or one that cannot have happened.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No policy drew its action.
    #[error(transparent)]
    Implausible(#[from] Implausible),
    /// It is a click on what a policy made that nobody has published: it is forged.
    #[error("it names policy version {found}, and the newest ever published is {newest}")]
    UnknownVersion {
        /// The version that its impression names.
        found: u64,
        /// The newest there is.
        newest: u64,
    },
    /// Clicks are learned in the order of the stream.
    #[error("sequence {found} stands behind {last}: clicks come in the order of the stream, each once")]
    OutOfOrder {
        /// Its sequence.
        found: u64,
        /// The last one before it.
        last: u64,
    },
    /// A row of a file that stands there already.
    #[error("sequence {0} was there before: each click counts once")]
    Repeated(u64),
    /// Only the first click on a recommendation counts.
    #[error("recommendation {0} was clicked before; the first click counts")]
    SecondClick(String),
}

impl Classified for Inadmissible {
    fn class(&self) -> Class {
        Class::BadInput
    }
}

/// What a click's reward is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rewards {
    /// (1 − rank)/10.
    #[default]
    OfRank,
    /// Whatever stands with the click.
    Own,
}

/// Returns the click of `message`, if it is one and a policy can have drawn its action.
///
/// # Errors
/// [`Inadmissible::Malformed`] or [`Inadmissible::Implausible`].
pub fn admitted(message: &v1::ClickRecorded, rewards: Rewards) -> Result<RecordedClick, Inadmissible> {
    let click = match rewards {
        Rewards::OfRank => RecordedClick::try_from(message)?,
        Rewards::Own => RecordedClick::with_own_reward(message)?,
    };
    click.impression.check_action()?;
    Ok(click)
}

/// Refuses a click on what a version made that is newer than the `newest` ever published.
///
/// # Errors
/// [`Inadmissible::UnknownVersion`].
pub fn check_version(click: &RecordedClick, newest: u64) -> Result<(), Inadmissible> {
    let found = click.impression.policy_version;
    if found > newest { Err(Inadmissible::UnknownVersion { found, newest }) } else { Ok(()) }
}
