//! `avzeus catalogue rebuild`.

use std::process::ExitCode;

use proto::v1::RebuildRequest;

use super::connect;
use super::show::{reply_json, tell_state};
use crate::CliError;
use crate::running::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct RebuildArgs {
    /// Publish in spite of the alarms that ring, now and until they are over.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    running: Running,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: RebuildArgs) -> Result<ExitCode, CliError> {
    let mut client = connect(&args.running).await?;
    let reply = client.rebuild(RebuildRequest { force: args.force }).await;
    let reply = reply.map_err(CliError::refused("cluster"))?.into_inner();
    if args.json {
        println!("{}", reply_json(&reply));
    } else {
        let people = reply.people.iter().filter(|p| p.group.is_some()).count();
        println!("catalogue {}  profile {}  {people} people", reply.catalogue_version, reply.profile);
        tell_state(&reply);
        eprintln!("next: avzeus catalogue show");
    }
    Ok(ExitCode::SUCCESS)
}
