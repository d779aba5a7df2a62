//! The newest clicks, held as small as judging needs them, and caught up with whenever somebody asks.

use std::collections::VecDeque;

use bus::{Bus, BusError, Stream};
use domain::evaluation::LoggedClick;
use domain::examination::{Calibration, Choice, TooFewClicks};
use learning::examination::calibrate;

use super::sieve::Sieve;
use super::{Moment, Range, SequencedClick, StreamReader};

/// A click without who was shown: about 400 bytes with its recommendation's name.
#[derive(Debug, Clone, PartialEq)]
pub struct RecentClick {
    /// Its place in the stream.
    pub sequence: u64,
    /// The policy that made what was clicked.
    pub policy: String,
    /// What policies are judged by.
    pub logged: LoggedClick,
    /// What examination is learned from.
    pub choice: Choice,
    recommendation: String,
}

/// At most so many clicks, the newest there are.
#[derive(Debug)]
pub struct RecentClicks {
    most: usize,
    clicks: VecDeque<RecentClick>,
    sieve: Sieve,
}

impl RecentClick {
    fn of(sequenced: SequencedClick) -> Option<Self> {
        let policy = sequenced.made_by().to_owned();
        let SequencedClick { sequence, click } = sequenced;
        let logged = LoggedClick::of(&click.impression, click.click.reward);
        let choice = Choice::of(&click.impression, click.click.rank)?;
        Some(Self { sequence, policy, logged, choice, recommendation: click.impression.recommendation })
    }
}

impl RecentClicks {
    /// Will hold `most` clicks at most, 1 or more.
    pub fn new(most: usize) -> Self {
        Self { most, clicks: VecDeque::new(), sieve: Sieve::default() }
    }

    /// Reads what has come since the last time. Given up in between, it goes on from there the next time.
    pub async fn catch_up(&mut self, bus: &Bus) -> Result<(), BusError> {
        let newest = bus.extent(Stream::Clicks).await?.last;
        if newest < self.sieve.last_sequence {
            // Another stream under the same name: what was read is none of its clicks.
            *self = Self::new(self.most);
        }
        let oldest = newest.saturating_sub(self.most as u64) + 1;
        let from = oldest.max(self.sieve.last_sequence + 1);
        let range = Range { from: Some(Moment::Sequence(from)), to: Some(Moment::Sequence(newest)) };
        if from > newest {
            return Ok(());
        }
        let mut reader = StreamReader::continued(bus, range, &mut self.sieve).await?;
        while let Some(found) = reader.found().await {
            if let Some(click) = self.sieve.sift(found).and_then(RecentClick::of) {
                self.push(click);
            }
        }
        // Whatever was removed there before it was read will not come.
        self.sieve.last_sequence = newest;
        Ok(())
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &RecentClick> + ExactSizeIterator {
        self.clicks.iter()
    }

    /// What policies are judged by, oldest first.
    pub fn logged(&self) -> Vec<LoggedClick> {
        self.clicks.iter().map(|click| click.logged).collect()
    }

    /// The same, each with its sequence.
    pub fn sequenced(&self) -> impl Iterator<Item = (u64, LoggedClick)> {
        self.clicks.iter().map(|click| (click.sequence, click.logged))
    }

    /// Returns whether ranks are clicked as often as scores say.
    pub fn calibration(&self) -> Result<Calibration, TooFewClicks> {
        let choices: Vec<Choice> = self.clicks.iter().map(|click| click.choice).collect();
        calibrate(&choices)
    }

    fn push(&mut self, click: RecentClick) {
        if self.clicks.len() == self.most
            && let Some(oldest) = self.clicks.pop_front()
        {
            self.sieve.forget(&oldest.recommendation);
        }
        self.clicks.push_back(click);
    }

    /// What `log` holds, as if it had come from a stream.
    #[cfg(test)]
    pub(crate) fn holding(most: usize, clicks: Vec<SequencedClick>) -> Self {
        let mut recent = Self::new(most);
        clicks.into_iter().filter_map(RecentClick::of).for_each(|click| recent.push(click));
        recent
    }
}
