//! Model files: made from downloaded weights, listed, and checked.

mod convert;
mod dlib_dat;
mod dlib_graph;
mod download;
mod external_data;
mod formula;
mod inception_graph;
mod lock;
mod mtcnn_graph;
mod onnx;
mod package;
mod pull;
mod separation;
mod state_dict;
mod tensor;
mod verify;

pub use convert::{ConvertedModel, LARGEST_WEIGHTS, convert};
pub use download::{DataFile, Download};
pub(crate) use external_data::sha256_of_model;
pub use pull::{PullStep, PulledModel, pull};
pub use separation::{CheckedProfile, FEWEST_PEOPLE, Finding, Separation, check_by_faces};
pub use verify::{Verdict, VerifiedConverter, VerifiedExecution, VerifiedModel, verify, verify_converters};

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::Result;
use crate::profile::Model;

/// A model and what is there of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedModel {
    /// What `models.toml` says.
    #[serde(flatten)]
    pub model: Model,
    /// Whether the ONNX file is in place.
    pub present: bool,
    /// sha256 recorded when it was made.
    pub sha256: Option<String>,
    /// Size in bytes of all its files, where it is present.
    pub bytes: Option<u64>,
    /// The detector and embedder profiles that use it.
    pub used_by: Vec<String>,
}

/// Every model of the catalog, present or not.
pub fn list(config: &VisionConfig) -> Result<Vec<ListedModel>> {
    let catalog = Catalog::load(&config.profiles)?;
    let lock = lock::Lock::read(&config.lock_file());
    let used_by = |name: &str| {
        let detectors = catalog.detectors.iter().filter(|d| d.models.iter().any(|m| m == name));
        let embedders = catalog.embedders.iter().filter(|e| e.model == name);
        detectors.map(|d| d.name.clone()).chain(embedders.map(|e| e.name.clone())).collect()
    };
    Ok(catalog
        .models
        .iter()
        .map(|model| {
            let path = config.onnx_file(&model.file);
            // Files that cannot be read, or are not all there, are for verify to tell.
            let files = external_data::files(&path).unwrap_or_else(|_| Some(vec![path]));
            let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |about| about.len());
            let bytes = files.map(|files| files.iter().map(size).sum());
            ListedModel {
                present: bytes.is_some(),
                sha256: lock.models.get(&model.name).map(|locked| locked.sha256.clone()),
                bytes,
                used_by: used_by(&model.name),
                model: model.clone(),
            }
        })
        .collect())
}
