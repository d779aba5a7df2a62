//! `avzeus catalogue`: what is in it, why somebody is not, and the ways in and out of it.

mod elbow;
mod elbow_chart;
mod export;
mod import;
mod rebuild;
mod sheet;
mod show;
mod unit_vectors;
pub(crate) mod vectors_folder;

use std::process::ExitCode;
use std::time::Duration;

use proto::v1::cataloguer_client::CataloguerClient;
use proto::v1::{DescribeReply, DescribeRequest};
use tonic::transport::Channel;

use crate::CliError;
use crate::progress::Progress;
use crate::running::Running;

/// Time between two looks at a catalogue that is being made.
const PAUSE: Duration = Duration::from_millis(200);
/// Looks without anything new after which it is as good as it will get.
const PATIENCE: u32 = 150;
/// Looks without anything new after which what a state lacks is said, where nothing is under way.
const QUIET: u32 = 5;

/// `avzeus catalogue …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Everyone, the groups and the alarms; one person with every crop, kept or dropped, and why.
    Show(show::ShowArgs),
    /// Group everyone anew, and publish if anything differs.
    Rebuild(rebuild::RebuildArgs),
    /// How well other numbers of groups would fit: inertia and silhouette for each.
    Elbow(elbow::ElbowArgs),
    /// Write vectors, groups and representative vectors to a folder (safetensors and JSON).
    Export(export::ExportArgs),
    /// Take people's ready-made vectors from such a folder; they must be on the roster.
    Import(import::ImportArgs),
}

pub(crate) async fn run(command: CatalogueCommand) -> Result<ExitCode, CliError> {
    match command {
        CatalogueCommand::Show(args) => show::run(args).await,
        CatalogueCommand::Rebuild(args) => rebuild::run(args).await,
        CatalogueCommand::Elbow(args) => elbow::run(args).await,
        CatalogueCommand::Export(args) => export::run(args).await,
        CatalogueCommand::Import(args) => import::run(args).await,
    }
}

pub(crate) async fn connect(running: &Running) -> Result<CataloguerClient<Channel>, CliError> {
    let url = running.cluster()?;
    let failed = CliError::unreachable("cluster", &url, "AVZEUS_CLUSTER_URL");
    let client = CataloguerClient::connect(url).await.map_err(failed)?;
    Ok(client.max_decoding_message_size(64 << 20))
}

/// Waits until every stored crop is embedded, or a dead letter, and the catalogue has looked at all of them; returns its
/// version.
pub(crate) async fn settled(running: &Running) -> Result<String, CliError> {
    let mut client = connect(running).await?;
    let mut progress = Progress::new("cataloguing", 0);
    let (mut seen, mut still) = (DescribeReply::default(), 0);
    loop {
        let reply = client.describe(DescribeRequest::default()).await;
        let reply = reply.map_err(CliError::refused("cluster"))?.into_inner();
        let awaited = reply.crops_stored.saturating_sub(reply.crops_dead);
        progress.at(u64::from(reply.crops_in_catalogue), u64::from(awaited), "crops in the catalogue");
        still = if is_news(&reply, &seen) { 0 } else { still + 1 };
        // Where nothing is left to wait for but what a look too early would miss, it is not waited for long.
        let is_quiet = still >= QUIET;
        if reply.is_through() || is_quiet && reply.is_idle() {
            match reply.obstacle() {
                Some(obstacle) if is_quiet && !awaits_vectors(&reply) => {
                    return Err(CliError::NoCatalogue(obstacle));
                }
                None if !reply.catalogue_version.is_empty() => {
                    progress.done(&outcome(&reply));
                    return Ok(reply.catalogue_version);
                }
                _ => {}
            }
        }
        if still > PATIENCE {
            let (looked_at, dead) = (reply.crops_in_catalogue, reply.crops_dead);
            let what =
                format!("the catalogue ({looked_at} of {awaited} crops looked at, {dead} dead letters)");
            return Err(CliError::NotReady {
                what,
                seconds: u64::from(PATIENCE) * PAUSE.as_millis() as u64 / 1000,
            });
        }
        seen = reply;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether anything goes on.
fn is_news(reply: &DescribeReply, before: &DescribeReply) -> bool {
    let state = |r: &DescribeReply| {
        let version = r.catalogue_version.clone();
        (r.crops_stored, r.crops, r.crops_in_catalogue, r.crops_waiting, r.people_ready, version)
    };
    state(reply) != state(before)
}

/// Whether the alarm that rings goes by itself, once the embedder is done.
fn awaits_vectors(reply: &DescribeReply) -> bool {
    reply.coverage.is_some_and(|coverage| coverage.covered < coverage.stored)
}

fn outcome(reply: &DescribeReply) -> String {
    let people = reply.people.iter().filter(|p| p.group.is_some()).count();
    let dead = match reply.crops_dead {
        0 => String::new(),
        dead => format!("; {dead} stored crops have no vector: dead letters (in the console) say why"),
    };
    format!("{people} people in catalogue {}{dead}", reply.catalogue_version)
}
