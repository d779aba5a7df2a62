//! `avzeus faces`: what the nets see in a picture, without any service.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use vision::picture::{self, PictureLimits};
use vision::{
    Chip, Detector, DetectorSettings, Embedder, Face, FaceCrops, OnnxRuntime, VisionConfig, VisionError,
};

/// Exit code when a picture could not be read or shows no face.
const NOT_EVERY_PICTURE: u8 = 2;
/// Side in pixels of what the first net looks at: nothing is found below it.
const SMALLEST_FACE: i64 = 12;
/// Numbers of a vector that people are shown; `--json` has them all.
const SHOWN: usize = 4;

/// `avzeus faces …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FacesCommand {
    /// Find the faces of pictures: boxes, probabilities and landmarks, largest face first.
    Detect {
        #[command(flatten)]
        look: Look,
    },
    /// Turn the largest face of each picture into the profile's vector, of length one.
    Embed {
        #[command(flatten)]
        look: Look,
        /// The pictures are chips already: cut, aligned and as large as the profile's input.
        #[arg(long)]
        aligned: bool,
    },
}

/// Which pictures, and how to look at them.
#[derive(Debug, clap::Args)]
pub(crate) struct Look {
    /// PNG, JPEG or WebP files.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Side of the smallest face to look for, in pixels; smaller is slower.
    #[arg(long, default_value_t = DetectorSettings::default().min_face, value_name = "PIXELS",
          value_parser = clap::value_parser!(u32).range(SMALLEST_FACE..))]
    min_face: u32,
    /// Print an array of JSON, one object a picture.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vision: VisionConfig,
}

/// The faces of one picture, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Detected {
    image: String,
    faces: Vec<DetectedFace>,
}

#[derive(Debug, Serialize)]
struct DetectedFace {
    /// `[x1, y1, x2, y2]` in pixels of the upright picture.
    #[serde(rename = "box")]
    bounds: [f32; 4],
    probability: f32,
    landmarks: [[f32; 2]; 5],
}

/// The vector of one picture's largest face, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Embedded {
    image: String,
    model: String,
    /// Execution provider and precision of the net.
    made_by: String,
    vector: Vec<f32>,
}

/// Runs the command; a picture that is not usable is told on standard error, and the others go on.
pub(crate) fn run(command: FacesCommand) -> Result<ExitCode, VisionError> {
    match command {
        FacesCommand::Detect { look } => detect(&look),
        FacesCommand::Embed { look, aligned } => embed(&look, aligned),
    }
}

impl Look {
    fn detector(&self, runtime: &OnnxRuntime) -> Result<Detector, VisionError> {
        Detector::open(runtime, &self.vision, DetectorSettings { min_face: self.min_face })
    }
}

fn detect(look: &Look) -> Result<ExitCode, VisionError> {
    let runtime = OnnxRuntime::load(&look.vision.for_detection())?;
    let mut detector = look.detector(&runtime)?;
    let mut told = Told::default();
    let mut all = Vec::new();
    for path in &look.images {
        let Some(image) = told.read(path) else { continue };
        let faces = detector.detect(&image)?;
        if faces.is_empty() {
            told.say(path, "no face was found");
        }
        let faces = faces.into_iter().map(DetectedFace::from).collect();
        all.push(Detected { image: name(path), faces });
    }
    if look.json {
        print_json(&all);
    } else {
        all.iter().for_each(Detected::print);
    }
    Ok(told.exit_code())
}

fn embed(look: &Look, aligned: bool) -> Result<ExitCode, VisionError> {
    let runtime = OnnxRuntime::load(&look.vision)?;
    let mut detector = look.detector(&runtime)?;
    let mut embedder = Embedder::open(&runtime, &look.vision, &look.vision.profiles.profile)?;
    let side = embedder.profile().input_side;
    let mut told = Told::default();
    let (mut images, mut vectors) = (Vec::new(), Vec::new());
    for path in &look.images {
        let Some(image) = told.read(path) else { continue };
        let chip = if aligned {
            if image.dimensions() != (side, side) {
                let (width, height) = image.dimensions();
                told.say(
                    path,
                    &format!("a chip of this profile has {side}×{side} pixels, not {width}×{height}"),
                );
                continue;
            }
            Chip { pixels: image }
        } else {
            let Some(face) = detector.detect(&image)?.first().copied() else {
                told.say(path, "no face was found");
                continue;
            };
            // Through the stored crop, as a picture in a catalogue goes.
            let crops = FaceCrops::cut(&image, &face);
            embedder.chip(&crops)
        };
        images.push(name(path));
        vectors.extend(embedder.embed(&[chip])?);
    }
    let (model, choice) = (embedder.profile().name.clone(), embedder.choice());
    if choice.is_second_best {
        eprintln!("embedded by {}: {}", choice.execution, choice.reason);
    }
    let made_by = choice.execution.to_string();
    let all: Vec<_> = images
        .into_iter()
        .zip(vectors)
        .map(|(image, vector)| Embedded { image, model: model.clone(), made_by: made_by.clone(), vector })
        .collect();
    if look.json {
        print_json(&all);
    } else {
        all.iter().for_each(Embedded::print);
    }
    Ok(told.exit_code())
}

/// The picture in a file, or why it is none.
pub(crate) fn read(path: &Path) -> Result<image::RgbImage, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    picture::decode(&bytes, PictureLimits::default()).map_err(|error| error.to_string())
}

/// What had to be said about pictures; one word makes the command end with 2.
#[derive(Debug, Default)]
struct Told {
    words: usize,
}

impl Told {
    fn read(&mut self, path: &Path) -> Option<image::RgbImage> {
        read(path).inspect_err(|reason| self.say(path, reason)).ok()
    }

    fn say(&mut self, path: &Path, word: &str) {
        eprintln!("avzeus: {}: {word}", path.display());
        self.words += 1;
    }

    fn exit_code(&self) -> ExitCode {
        if self.words == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_EVERY_PICTURE) }
    }
}

impl From<Face> for DetectedFace {
    fn from(face: Face) -> Self {
        let Face { bounds, probability, landmarks } = face;
        DetectedFace { bounds, probability, landmarks }
    }
}

impl Detected {
    fn print(&self) {
        let count = self.faces.len();
        println!("{}: {count} face{}", self.image, if count == 1 { "" } else { "s" });
        for face in &self.faces {
            let [x1, y1, x2, y2] = face.bounds;
            println!(
                "  {:>6.1} {:>6.1}  {:>5.1}×{:<5.1} pixels  probability {:.4}",
                x1,
                y1,
                x2 - x1,
                y2 - y1,
                face.probability
            );
        }
    }
}

impl Embedded {
    fn print(&self) {
        let shown: Vec<_> = self.vector.iter().take(SHOWN).map(|v| format!("{v:.4}")).collect();
        let Self { image, model, made_by, vector } = self;
        println!("{image}: {model} by {made_by} [{}, …] of {}", shown.join(", "), vector.len());
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

fn print_json<T: Serialize>(all: &[T]) {
    println!("{}", serde_json::to_string(all).expect("plain data always serialises"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detections_are_printed_under_the_contracts_names() {
        let face = Face { bounds: [1.0, 2.0, 3.5, 4.0], probability: 0.5, landmarks: [[1.0, 2.0]; 5] };
        let detected = Detected { image: "a.png".into(), faces: vec![face.into()] };
        let json = serde_json::to_value(&detected).expect("plain data");
        assert_eq!(json["image"], "a.png");
        assert_eq!(json["faces"][0]["box"], serde_json::json!([1.0, 2.0, 3.5, 4.0]));
        assert_eq!(json["faces"][0]["probability"], 0.5);
        assert_eq!(json["faces"][0]["landmarks"].as_array().map(Vec::len), Some(5));
    }

    #[test]
    fn a_picture_that_is_missing_is_told_and_ends_with_2() {
        let mut told = Told::default();
        assert_eq!(format!("{:?}", told.exit_code()), format!("{:?}", ExitCode::SUCCESS));
        assert!(told.read(Path::new("/nowhere/face.png")).is_none());
        assert_eq!(format!("{:?}", told.exit_code()), format!("{:?}", ExitCode::from(2)));
    }
}
