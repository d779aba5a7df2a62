//! `avzeus policy show`.

use std::process::ExitCode;

use domain::Class;
use serde_json::Value;

use crate::CliError;
use crate::endpoints::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    running: Running,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ShowArgs) -> Result<ExitCode, CliError> {
    let url = format!("{}/api/v1/policy", args.running.endpoints()?.http);
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
    if args.json {
        println!("{policy}");
    } else {
        println!("version {}  clicks {}", policy["version"], policy["clicks_applied"]);
        println!("recent mean reward {}", policy["mean_reward_recent"]);
        println!("leaning {}", policy["weights"]);
    }
    Ok(ExitCode::SUCCESS)
}
