//! `avzeus policy rollback`.

use std::process::ExitCode;

use bus::{BusError, Stream};
use domain::serving::Change;
use serde_json::json;

use crate::CliError;
use crate::broker::Broker;

#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    broker: Broker,
    /// Print what serves then as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: RollbackArgs) -> Result<ExitCode, CliError> {
    let bus = args.broker.connect().await?;
    loop {
        let (serving, revision) = bus.serving().await?;
        let ended = serving.canary.as_ref().map_or(&serving.policy, |canary| &canary.policy);
        let change = Change {
            at_ms: runtime::now_ms(),
            since_sequence: bus.extent(Stream::Clicks).await?.last,
            reason: format!("rollback of {ended}"),
        };
        let back = serving.roll_back(change);
        match bus.serve(&back, revision).await {
            // Whatever was decided meanwhile is what there is to go back from.
            Err(BusError::Outrun { .. }) => continue,
            outcome => outcome?,
        };
        if args.json {
            println!("{}", json!({ "serving": back.policy, "ended": ended }));
        } else {
            println!("{ended} ended; {} serves", back.policy);
            eprintln!("next: avzeus policy show");
        }
        return Ok(ExitCode::SUCCESS);
    }
}
