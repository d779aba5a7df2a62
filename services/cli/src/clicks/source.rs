//! Where clicks are read from: the stream of a running system, or a file.

use std::path::PathBuf;

use policies::clicks::{ClickLog, Range, Refusal, Rewards, read_file, read_stream};
use serde_json::{Value, json};

use crate::CliError;
use crate::broker;
use crate::progress::Progress;
use crate::running::Running;

/// Which clicks a command means.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Clicks {
    /// Read an exported file (.jsonl, .ndjson or .parquet) instead of the stream of the running system. Its rows may stand in
    /// any order.
    #[arg(long, value_name = "FILE")]
    pub(crate) clicks: Option<PathBuf>,
    /// Leave out the clicks of the file that cannot be learned from, instead of ending with exit code 2.
    #[arg(long, requires = "clicks")]
    skip_refused: bool,
    /// Take the file's rewards as they stand there, instead of (1 − rank)/10: to judge by, and to learn from with a2c, acer or
    /// compat.
    #[arg(long, requires = "clicks")]
    pub(crate) own_rewards: bool,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    pub(crate) running: Running,
}

impl Clicks {
    /// Reads them all, in order. They are held in memory, about 2 KB each. Fails where some of a file are refused, unless
    /// those are to be left out.
    pub(crate) async fn read(&self) -> Result<ClickLog, CliError> {
        if self.range.is_backward() {
            return Err(CliError::Option {
                option: "--from",
                why: "lies behind --to: no click is in between",
            });
        }
        let rewards = if self.own_rewards { Rewards::Own } else { Rewards::OfRank };
        let mut progress = Progress::new("reading", 0);
        let told = |done, total| progress.at(done, total, "clicks");
        let (log, place) = match &self.clicks {
            Some(file) => (read_file(file, self.range, rewards, told)?, file.display().to_string()),
            None => {
                let bus = broker::connect(&self.running).await?;
                (read_stream(&bus, self.range, told).await?, "the stream".to_owned())
            }
        };
        progress.done(&format!("{} of {place}", counted(&log)));
        tell_refusals(&log);
        match &self.clicks {
            Some(path) if log.refused() > 0 && !self.skip_refused => Err(CliError::RefusedClicks {
                path: path.clone(),
                refused: log.refused(),
                found: log.found(),
            }),
            _ => Ok(log),
        }
    }
}

/// How many clicks are used; of how many, where some are refused.
pub(crate) fn counted(log: &ClickLog) -> String {
    match log.refused() {
        0 => format!("{} clicks", log.clicks.len()),
        _ => format!("{} of {} clicks", log.clicks.len(), log.found()),
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
