//! Clicks in their order, each checked; what cannot be learned from is told and counted.

use std::collections::HashSet;
use std::fmt;

use domain::evaluation::LoggedClick;
use domain::examination::Examination;
use learn::experience::Experience;
use proto::Malformed;
use proto::convert::impression::RecordedClick;
use proto::v1::ClickRecorded;
use serde_json::{Value, json};

use super::range::Range;
use crate::CliError;

/// Refusals whose words are kept.
const TOLD: usize = 20;

/// A click with its place in the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SequencedClick {
    pub(crate) sequence: u64,
    pub(crate) click: RecordedClick,
}

/// What was found at one place of a stream or file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) sequence: u64,
    /// The message, or why there is none.
    pub(super) message: Result<ClickRecorded, String>,
}

/// Where a click was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Sequence(u64),
    Line(usize),
    Row(usize),
}

/// A stretch of the click stream.
#[derive(Debug, Default)]
pub(crate) struct ClickLog {
    /// Clicks that can be learned from, by rising sequence.
    pub(crate) clicks: Vec<SequencedClick>,
    /// Last sequence looked at, learned from or not.
    pub(crate) last_sequence: u64,
    refused: u64,
    told: Vec<Refusal>,
    recommendations: HashSet<String>,
    range: Range,
    /// Newest policy version there is, where that is known.
    newest_version: Option<u64>,
}

#[derive(Debug)]
struct Refusal {
    place: Place,
    why: String,
}

/// Why a click is not learned from.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Undecodable(String),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Implausible(#[from] learn::experience::Implausible),
    #[error("sequence {found} stands behind {last}: clicks come in the order of the stream, each once")]
    OutOfOrder { found: u64, last: u64 },
    #[error("recommendation {0} was clicked before; the first click counts")]
    SecondClick(String),
    #[error("policy version {found} was never published, the newest is {newest}")]
    UnknownVersion { found: u64, newest: u64 },
}

impl ClickLog {
    /// An empty log of what lies in `range`.
    pub(super) fn new(range: Range, newest_version: Option<u64>) -> Self {
        Self { range, newest_version, ..Self::default() }
    }

    /// Keeps the click if it lies in the range and can be learned from, and tells it otherwise.
    pub(super) fn take(&mut self, found: Found) {
        let Found { place, sequence, message } = found;
        // What cannot be read has no time: only its sequence says whether it is meant.
        let clicked_at = message.as_ref().map_or(0, |message| message.clicked_at_ms);
        if message.is_ok() && !self.range.holds(sequence, clicked_at) {
            return;
        }
        match self.check(sequence, message) {
            Ok(click) => {
                self.last_sequence = sequence;
                self.clicks.push(SequencedClick { sequence, click });
            }
            Err(why) => {
                // The stream's own numbers count whatever the message; those of a file may be as wrong as the rest.
                if let Place::Sequence(sequence) = place {
                    self.last_sequence = sequence;
                }
                self.refuse(place, why.to_string());
            }
        }
    }

    fn check(
        &mut self,
        sequence: u64,
        message: Result<ClickRecorded, String>,
    ) -> Result<RecordedClick, Unusable> {
        let click = RecordedClick::try_from(&message.map_err(Unusable::Undecodable)?)?;
        let last = self.last_sequence;
        if sequence <= last {
            return Err(Unusable::OutOfOrder { found: sequence, last });
        }
        Experience::try_from(&click)?;
        let (found, newest) = (click.impression.policy_version, self.newest_version.unwrap_or(u64::MAX));
        if found > newest {
            return Err(Unusable::UnknownVersion { found, newest });
        }
        let recommendation = &click.impression.recommendation;
        if !self.recommendations.insert(recommendation.clone()) {
            return Err(Unusable::SecondClick(recommendation.clone()));
        }
        Ok(click)
    }

    fn refuse(&mut self, place: Place, why: String) {
        self.refused += 1;
        if self.told.len() < TOLD {
            self.told.push(Refusal { place, why });
        }
    }

    /// Says on standard error what was refused and why.
    pub(crate) fn tell_refusals(&self) {
        if self.refused == 0 {
            return;
        }
        eprintln!("{:>12} {} clicks that cannot be learned from", "refused", self.refused);
        for Refusal { place, why } in &self.told {
            eprintln!("{:>12} {place}: {why}", "");
        }
        let more = self.refused - self.told.len() as u64;
        if more > 0 {
            eprintln!("{:>12} and {more} more", "");
        }
    }

    /// The same, for `--json`.
    pub(crate) fn refusals_json(&self) -> Value {
        let told = self.told.iter().map(|r| json!({ "place": r.place.to_string(), "why": r.why }));
        json!({ "clicks": self.refused, "told": told.collect::<Vec<_>>() })
    }

    /// Replaces every reward by the one divided by the chance that its place was looked at, as these clicks
    /// tell it.
    pub(crate) fn weigh_by_examination(&mut self) -> Result<Examination, CliError> {
        let clicks = self.clicks.iter().map(|c| (&c.click.impression, c.click.click.rank));
        let examination = Examination::estimate(clicks)?;
        for SequencedClick { click, .. } in &mut self.clicks {
            click.click.reward = examination.reward(click.click.rank).unwrap_or(click.click.reward);
        }
        Ok(examination)
    }

    /// What a policy can be judged by.
    pub(crate) fn logged(&self) -> Vec<LoggedClick> {
        self.clicks.iter().map(|c| LoggedClick::of(&c.click.impression, c.click.click.reward)).collect()
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
