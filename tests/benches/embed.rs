//! An embedding worker, from stored crops to stored vectors, against its net alone with as many threads.

mod formula_net;
mod peer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bus::{Bus, Stream};
use cli::drawn_roster::{DrawnRoster, draw};
use domain::{CropId, PersonId};
use formula_net::FormulaNet;
use proto::convert::face::FaceParts;
use proto::v1;
use store::{Crops, ObjectConfig, View};
use tests::{System, Worker, crowd};
use vision::picture::{self, PictureLimits};
use vision::{Chip, Embedder, Face, OnnxRuntime, Profile, Takes, VisionConfig};

const BATCH: usize = 16;
/// Crops before the clock starts, and those left when it stops: as many as a worker has in hand, so that it is never
/// timed with less to do than it can.
const WARM: usize = 5 * BATCH;
/// Times that each is measured: one alone may meet the machine in a bad moment.
const ROUNDS: usize = 5;

/// A net to measure.
struct Subject {
    vision: VisionConfig,
    profile: Profile,
    /// What its worker is started with.
    env: Vec<(&'static str, String)>,
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let settings = DrawnRoster {
        people: 40,
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

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{stored} stored crops, batches of {BATCH}, {cores} cores");
    let formula = FormulaNet::made();
    let facenet = formula.as_ref().map(|net| Subject::of(&net.vision, net.env()));
    let dlib = Subject::of(&VisionConfig::default(), vec![]);
    for subject in [Some(dlib), facenet].into_iter().flatten() {
        let chips = chips(&system, &bus, stored, &subject.profile).await;
        for threads in [1, cores] {
            let name = &subject.profile.name;
            let mut ratios = [0.0; ROUNDS];
            // Before and after each, since a machine's speed drifts.
            let mut before = subject.net_alone(&chips, threads);
            for (round, ratio) in ratios.iter_mut().enumerate() {
                let again = format!("{name}-again-{threads}-{round}");
                let worker = subject.worker(&system, &bus, folder.path(), threads, again, stored).await;
                let after = subject.net_alone(&chips, threads);
                let net = (before + after) / 2.0;
                *ratio = worker / net;
                println!(
                    "{name}, {threads} threads: worker {worker:.2} images/s, net alone {net:.2} images/s, × {ratio:.3}"
                );
                before = after;
            }
            ratios.sort_by(f64::total_cmp);
            println!("{name}, {threads} threads: median of {ROUNDS} × {:.3}", ratios[ROUNDS / 2]);
        }
    }
}

impl Subject {
    fn of(vision: &VisionConfig, env: Vec<(&'static str, String)>) -> Self {
        let profile = vision.profiles.chosen().expect("it is there");
        Self { vision: vision.clone(), profile, env }
    }

    /// Images a second through one session, of chips that are ready.
    fn net_alone(&self, chips: &[Chip], threads: usize) -> f64 {
        let vision = VisionConfig { vision_threads: threads, ..self.vision.clone() };
        let onnx = OnnxRuntime::load(&vision).expect("`make setup` has fetched onnx runtime");
        let mut embedder =
            Embedder::open(&onnx, &vision, &self.profile.name).expect("`make setup` has made it");
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

    /// Images a second of a worker whose profile, called `name`, has no vectors yet: it embeds every stored crop.
    async fn worker(
        &self,
        system: &System,
        bus: &Bus,
        folder: &Path,
        threads: usize,
        name: String,
        stored: usize,
    ) -> f64 {
        let mut vectors =
            bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, &name).expect("a profile's name");
        let mut env = self.env.clone();
        // Of two with one name, the later counts.
        env.extend([
            ("AVZEUS_MODELS_FILE", self.models_file(folder, &name).display().to_string()),
            ("AVZEUS_PROFILE", name),
            ("AVZEUS_EMBED_THREADS", threads.to_string()),
            ("AVZEUS_EMBED_BATCH", BATCH.to_string()),
        ]);
        let _worker = Worker::start(system, &env).await;
        for _ in 0..WARM {
            vectors.next().await;
        }
        let begun = Instant::now();
        let timed = stored - 2 * WARM;
        for _ in 0..timed {
            vectors.next().await;
        }
        timed as f64 / begun.elapsed().as_secs_f64()
    }

    /// The same profile under another name.
    fn models_file(&self, folder: &Path, name: &str) -> PathBuf {
        let again = Profile { name: name.to_owned(), ..self.profile.clone() };
        let entry = toml::to_string(&BTreeMap::from([("embedder", [again])])).expect("a profile can be told");
        let file = folder.join(format!("{name}.toml"));
        let entries = self.vision.profiles.models_file.as_ref();
        let entries = entries.map(|file| std::fs::read_to_string(file).expect("it can be read"));
        std::fs::write(&file, entries.unwrap_or_default() + &entry).expect("a file can be written");
        file
    }
}

/// The net's input of every stored crop.
async fn chips(system: &System, bus: &Bus, stored: usize, profile: &Profile) -> Vec<Chip> {
    let crops =
        Crops::open(&ObjectConfig { objects: system.data().join("objects") }).expect("they are there");
    let as_it_is = profile.takes() == Takes::Face;
    let view = if as_it_is { View::Face } else { View::Context };
    let mut events = bus.replay::<v1::CropStored>(Stream::CropsStored, 1);
    let mut chips = Vec::with_capacity(stored);
    for _ in 0..stored {
        let event = events.next().await.message.expect("a crop that was stored");
        let (person, crop) = (PersonId::new(&event.person), CropId::new(&event.crop));
        let (person, crop) = (person.expect("a person's id"), crop.expect("a crop's id"));
        let png = crops.get(&person, &crop, view).await.expect("it is stored");
        let pixels = picture::decode(&png, PictureLimits::default()).expect("it is a picture");
        let face = event.face_in_context.as_ref().expect("a crop has a face");
        let (bounds, probability, landmarks) = FaceParts::try_from(face).expect("a face is whole");
        chips.push(if as_it_is {
            Chip { pixels }
        } else {
            vision::embedder::chip(profile, &pixels, &Face { bounds, probability, landmarks })
        });
    }
    chips
}
