//! Files of clicks, in whatever order their rows stand.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

use learning::admissibility::Rewards;

use super::sieve::Found;
use super::{ClickLog, Export, Range, SequencedClick, jsonl, parquet};
use crate::PoliciesError;

/// How a file holds clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A click a line.
    Jsonl,
    /// A row a click.
    Parquet,
}

impl FromStr for Format {
    type Err = ();

    /// By the ending of a file's name.
    fn from_str(ending: &str) -> Result<Self, ()> {
        match ending.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "parquet" => Ok(Self::Parquet),
            _ => Err(()),
        }
    }
}

impl Format {
    /// By a file's name.
    pub fn of(file: &Path) -> Result<Self, PoliciesError> {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ending.parse().map_err(|()| PoliciesError::Clicks {
            path: file.to_owned(),
            why: "its name ends in none of .jsonl, .ndjson and .parquet".to_owned(),
        })
    }
}

/// Reads the clicks of `file` that lie in `range`, and puts them in the order of their sequences: data frames shuffle rows.
/// `told` hears how many were looked at, of how many.
pub fn read_file(
    file: &Path,
    range: Range,
    rewards: Rewards,
    mut told: impl FnMut(u64, u64),
) -> Result<ClickLog, PoliciesError> {
    let mut log = ClickLog::new(range, None);
    log.sieve.rewards = rewards;
    let (mut examined, mut looked_at) = (Vec::new(), 0);
    let mut take = |found: Found, total: u64| {
        looked_at += 1;
        examined.extend(log.sieve.examine(found));
        told(looked_at, total.max(looked_at));
    };
    match Format::of(file)? {
        Format::Jsonl => jsonl::read(file, &mut take)?,
        Format::Parquet => parquet::read(file, &mut take)?,
    }
    // Of rows with one sequence the first stays the first.
    examined.sort_by_key(|examined| examined.click.sequence);
    for examined in examined {
        log.clicks.extend(log.sieve.follow(examined));
    }
    Ok(log)
}

/// Writes `clicks` to `file`; `told` hears how many are written.
pub fn write_file(
    file: &Path,
    format: Format,
    clicks: &[SequencedClick],
    mut told: impl FnMut(u64),
) -> Result<(), PoliciesError> {
    let failed = || PoliciesError::file(file, "written");
    let mut out = BufWriter::new(File::create(file).map_err(failed())?);
    let (mut export, mut done) = (Export::new(format)?, 0);
    for clicks in clicks.chunks(Export::TOGETHER) {
        out.write_all(&export.take(clicks)?).map_err(failed())?;
        done += clicks.len() as u64;
        told(done);
    }
    out.write_all(&export.end()?).map_err(failed())?;
    out.flush().map_err(failed())
}
