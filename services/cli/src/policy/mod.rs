//! `avzeus policy`: the policy that serves, and others beside it.

mod show;

use std::process::ExitCode;

use crate::CliError;

/// `avzeus policy …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    /// Version, clicks applied, recent reward and the weights it leans to.
    Show(show::ShowArgs),
}

pub(crate) async fn run(command: PolicyCommand) -> Result<ExitCode, CliError> {
    match command {
        PolicyCommand::Show(args) => show::run(args).await,
    }
}
