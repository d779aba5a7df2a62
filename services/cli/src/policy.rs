//! `avzeus policy`: the policy that serves.

mod candidate;
mod gate;
mod promote;
mod rollback;

use std::process::ExitCode;

use domain::Class;
use serde_json::Value;

use crate::CliError;
use crate::endpoints::Running;

/// `avzeus policy …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    /// Version, clicks applied, recent reward and the weights it leans to.
    Show {
        #[command(flatten)]
        running: Running,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a candidate or a learner's line serve, if the logged clicks say that it is no worse.
    Promote(promote::PromoteArgs),
    /// End the canary, or go back to what served before.
    Rollback(rollback::RollbackArgs),
}

pub(crate) async fn run(command: PolicyCommand) -> Result<ExitCode, CliError> {
    let (running, json) = match command {
        PolicyCommand::Show { running, json } => (running, json),
        PolicyCommand::Promote(args) => return promote::run(args).await,
        PolicyCommand::Rollback(args) => return rollback::run(args).await,
    };
    let url = format!("{}/api/v1/policy", running.endpoints()?.http);
    let refused = |e: reqwest::Error| CliError::Refused {
        service: "gateway",
        why: e.to_string(),
        class: Class::Unavailable,
    };
    let answer = runtime::web::client()
        .get(url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(refused)?;
    let policy: Value = answer.json().await.map_err(refused)?;
    if json {
        println!("{policy}");
    } else {
        println!("version {}  clicks {}", policy["version"], policy["clicks_applied"]);
        println!("recent mean reward {}", policy["mean_reward_recent"]);
        println!("leaning {}", policy["weights"]);
    }
    Ok(ExitCode::SUCCESS)
}
