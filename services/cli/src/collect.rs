//! `avzeus collect`.

use std::path::PathBuf;
use std::process::ExitCode;

use proto::v1::CollectRequest;

use crate::running::Running;
use crate::{CliError, collecting};

#[derive(Debug, clap::Args)]
pub(crate) struct CollectArgs {
    /// Ids of people who are on the roster [default: everyone]
    people: Vec<String>,
    /// Folder that holds <person>/<picture>, for those whose sources name `folder`.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Look once more at pictures that had no face, were duplicates or failed for good.
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    running: Running,
    /// Return when the crops are stored, without waiting for the catalogue.
    #[arg(long)]
    no_wait: bool,
    /// Print the report as JSON: the counts, and every rejected picture with its reason.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: CollectArgs) -> Result<ExitCode, CliError> {
    let photos = collecting::folder(args.photos.as_deref())?;
    let mut collector = collecting::connect(&args.running).await?;
    let request = CollectRequest { people: args.people, photos, again: args.again };
    let messages = collector.collect(request).await.map_err(CliError::refused("ingest"))?;
    let report = collecting::follow(messages.into_inner(), !args.json).await?.done()?;
    report.conclude(&args.running, args.no_wait, args.json).await
}
