//! ONNX Runtime: loaded once from a shared library, and sessions opened in it.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::file_kind;
use crate::models::sha256_of_model;
use crate::profile::Model;

/// ONNX Runtime permits one environment a process, so the first load is remembered here and every
/// later one shares it.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// A loaded ONNX Runtime. Cheap to clone; sessions keep it alive.
#[derive(Clone)]
pub struct OnnxRuntime {
    environment: Environment,
}

impl OnnxRuntime {
    /// Load the library that the configuration names; a second call shares the first one's.
    pub fn load(config: &VisionConfig) -> Result<OnnxRuntime> {
        let mut loaded = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = loaded.as_ref() {
            return Ok(OnnxRuntime { environment: environment.clone() });
        }
        let path = library(config)?;
        let unusable = |reason: String| VisionError::OnnxRuntimeUnusable {
            path: path.clone(),
            reason: one_line(&reason),
        };
        let environment = ort::init_from(&path)
            .map_err(|error| unusable(error.to_string()))?
            .with_name("avzeus")
            .with_telemetry(false)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        environment.set_log_level(ort::logging::LogLevel::Error);
        *loaded = Some(environment.clone());
        Ok(OnnxRuntime { environment })
    }

    /// A session for `model`'s file, with the configured threads inside each of its operators.
    pub(crate) fn session(&self, config: &VisionConfig, model: &Model) -> Result<Session> {
        let path = config.onnx_file(&model.file);
        if !path.is_file() {
            return Err(VisionError::model_missing(path, model));
        }
        if let Some(pinned) = &model.sha256 {
            let found = sha256_of_model(&path)?;
            if found.as_ref() != Some(pinned) {
                let reason = format!("its sha256 is not the {pinned} that its entry says");
                let remedy = format!("{}, or correct the entry", model.remedy());
                return Err(VisionError::ModelUnusable { path, reason, remedy });
            }
        }
        self.builder(config.threads())
            .and_then(|mut builder| builder.commit_from_file(&path).map_err(|error| error.to_string()))
            .map_err(|reason| does_not_open(path, model, &one_line(&reason)))
    }

    /// A session for the bytes of an ONNX file that is nowhere written.
    pub(crate) fn session_of(
        &self,
        config: &VisionConfig,
        onnx: &[u8],
    ) -> std::result::Result<Session, String> {
        self.builder(config.threads())
            .and_then(|mut builder| builder.commit_from_memory(onnx).map_err(|error| error.to_string()))
            .map_err(|reason| one_line(&reason))
    }

    fn builder(&self, threads: usize) -> std::result::Result<SessionBuilder, String> {
        let text = |error: ort::Error<_>| error.to_string();
        let plain = |error: ort::Error| error.to_string();
        Session::builder(&self.environment)
            .map_err(plain)?
            .with_optimization_level(GraphOptimizationLevel::Level3)
            .map_err(text)?
            .with_intra_threads(threads)
            .map_err(text)?
            // Every batch and pyramid level has its own shape: a remembered pattern never fits.
            .with_memory_pattern(false)
            .map_err(text)?
            // Spinning threads would steal the core from the next detector.
            .with_intra_op_spinning(false)
            .map_err(text)
    }
}

/// Why the ONNX file of `model` does not open; `reason` is ONNX Runtime's, which does not say what the file is instead.
fn does_not_open(path: PathBuf, model: &Model, reason: &str) -> VisionError {
    // Of a file that is missing beside it, its name.
    if let Err(error) = sha256_of_model(&path) {
        return error;
    }
    let begins = std::fs::File::open(&path).and_then(|file| {
        let mut begins = Vec::new();
        file.take(file_kind::LOOKED_AT as u64).read_to_end(&mut begins)?;
        Ok(begins)
    });
    let kind = begins.map(|bytes| file_kind::name(&bytes)).unwrap_or_default();
    let reason = match kind.as_str() {
        "" | file_kind::UNKNOWN => reason.to_owned(),
        kind => format!("it is {kind}, not an ONNX file"),
    };
    let remedy = match model.converter {
        Some(_) => model.remedy(),
        // Fetched or put there as it is: the same once more would help nobody.
        None => "export it again, and put it there".to_owned(),
    };
    VisionError::ModelUnusable { path, reason, remedy }
}

/// The library the configuration names, if it is there.
fn library(config: &VisionConfig) -> Result<PathBuf> {
    let path = config.onnxruntime_library();
    if path.is_file() { Ok(path) } else { Err(VisionError::OnnxRuntimeMissing(path)) }
}

/// Errors travel as one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_one_line_that_names_the_mend() {
        let config = VisionConfig {
            onnxruntime: Some("/nowhere/libonnxruntime.so".into()),
            ..VisionConfig::default()
        };
        let error = library(&config).expect_err("there is no such file");
        let line = error.to_string();
        assert!(line.contains("/nowhere/libonnxruntime.so"), "{line}");
        assert!(line.contains("make setup") && !line.contains('\n'), "{line}");
    }
}
