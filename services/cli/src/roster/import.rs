//! `avzeus roster import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use proto::v1::{ImportRosterRequest, RosterRow, Unconfirmed};
use serde_json::json;

use crate::collecting::{self, Outcome, leaving};
use crate::running::Running;
use crate::{CliError, confirmation, roster_file};

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The roster: a CSV file; `avzeus roster template` prints one.
    roster: PathBuf,
    /// Folder that holds <person>/<picture> [default: photos/ beside the roster]
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Take whoever's consent has ended by the roster off the show without asking, also where that is more than a tenth of
    /// those who are shown. Somebody whom the roster does not name stays as they are.
    #[arg(long)]
    yes: bool,
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
    // Told first, whatever the file is.
    args.running.ingest()?;
    // People whose pictures are on the web alone need no folder.
    let beside = args.roster.with_file_name("photos");
    let photos = args.photos.or_else(|| beside.is_dir().then_some(beside));
    let rows = roster_file::read(&args.roster)?;
    let photos = photos.as_deref();
    let mut outcome = import(&args.running, rows.clone(), photos, args.yes, !args.json).await?;
    if let Outcome::Unconfirmed(Unconfirmed { people, shown }) = &outcome {
        if args.json {
            println!("{}", json!({ "unconfirmed": { "people": people, "shown": shown } }));
        } else if confirmation::asked(&format!("{}; they are taken off the show", leaving(people, *shown)))? {
            outcome = import(&args.running, rows, photos, true, true).await?;
        }
    }
    outcome.done()?.conclude(&args.running, args.no_wait, args.json).await
}

/// Collects `rows` through the running collector; `told` says each refusal to the person as it comes.
pub(crate) async fn import(
    running: &Running,
    rows: Vec<RosterRow>,
    photos: Option<&Path>,
    confirmed: bool,
    told: bool,
) -> Result<Outcome, CliError> {
    let photos = collecting::folder(photos)?;
    let mut collector = collecting::connect(running).await?;
    let messages = collector.import_roster(ImportRosterRequest { rows, photos, confirmed }).await;
    collecting::follow(messages.map_err(CliError::refused("ingest"))?.into_inner(), told).await
}
