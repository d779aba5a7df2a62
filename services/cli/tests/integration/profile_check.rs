//! `models verify PROFILE` on drawn people: the built-in profile fits its net, and one with another scale does not.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The built-in entry, read as if the net had been trained on bytes.
const WRONG: &str = r#"
    [[embedder]]
    name = "dlib-of-bytes"
    model = "dlib-resnet-v1"
    input_side = 150
    colours = "rgb"
    mean = [0.0, 0.0, 0.0]
    scale = 1.0
    alignment = "five-point"
    dimension = 128
    centred = true
    purify = { rule = "core-centroid", threshold_raw = 0.92, threshold_centred = 0.5 }
"#;

fn verify(models_file: &Path, args: &[&str]) -> (Option<i32>, Value, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_avzeus"))
        .args(["models", "verify", "--json"])
        .args(args)
        .env("AVZEUS_MODELS_FILE", models_file)
        .output()
        .unwrap();
    let told = String::from_utf8(command.stderr).unwrap();
    (command.status.code(), serde_json::from_slice(&command.stdout).unwrap_or_default(), told)
}

#[test]
fn a_profile_with_another_scale_is_told_by_faces() {
    let folder = tempfile::tempdir().unwrap();
    let models_file = folder.path().join("models.toml");
    std::fs::write(&models_file, WRONG).unwrap();

    let (code, report, told) = verify(&models_file, &["dlib-resnet-v1", "dlib-of-bytes"]);
    assert_eq!(code, Some(1), "{told}");
    let [right, wrong] = report["profiles"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!((right["finding"].as_str(), right["pictures"].as_u64()), (Some("fits"), Some(48)), "{right}");
    assert_eq!(wrong["finding"], "other_input_separates_better", "{wrong}");
    // What dlib's net was trained with separates best of all, or does so within the margin.
    let d_prime = |separation: &Value| separation["d_prime"].as_f64().unwrap();
    assert!(d_prime(&right["stated"]) * 1.25 >= d_prime(&wrong["best_other"]), "{report}");

    let (code, _, told) = verify(&models_file, &["nobodys-profile"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("nobodys-profile"), "{told}");

    // Two people are no sample.
    for person in ["ann", "ben"] {
        std::fs::create_dir(folder.path().join(person)).unwrap();
    }
    let folder = folder.path().display().to_string();
    let (code, _, told) = verify(&models_file, &["dlib-resnet-v1", "--faces", &folder]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("6 or more"), "{told}");
}
