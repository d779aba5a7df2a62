//! Clicks of a running system, straight from their stream.

use bus::{Bucket, Bus, BusError, Replay, Stream};
use proto::v1::ClickRecorded;

use super::sieve::{Found, Place, Sieve};
use super::{ClickLog, Range, SequencedClick};

/// Reads what the stream holds now, from one sequence to another, and ends there.
pub struct StreamReader {
    stream: Replay<ClickRecorded>,
    /// Sequences between which clicks are looked for.
    from: u64,
    last: u64,
    /// Behind the last message nothing would ever come.
    more: bool,
    sieve: Sieve,
}

impl StreamReader {
    /// Opens the part of the stream that lies in `range`.
    pub async fn open(bus: &Bus, range: Range) -> Result<Self, BusError> {
        let mut sieve = Sieve::new(range, None);
        let mut reader = Self::continued(bus, range, &mut sieve).await?;
        reader.sieve = sieve;
        Ok(reader)
    }

    /// The same, for clicks that `sieve` looks at; its place is with the caller.
    pub(super) async fn continued(bus: &Bus, range: Range, sieve: &mut Sieve) -> Result<Self, BusError> {
        let extent = bus.extent(Stream::Clicks).await?;
        // Looked up after the stream's end was: every version up to there is known by now.
        sieve.newest_version = Some(bus.bucket(Bucket::Policy).newest_revision().await?);
        let (from, to) = range.sequences();
        let (from, last) = (from.max(extent.first), to.min(extent.last));
        let more = extent.messages > 0 && from <= last;
        let stream = bus.replay(Stream::Clicks, from);
        Ok(Self { stream, from, last, more, sieve: Sieve::default() })
    }

    /// Sequences that there are to look at.
    pub fn sequences(&self) -> u64 {
        if self.more { self.last - self.from + 1 } else { 0 }
    }

    /// The next click that can be learned from; `None` behind the last. Safe to drop and call again.
    pub async fn next(&mut self) -> Option<SequencedClick> {
        while let Some(found) = self.found().await {
            let click = self.sieve.sift(found);
            if click.is_some() {
                return click;
            }
        }
        None
    }

    /// Whatever lies at the next place.
    pub(super) async fn found(&mut self) -> Option<Found> {
        if !self.more {
            return None;
        }
        let entry = self.stream.next().await;
        let sequence = entry.sequence;
        self.more = sequence < self.last && entry.pending > 0;
        let message = entry.message.map_err(|why| why.to_string());
        (sequence <= self.last).then_some(Found { place: Place::Sequence(sequence), sequence, message })
    }
}

/// Reads every click that lies in `range`; `told` hears how many sequences were looked at, of how many.
pub async fn read_stream(
    bus: &Bus,
    range: Range,
    mut told: impl FnMut(u64, u64),
) -> Result<ClickLog, BusError> {
    let mut log = ClickLog::new(range, None);
    let mut reader = StreamReader::continued(bus, range, &mut log.sieve).await?;
    let (from, total) = (reader.from, reader.sequences());
    while let Some(found) = reader.found().await {
        told((found.sequence + 1).saturating_sub(from), total);
        log.take(found);
    }
    Ok(log)
}
