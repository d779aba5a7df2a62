//! What the collector tells while it collects: followed on a terminal, and gathered into a report.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use domain::Class;
use proto::v1::collect_progress::Told;
use proto::v1::collector_client::CollectorClient;
use proto::v1::{CollectCount, CollectProgress, RefusedRow, Rejection, Unconfirmed};
use serde_json::json;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::CliError;
use crate::catalogue::settled;
use crate::failure::BAD_INPUT;
use crate::progress::Progress;
use crate::running::Running;

/// Outcome of a source or a person that no picture was taken from.
const PASSED_OVER: &str = "passed_over";

/// What a run did.
#[derive(Debug, Default)]
pub(crate) struct Report {
    count: CollectCount,
    refused: Vec<RefusedRow>,
    rejected: Vec<Rejection>,
}

/// A folder of pictures as the collector, on the same machine, is told of it; empty where there is none.
pub(crate) fn folder(photos: Option<&Path>) -> Result<String, CliError> {
    let folder = photos.map(|photos| photos.canonicalize().map_err(CliError::file(photos, "read")));
    Ok(folder.transpose()?.unwrap_or_default().display().to_string())
}

pub(crate) async fn connect(running: &Running) -> Result<CollectorClient<Channel>, CliError> {
    let url = running.ingest()?;
    let failed = CliError::unreachable("ingest", &url, "AVZEUS_INGEST_URL");
    CollectorClient::connect(url).await.map_err(failed)
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was done.
    Done(Report),
    /// Nothing was changed: it takes so many people off the show that somebody is asked first.
    Unconfirmed(Unconfirmed),
}

impl Outcome {
    /// Returns the report of a run that was done.
    ///
    /// # Errors
    /// When nothing was done, since it was not confirmed.
    pub(crate) fn done(self) -> Result<Report, CliError> {
        match self {
            Self::Done(report) => Ok(report),
            Self::Unconfirmed(Unconfirmed { people, shown }) => {
                let what = leaving(&people, shown);
                Err(CliError::Unconfirmed { what, how: "the same with --yes takes them off" })
            }
        }
    }
}

/// Returns whom an import would take off the show, of so many who are `shown`.
pub(crate) fn leaving(people: &[String], shown: u32) -> String {
    let (count, people) = (people.len(), people.join(", "));
    format!("by this roster consent has ended for {count} of the {shown} people who are shown: {people}")
}

/// Follows a run to its end; `told` says each refusal and rejection to the person as it comes.
pub(crate) async fn follow(
    mut messages: Streaming<CollectProgress>,
    told: bool,
) -> Result<Outcome, CliError> {
    let mut report = Report::default();
    let mut progress = Progress::new("collecting", 0);
    let say = |progress: &Progress, line: String| {
        if told {
            progress.say(&line);
        }
    };
    while let Some(message) = messages.message().await.map_err(CliError::refused("ingest"))? {
        match message.told {
            Some(Told::Refused(row)) => {
                let after = if row.taken_off { "; they are no longer on the roster" } else { "" };
                say(&progress, format!("row {} ({}) is refused: {}{after}", row.line, row.id, row.reason));
                report.refused.push(row);
            }
            Some(Told::Rejected(rejection)) => {
                let Rejection { person, source, outcome, reason, .. } = &rejection;
                let what = if source.is_empty() { person.clone() } else { format!("{person}: {source}") };
                say(&progress, format!("{what}: {}: {reason}", outcome.replace('_', " ")));
                report.rejected.push(rejection);
            }
            Some(Told::Count(count)) => {
                report.count = count;
                report.show(&mut progress);
            }
            Some(Told::Summary(count)) => {
                report.count = count;
                progress.done(&report.line());
                if told {
                    report.reasons();
                }
                return Ok(Outcome::Done(report));
            }
            Some(Told::Unconfirmed(unconfirmed)) => return Ok(Outcome::Unconfirmed(unconfirmed)),
            None => {}
        }
    }
    let why = "collecting ended before it was done; the same again collects the rest".to_owned();
    Err(CliError::Refused { service: "ingest", why, class: Class::Unavailable })
}

impl Report {
    /// A bar of people; of pictures where there is one person.
    fn show(&self, progress: &mut Progress) {
        let CollectCount { people, people_done, found, stored, .. } = self.count;
        let looked_at = self.looked_at();
        if people == 1 {
            progress.at(looked_at.into(), found.into(), &format!("pictures, {stored} crops stored"));
        } else {
            let word = format!("people, {looked_at} of {found} pictures, {stored} crops stored");
            progress.at(people_done.into(), people.into(), &word);
        }
    }

    fn looked_at(&self) -> u32 {
        let CollectCount { stored, known, no_face, duplicate, failed, .. } = self.count;
        stored + known + no_face + duplicate + failed
    }

    fn line(&self) -> String {
        let CollectCount { people, refused_rows, found, stored, known, no_face, duplicate, failed, .. } =
            self.count;
        let left = found - self.looked_at();
        let left = if left > 0 { format!(", {left} not needed") } else { String::new() };
        format!(
            "{people} people, {found} pictures: {stored} crops stored, {known} known, {no_face} without a face, \
             {duplicate} duplicates, {failed} failed{left}; {refused_rows} rows refused"
        )
    }

    /// Every reason once, the commonest first, with how often it was given.
    fn reasons(&self) {
        let mut times = BTreeMap::<(&str, &str), u32>::new();
        for Rejection { outcome, reason, .. } in &self.rejected {
            // Each duplicate names another crop.
            let reason = if outcome == "duplicate" { "doubles another crop" } else { reason };
            *times.entry((outcome, reason)).or_default() += 1;
        }
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        for ((outcome, reason), times) in times {
            eprintln!("{times:>12} × {}: {reason}", outcome.replace('_', " "));
        }
        let left = self.rejected.iter().filter(|r| r.tried_again).count();
        if left > 0 {
            eprintln!("{left:>12} of these may pass: the same command tries them again");
        }
    }

    /// Waits for the catalogue unless `no_wait` (without any crop none will come), prints the report, and ends the command.
    pub(crate) async fn conclude(
        &self,
        running: &Running,
        no_wait: bool,
        json: bool,
    ) -> Result<ExitCode, CliError> {
        let crops = self.count.stored + self.count.known > 0;
        let version = if crops && !no_wait { Some(settled(running).await?) } else { None };
        if json {
            println!("{}", self.json(version.as_deref()));
        } else {
            eprintln!("next: avzeus catalogue show");
        }
        Ok(self.exit_code())
    }

    /// 2 when a row was refused, 1 when a whole source could not be read, else 0: pictures that are no use are
    /// part of every search.
    fn exit_code(&self) -> ExitCode {
        if !self.refused.is_empty() {
            ExitCode::from(BAD_INPUT)
        } else if self.rejected.iter().any(|r| r.outcome == PASSED_OVER) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn json(&self, catalogue_version: Option<&str>) -> serde_json::Value {
        let CollectCount { people, refused_rows, found, stored, known, no_face, duplicate, failed, .. } =
            self.count;
        let refused = self.refused.iter().map(|r| {
            json!({ "line": r.line, "id": r.id, "column": r.column, "value": r.value, "reason": r.reason,
                    "taken_off": r.taken_off })
        });
        let rejected = self.rejected.iter().map(|r| {
            json!({ "person": r.person, "source": r.source, "outcome": r.outcome, "reason": r.reason,
                    "tried_again": r.tried_again })
        });
        json!({
            "people": people, "found": found, "stored": stored, "known": known, "no_face": no_face,
            "duplicate": duplicate, "failed": failed, "refused_rows": refused_rows,
            "refused": refused.collect::<Vec<_>>(), "rejected": rejected.collect::<Vec<_>>(),
            "catalogue_version": catalogue_version,
        })
    }
}
