//! Clicks in their order, each checked: what cannot be learned from is told and counted.

use std::collections::HashSet;
use std::fmt;

use learning::admissibility::{self, Inadmissible, Rewards};
use proto::Malformed;
use proto::v1::ClickRecorded;

use super::{Range, SequencedClick};

/// Refusals whose words are kept.
const TOLD: usize = 20;

/// What was found at one place of a stream or file.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) sequence: u64,
    /// The message, or why there is none.
    pub(crate) message: Result<ClickRecorded, String>,
}

/// Where a click was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Sequence(u64),
    Line(usize),
    Row(usize),
}

/// A click that can be learned from, if it may follow those before it.
#[derive(Debug)]
pub(super) struct Examined {
    place: Place,
    pub(super) click: SequencedClick,
}

/// A click that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it was found: a sequence of the stream, a line or a row of a file.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

/// Lets through what lies in a range and can be learned from.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    range: Range,
    /// What the rewards of a file are.
    pub(super) rewards: Rewards,
    /// Newest policy version there is, where that is known.
    pub(crate) newest_version: Option<u64>,
    /// Last sequence looked at, learned from or not.
    pub(crate) last_sequence: u64,
    pub(crate) refused: u64,
    pub(crate) told: Vec<Refusal>,
    recommendations: HashSet<String>,
}

impl Sieve {
    pub(crate) fn new(range: Range, newest_version: Option<u64>) -> Self {
        Self { range, newest_version, ..Self::default() }
    }

    /// The click, if it lies in the range and can be learned from; otherwise it is counted with its reason.
    pub(crate) fn sift(&mut self, found: Found) -> Option<SequencedClick> {
        let (place, sequence) = (found.place, found.sequence);
        let refused = self.refused;
        let click = self.examine(found).and_then(|examined| self.follow(examined));
        // The stream's own numbers count whatever the message; those of a file may be as wrong as the rest.
        if self.refused > refused
            && let Place::Sequence(_) = place
        {
            self.last_sequence = sequence;
        }
        click
    }

    /// The click, if it lies in the range and is one: what can be said of it without the others.
    pub(super) fn examine(&mut self, found: Found) -> Option<Examined> {
        let Found { place, sequence, message } = found;
        // What cannot be read has no time: only its sequence says whether it is meant.
        let clicked_at = message.as_ref().map_or(0, |message| message.clicked_at_ms);
        if message.is_ok() && !self.range.holds(sequence, clicked_at) {
            return None;
        }
        let message = message.map_err(Inadmissible::Unreadable);
        match message.and_then(|message| admissibility::admitted(&message, self.rewards)) {
            Ok(click) => Some(Examined { place, click: SequencedClick { sequence, click } }),
            Err(why) => {
                self.refuse(place, told(place, &why));
                None
            }
        }
    }

    /// The click, if it may follow those before it.
    pub(super) fn follow(&mut self, examined: Examined) -> Option<SequencedClick> {
        let Examined { place, click } = examined;
        match self.check(place, &click) {
            Ok(()) => {
                self.last_sequence = click.sequence;
                Some(click)
            }
            Err(why) => {
                self.refuse(place, why.to_string());
                None
            }
        }
    }

    /// Forgets that `recommendation` was clicked: its click is held no longer.
    pub(crate) fn forget(&mut self, recommendation: &str) {
        self.recommendations.remove(recommendation);
    }

    fn check(&mut self, place: Place, click: &SequencedClick) -> Result<(), Inadmissible> {
        let SequencedClick { sequence, click } = click;
        let (found, last) = (*sequence, self.last_sequence);
        if found == 0 {
            return Err(Inadmissible::Unreadable("its sequence is 0, and they begin at 1".to_owned()));
        }
        if found <= last {
            return Err(match place {
                Place::Sequence(_) => Inadmissible::OutOfOrder { found, last },
                // Rows are put in order first.
                Place::Line(_) | Place::Row(_) => Inadmissible::Repeated(found),
            });
        }
        if let Some(newest) = self.newest_version {
            admissibility::check_version(click, newest)?;
        }
        let recommendation = &click.impression.recommendation;
        if !self.recommendations.insert(recommendation.clone()) {
            return Err(Inadmissible::SecondClick(recommendation.clone()));
        }
        Ok(())
    }

    fn refuse(&mut self, place: Place, why: String) {
        self.refused += 1;
        if self.told.len() < TOLD {
            self.told.push(Refusal { place: place.to_string(), why });
        }
    }
}

/// What is wrong with what was found at `place`, and what takes it all the same.
fn told(place: Place, why: &Inadmissible) -> String {
    match (place, why) {
        (
            Place::Line(_) | Place::Row(_),
            Inadmissible::Malformed(Malformed::Impossible { field: "reward", .. }),
        ) => format!("{why}; --own-rewards takes rewards of your own"),
        _ => why.to_string(),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Sequence(sequence) => write!(f, "sequence {sequence}"),
            Place::Line(line) => write!(f, "line {line}"),
            Place::Row(row) => write!(f, "row {row}"),
        }
    }
}
