//! `avzeus clicks`: what policies are learned from and judged by.

mod export;
mod source;

use std::process::ExitCode;

use crate::CliError;

pub(crate) use source::{Clicks, counted, refusals_json};

/// `avzeus clicks …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ClicksCommand {
    /// Write recorded clicks with their impressions to a file, for `replay`, `policy evaluate` and notebooks.
    Export(export::ExportArgs),
}

pub(crate) async fn run(command: ClicksCommand) -> Result<ExitCode, CliError> {
    match command {
        ClicksCommand::Export(args) => export::run(args).await,
    }
}
