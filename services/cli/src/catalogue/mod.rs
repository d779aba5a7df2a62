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

use proto::v1::DescribeRequest;
use proto::v1::cataloguer_client::CataloguerClient;
use tonic::transport::Channel;

use crate::CliError;
use crate::endpoints::Endpoints;
use crate::progress::Progress;

/// Time between two looks at a catalogue that is being made.
const PAUSE: Duration = Duration::from_millis(200);
/// Looks without anything new after which it is as good as it will get.
const PATIENCE: u32 = 150;

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

async fn connect(endpoints: &Endpoints) -> Result<CataloguerClient<Channel>, CliError> {
    let url = endpoints.grpc("cluster").unwrap_or_default().to_owned();
    let failed = |_| CliError::NotReady { what: "cluster".to_owned(), seconds: 0 };
    let client = CataloguerClient::connect(url).await.map_err(failed)?;
    Ok(client.max_decoding_message_size(64 << 20))
}

/// Waits until every stored crop is embedded and the catalogue has looked at all of them; returns its
/// version.
pub(crate) async fn settled(endpoints: &Endpoints) -> Result<String, CliError> {
    let mut client = connect(endpoints).await?;
    let mut progress = Progress::new("cataloguing", 0);
    let (mut seen, mut still) = (0, 0);
    loop {
        let reply = client.describe(DescribeRequest::default()).await;
        let reply = reply.map_err(CliError::refused("cluster"))?.into_inner();
        let (looked_at, stored) = (reply.crops_in_catalogue, reply.crops_stored);
        progress.at(u64::from(looked_at), u64::from(stored), "crops in the catalogue");
        if stored > 0 && looked_at >= stored && !reply.catalogue_version.is_empty() {
            let people = reply.people.iter().filter(|p| p.group.is_some()).count();
            progress.done(&format!("{people} people in catalogue {}", reply.catalogue_version));
            return Ok(reply.catalogue_version);
        }
        still = if reply.crops == seen { still + 1 } else { 0 };
        seen = reply.crops;
        if still > PATIENCE {
            let what = format!("the catalogue ({looked_at} of {stored} crops looked at)");
            return Err(CliError::NotReady {
                what,
                seconds: u64::from(PATIENCE) * PAUSE.as_millis() as u64 / 1000,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
