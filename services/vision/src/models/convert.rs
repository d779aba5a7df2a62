//! `avzeus models convert`: a weight file becomes an ONNX file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::external_data;
use super::lock::{Lock, Locked, sha256, write_atomically};
use super::state_dict::StateDict;
use super::tensor::GraphBuilder;
use super::{dlib_graph, formula, inception_graph, mtcnn_graph};
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::profile::{Converter, Model};

/// Raised when a graph builder writes another graph for the same weights, so files are made anew.
pub(super) const CONVERTER_REVISION: u32 = 4;

/// Largest weight file that is fetched or read, in bytes: several times those of any face net.
pub const LARGEST_WEIGHTS: u64 = 1 << 30;

/// An ONNX file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConvertedModel {
    /// The model's name.
    pub name: String,
    /// The ONNX file.
    pub file: PathBuf,
    /// Its sha256, lower-case hex.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// sha256 of the weights it was made from.
    pub weights_sha256: String,
}

/// Make the ONNX file of the model called `name` out of the weight file `weights`. Without `out` it
/// takes the model's place in the models folder, and the lock records it; else only `out` is written.
pub fn convert(
    config: &VisionConfig,
    name: &str,
    weights: &Path,
    out: Option<&Path>,
) -> Result<ConvertedModel> {
    let catalog = Catalog::load(&config.profiles)?;
    let model = catalog.model(name)?;
    if model.converter.is_none() {
        return Err(VisionError::NoConverter(name.into()));
    }
    let in_place = config.onnx_file(&model.file);
    let file = out.unwrap_or(&in_place);
    let locked = make(model, weights, &read(weights)?, file)?;
    let converted = ConvertedModel {
        name: name.into(),
        file: file.to_owned(),
        sha256: locked.sha256.clone(),
        bytes: locked.bytes,
        weights_sha256: locked.weights_sha256.clone(),
    };
    if out.is_none() {
        let mut lock = Lock::read(&config.lock_file());
        lock.models.insert(model.name.clone(), locked);
        lock.write(&config.lock_file())?;
    }
    Ok(converted)
}

pub(super) fn read(weights: &Path) -> Result<Vec<u8>> {
    let unusable = |reason: String| VisionError::SourceUnusable { path: weights.to_owned(), reason };
    let size = std::fs::metadata(weights).map_err(|error| unusable(error.to_string()))?.len();
    if size > LARGEST_WEIGHTS {
        return Err(unusable(format!("it has {size} bytes, more than {LARGEST_WEIGHTS}")));
    }
    std::fs::read(weights).map_err(|error| unusable(error.to_string()))
}

/// Write the ONNX file of `model` to `target`, out of the bytes of its weight file at `path`. Weights without
/// a converter are ONNX already.
pub(super) fn make(model: &Model, path: &Path, weights: &[u8], target: &Path) -> Result<Locked> {
    let unusable = |reason: String| VisionError::SourceUnusable { path: path.to_owned(), reason };
    let weights_sha256 = sha256(weights);
    if let Some(expected) = model.weights_sha256.as_ref().filter(|pinned| **pinned != weights_sha256) {
        return Err(unusable(format!("its sha256 is {weights_sha256}, not {expected}")));
    }
    let onnx = match model.converter {
        Some(converter) => {
            if external_data::is_onnx(weights) {
                return Err(unusable("it is an ONNX file, which needs no converting: put it in place under an entry without converter".into()));
            }
            Cow::Owned(converter.onnx(weights).map_err(unusable)?)
        }
        None => Cow::Borrowed(weights),
    };
    let sha256 = sha256(&onnx);
    if let Some(expected) = model.sha256.as_ref().filter(|pinned| **pinned != sha256) {
        return Err(unusable(format!("the sha256 of the onnx file is {sha256}, not {expected}")));
    }
    write_atomically(target, &onnx)?;
    Ok(Locked {
        file: model.file.clone(),
        sha256,
        bytes: onnx.len() as u64,
        data: Vec::new(),
        package: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        weights_sha256,
        converter_revision: CONVERTER_REVISION,
    })
}

impl Converter {
    /// The ONNX file for the weight file's bytes. The error says what is wrong with them.
    fn onnx(self, weights: &[u8]) -> std::result::Result<Vec<u8>, String> {
        match self.builder() {
            Some(build) => build(&mut StateDict::read(weights)?),
            None => dlib_graph::dlib_resnet(weights),
        }
    }

    /// The ONNX file that it makes of formula weights.
    pub(super) fn formula_onnx(self) -> std::result::Result<Vec<u8>, String> {
        formula::onnx(self.builder().ok_or("its weights have no names to give them by")?)
    }

    /// The graph builder of a net whose weights have names; dlib's have none.
    fn builder(self) -> Option<GraphBuilder> {
        match self {
            Converter::MtcnnPnet => Some(mtcnn_graph::pnet),
            Converter::MtcnnRnet => Some(mtcnn_graph::rnet),
            Converter::MtcnnOnet => Some(mtcnn_graph::onet),
            Converter::InceptionResnetV1 => Some(inception_graph::inception_resnet_v1),
            Converter::DlibResnet => None,
        }
    }
}
