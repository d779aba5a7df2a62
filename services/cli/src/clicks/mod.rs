//! `avzeus clicks`: what policies are learned from and judged by.

mod export;
mod jsonl;
mod log;
mod parquet;
mod range;
mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::process::ExitCode;

use crate::CliError;

pub(crate) use log::{ClickLog, SequencedClick};
pub(crate) use source::Clicks;

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
