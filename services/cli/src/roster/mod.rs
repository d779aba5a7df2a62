//! `avzeus roster`: who may be collected and shown.

mod check;
pub(crate) mod import;
mod template;

use std::process::ExitCode;

use crate::CliError;

/// `avzeus roster …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum RosterCommand {
    /// Enrol everyone on a roster and collect their pictures. Again: only what is left.
    Import(import::ImportArgs),
    /// Say which rows would be refused, and why. Nothing needs to run.
    Check(check::CheckArgs),
    /// Print a roster with one example row.
    Template,
}

pub(crate) async fn run(command: RosterCommand) -> Result<ExitCode, CliError> {
    match command {
        RosterCommand::Import(args) => import::run(args).await,
        RosterCommand::Check(args) => check::run(&args),
        RosterCommand::Template => Ok(template::run()),
    }
}
