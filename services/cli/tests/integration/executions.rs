//! How `avzeus` embeds where OpenVINO is there, is not, and is damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cli::portrait::{Identity, Sitting, portrait};
use domain::embedding::dot;
use serde_json::Value;
use vision::{AGREEMENT, VisionConfig};

const PICTURES: u64 = 6;

/// A vector, what made it, and what was said about it.
struct Embedded {
    made_by: String,
    vectors: Vec<Vec<f32>>,
    said: String,
}

/// The faces of drawn portraits, embedded with `env` set.
fn embedded(pictures: &[PathBuf], env: &[(&str, &Path)]) -> Embedded {
    let output = Command::new(env!("CARGO_BIN_EXE_avzeus"))
        .args(["faces", "embed", "--json"])
        .args(pictures)
        .env_remove("AVZEUS_ONNX_PROVIDER")
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let faces: Value = serde_json::from_slice(&output.stdout).unwrap();
    let faces = faces.as_array().unwrap();
    let vector = |face: &Value| serde_json::from_value(face["vector"].clone()).unwrap();
    Embedded {
        made_by: faces[0]["made_by"].as_str().unwrap().to_owned(),
        vectors: faces.iter().map(vector).collect(),
        said,
    }
}

fn drawn(folder: &Path) -> Vec<PathBuf> {
    let draw = |number| {
        let path = folder.join(format!("{number}.png"));
        portrait(&Identity::drawn(number), &Sitting::drawn(number), 240).save(&path).unwrap();
        path
    };
    (0..PICTURES).map(draw).collect()
}

/// A copy of the build with OpenVINO, one file of which keeps so much of its length.
fn damaged(from: &Path, to: &Path, file: &str, kept: f64) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == file {
            let whole = fs::read(entry.path()).unwrap();
            fs::write(target, &whole[..(whole.len() as f64 * kept) as usize]).unwrap();
        } else {
            // No link: OpenVINO looks for its parts where a link leads.
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn faces_are_embedded_alike_whatever_is_there_to_embed_them() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = drawn(folder.path());
    let reference = embedded(&pictures, &[("AVZEUS_ONNX_PROVIDER", Path::new("cpu"))]);
    assert_eq!(reference.made_by, "cpu/f32");
    let is_reference = |other: &Embedded| other.made_by == "cpu/f32" && other.vectors == reference.vectors;

    // Where it is absent, nobody who did not ask for it hears of it.
    let nowhere = folder.path().join("nowhere");
    let without = embedded(&pictures, &[("AVZEUS_OPENVINO_DIR", &nowhere)]);
    assert!(is_reference(&without));
    assert_eq!(without.said, "");
    let asked = [("AVZEUS_OPENVINO_DIR", nowhere.as_path()), ("AVZEUS_ONNX_PROVIDER", Path::new("openvino"))];
    let asked = embedded(&pictures, &asked);
    assert!(is_reference(&asked));
    assert_eq!(asked.said.lines().count(), 1, "{}", asked.said);
    assert!(asked.said.contains("nowhere"), "{}", asked.said);

    let config = VisionConfig::default();
    let openvino = config.openvino_folder();
    if !openvino.is_dir() {
        eprintln!("skipped: no OpenVINO is installed: {}", config.choice().reason);
        return;
    }
    for (file, kept) in
        [("libopenvino_intel_cpu_plugin.so", 0.4), ("libonnxruntime.so", 0.0), ("libtbb.so.12", 0.5)]
    {
        let broken = folder.path().join(file);
        damaged(&openvino, &broken, file, kept);
        let fell_back = embedded(&pictures, &[("AVZEUS_OPENVINO_DIR", &broken)]);
        assert!(is_reference(&fell_back), "{file}");
        assert_eq!(fell_back.said.lines().count(), 1, "{}", fell_back.said);
        assert!(fell_back.said.contains(file), "{}", fell_back.said);
    }
    // A file that is no longer there, which its library alone knows to need.
    let lacking = folder.path().join("lacking");
    damaged(&openvino, &lacking, "", 1.0);
    fs::remove_file(lacking.join("libopenvino_intel_cpu_plugin.so")).unwrap();
    let lacking = embedded(
        &pictures,
        &[
            ("AVZEUS_OPENVINO_DIR", &lacking),
            ("AVZEUS_ONNX_PROVIDER", Path::new("openvino")),
            ("AVZEUS_ONNX_PRECISION", Path::new("f32")),
        ],
    );
    assert!(is_reference(&lacking));
    assert_eq!(lacking.said.lines().count(), 1, "{}", lacking.said);

    // Whole, by f32 and, where the processor multiplies in it, by bf16.
    for precision in ["f32", "auto"] {
        let by_openvino = [
            ("AVZEUS_ONNX_PROVIDER", Path::new("openvino")),
            ("AVZEUS_ONNX_PRECISION", Path::new(precision)),
        ];
        let other = embedded(&pictures, &by_openvino);
        let mut lowest = 1.0_f32;
        for (ours, expected) in other.vectors.iter().zip(&reference.vectors) {
            lowest = lowest.min(dot(ours, expected));
        }
        eprintln!("{}: lowest cosine {lowest:.6}", other.made_by);
        assert_eq!(other.vectors.len(), reference.vectors.len());
        assert!(lowest >= AGREEMENT, "{}: {lowest}", other.made_by);
    }
}
