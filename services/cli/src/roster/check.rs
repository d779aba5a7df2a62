//! `avzeus roster check`.

use std::path::PathBuf;
use std::process::ExitCode;

use domain::roster::{Row, enrol_all};
use serde_json::json;

use crate::failure::BAD_INPUT;
use crate::{CliError, roster_file};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The roster.
    roster: PathBuf,
    /// Print `{"rows":…,"refused":[{"line":…,"id":…,"reason":…}]}`.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let rows = roster_file::read(&args.roster)?;
    let read: Vec<Row> = rows.iter().map(Row::from).collect();
    let checked = enrol_all(&read, runtime::today()).into_iter().zip(&rows);
    let refused: Vec<_> =
        checked.filter_map(|(row, at)| Some((at.line, &at.id, row.err()?.to_string()))).collect();
    if args.json {
        let refused: Vec<_> =
            refused.iter().map(|(line, id, why)| json!({ "line": line, "id": id, "reason": why })).collect();
        println!("{}", json!({ "rows": rows.len(), "refused": refused }));
    } else {
        for (line, id, why) in &refused {
            println!("row {line} ({id}): {why}");
        }
        println!("{} rows, {} refused", rows.len(), refused.len());
    }
    if refused.is_empty() {
        eprintln!("next: avzeus roster import {}", args.roster.display());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(BAD_INPUT))
}
