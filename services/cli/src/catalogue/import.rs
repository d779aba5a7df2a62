//! `avzeus catalogue import`.

use std::path::PathBuf;
use std::process::ExitCode;

use futures::stream;
use proto::v1::ImportRow;
use safetensors::tensor::Dtype;
use serde_json::json;

use super::{connect, vectors_folder};
use crate::CliError;
use crate::failure::BAD_INPUT;
use crate::progress::Progress;
use crate::running::Running;

/// Refused rows and people that are told one by one; the report has them all.
const TOLD: usize = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Folder with vectors.safetensors and people.json, as `avzeus catalogue export` writes them.
    folder: PathBuf,
    #[command(flatten)]
    running: Running,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ImportArgs) -> Result<ExitCode, CliError> {
    let (people, vectors, width) = vectors_folder::read(&args.folder)?;
    let mut client = connect(&args.running).await?;
    let progress = Progress::new("importing", people.people.len() as u64);
    if width != Dtype::F32 {
        progress.say(&format!("the vectors are {width:?} and are taken as F32"));
    }
    let profile = people.profile;
    let rows = people.people.into_iter().enumerate().map(move |(row, person)| ImportRow {
        row: row as u32 + 1,
        person: person.id,
        profile: profile.clone(),
        vector: vectors.directions[row * vectors.dimension..(row + 1) * vectors.dimension].to_vec(),
        crops: person.crops,
    });
    let reply = client.import(stream::iter(rows)).await.map_err(CliError::refused("cluster"))?.into_inner();
    if !args.json {
        for refused in reply.refused.iter().take(TOLD) {
            progress.say(&format!("row {} ({}) is refused: {}", refused.row, refused.person, refused.reason));
        }
    }
    if !reply.overruled.is_empty() {
        progress.say(&format!(
            "{} of the people have crops of their own that are enough: their vectors come from those, and the imported ones wait \
             until they are gone: {}",
            reply.overruled.len(),
            named(&reply.overruled)
        ));
    }
    progress.done(&format!("{} vectors imported; {} rows refused", reply.imported, reply.refused.len()));
    if args.json {
        let refused =
            reply.refused.iter().map(|r| json!({ "row": r.row, "person": r.person, "reason": r.reason }));
        println!(
            "{}",
            json!({ "imported": reply.imported, "refused": refused.collect::<Vec<_>>(), "overruled": reply.overruled,
                    "width": format!("{width:?}") })
        );
    } else {
        eprintln!("next: avzeus catalogue show");
    }
    Ok(if reply.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) })
}

/// The first of `people`.
fn named(people: &[String]) -> String {
    let more = people.len().saturating_sub(TOLD);
    let first = people[..people.len() - more].join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}
