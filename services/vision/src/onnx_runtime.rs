//! ONNX Runtime: loaded once from a shared library, and sessions opened in it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::execution::{Choice, Execution, Provider, REFERENCE};
use crate::file_kind;
use crate::models::sha256_of_model;
use crate::openvino;
use crate::profile::Model;

/// Keeps builds from 1.29 on from reporting processes to their makers. It must be set before the library is loaded, so a
/// process cannot do it for itself.
const NO_REPORTS: &str = "ORT_DISABLE_TELEMETRY";

/// ONNX Runtime permits one environment a process, so the first load is remembered here and every
/// later one shares it.
static LOADED: Mutex<Option<OnnxRuntime>> = Mutex::new(None);

/// A loaded ONNX Runtime. Cheap to clone; sessions keep it alive.
#[derive(Clone)]
pub struct OnnxRuntime {
    environment: Environment,
    /// Whether it is the build with OpenVINO; if it should have been and is not, why.
    openvino: std::result::Result<(), String>,
    /// What came of running a model by another execution than the reference, which is tried once a process.
    pub(crate) trials: Arc<Mutex<BTreeMap<(PathBuf, String), Outcome>>>,
}

/// Why an execution cannot be used for a model, if it cannot.
pub(crate) type Outcome = std::result::Result<(), String>;

impl OnnxRuntime {
    /// Loads the library that the configuration chooses; a second call shares the first one's. Where the build with OpenVINO
    /// does not load, the other does, and [`OnnxRuntime::choice`] says why.
    pub fn load(config: &VisionConfig) -> Result<OnnxRuntime> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let mut openvino = Err("this process loaded ONNX Runtime without OpenVINO before".to_owned());
        let mut environment = None;
        if config.choice().execution.provider == Provider::OpenVino {
            match environment_of(&config.openvino_folder().join(openvino::LIBRARY)) {
                Ok(of_openvino) => (openvino, environment) = (Ok(()), Some(of_openvino)),
                Err(error) => openvino = Err(error.to_string()),
            }
        }
        let environment = match environment {
            Some(environment) => environment,
            None => environment_of(&library(config)?)?,
        };
        let runtime = OnnxRuntime { environment, openvino, trials: Arc::default() };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// How embedders run by this library.
    pub fn choice(&self, config: &VisionConfig) -> Choice {
        let choice = config.choice();
        match (&self.openvino, choice.execution.provider) {
            (Err(reason), Provider::OpenVino) => {
                Choice { execution: REFERENCE, reason: reason.clone(), is_second_best: true }
            }
            _ => choice,
        }
    }

    /// A session for `model`'s file by the reference execution, with the configured threads inside each of its operators.
    pub(crate) fn session(&self, config: &VisionConfig, model: &Model) -> Result<Session> {
        self.session_by(REFERENCE, config, model)
    }

    /// The same by `execution`, which runs all of the model or fails.
    pub(crate) fn session_by(
        &self,
        execution: Execution,
        config: &VisionConfig,
        model: &Model,
    ) -> Result<Session> {
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
        // What another provider cannot do is the caller's to say, in one line.
        self.environment.set_log_level(if execution == REFERENCE {
            LogLevel::Error
        } else {
            LogLevel::Fatal
        });
        let opened = self
            .builder(execution, config.threads())
            .and_then(|mut builder| builder.commit_from_file(&path).map_err(|error| error.to_string()));
        self.environment.set_log_level(LogLevel::Error);
        opened.map_err(|reason| {
            let reason = one_line(&reason);
            if execution == REFERENCE {
                does_not_open(path, model, &reason)
            } else {
                VisionError::Execution { execution, model: model.name.clone(), reason }
            }
        })
    }

    /// A session for the bytes of an ONNX file that is nowhere written.
    pub(crate) fn session_of(
        &self,
        config: &VisionConfig,
        onnx: &[u8],
    ) -> std::result::Result<Session, String> {
        self.builder(REFERENCE, config.threads())
            .and_then(|mut builder| builder.commit_from_memory(onnx).map_err(|error| error.to_string()))
            .map_err(|reason| one_line(&reason))
    }

    fn builder(&self, execution: Execution, threads: usize) -> std::result::Result<SessionBuilder, String> {
        let text = |error: ort::Error<_>| error.to_string();
        let plain = |error: ort::Error| error.to_string();
        let builder = Session::builder(&self.environment)
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
            .map_err(text)?;
        match execution.provider {
            Provider::Cpu => Ok(builder),
            Provider::OpenVino => builder
                .with_execution_providers([openvino::provider(execution.precision, threads)])
                .map_err(text)?
                // A part that it refuses would run by the CPU provider unseen.
                .with_disable_cpu_fallback()
                .map_err(text),
        }
    }
}

/// Loads one library. Another can be loaded after one that did not load.
fn environment_of(path: &Path) -> Result<Environment> {
    let unusable = |reason: String| VisionError::OnnxRuntimeUnusable {
        path: path.to_owned(),
        reason: one_line(&reason),
    };
    let is_silenced = std::env::var_os(NO_REPORTS).is_some_and(|value| value == "1");
    if !is_silenced && reports(path).map_err(|error| unusable(error.to_string()))? {
        return Err(VisionError::OnnxRuntimeReports { path: path.to_owned(), setting: NO_REPORTS });
    }
    let environment = ort::init_from(path)
        .map_err(|error| unusable(error.to_string()))?
        .with_name("avzeus")
        .with_telemetry(false)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    environment.set_log_level(LogLevel::Error);
    Ok(environment)
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

/// Whether a library reports processes to its makers unless it is told not to: then it holds the name of that setting.
fn reports(library: &Path) -> std::io::Result<bool> {
    Ok(memchr::memmem::find(&std::fs::read(library)?, NO_REPORTS.as_bytes()).is_some())
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
    #[test]
    fn a_library_that_reports_to_its_makers_is_told_from_one_that_does_not() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let [loud, silent] = ["loud", "silent"].map(|name| folder.path().join(name));
        std::fs::write(&loud, b"\0getenv\0ORT_DISABLE_TELEMETRY\0").expect("a file can be written");
        std::fs::write(&silent, b"\0getenv\0ORT_DISABLE\0").expect("a file can be written");
        assert!(reports(&loud).expect("it can be read"));
        assert!(!reports(&silent).expect("it can be read"));
        // The one that `make setup` fetches.
        let fetched = library(&VisionConfig::default()).expect("make setup fetches it");
        assert!(!reports(&fetched).expect("it can be read"), "{}", fetched.display());
    }
}
