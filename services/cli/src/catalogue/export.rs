//! `avzeus catalogue export`.

use std::path::PathBuf;
use std::process::ExitCode;

use proto::v1::export_part::Part;
use proto::v1::{ExportHead, ExportPerson, ExportRequest};
use serde_json::json;

use super::connect;
use super::vectors_folder::{self, People, Person, Vectors};
use crate::CliError;
use crate::progress::Progress;
use crate::running::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Folder to write: vectors.safetensors (vectors, grouped_vectors, groups, rp_vec, centre) and people.json.
    folder: PathBuf,
    #[command(flatten)]
    running: Running,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ExportArgs) -> Result<ExitCode, CliError> {
    let mut client = connect(&args.running).await?;
    let refused = || CliError::refused("cluster");
    let mut parts = client.export(ExportRequest {}).await.map_err(refused())?.into_inner();
    let mut progress = Progress::new("exporting", 0);
    let (mut people, mut vectors, mut expected) = (People::default(), Vectors::default(), 0);
    while let Some(part) = parts.message().await.map_err(refused())? {
        match part.part {
            Some(Part::Head(head)) => {
                expected = head.people;
                begin(head, &mut people, &mut vectors);
            }
            Some(Part::Person(person)) => add(person, &mut people, &mut vectors),
            None => {}
        }
        progress.at(people.people.len() as u64, u64::from(expected), "people");
    }
    vectors_folder::write(&args.folder, &people, &vectors)?;
    let (count, folder) = (people.people.len(), args.folder.display());
    progress.done(&format!("{count} people of catalogue {} in {folder}", people.catalogue_version));
    if args.json {
        println!(
            "{}",
            json!({ "people": count, "profile": people.profile, "catalogue_version": people.catalogue_version })
        );
    } else {
        eprintln!("next: avzeus catalogue import {folder} --data OTHER");
    }
    Ok(ExitCode::SUCCESS)
}

fn begin(head: ExportHead, people: &mut People, vectors: &mut Vectors) {
    (people.profile, people.catalogue_version) = (head.profile, head.catalogue_version);
    vectors.centre = head.centre;
    vectors.dimension = head.groups.first().map_or(0, |group| group.vector.len());
    vectors.representatives = head.groups.into_iter().flat_map(|group| group.vector).collect();
}

fn add(exported: ExportPerson, people: &mut People, vectors: &mut Vectors) {
    let person = exported.person.unwrap_or_default();
    vectors.directions.extend(exported.direction);
    vectors.grouped.extend(person.vector);
    vectors.groups.push(person.group);
    people.people.push(Person {
        id: person.person,
        name: person.name,
        crops: person.crops,
        group: Some(person.group),
        portrait: (!person.portrait.is_empty()).then_some(person.portrait),
    });
}
