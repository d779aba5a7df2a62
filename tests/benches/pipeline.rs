//! From a folder of pictures to a catalogue: the services against the same steps in one Python process.

mod formula_net;
mod peer;

use std::path::Path;
use std::time::Instant;

use cli::drawn_roster::{DrawnRoster, draw};
use formula_net::FormulaNet;
use serde_json::{Value, json};
use tests::System;

const PEOPLE: usize = 50;
/// Of each.
const PICTURES: usize = 20;
/// Mean cosine to a person's others at or below which a crop is dropped: none are, whatever a formula makes of faces.
const THRESHOLD: f64 = -1.0;

fn main() {
    let Some(net) = FormulaNet::made() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let settings = DrawnRoster {
        people: PEOPLE,
        pictures: PICTURES,
        strangers_per_person: 0,
        non_faces_per_person: 0,
        ..DrawnRoster::default()
    };
    draw(folder.path(), &settings, &mut |_, _| {}).expect("a roster can be drawn");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pictures = (PEOPLE * PICTURES) as f64;
    let side = settings.side;
    println!("{pictures} pictures of {side}×{side} to a catalogue, {cores} cores on both sides");

    let (seconds, catalogue) = ours(&net, folder.path());
    let people = catalogue["people"].as_array().expect("it has people").iter();
    println!(
        "services: {seconds:.1} s, {:.2} images/s; {} crops, {} people in groups",
        pictures / seconds,
        catalogue["crops_in_catalogue"],
        people.filter(|person| person["group"].is_u64()).count()
    );
    let question =
        json!({ "photos": folder.path().join("photos"), "threads": cores, "threshold": THRESHOLD });
    let Some(theirs) = peer::run("pipeline.py", &question) else { return };
    let number = |value: &Value| value.as_f64().expect("the peer answers in numbers");
    let [detect, embed, group] = [0, 1, 2].map(|step| number(&theirs["steps"][step]));
    let time = number(&theirs["seconds"]);
    println!(
        "Python: {time:.1} s (faces {detect:.1}, vectors {embed:.1}, groups {group:.1}), {:.2} images/s; {} crops, {} \
         people; the services are × {:.2} as fast",
        pictures / time,
        theirs["crops"],
        theirs["people"],
        time / seconds
    );
}

/// Seconds from `roster import` to the published catalogue, and that catalogue.
fn ours(net: &FormulaNet, folder: &Path) -> (f64, Value) {
    let mut env = net.env();
    // To a formula everyone looks alike.
    env.extend([
        ("AVZEUS_CLUSTER_PURIFY", format!("fixed({THRESHOLD})")),
        ("AVZEUS_CLUSTER_MOST_MEDIAN_COSINE", "1".to_owned()),
        ("AVZEUS_CLUSTER_LEAST_GROUP", "0".to_owned()),
    ]);
    let system = System::up_with(env);
    let roster = folder.join("roster.csv").display().to_string();
    let begun = Instant::now();
    let (code, report) = system.avzeus(&["roster", "import", &roster]);
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(code, 0, "{report}");
    let (code, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(code, 0, "{catalogue}");
    (seconds, catalogue)
}
