//! An embedding worker, from stored crops to stored vectors, against its net alone with as many threads.
//!
//! A machine's speed drifts by more than the two differ. So they have it by turns of a second or two, the worker held
//! still while the net runs, and what counts is what each did in all its turns.

mod formula_net;
mod peer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bus::{Bus, Replay, Stream};
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
/// Crops a turn.
const TURN: usize = 4 * BATCH;
/// Times that a worker embeds every crop: fifty turns.
const ROUNDS: usize = 5;

/// What has been embedded, and in how long.
#[derive(Default)]
struct Pace {
    images: usize,
    time: Duration,
}

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
            let mut net = subject.net(threads);
            net.run(&chips[..WARM]);
            let (mut worker, mut alone) = (Pace::default(), Pace::default());
            let mut ratios = vec![];
            for round in 0..ROUNDS {
                let again = format!("{name}-again-{threads}-{round}");
                let mut vectors =
                    bus.replay_profile(Stream::CropsEmbedded, &again).expect("a profile's name");
                let running = subject.worker(&system, folder.path(), threads, again).await;
                next(&mut vectors, WARM).await;
                let (left, _) = chips[2 * WARM..].as_chunks::<TURN>();
                for turn in left {
                    running.let_go();
                    let of_worker = next(&mut vectors, TURN).await;
                    running.hold();
                    let of_net = net.run(turn);
                    ratios.push(of_worker.per_second() / of_net.per_second());
                    worker.add(&of_worker);
                    alone.add(&of_net);
                }
            }
            ratios.sort_by(f64::total_cmp);
            let (worker, alone) = (worker.per_second(), alone.per_second());
            println!(
                "{name}, {threads} threads: worker {worker:.2} images/s, net alone {alone:.2} images/s, × {:.3} \
                 (turns {:.3} to {:.3}, median {:.3})",
                worker / alone,
                ratios[0],
                ratios[ratios.len() - 1],
                ratios[ratios.len() / 2],
            );
        }
    }
}

impl Pace {
    fn per_second(&self) -> f64 {
        self.images as f64 / self.time.as_secs_f64()
    }

    fn add(&mut self, other: &Self) {
        self.images += other.images;
        self.time += other.time;
    }
}

/// Waits for so many vectors.
async fn next(vectors: &mut Replay<v1::CropEmbedded>, images: usize) -> Pace {
    let begun = Instant::now();
    for _ in 0..images {
        vectors.next().await;
    }
    Pace { images, time: begun.elapsed() }
}

/// One session and its threads, without a worker around it.
struct Net(Embedder);

impl Net {
    /// Embeds chips that are ready, in batches.
    fn run(&mut self, chips: &[Chip]) -> Pace {
        let begun = Instant::now();
        for batch in chips.chunks(BATCH) {
            self.0.embed_raw(batch).expect("the net runs");
        }
        Pace { images: chips.len(), time: begun.elapsed() }
    }
}

impl Subject {
    fn of(vision: &VisionConfig, env: Vec<(&'static str, String)>) -> Self {
        let profile = vision.profiles.chosen().expect("it is there");
        Self { vision: vision.clone(), profile, env }
    }

    /// The net alone, with so many threads.
    fn net(&self, threads: usize) -> Net {
        let vision = VisionConfig { vision_threads: threads, ..self.vision.clone() };
        let onnx = OnnxRuntime::load(&vision).expect("`make setup` has fetched onnx runtime");
        Net(Embedder::open(&onnx, &vision, &self.profile.name).expect("`make setup` has made it"))
    }

    /// A worker whose profile, called `name`, has no vectors yet: it embeds every stored crop.
    async fn worker(&self, system: &System, folder: &Path, threads: usize, name: String) -> Worker {
        let mut env = self.env.clone();
        // Of two with one name, the later counts.
        env.extend([
            ("AVZEUS_MODELS_FILE", self.models_file(folder, &name).display().to_string()),
            ("AVZEUS_PROFILE", name),
            ("AVZEUS_EMBED_THREADS", threads.to_string()),
            ("AVZEUS_EMBED_BATCH", BATCH.to_string()),
        ]);
        Worker::start(system, &env).await
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
