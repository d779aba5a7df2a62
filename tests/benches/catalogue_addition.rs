//! How long somebody new waits, beside 10,000 people who are served, until they are recommended.

mod formula_net;
mod peer;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bus::{Bus, Stream};
use cli::portrait::{Identity, Sitting, portrait};
use formula_net::{FormulaNet, PROFILE};
use image::RgbImage;
use proto::v1;
use serde_json::Value;
use tests::{Events, System, Visitor, crowd};
use tokio::time::timeout;
use vision::{Detector, DetectorSettings, Embedder, FaceCrops, OnnxRuntime};

const PEOPLE: usize = 10_000;
/// How far the crowd is scattered about the newcomers, who are therefore nearest to whatever is ranked.
const SPREAD: f32 = 0.5;
const NEWCOMERS: u64 = 3;
/// Of each newcomer.
const PICTURES: u64 = 5;
/// Longest wait before the bench fails.
const PATIENCE: Duration = Duration::from_secs(60);
const HEADER: &str = "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";

#[tokio::main]
async fn main() {
    let Some(net) = FormulaNet::made() else { return };
    let middle = vector(&net, &sitting(0, 0));
    let system = System::up_with(net.env());
    let bus = crowd::bus(&system.endpoints().nats).await;
    serve_crowd(&system, &bus, &middle).await;

    let mut stored = bus.replay::<v1::CropStored>(Stream::CropsStored, 1);
    let visitor = Visitor::of(&system.http);
    for newcomer in 0..NEWCOMERS {
        let before = shown(&system);
        let id = format!("newcomer-{newcomer}");
        let roster = draw(&system.scratch().join(&id), &id, newcomer);
        let mut import = system.command(&["roster", "import", &roster, "--no-wait"]);
        let mut import = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("avzeus runs");
        for _ in 0..PICTURES {
            timeout(PATIENCE, stored.next()).await.expect("every picture is stored");
        }
        let begun = Instant::now();
        timeout(PATIENCE, recommended(&visitor, &id)).await.expect("somebody new is recommended");
        let seconds = begun.elapsed().as_secs_f64();
        assert!(import.wait().expect("avzeus ends").success());
        let after = shown(&system);
        let (old, mut new) = (groups(&before), groups(&after));
        let group = new.remove(&id);
        println!(
            "one more than {}: {seconds:.2} s from the last of {PICTURES} crops to a recommendation; group {}; {}, {}",
            old.len(),
            group.expect("who is recommended has a group"),
            if before["generation"] == after["generation"] { "not grouped anew" } else { "grouped anew" },
            if old == new { "nobody else moved" } else { "others moved" }
        );
    }
}

/// Enrols a crowd about `middle`, imports its vectors and waits until they are served in settled groups.
async fn serve_crowd(system: &System, bus: &Bus, middle: &[f32]) {
    crowd::enrol(bus, PEOPLE).await;
    let vectors: Vec<_> = (0..PEOPLE).map(|n| crowd::vector(n, middle, SPREAD)).collect();
    let folder = system.scratch().join("crowd");
    crowd::write(&folder, PROFILE, &vectors);
    let mut events = Events::open(&system.http).await;
    let begun = Instant::now();
    let (code, report) = system.avzeus(&["catalogue", "import", &folder.display().to_string()]);
    assert_eq!(code, 0, "{report}");
    events.next("catalogue", |c| c["people"].as_u64() == Some(PEOPLE as u64)).await;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{PEOPLE}×{} vectors imported, grouped and served in {seconds:.1} s", middle.len());
    // So that what follows is a change to a settled catalogue.
    let begun = Instant::now();
    let (code, rebuilt) = system.avzeus(&["catalogue", "rebuild"]);
    assert_eq!(code, 0, "{rebuilt}");
    println!("everyone grouped anew in {:.1} s", begun.elapsed().as_secs_f64());
}

/// Asks for recommendations until `id` is among them.
async fn recommended(visitor: &Visitor, id: &str) {
    // Between them they rank every group.
    let rankings = [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]];
    for ranking in rankings.into_iter().cycle() {
        let slate = visitor.recommend(ranking).await;
        if slate["people"].as_array().expect("it has people").iter().any(|person| person["id"] == id) {
            return;
        }
        // Nobody is told of a person's first recommendation.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn shown(system: &System) -> Value {
    let (code, shown) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(code, 0, "{shown}");
    shown
}

fn groups(shown: &Value) -> BTreeMap<String, u64> {
    let people = shown["people"].as_array().expect("it has people").iter();
    people.filter_map(|p| Some((p["person"].as_str()?.to_owned(), p["group"].as_u64()?))).collect()
}

/// A picture of a newcomer.
fn sitting(newcomer: u64, n: u64) -> RgbImage {
    let seed = 900_001 + newcomer;
    portrait(&Identity::drawn(seed), &Sitting::drawn(seed * 100 + n), 320)
}

/// Writes a newcomer's roster and pictures; its path.
fn draw(folder: &Path, id: &str, newcomer: u64) -> String {
    let photos = folder.join("photos").join(id);
    std::fs::create_dir_all(&photos).expect("a folder can be made");
    for n in 0..PICTURES {
        sitting(newcomer, n).save(photos.join(format!("{n}.png"))).expect("a picture can be written");
    }
    let row = format!("{id},New Face,,folder,Studio,2026-01-31,C-{newcomer},template display,2026-02-01,");
    let roster = folder.join("roster.csv");
    std::fs::write(&roster, format!("{HEADER}\n{row}\n")).expect("a file can be written");
    roster.display().to_string()
}

/// What the net makes of the face in a picture.
fn vector(net: &FormulaNet, picture: &RgbImage) -> Vec<f32> {
    let onnx = OnnxRuntime::load(&net.vision).expect("`make setup` has fetched onnx runtime");
    let mut detector = Detector::open(&onnx, &net.vision, DetectorSettings::default()).expect("it is there");
    let mut embedder = Embedder::open(&onnx, &net.vision, PROFILE).expect("it was just made");
    let face = *detector.detect(picture).expect("the nets run").first().expect("a portrait shows a face");
    let crops = FaceCrops::cut(picture, &face);
    let chip = embedder.chip(&crops);
    embedder.embed(&[chip]).expect("the net runs").remove(0)
}
