//! `avzeus policy`: the policy that serves, and others beside it.

mod evaluate;
mod evaluation_report;
mod policy_file;
mod show;

use std::process::ExitCode;

use crate::CliError;

pub(crate) use policy_file::PolicyFile;

/// `avzeus policy …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    /// Version, clicks applied, recent reward and the weights it leans to.
    Show(show::ShowArgs),
    /// What a candidate would earn, judged by clicks that other policies earned.
    Evaluate(evaluate::EvaluateArgs),
}

pub(crate) async fn run(command: PolicyCommand) -> Result<ExitCode, CliError> {
    match command {
        PolicyCommand::Show(args) => show::run(args).await,
        PolicyCommand::Evaluate(args) => evaluate::run(args).await,
    }
}
