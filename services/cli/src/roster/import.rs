//! `avzeus roster import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use proto::v1::ImportRosterRequest;

use crate::collecting::{self, Report};
use crate::endpoints::{Endpoints, Running};
use crate::{CliError, roster_file};

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The roster: a CSV file; `avzeus roster template` prints one.
    roster: PathBuf,
    /// Folder that holds <person>/<picture> [default: photos/ beside the roster]
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
    /// Return when the crops are stored, without waiting for the catalogue.
    #[arg(long)]
    no_wait: bool,
    /// Print the report as JSON: the counts, every refused row and every rejected picture with its reason.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ImportArgs) -> Result<ExitCode, CliError> {
    let endpoints = args.running.endpoints()?;
    // People whose pictures are on the web alone need no folder.
    let beside = args.roster.with_file_name("photos");
    let photos = args.photos.or_else(|| beside.is_dir().then_some(beside));
    let report = import(&endpoints, &args.roster, photos.as_deref(), !args.json).await?;
    report.conclude(&endpoints, args.no_wait, args.json).await
}

/// Collects `roster` through the running collector; `told` says each refusal to the person as it comes.
pub(crate) async fn import(
    endpoints: &Endpoints,
    roster: &Path,
    photos: Option<&Path>,
    told: bool,
) -> Result<Report, CliError> {
    let rows = roster_file::read(roster)?;
    let photos = collecting::folder(photos)?;
    let mut collector = collecting::connect(endpoints).await?;
    let messages = collector.import_roster(ImportRosterRequest { rows, photos }).await;
    collecting::follow(messages.map_err(CliError::refused("ingest"))?.into_inner(), told).await
}
