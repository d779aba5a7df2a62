//! `avzeus policy rollback`.

use std::process::ExitCode;

use policies::{SteppedBack, roll_back};
use serde_json::json;

use crate::CliError;
use crate::broker;
use crate::running::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    running: Running,
    /// Print what serves then as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: RollbackArgs) -> Result<ExitCode, CliError> {
    let SteppedBack { serving, ended } = roll_back(&broker::connect(&args.running).await?).await?;
    if args.json {
        println!("{}", json!({ "serving": serving, "ended": ended }));
    } else {
        println!("{ended} ended; {serving} serves");
        eprintln!("next: avzeus policy show");
    }
    Ok(ExitCode::SUCCESS)
}
