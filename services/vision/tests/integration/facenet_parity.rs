//! The converter of InceptionResnetV1 held against facenet-pytorch: a net whose every weight is given by
//! a formula, written as a `.pt` file in both formats, converted, and run on two formula-made pictures.
//!
//! Run with `AVZEUS_PARITY_DIR` naming a folder that has `golden/`; skipped, with a word, without it.

use std::path::PathBuf;
use std::time::Instant;

use super::state_dict_file::{self, NamedTensor};
use image::RgbImage;
use serde::Deserialize;
use vision::{Chip, Embedder, OnnxRuntime, VisionConfig, models};

#[derive(Deserialize)]
struct Golden {
    names_and_shapes: Vec<(String, Vec<usize>)>,
    #[serde(rename = "embedding_A")]
    embedding_a: Vec<f32>,
    #[serde(rename = "embedding_B")]
    embedding_b: Vec<f32>,
}

/// The golden file's `hash`.
fn h(i: usize, k: usize) -> f64 {
    let mut x = (i as u32)
        .wrapping_mul(2_654_435_761)
        .wrapping_add((k as u32).wrapping_mul(40_503))
        .wrapping_add(12_345);
    for _ in 0..2 {
        x ^= x >> 16;
        x = x.wrapping_mul(0x045d_9f3b);
    }
    x ^= x >> 16;
    f64::from(x) / 4_294_967_296.0
}

/// The golden file's `tensors`, with what a real file has besides: counters and the classifier.
fn tensors(golden: &Golden) -> Vec<NamedTensor> {
    let mut tensors = vec![];
    for (k, (name, shape)) in golden.names_and_shapes.iter().enumerate() {
        let fan_in: usize = shape[1..].iter().product();
        let number = |u: f64| match name.rsplit('.').next() {
            Some("running_var") => 0.5 + u,
            Some("running_mean") => (u - 0.5) * 0.2,
            _ if shape.len() > 1 => (u - 0.5) * 2.0 * (3.0 / fan_in as f64).sqrt(),
            Some("weight") => 0.5 + u,
            _ => (u - 0.5) * 0.2,
        };
        let count = shape.iter().product();
        tensors.push(NamedTensor::floats(name, shape, (0..count).map(|i| number(h(i, k)) as f32).collect()));
        if let Some(layer) = name.strip_suffix("running_var") {
            tensors.push(NamedTensor::counter(&format!("{layer}num_batches_tracked"), 7));
        }
    }
    tensors.push(NamedTensor::floats("logits.weight", &[4, 512], vec![0.5; 4 * 512]));
    tensors.push(NamedTensor::floats("logits.bias", &[4], vec![0.5; 4]));
    tensors
}

/// The golden file's `pixels`.
fn picture(k: usize) -> RgbImage {
    RgbImage::from_fn(160, 160, |x, y| {
        let level =
            |channel: usize| (256.0 * h(channel * 160 * 160 + y as usize * 160 + x as usize, k)) as u8;
        image::Rgb([level(0), level(1), level(2)])
    })
}

#[test]
fn the_same_vectors_as_facenet_pytorch() {
    let Some(folder) = std::env::var_os("AVZEUS_PARITY_DIR").map(PathBuf::from) else {
        eprintln!("skipped: AVZEUS_PARITY_DIR names no folder of golden files");
        return;
    };
    let json = std::fs::read(folder.join("golden/inception_resnet_v1_formula.json"))
        .expect("the folder has the golden vectors");
    let golden: Golden = serde_json::from_slice(&json).expect("they have this shape");
    let tensors = tensors(&golden);
    let mut config = VisionConfig::default();
    let runtime = OnnxRuntime::load(&config).expect("`make setup` has fetched onnx runtime");
    let models_dir = tempfile::tempdir().expect("a temporary folder");
    config.profiles.models_dir = models_dir.path().to_owned();
    let mut made = vec![];
    for (format, file) in
        [("legacy", state_dict_file::legacy(&tensors)), ("zip", state_dict_file::zipped(&tensors))]
    {
        let weights = models_dir.path().join(format!("{format}.pt"));
        std::fs::write(&weights, file).expect("the folder is ours");
        let started = Instant::now();
        let converted = models::convert(&config, "facenet-vggface2", &weights, None).expect("it is whole");
        eprintln!("{format}: {} bytes of onnx in {:.0?}", converted.bytes, started.elapsed());
        made.push(converted.sha256);
    }
    assert_eq!(made[0], made[1], "both formats make the same file");
    let mut embedder =
        Embedder::open_reference(&runtime, &config, "facenet-vggface2").expect("it was just made");
    let chips = [999, 1000].map(|k| Chip { pixels: picture(k) });
    let ours = embedder.embed(&chips).expect("the net runs");
    for ((case, theirs), ours) in
        [("A", &golden.embedding_a), ("B", &golden.embedding_b)].into_iter().zip(&ours)
    {
        assert_eq!(ours.len(), theirs.len());
        let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        eprintln!("embedding {case}: max |Δ| {worst:.2e}");
        assert!(worst <= 1e-4, "{case}: {worst}");
    }
}
