//! `avzeus roster check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use domain::roster::{Row, enrol_all};
use serde_json::json;

use crate::failure::BAD_INPUT;
use crate::roster_file::STANDARD_INPUT;
use crate::{CliError, roster_file};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The roster; - is the standard input.
    #[arg(default_value = STANDARD_INPUT)]
    roster: PathBuf,
    /// Print `{"rows":…,"refused":[{"line":…,"id":…,"column":…,"value":…,"reason":…}]}`.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let rows = roster_file::read(&args.roster)?;
    let read: Vec<Row> = rows.iter().map(Row::from).collect();
    let checked = enrol_all(&read, runtime::today()).into_iter().zip(&rows);
    let mut refused = Vec::new();
    for (enrolment, row) in checked {
        if let Err(why) = enrolment {
            refused.push((row, why));
        }
    }
    if args.json {
        let mut list = Vec::new();
        for (row, why) in &refused {
            list.push(json!({ "line": row.line, "id": row.id, "column": why.column, "value": why.value,
                              "reason": why.to_string() }));
        }
        println!("{}", json!({ "rows": rows.len(), "refused": list }));
    } else {
        for (row, why) in &refused {
            println!("row {} ({}): {why}", row.line, row.id);
        }
        println!("{} rows, {} refused", rows.len(), refused.len());
    }
    if refused.is_empty() {
        match args.roster == Path::new(STANDARD_INPUT) {
            true => eprintln!("next: put it into a file, then avzeus roster import ROSTER.csv"),
            false => eprintln!("next: avzeus roster import {}", args.roster.display()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(BAD_INPUT))
}
