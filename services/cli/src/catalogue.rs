//! `avzeus catalogue`: what is in it, and why somebody is not.

use std::process::ExitCode;
use std::time::Duration;

use proto::v1::cataloguer_client::CataloguerClient;
use proto::v1::{DescribeReply, DescribeRequest, DescribedPerson, RebuildRequest};
use serde_json::json;
use tonic::transport::Channel;

use crate::CliError;
use crate::endpoints::{Endpoints, Running};
use crate::progress::Progress;

/// Time between two looks at a catalogue that is being made.
const PAUSE: Duration = Duration::from_millis(200);
/// Looks without anything new after which it is as good as it will get.
const PATIENCE: u32 = 150;

/// `avzeus catalogue …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Everyone with their crops kept and dropped; one person with the cosine of every crop.
    Show {
        /// Only this person.
        person: Option<String>,
        #[command(flatten)]
        running: Running,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Rebuild now, and publish if anything differs.
    Rebuild {
        #[command(flatten)]
        running: Running,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: CatalogueCommand) -> Result<ExitCode, CliError> {
    match command {
        CatalogueCommand::Show { person, running, json } => {
            let one = person.is_some();
            let request = DescribeRequest { person: person.unwrap_or_default() };
            let reply = connect(&running.endpoints()?).await?.describe(request).await;
            let reply = reply.map_err(CliError::refused("cluster"))?.into_inner();
            show(&reply, one, json);
        }
        CatalogueCommand::Rebuild { running, json } => {
            let reply = connect(&running.endpoints()?).await?.rebuild(RebuildRequest {}).await;
            show(&reply.map_err(CliError::refused("cluster"))?.into_inner(), false, json);
        }
    }
    Ok(ExitCode::SUCCESS)
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

fn kept(person: &DescribedPerson) -> usize {
    person.crops.iter().filter(|c| c.kept).count()
}

fn show(reply: &DescribeReply, one: bool, as_json: bool) {
    if as_json {
        println!("{}", reply_json(reply));
        return;
    }
    println!("catalogue {}  profile {}  {} crops", reply.catalogue_version, reply.profile, reply.crops);
    for person in &reply.people {
        let place = person.group.map_or_else(|| person.left_out.clone(), |g| format!("group {g}"));
        let star = if reply.representatives.contains(&person.person) { " *" } else { "" };
        println!(
            "{:<28} {:>3} kept {:>3} dropped  {place}{star}",
            person.person,
            kept(person),
            person.crops.len() - kept(person)
        );
        if one {
            for crop in &person.crops {
                println!(
                    "  {} {:>6.3} {}",
                    crop.crop,
                    crop.cosine,
                    if crop.kept { "kept" } else { "dropped" }
                );
            }
        }
    }
    println!("* represents its group");
}

fn reply_json(reply: &DescribeReply) -> serde_json::Value {
    let people = reply.people.iter().map(|p| {
        let crops: Vec<_> =
            p.crops.iter().map(|c| json!({ "crop": c.crop, "cosine": c.cosine, "kept": c.kept })).collect();
        json!({ "person": p.person, "name": p.name, "group": p.group, "left_out": p.left_out,
                "kept": kept(p), "dropped": p.crops.len() - kept(p), "crops": crops })
    });
    json!({
        "catalogue_version": reply.catalogue_version, "profile": reply.profile,
        "crops_stored": reply.crops_stored, "crops": reply.crops, "crops_in_catalogue": reply.crops_in_catalogue,
        "representatives": reply.representatives, "people": people.collect::<Vec<_>>(),
    })
}
