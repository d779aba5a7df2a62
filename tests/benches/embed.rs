//! An embedding worker, from stored crops to stored vectors, against its net alone with as many threads, and against a worker
//! that runs the net by the CPU provider in f32.
//!
//! A machine's speed drifts by more than they differ. So they have it by turns of a second or two, the workers held still
//! while others run, and what counts is the median of all turns.

mod formula_net;
mod peer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bus::{Bus, Replay, Stream};
use cli::drawn_roster::{DrawnRoster, draw};
use domain::embedding::dot;
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
/// Times that a worker embeds every crop: some thirty turns.
const ROUNDS: usize = 3;

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
            let mut net = subject.net(threads);
            net.run(&chips[..WARM]);
            let made_by = net.0.choice().execution;
            let mut measured = Measured::default();
            for round in 0..ROUNDS {
                let chosen = subject.running(&system, &bus, folder.path(), threads, None, round).await;
                let reference =
                    subject.running(&system, &bus, folder.path(), threads, Some("cpu"), round).await;
                measured.round(chosen, reference, &mut net, &chips).await;
            }
            measured.print(&format!("{}, {threads} threads, {made_by}", subject.profile.name), threads);
        }
    }
}

/// A worker that is held still but for its turns, and what it stores.
struct Running {
    worker: Worker,
    vectors: Replay<v1::CropEmbedded>,
}

/// What was measured of one net with so many threads.
#[derive(Default)]
struct Measured {
    worker: Pace,
    reference: Pace,
    alone: Pace,
    /// Turn by turn: the worker's pace by the net's, and by that of the worker with the CPU provider in f32.
    to_net: Vec<f64>,
    to_reference: Vec<f64>,
    /// Processor time of the worker in its turns.
    cpu: Duration,
    /// Vectors by crop, of the worker and of the one with the CPU provider.
    made: [BTreeMap<String, Vec<f32>>; 2],
}

impl Measured {
    async fn round(&mut self, mut chosen: Running, mut reference: Running, net: &mut Net, chips: &[Chip]) {
        for (running, made) in [&mut chosen, &mut reference].into_iter().zip(&mut self.made) {
            running.turn(WARM, made).await;
        }
        let (left, _) = chips[2 * WARM..].as_chunks::<TURN>();
        for turn in left {
            let before = chosen.worker.cpu_time();
            let of_worker = chosen.turn(TURN, &mut self.made[0]).await;
            self.cpu += chosen.worker.cpu_time() - before;
            let of_reference = reference.turn(TURN, &mut self.made[1]).await;
            let of_net = net.run(turn);
            self.to_net.push(of_worker.per_second() / of_net.per_second());
            self.to_reference.push(of_worker.per_second() / of_reference.per_second());
            self.worker.add(&of_worker);
            self.reference.add(&of_reference);
            self.alone.add(&of_net);
        }
    }

    fn print(mut self, what: &str, threads: usize) {
        let [worker, reference, alone] = [&self.worker, &self.reference, &self.alone].map(Pace::per_second);
        println!("{what}: worker {worker:.1} images/s, by cpu/f32 {reference:.1}, net alone {alone:.1}");
        println!("  worker / net alone        × {}", spread(&mut self.to_net));
        println!("  worker / worker by cpu/f32 × {}", spread(&mut self.to_reference));
        let cpu = self.cpu.as_secs_f64() * 1e6 / self.worker.images as f64;
        let net = threads as f64 * 1e6 / alone;
        println!(
            "  processor time an image: {cpu:.0} µs, of which the net {net:.0} and all else {:.0}",
            cpu - net
        );
        let [made, expected] = &self.made;
        let cosines = made.iter().filter_map(|(crop, vector)| Some(dot(vector, expected.get(crop)?)));
        let (count, lowest) =
            cosines.fold((0, 1.0_f32), |(count, lowest), cosine| (count + 1, lowest.min(cosine)));
        println!("  lowest cosine of {count} crops' two vectors: {lowest:.6}");
    }
}

/// Median, least and most of some ratios.
fn spread(ratios: &mut [f64]) -> String {
    ratios.sort_by(f64::total_cmp);
    let [least, .., most] = ratios else { return "not measured".to_owned() };
    let (least, most) = (*least, *most);
    format!("{:.2} (median of {} turns, {least:.2} to {most:.2})", ratios[ratios.len() / 2], ratios.len())
}

impl Running {
    /// Lets it go on until so many more vectors are stored.
    async fn turn(&mut self, images: usize, made: &mut BTreeMap<String, Vec<f32>>) -> Pace {
        self.worker.let_go();
        let begun = Instant::now();
        let mut events = Vec::with_capacity(images);
        for _ in 0..images {
            events.push(self.vectors.next().await);
        }
        let time = begun.elapsed();
        self.worker.hold();
        for event in events {
            let event = event.message.expect("a vector");
            made.insert(event.crop, event.vector);
        }
        Pace { images, time }
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

    /// A worker whose profile has another name in each `round`, and no vectors yet: it embeds every stored crop. It is held.
    async fn running(
        &self,
        system: &System,
        bus: &Bus,
        folder: &Path,
        threads: usize,
        provider: Option<&str>,
        round: usize,
    ) -> Running {
        let name = format!("{}-{}-{threads}-{round}", self.profile.name, provider.unwrap_or("chosen"));
        let vectors = bus.replay_profile(Stream::CropsEmbedded, &name).expect("a profile's name");
        let mut env = self.env.clone();
        // Of two with one name, the later counts.
        env.extend([
            ("AVZEUS_MODELS_FILE", self.models_file(folder, &name).display().to_string()),
            ("AVZEUS_PROFILE", name),
            ("AVZEUS_EMBED_THREADS", threads.to_string()),
            ("AVZEUS_EMBED_BATCH", BATCH.to_string()),
        ]);
        env.extend(provider.map(|provider| ("AVZEUS_ONNX_PROVIDER", provider.to_owned())));
        let worker = Worker::start(system, &env).await;
        worker.hold();
        Running { worker, vectors }
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
