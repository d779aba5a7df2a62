//! Clicks in their order, each checked: what cannot be learned from is told and counted.

use std::collections::HashSet;
use std::fmt;

use learning::admissibility::{self, Inadmissible};
use proto::convert::impression::RecordedClick;
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
        let Found { place, sequence, message } = found;
        // What cannot be read has no time: only its sequence says whether it is meant.
        let clicked_at = message.as_ref().map_or(0, |message| message.clicked_at_ms);
        if message.is_ok() && !self.range.holds(sequence, clicked_at) {
            return None;
        }
        match self.check(sequence, message) {
            Ok(click) => {
                self.last_sequence = sequence;
                Some(SequencedClick { sequence, click })
            }
            Err(why) => {
                // The stream's own numbers count whatever the message; those of a file may be as wrong as the rest.
                if let Place::Sequence(sequence) = place {
                    self.last_sequence = sequence;
                }
                self.refuse(place, why.to_string());
                None
            }
        }
    }

    /// Forgets that `recommendation` was clicked: its click is held no longer.
    pub(crate) fn forget(&mut self, recommendation: &str) {
        self.recommendations.remove(recommendation);
    }

    fn check(
        &mut self,
        sequence: u64,
        message: Result<ClickRecorded, String>,
    ) -> Result<RecordedClick, Inadmissible> {
        let click = admissibility::admitted(&message.map_err(Inadmissible::Unreadable)?)?;
        let last = self.last_sequence;
        if sequence <= last {
            return Err(Inadmissible::OutOfOrder { found: sequence, last });
        }
        if let Some(newest) = self.newest_version {
            admissibility::check_version(&click, newest)?;
        }
        let recommendation = &click.impression.recommendation;
        if !self.recommendations.insert(recommendation.clone()) {
            return Err(Inadmissible::SecondClick(recommendation.clone()));
        }
        Ok(click)
    }

    fn refuse(&mut self, place: Place, why: String) {
        self.refused += 1;
        if self.told.len() < TOLD {
            self.told.push(Refusal { place: place.to_string(), why });
        }
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
