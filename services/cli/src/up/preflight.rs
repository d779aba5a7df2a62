//! What must be there before anything is started.

use vision::models;
use vision::profile::Cascade;
use vision::{VisionConfig, VisionError};

/// Whether ONNX Runtime and the nets of the detector and the chosen profile are in place: told at once, in a
/// line, rather than by services that start again and again.
pub(super) fn nets(config: &VisionConfig) -> Result<(), VisionError> {
    let library = config.onnxruntime_library();
    if !library.is_file() {
        return Err(VisionError::OnnxRuntimeMissing(library));
    }
    let profile = config.profiles.chosen()?;
    let needed = Cascade::mtcnn().models.into_iter().chain([profile.model]).collect::<Vec<_>>();
    let missing = models::list(config)?.into_iter().find(|m| !m.present && needed.contains(&m.model.name));
    missing.map_or(Ok(()), |m| Err(VisionError::model_missing(config.onnx_file(&m.model.file), &m.model)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libonnxruntime.so");
        let mut config = VisionConfig { onnxruntime: Some(library.clone()), ..VisionConfig::default() };
        config.profiles.models_dir = folder.path().to_owned();
        assert!(nets(&config).unwrap_err().to_string().contains("make setup"));
        std::fs::write(&library, "").unwrap();
        assert!(nets(&config).unwrap_err().to_string().contains("avzeus models pull"));
    }
}
