//! A stretch of the click stream, held in memory.

use domain::evaluation::LoggedClick;
use domain::examination::{Choice, Examination, TooFewClicks};
use domain::serving::{INITIAL, LIVE};
use learning::examination;
use proto::convert::impression::RecordedClick;

use super::sieve::{Found, Sieve};
use super::{Range, Refusal};

/// A click with its place in the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct SequencedClick {
    /// Its place.
    pub sequence: u64,
    /// What was shown, and what was clicked.
    pub click: RecordedClick,
}

/// Clicks in their order, about 2 KB each, and a word on those that are none.
#[derive(Debug, Default)]
pub struct ClickLog {
    /// Clicks that can be learned from, by rising sequence.
    pub clicks: Vec<SequencedClick>,
    pub(super) sieve: Sieve,
}

impl SequencedClick {
    /// The policy that made what was clicked. Before every impression named it, only line `live` served.
    pub fn made_by(&self) -> &str {
        let impression = &self.click.impression;
        let unnamed = if impression.policy_version == 0 { INITIAL } else { LIVE };
        impression.arms.first().map_or(unnamed, |arm| &arm.policy)
    }
}

impl ClickLog {
    /// An empty log of what lies in `range`.
    pub(super) fn new(range: Range, newest_version: Option<u64>) -> Self {
        Self { clicks: Vec::new(), sieve: Sieve::new(range, newest_version) }
    }

    /// Keeps the click if it lies in the range and can be learned from, and counts it otherwise.
    pub(super) fn take(&mut self, found: Found) {
        self.clicks.extend(self.sieve.sift(found));
    }

    /// Last sequence looked at, learned from or not.
    pub fn last_sequence(&self) -> u64 {
        self.sieve.last_sequence
    }

    /// How many clicks cannot be learned from.
    pub fn refused(&self) -> u64 {
        self.sieve.refused
    }

    /// How many clicks there are, with those that cannot be learned from.
    pub fn found(&self) -> u64 {
        self.clicks.len() as u64 + self.refused()
    }

    /// The first of those, with reasons.
    pub fn refusals(&self) -> &[Refusal] {
        &self.sieve.told
    }

    /// Replaces every reward by the one divided by the chance that its place was looked at, as these clicks
    /// tell it.
    pub fn weigh_by_examination(&mut self) -> Result<Examination, TooFewClicks> {
        let mut choices = Vec::with_capacity(self.clicks.len());
        for SequencedClick { click, .. } in &self.clicks {
            choices.extend(Choice::of(&click.impression, click.click.rank));
        }
        let examination = examination::estimate(&choices)?;
        for SequencedClick { click, .. } in &mut self.clicks {
            click.click.reward = examination.reward(click.click.rank).unwrap_or(click.click.reward);
        }
        Ok(examination)
    }

    /// What a policy can be judged by.
    pub fn logged(&self) -> Vec<LoggedClick> {
        self.sequenced().map(|(_, click)| click).collect()
    }

    /// The same, each with its sequence.
    pub fn sequenced(&self) -> impl Iterator<Item = (u64, LoggedClick)> {
        let logged = |c: &SequencedClick| LoggedClick::of(&c.click.impression, c.click.click.reward);
        self.clicks.iter().map(move |click| (click.sequence, logged(click)))
    }
}
