//! Held against facenet-pytorch 2.6.0 and dlib: run with `AVZEUS_PARITY_DIR` naming a folder that has
//! `golden/` and `photos/`; skipped, with a word, without it.

use std::path::{Path, PathBuf};
use std::sync::Once;

use image::RgbImage;
use serde::Deserialize;
use vision::picture::{PictureLimits, decode};
use vision::{
    Chip, Detector, DetectorSettings, Embedder, Face, FaceCrops, OnnxRuntime, VisionConfig, align, models,
};

#[derive(Deserialize)]
struct GoldenImage {
    image: String,
    min_face_size: Option<u32>,
    faces: Vec<GoldenFace>,
    largest: Option<Largest>,
}

#[derive(Deserialize)]
struct GoldenFace {
    #[serde(rename = "box")]
    bounds: [f32; 4],
    probability: f32,
    landmarks: [[f32; 2]; 5],
}

#[derive(Deserialize)]
struct Largest {
    #[serde(rename = "box")]
    bounds: [f32; 4],
    dlib_embedding_of_chip150: Vec<f32>,
}

/// The folder to hold ours against, and the models to do it with.
struct Parity {
    folder: PathBuf,
    config: VisionConfig,
    runtime: OnnxRuntime,
}

impl Parity {
    fn find() -> Option<Parity> {
        let Some(folder) = std::env::var_os("AVZEUS_PARITY_DIR") else {
            eprintln!("skipped: AVZEUS_PARITY_DIR names no folder of golden files");
            return None;
        };
        let config = VisionConfig::default();
        static PULLED: Once = Once::new();
        PULLED.call_once(|| {
            models::pull(&config, &mut |_| {}).expect("`make setup` has fetched the weights");
        });
        let runtime = OnnxRuntime::load(&config).expect("`make setup` has fetched onnx runtime");
        Some(Parity { folder: folder.into(), config, runtime })
    }

    fn golden(&self) -> Vec<GoldenImage> {
        let path = self.folder.join("golden/mtcnn_facenet_pytorch_2.6.0.json");
        let json = std::fs::read(path).expect("the folder has the golden detections");
        serde_json::from_slice(&json).expect("they have this shape")
    }

    fn photo(&self, name: &str) -> RgbImage {
        read(&self.folder.join("photos").join(name))
    }

    fn golden_picture(&self, photo: &str, what: &str) -> RgbImage {
        let stem = photo.trim_end_matches(".png");
        read(&self.folder.join("golden").join(format!("{stem}_{what}.png")))
    }

    fn detect(&self, image: &RgbImage, min_face: u32) -> Vec<Face> {
        Detector::open(&self.runtime, &self.config, DetectorSettings { min_face })
            .and_then(|mut detector| detector.detect(image))
            .expect("the nets run")
    }
}

fn read(path: &Path) -> RgbImage {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes, PictureLimits::default()).expect("it is a picture")
}

fn worst<'a>(pairs: impl Iterator<Item = (&'a f32, &'a f32)>) -> f32 {
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

#[test]
fn the_same_faces_as_facenet_pytorch() {
    let Some(parity) = Parity::find() else { return };
    for golden in parity.golden() {
        let min_face = golden.min_face_size.unwrap_or(20);
        let faces = parity.detect(&parity.photo(&golden.image), min_face);
        assert_eq!(faces.len(), golden.faces.len(), "{} at {min_face}", golden.image);
        for (ours, theirs) in faces.iter().zip(&golden.faces) {
            let boxes = worst(ours.bounds.iter().zip(&theirs.bounds));
            let points = worst(ours.landmarks.iter().flatten().zip(theirs.landmarks.iter().flatten()));
            let probability = (ours.probability - theirs.probability).abs();
            eprintln!(
                "{} at {min_face}: box {boxes:.4} px, landmarks {points:.4} px, probability {probability:.6}",
                golden.image
            );
            assert!(boxes <= 0.1, "{} at {min_face}: {ours:?}", golden.image);
            assert!(points <= 0.1, "{} at {min_face}: {ours:?}", golden.image);
            assert!(probability <= 0.0005, "{} at {min_face}: {ours:?}", golden.image);
        }
    }
}

#[test]
fn the_same_crop_as_facenet_pytorch() {
    let Some(parity) = Parity::find() else { return };
    for golden in parity.golden().iter().filter(|golden| golden.largest.is_some()) {
        let photo = parity.photo(&golden.image);
        let faces = parity.detect(&photo, 20);
        let ours = FaceCrops::cut(&photo, &faces[0]).face;
        let difference = mean_difference(&ours, &parity.golden_picture(&golden.image, "crop160_margin10"));
        eprintln!("{}: crop differs by {difference:.4} grey levels", golden.image);
        assert!(difference <= 0.05, "{}: {difference}", golden.image);
    }
}

#[test]
fn the_same_vector_as_dlib_and_nearly_the_same_chip() {
    let Some(parity) = Parity::find() else { return };
    let mut embedder = Embedder::open_reference(&parity.runtime, &parity.config, "dlib-resnet-v1")
        .expect("the net is in place");
    for golden in parity.golden() {
        let Some(largest) = &golden.largest else { continue };
        let chip = parity.golden_picture(&golden.image, "chip150_aligned");
        let golden_chip = [Chip { pixels: chip.clone() }];
        let raw = embedder.embed_raw(&golden_chip).expect("the net runs").remove(0);
        let difference = worst(raw.iter().zip(&largest.dlib_embedding_of_chip150));
        eprintln!("{}: raw vector differs by {difference:.7}", golden.image);
        assert_eq!(raw.len(), 128);
        assert!(difference <= 1e-4, "{}: {difference}", golden.image);

        let unit = embedder.embed(&golden_chip).expect("the net runs").remove(0);
        let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length(&unit) - 1.0).abs() < 1e-5);

        let photo = parity.photo(&golden.image);
        let faces = parity.detect(&photo, 20);
        assert!(worst(faces[0].bounds.iter().zip(&largest.bounds)) <= 1.5);
        let straight = mean_difference(&align::DLIB_150.chip(&photo, &faces[0]), &chip);
        let crops = FaceCrops::cut(&photo, &faces[0]);
        let stored = embedder.chip(&crops);
        let from_context = mean_difference(&stored.pixels, &chip);
        let ours = embedder.embed(&[stored]).expect("the net runs").remove(0);
        let cosine: f32 = ours.iter().zip(&unit).map(|(a, b)| a * b).sum();
        eprintln!(
            "{}: chip differs by {straight:.3} grey levels, {from_context:.3} cut from the context; cosine {cosine:.6}",
            golden.image
        );
        assert!(straight <= 2.0 && from_context <= 2.0, "{straight} {from_context}");
        assert!(cosine >= 0.999, "{cosine}");
    }
}
