//! Our MTCNN against facenet-pytorch's, on the same pictures and the same cores: time, and the boxes.

mod peer;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cli::portrait::{Identity, Sitting, portrait, scenery};
use image::RgbImage;
use image::imageops::{FilterType, crop_imm, overlay, resize};
use serde_json::{Value, json};
use vision::{Detector, DetectorSettings, Face, OnnxRuntime, VisionConfig};

const WIDTH: u32 = 1024;
const HEIGHT: u32 = 768;
const SHEETS: u32 = 12;
const ROUNDS: usize = 7;
/// Pixels that a coordinate may differ by and be the same.
const SAME: f32 = 0.01;
/// Sides of the portraits on a sheet, in pixels; their faces are about half as wide.
const SIDES: [u32; 6] = [64, 96, 128, 176, 224, 256];
/// A sheet is 4×3 places of so many pixels a side.
const PLACE: u32 = 256;

fn main() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let pictures: Vec<RgbImage> = (0..SHEETS).map(sheet).chain(photograph()).collect();
    let files: Vec<_> = (0..pictures.len()).map(|n| folder.path().join(format!("{n}.png"))).collect();
    for (picture, file) in pictures.iter().zip(&files) {
        picture.save(file).expect("a picture can be written");
    }
    let ours = Ours::measured(&pictures, cores);
    println!(
        "MTCNN, {} pictures of {WIDTH}×{HEIGHT}, {cores} cores on both sides: {:.2} images/s, {:.2} if only the nets \
         cost time; {} faces",
        pictures.len(),
        ours.rate,
        ours.floor,
        ours.faces.iter().map(Vec::len).sum::<usize>()
    );
    let question = json!({ "pictures": files, "rounds": ROUNDS, "threads": cores });
    let Some(theirs) = peer::run("detector.py", &question) else { return };
    let seconds = theirs["seconds"].as_array().expect("a time a round").iter().filter_map(Value::as_f64);
    let rate = pictures.len() as f64 / median(seconds.collect());
    let boxes: Vec<Vec<[f32; 4]>> =
        serde_json::from_value(theirs["boxes"].clone()).expect("four numbers a face");
    println!(
        "facenet-pytorch: {rate:.2} images/s, {} faces; ours is × {:.2} as fast, its boxes are {}",
        boxes.iter().map(Vec::len).sum::<usize>(),
        ours.rate / rate,
        apart(&ours.faces, &boxes)
    );
}

struct Ours {
    /// Pictures a second, in the median round.
    rate: f64,
    /// The same if everything but the nets cost nothing.
    floor: f64,
    /// Of each picture.
    faces: Vec<Vec<Face>>,
}

impl Ours {
    /// A detector a core side by side, with one thread in their nets.
    fn measured(pictures: &[RgbImage], cores: usize) -> Self {
        // The library that ingest loads: the build with OpenVINO runs the same nets more slowly.
        let config = VisionConfig { vision_threads: 1, ..VisionConfig::default().for_detection() };
        let runtime = OnnxRuntime::load(&config).expect("`make setup` has fetched onnx runtime");
        let open = |_| Detector::open(&runtime, &config, DetectorSettings::default());
        let mut detectors: Vec<Detector> =
            (0..cores).map(open).collect::<Result<_, _>>().expect("`make setup` has made the nets");
        // What is loaded and allocated once is not counted.
        let mut faces = round(&mut detectors, pictures);
        let in_nets = |detectors: &[Detector]| detectors.iter().map(Detector::in_nets).sum::<Duration>();
        let before = in_nets(&detectors);
        let mut seconds = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            faces = round(&mut detectors, pictures);
            seconds.push(begun.elapsed().as_secs_f64());
        }
        let nets = (in_nets(&detectors) - before).as_secs_f64() / (cores * ROUNDS) as f64;
        let count = pictures.len() as f64;
        Self { rate: count / median(seconds), floor: count / nets, faces }
    }
}

/// The faces of every picture.
fn round(detectors: &mut [Detector], pictures: &[RgbImage]) -> Vec<Vec<Face>> {
    let next = AtomicUsize::new(0);
    let mut found = thread::scope(|scope| {
        let threads: Vec<_> = detectors
            .iter_mut()
            .map(|detector| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let Some(picture) = pictures.get(n) else { return found };
                        found.push((n, detector.detect(picture).expect("the nets run")));
                    }
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect::<Vec<_>>()
    });
    found.sort_by_key(|(n, _)| *n);
    found.into_iter().map(|(_, faces)| faces).collect()
}

/// How far the boxes of the same pictures are from each other, largest first on both sides.
fn apart(ours: &[Vec<Face>], theirs: &[Vec<[f32; 4]>]) -> String {
    let others = ours.iter().zip(theirs).filter(|(ours, theirs)| ours.len() != theirs.len()).count();
    if others > 0 {
        return format!("not theirs: {others} pictures show another number of faces");
    }
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    let coordinates = |(face, other): (&Face, &[f32; 4])| face.bounds.into_iter().zip(*other);
    let far: Vec<f32> =
        pairs.map(|pair| coordinates(pair).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)).collect();
    let same = far.iter().filter(|&&far| far <= SAME).count();
    let farthest = far.iter().copied().fold(0.0, f32::max);
    format!("within {SAME} pixels of theirs for {same} of {}, at most {farthest:.5} away", far.len())
}

/// Half of the places hold somebody, before a landscape or a plain wall.
fn sheet(n: u32) -> RgbImage {
    let mut sheet = if n.is_multiple_of(2) {
        crop_imm(&scenery(n.into(), WIDTH), 0, 0, WIDTH, HEIGHT).to_image()
    } else {
        RgbImage::from_pixel(WIDTH, HEIGHT, image::Rgb([96, 104, 112]))
    };
    for place in (0..12).filter(|place| (place + place / 4 + n).is_multiple_of(2)) {
        let seed = u64::from(n * 12 + place);
        let side = SIDES[(n + place / 2) as usize % SIDES.len()];
        let somebody = portrait(&Identity::drawn(seed), &Sitting::drawn(seed + 1000), side);
        let middle = |index: u32| i64::from(index * PLACE + (PLACE - side) / 2);
        overlay(&mut sheet, &somebody, middle(place % 4), middle(place / 4));
    }
    sheet
}

/// A photograph of a crowd, where there is one.
fn photograph() -> Option<RgbImage> {
    let folder = tests::parity_dir()?;
    let photo = image::open(Path::new(&folder).join("photos/astronaut_many.png")).expect("it is a picture");
    let photo = photo.into_rgb8();
    let shrink =
        (f64::from(WIDTH) / f64::from(photo.width())).min(f64::from(HEIGHT) / f64::from(photo.height()));
    let side = |length: u32| (f64::from(length) * shrink).round() as u32;
    let photo = resize(&photo, side(photo.width()), side(photo.height()), FilterType::Triangle);
    let mut padded = RgbImage::new(WIDTH, HEIGHT);
    overlay(&mut padded, &photo, 0, 0);
    Some(padded)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
