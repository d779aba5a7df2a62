//! `avzeus catalogue show`.

use std::path::PathBuf;
use std::process::ExitCode;

use domain::catalogue::FEWEST_PEOPLE;
use proto::convert::obstacle::Obstacle;
use proto::v1::{CropVerdict, DescribeReply, DescribeRequest, DescribedPerson, GroupChanges, Quality};
use serde_json::{Value, json};

use super::{connect, sheet};
use crate::CliError;
use crate::running::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Only this person, with every crop.
    person: Option<String>,
    /// Write a contact sheet of the person's crops, kept and dropped: one HTML file with the pictures in it.
    #[arg(long, value_name = "FILE.html", requires = "person")]
    sheet: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ShowArgs) -> Result<ExitCode, CliError> {
    let mut client = connect(&args.running).await?;
    let request = DescribeRequest { person: args.person.clone().unwrap_or_default() };
    let reply = client.describe(request).await.map_err(CliError::refused("cluster"))?.into_inner();
    let one = args.person.map(|id| reply.people.first().ok_or(CliError::Nobody(id))).transpose()?;
    if let (Some(person), Some(file)) = (one, &args.sheet) {
        sheet::write(person, &reply, args.running.objects(), file).await?;
        eprintln!("{:>12} {}", "written", file.display());
    }
    if args.json {
        println!("{}", reply_json(&reply));
    } else {
        show(&reply, one.is_some());
    }
    Ok(ExitCode::SUCCESS)
}

fn show(reply: &DescribeReply, one: bool) {
    println!("catalogue {}  profile {}  {} crops", reply.catalogue_version, reply.profile, reply.crops);
    tell_state(reply);
    for person in &reply.people {
        let place = person.group.map_or_else(|| person.left_out.clone(), |g| format!("group {g}"));
        let star = star(person, reply);
        let imported = if person.imported { " (imported)" } else { "" };
        let DescribedPerson { person: id, kept, dropped, crops, .. } = person;
        println!("{id:<28} {kept:>3} kept {dropped:>3} dropped  {place}{star}{imported}");
        for crop in crops {
            println!("  {} {:>6} {:<8} {}", crop.crop, cosine(crop), word(crop), numbers(crop));
            if !crop.reason.is_empty() {
                println!("  {:34}{}", "", crop.reason);
            }
        }
    }
    println!("* represents its group; ** was chosen by hand to");
    if !one {
        eprintln!("next: avzeus catalogue show PERSON [--sheet FILE.html]");
    }
}

/// Marks a representative.
fn star(person: &DescribedPerson, reply: &DescribeReply) -> &'static str {
    let chosen = person.group.is_some_and(|group| reply.chosen.contains(&group));
    match reply.representatives.contains(&person.person) {
        true if chosen => " **",
        true => " *",
        false => "",
    }
}

/// What keeps a catalogue back, alarms, coverage and what the last full grouping changed.
pub(super) fn tell_state(reply: &DescribeReply) {
    if let Some(few @ Obstacle::FewPeople(_)) = reply.obstacle() {
        println!("no catalogue yet: {few}");
    }
    if reply.crops_dead > 0 {
        println!("{} stored crops have no vector: dead letters (in the console) say why", reply.crops_dead);
    }
    for alarm in &reply.alarms {
        let state = if alarm.accepted { "published all the same" } else { "not published" };
        println!("alarm {} ({state}): {}", alarm.name, alarm.words);
    }
    if let Some(coverage) = &reply.coverage {
        println!(
            "another profile serves: {} of {} crops have a new vector",
            coverage.covered, coverage.stored
        );
    }
    let share = reply.changed_share * 100.0;
    println!("grouping {}: {share:.1} % of the people changed, came or left since", reply.generation);
    if let Some(GroupChanges { faces, moved, stayed }) = &reply.changes
        && *stayed > 0
    {
        println!("it moved {moved} of {stayed} people and changed {} faces", faces.len());
        for face in faces {
            println!("  group {} shows {} instead of {}", face.group, face.to, face.from);
        }
    }
}

fn word(crop: &CropVerdict) -> &'static str {
    if crop.kept { "kept" } else { "dropped" }
}

/// The cosine, or a dash where the crop was dropped before it came to that.
pub(super) fn cosine(crop: &CropVerdict) -> String {
    crop.cosine.map_or_else(|| "–".to_owned(), |cosine| format!("{cosine:.3}"))
}

/// Probability, quality and source, as far as they are known.
fn numbers(crop: &CropVerdict) -> String {
    let measured = crop.quality.map_or_else(String::new, |q| format!(", {}", quality(&q)));
    format!("p {:.3}{measured}  {}", crop.probability, crop.source)
}

/// What was measured of a face, in one line.
pub(super) fn quality(quality: &Quality) -> String {
    let Quality { face_side, sharpness, yaw, pitch, roll } = quality;
    format!("{face_side:.0} px, sharpness {sharpness:.0}, yaw {yaw:.0}° pitch {pitch:.0}° roll {roll:.0}°")
}

pub(super) fn reply_json(reply: &DescribeReply) -> Value {
    let people = reply.people.iter().map(|p| {
        json!({ "person": p.person, "name": p.name, "group": p.group, "left_out": p.left_out, "kept": p.kept,
                "dropped": p.dropped, "imported": p.imported,
                "crops": p.crops.iter().map(crop_json).collect::<Vec<_>>() })
    });
    let alarms =
        reply.alarms.iter().map(|a| json!({ "name": a.name, "words": a.words, "accepted": a.accepted }));
    let changes = reply.changes.clone().unwrap_or_default();
    let faces = changes.faces.iter().map(|f| json!({ "group": f.group, "from": f.from, "to": f.to }));
    json!({
        "catalogue_version": reply.catalogue_version, "profile": reply.profile,
        "crops_stored": reply.crops_stored, "crops": reply.crops, "crops_in_catalogue": reply.crops_in_catalogue,
        "crops_dead": reply.crops_dead, "people_ready": reply.people_ready, "people_needed": FEWEST_PEOPLE,
        "generation": reply.generation, "changed_share": reply.changed_share,
        "alarms": alarms.collect::<Vec<_>>(),
        "coverage": reply.coverage.map(|c| json!({ "covered": c.covered, "stored": c.stored })),
        "changes": { "faces": faces.collect::<Vec<_>>(), "moved": changes.moved, "stayed": changes.stayed },
        "representatives": reply.representatives, "chosen": reply.chosen, "people": people.collect::<Vec<_>>(),
    })
}

fn crop_json(crop: &CropVerdict) -> Value {
    let quality = crop.quality.map(|q| {
        json!({ "face_side": q.face_side, "sharpness": q.sharpness, "yaw": q.yaw, "pitch": q.pitch, "roll": q.roll })
    });
    json!({ "crop": crop.crop, "kept": crop.kept, "cosine": crop.cosine, "flaw": crop.flaw, "reason": crop.reason,
            "probability": crop.probability, "quality": quality, "source": crop.source })
}
