//! `avzeus clicks export`.

use std::path::PathBuf;
use std::process::ExitCode;

use policies::clicks::{Format, SequencedClick, write_file};
use serde_json::json;

use super::{Clicks, refusals_json};
use crate::CliError;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// File to write: .jsonl or .ndjson (a click a line), or .parquet (a row a click).
    file: PathBuf,
    #[command(flatten)]
    clicks: Clicks,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ExportArgs) -> Result<ExitCode, CliError> {
    let (file, format) = (&args.file, Format::of(&args.file)?);
    let log = args.clicks.read().await?;
    let mut progress = Progress::new("exporting", log.clicks.len() as u64);
    let told = |done| progress.at(done, log.clicks.len() as u64, "clicks");
    // Whole or not at all.
    let fresh = file.with_added_extension("new");
    write_file(&fresh, format, &log.clicks, told)?;
    std::fs::rename(&fresh, file).map_err(CliError::file(file, "written"))?;
    progress.done(&format!("{} clicks in {}", log.clicks.len(), file.display()));
    if args.json {
        let sequence = |click: Option<&SequencedClick>| click.map(|c| c.sequence);
        println!(
            "{}",
            json!({ "clicks": log.clicks.len(), "first_sequence": sequence(log.clicks.first()),
                    "last_sequence": sequence(log.clicks.last()), "refused": refusals_json(&log) })
        );
    } else {
        eprintln!("next: avzeus replay --clicks {}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}
