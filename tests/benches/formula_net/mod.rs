//! A net of the reference's shape whose every weight a formula gives: what FaceNet costs, without anyone's weights.

use std::fs;

use serde_json::json;
use tempfile::TempDir;
use vision::profile::Cascade;
use vision::{Catalog, VisionConfig, models};

use crate::peer;

/// Its name among the profiles.
pub(crate) const PROFILE: &str = "facenet-formula";

const MODELS_FILE: &str = r#"
[[model]]
name = "facenet-formula"
file = "facenet-formula.onnx"
converter = "inception-resnet-v1"
source = "a formula"
licence = "Apache-2.0"

[[embedder]]
name = "facenet-formula"
model = "facenet-formula"
input_side = 160
colours = "rgb"
mean = [127.5, 127.5, 127.5]
scale = 0.0078125
alignment = "box"
dimension = 512
centred = false
purify = { rule = "core-centroid", threshold_raw = 0.5, threshold_centred = 0.4 }
"#;

/// A models folder that holds it and the detector; gone when dropped.
pub(crate) struct FormulaNet {
    _models: TempDir,
    /// What opens it.
    pub(crate) vision: VisionConfig,
}

impl FormulaNet {
    /// Makes it of weights that Python writes, as real ones come; `None` where there is no Python environment.
    pub(crate) fn made() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let weights = folder.path().join("formula.pt");
        peer::run("formula.py", &json!({ "file": weights }))?;
        let models_file = folder.path().join("models.toml");
        fs::write(&models_file, MODELS_FILE).expect("a file can be written");

        let installed = VisionConfig::default();
        let mut vision = installed.clone();
        vision.profiles.models_dir = folder.path().to_owned();
        vision.profiles.models_file = Some(models_file);
        vision.profiles.profile = PROFILE.to_owned();
        for name in ["onnxruntime", "onnxruntime-openvino", "servers"] {
            let (installed, here) = (installed.profiles.models_dir.join(name), folder.path().join(name));
            std::os::unix::fs::symlink(installed, here).expect("a link can be made");
        }
        fs::create_dir_all(vision.onnx_dir()).expect("a folder can be made");
        for name in Cascade::mtcnn().models {
            let file =
                Catalog::builtin().model(&name).expect("the detector's nets are built in").file.clone();
            fs::copy(installed.onnx_file(&file), vision.onnx_file(&file))
                .expect("`make setup` has made the nets");
        }
        models::convert(&vision, PROFILE, &weights, None).expect("Python wrote every weight");
        Some(Self { _models: folder, vision })
    }

    /// What services and workers are started with.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let profiles = &self.vision.profiles;
        let models_file = profiles.models_file.as_ref().expect("it has one of its own");
        vec![
            ("AVZEUS_MODELS_DIR", profiles.models_dir.display().to_string()),
            ("AVZEUS_MODELS_FILE", models_file.display().to_string()),
            ("AVZEUS_PROFILE", profiles.profile.clone()),
        ]
    }
}
