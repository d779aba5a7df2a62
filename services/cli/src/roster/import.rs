//! `avzeus roster import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use domain::Class;
use proto::v1::collector_client::CollectorClient;
use proto::v1::import_progress::Told;
use proto::v1::{ImportCount, ImportRosterRequest, RefusedRow, SkippedPicture};
use serde_json::json;

use crate::catalogue::settled;
use crate::endpoints::{Endpoints, Running};
use crate::failure::BAD_INPUT;
use crate::progress::Progress;
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
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What an import did.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) count: ImportCount,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) skipped: Vec<SkippedPicture>,
}

pub(super) async fn run(args: ImportArgs) -> Result<ExitCode, CliError> {
    let endpoints = args.running.endpoints()?;
    let photos = args.photos.unwrap_or_else(|| args.roster.with_file_name("photos"));
    let report = import(&endpoints, &args.roster, &photos, !args.json).await?;
    let version = if args.no_wait { None } else { Some(settled(&endpoints).await?) };
    if args.json {
        println!("{}", report.json(version.as_deref()));
    } else {
        eprintln!("next: avzeus catalogue show");
    }
    Ok(if report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) })
}

/// Collects `roster` through the running collector; `told` says each refusal to the person as it comes.
pub(crate) async fn import(
    endpoints: &Endpoints,
    roster: &Path,
    photos: &Path,
    told: bool,
) -> Result<Report, CliError> {
    let rows = roster_file::read(roster)?;
    let photos = photos.canonicalize().map_err(CliError::file(photos, "read"))?;
    let url = endpoints.grpc("ingest").unwrap_or_default().to_owned();
    let refused = CliError::refused("ingest");
    let mut collector = CollectorClient::connect(url)
        .await
        .map_err(|_| CliError::NotReady { what: "ingest".to_owned(), seconds: 0 })?;
    let request = ImportRosterRequest { rows, photos: photos.display().to_string() };
    let mut messages = collector.import_roster(request).await.map_err(refused)?.into_inner();
    let mut report = Report::default();
    let mut complete = false;
    let mut progress = Progress::new("collecting", 0);
    while let Some(message) = messages.message().await.map_err(CliError::refused("ingest"))? {
        match message.told {
            Some(Told::Refused(row)) => {
                if told {
                    progress.say(&format!("row {} ({}) is refused: {}", row.line, row.id, row.reason));
                }
                report.refused.push(row);
            }
            Some(Told::Skipped(picture)) => {
                if told {
                    let SkippedPicture { person, picture, reason } = &picture;
                    progress.say(&format!("{person}/{picture} is skipped: {reason}"));
                }
                report.skipped.push(picture);
            }
            Some(told @ (Told::Count(count) | Told::Summary(count))) => {
                complete = matches!(told, Told::Summary(_));
                let read = count.stored + count.known + count.no_face + count.unreadable;
                let word = format!("pictures, {} crops stored", count.stored);
                progress.at(u64::from(read), u64::from(count.pictures), &word);
                report.count = count;
            }
            None => {}
        }
    }
    if !complete {
        let why = "the import ended before it was done; import again to collect the rest".to_owned();
        return Err(CliError::Refused { service: "ingest", why, class: Class::Unavailable });
    }
    progress.done(&report.line());
    Ok(report)
}

impl Report {
    fn line(&self) -> String {
        let ImportCount { people, refused_rows, pictures, stored, known, no_face, unreadable } = self.count;
        format!(
            "{people} people, {pictures} pictures: {stored} crops stored, {known} known, {no_face} without a face, \
             {unreadable} unreadable; {refused_rows} rows refused"
        )
    }

    fn json(&self, version: Option<&str>) -> serde_json::Value {
        let ImportCount { people, refused_rows, pictures, stored, known, no_face, unreadable } = self.count;
        let refused = self.refused.iter().map(|r| json!({ "line": r.line, "id": r.id, "reason": r.reason }));
        let skipped = self
            .skipped
            .iter()
            .map(|s| json!({ "person": s.person, "picture": s.picture, "reason": s.reason }));
        json!({
            "people": people, "pictures": pictures, "stored": stored, "known": known, "no_face": no_face,
            "unreadable": unreadable, "refused_rows": refused_rows,
            "refused": refused.collect::<Vec<_>>(), "skipped": skipped.collect::<Vec<_>>(),
            "catalogue_version": version,
        })
    }
}
