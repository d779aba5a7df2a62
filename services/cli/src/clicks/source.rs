//! Where clicks are read from: the stream of a running system, or a file.

use std::path::PathBuf;

use policies::clicks::{ClickLog, Range, Refusal, read_file, read_stream};
use serde_json::{Value, json};

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

impl Clicks {
    /// Reads them all, in order. They are held in memory, about 2 KB each.
    pub(crate) async fn read(&self) -> Result<ClickLog, CliError> {
        let mut progress = Progress::new("reading", 0);
        let told = |done, total| progress.at(done, total, "clicks");
        let (log, place) = match &self.clicks {
            Some(file) => (read_file(file, self.range, told)?, file.display().to_string()),
            None => {
                let bus = self.broker.connect().await?;
                (read_stream(&bus, self.range, told).await?, "the stream".to_owned())
            }
        };
        progress.done(&format!("{} clicks of {place}", log.clicks.len()));
        tell_refusals(&log);
        Ok(log)
    }
}

/// Says on standard error what was refused and why.
fn tell_refusals(log: &ClickLog) {
    if log.refused() == 0 {
        return;
    }
    eprintln!("{:>12} {} clicks that cannot be learned from", "refused", log.refused());
    for Refusal { place, why } in log.refusals() {
        eprintln!("{:>12} {place}: {why}", "");
    }
    let more = log.refused() - log.refusals().len() as u64;
    if more > 0 {
        eprintln!("{:>12} and {more} more", "");
    }
}

/// The same, for `--json`.
pub(crate) fn refusals_json(log: &ClickLog) -> Value {
    let told = log.refusals().iter().map(|r| json!({ "place": r.place, "why": r.why }));
    json!({ "clicks": log.refused(), "told": told.collect::<Vec<_>>() })
}
