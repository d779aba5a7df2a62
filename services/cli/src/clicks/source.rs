//! Where clicks are read from: the stream of a running system, or a file.

use std::path::{Path, PathBuf};

use bus::{Bucket, Bus, Stream};
use proto::v1::ClickRecorded;

use super::log::{ClickLog, Found, Place};
use super::range::Range;
use super::{jsonl, parquet};
use crate::CliError;
use crate::broker::Broker;
use crate::progress::Progress;

/// Which clicks a command means.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Clicks {
    /// Read an exported file (.jsonl or .parquet) instead of the stream of the running system.
    #[arg(long, value_name = "FILE")]
    pub(crate) clicks: Option<PathBuf>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    pub(crate) broker: Broker,
}

/// How a file holds clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jsonl,
    Parquet,
}

impl Clicks {
    /// Reads them all, in order. They are held in memory, about 2 KB each.
    pub(crate) async fn read(&self) -> Result<ClickLog, CliError> {
        match &self.clicks {
            Some(file) => from_file(file, self.range),
            None => from_stream(&self.broker.connect().await?, self.range).await,
        }
    }
}

impl Format {
    /// By the ending of a file's name.
    pub(super) fn of(file: &Path) -> Result<Self, CliError> {
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => Ok(Self::Jsonl),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(CliError::Clicks {
                path: file.to_owned(),
                why: "its name ends neither in .jsonl nor in .parquet".to_owned(),
            }),
        }
    }
}

pub(super) fn from_file(file: &Path, range: Range) -> Result<ClickLog, CliError> {
    let mut progress = Progress::new("reading", 0);
    let (mut log, mut looked_at) = (ClickLog::new(range, None), 0);
    let mut take = |found: Found, total: u64| {
        looked_at += 1;
        log.take(found);
        progress.at(looked_at, total.max(looked_at), "clicks");
    };
    match Format::of(file)? {
        Format::Jsonl => jsonl::read(file, &mut take)?,
        Format::Parquet => parquet::read(file, &mut take)?,
    }
    progress.done(&format!("{} clicks of {}", log.clicks.len(), file.display()));
    log.tell_refusals();
    Ok(log)
}

async fn from_stream(bus: &Bus, range: Range) -> Result<ClickLog, CliError> {
    let extent = bus.extent(Stream::Clicks).await?;
    // Looked up after the stream's end was: every version up to there is known by now.
    let newest_version = bus.bucket(Bucket::Policy).newest_revision().await?;
    let mut log = ClickLog::new(range, Some(newest_version));
    let (from, to) = range.sequences();
    let (from, last) = (from.max(extent.first), to.min(extent.last));
    let mut progress = Progress::new("reading", extent.messages);
    let mut stream = bus.replay::<ClickRecorded>(Stream::Clicks, from);
    // Behind the last message nothing would ever come.
    let mut more = extent.messages > 0 && from <= last;
    while more {
        let entry = stream.next().await;
        more = entry.sequence < last && entry.pending > 0;
        if entry.sequence <= last {
            progress.at(entry.sequence - from + 1, last - from + 1, "clicks");
            let (sequence, message) = (entry.sequence, entry.message.map_err(|why| why.to_string()));
            log.take(Found { place: Place::Sequence(sequence), sequence, message });
        }
    }
    progress.done(&format!("{} clicks of the stream", log.clicks.len()));
    log.tell_refusals();
    Ok(log)
}
