//! An embedding worker, from stored crops to stored vectors, against its net alone.

use std::path::{Path, PathBuf};
use std::time::Instant;

use bus::{Bus, Stream};
use cli::drawn_roster::{DrawnRoster, draw};
use domain::{CropId, PersonId};
use proto::convert::face::FaceParts;
use proto::v1;
use store::{Crops, ObjectConfig, View};
use tests::{System, Worker, crowd};
use vision::picture::{self, PictureLimits};
use vision::{Chip, Embedder, Face, OnnxRuntime, VisionConfig};

const BATCH: usize = 16;
/// Crops before the clock starts: as many as a worker has in hand.
const WARM: usize = 4 * BATCH;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let settings = DrawnRoster {
        people: 50,
        pictures: 20,
        strangers_per_person: 0,
        non_faces_per_person: 0,
        ..DrawnRoster::default()
    };
    draw(folder.path(), &settings, &mut |_, _| {}).expect("a roster can be drawn");
    let system = System::up();
    let roster = folder.path().join("roster.csv").display().to_string();
    let (code, report) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!(code, 0, "{report}");
    let stored = report["stored"].as_u64().expect("a count") as usize;
    let bus = crowd::bus(&system.endpoints().nats).await;
    let chips = chips(&system, &bus, stored).await;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{stored} stored crops, dlib's net, batches of {BATCH}, {cores} cores");
    for threads in [1, cores] {
        let net = net_alone(&chips, threads);
        let worker = worker(&system, &bus, folder.path(), threads, stored).await;
        println!(
            "{threads} threads: worker {worker:.2} images/s, net alone {net:.2} images/s, × {:.3}",
            worker / net
        );
    }
}

/// Images a second through the session, of chips that are ready.
fn net_alone(chips: &[Chip], threads: usize) -> f64 {
    let vision = VisionConfig { vision_threads: threads, ..VisionConfig::default() };
    let onnx = OnnxRuntime::load(&vision).expect("`make setup` has fetched onnx runtime");
    let mut embedder = Embedder::open(&onnx, &vision, "dlib-resnet-v1").expect("`make setup` has made it");
    let mut run = |chips: &[Chip]| {
        for batch in chips.chunks(BATCH) {
            embedder.embed_raw(batch).expect("the net runs");
        }
    };
    run(&chips[..WARM]);
    let begun = Instant::now();
    run(&chips[WARM..]);
    (chips.len() - WARM) as f64 / begun.elapsed().as_secs_f64()
}

/// Images a second of a worker whose profile has no vectors yet: it embeds every stored crop.
async fn worker(system: &System, bus: &Bus, folder: &Path, threads: usize, stored: usize) -> f64 {
    let profile = format!("dlib-again-{threads}");
    let mut vectors =
        bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, &profile).expect("a profile's name");
    let env = [
        ("AVZEUS_MODELS_FILE", models_file(folder, &profile).display().to_string()),
        ("AVZEUS_PROFILE", profile),
        ("AVZEUS_EMBED_THREADS", threads.to_string()),
        ("AVZEUS_EMBED_BATCH", BATCH.to_string()),
    ];
    let _worker = Worker::start(system, &env).await;
    for _ in 0..WARM {
        vectors.next().await;
    }
    let begun = Instant::now();
    for _ in WARM..stored {
        vectors.next().await;
    }
    (stored - WARM) as f64 / begun.elapsed().as_secs_f64()
}

/// dlib's net under another name.
fn models_file(folder: &Path, profile: &str) -> PathBuf {
    let file = folder.join(format!("{profile}.toml"));
    let entry = format!(
        r#"
[[embedder]]
name = "{profile}"
model = "dlib-resnet-v1"
input_side = 150
colours = "rgb"
mean = [122.782, 117.001, 104.298]
scale = 0.00390625
alignment = "five-point"
dimension = 128
centred = true
purify = {{ rule = "core-centroid", threshold_raw = 0.92, threshold_centred = 0.5 }}
"#
    );
    std::fs::write(&file, entry).expect("a file can be written");
    file
}

/// The net's input of every stored crop.
async fn chips(system: &System, bus: &Bus, stored: usize) -> Vec<Chip> {
    let crops =
        Crops::open(&ObjectConfig { objects: system.data().join("objects") }).expect("they are there");
    let profile = vision::Catalog::builtin().profile("dlib-resnet-v1").expect("it is built in");
    let mut events = bus.replay::<v1::CropStored>(Stream::CropsStored, 1);
    let mut chips = Vec::with_capacity(stored);
    for _ in 0..stored {
        let event = events.next().await.message.expect("a crop that was stored");
        let (person, crop) = (PersonId::new(&event.person), CropId::new(&event.crop));
        let (person, crop) = (person.expect("a person's id"), crop.expect("a crop's id"));
        let png = crops.get(&person, &crop, View::Context).await.expect("it is stored");
        let context = picture::decode(&png, PictureLimits::default()).expect("it is a picture");
        let face = event.face_in_context.as_ref().expect("a crop has a face");
        let (bounds, probability, landmarks) = FaceParts::try_from(face).expect("a face is whole");
        chips.push(vision::embedder::chip(&profile, &context, &Face { bounds, probability, landmarks }));
    }
    chips
}
