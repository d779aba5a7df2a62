//! `avzeus policy`: the policy that serves, and others beside it.

mod evaluate;
mod evaluation_report;
mod promote;
mod rollback;
mod show;

use std::process::ExitCode;

use crate::CliError;

/// `avzeus policy …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    /// What serves and why, every line and pinned candidate, and what each has earned.
    Show(show::ShowArgs),
    /// What a candidate would earn, judged by clicks that other policies earned.
    Evaluate(evaluate::EvaluateArgs),
    /// Make a candidate or a learner's line serve, if the logged clicks say that it is no worse.
    Promote(promote::PromoteArgs),
    /// End the canary, or go back to what served before.
    Rollback(rollback::RollbackArgs),
}

pub(crate) async fn run(command: PolicyCommand) -> Result<ExitCode, CliError> {
    match command {
        PolicyCommand::Show(args) => show::run(args).await,
        PolicyCommand::Evaluate(args) => evaluate::run(args).await,
        PolicyCommand::Promote(args) => promote::run(args).await,
        PolicyCommand::Rollback(args) => rollback::run(args).await,
    }
}
