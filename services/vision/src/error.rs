//! What can go wrong between a picture and its vector.

use std::path::PathBuf;

use domain::{Class, Classified};

use crate::execution::Execution;
use crate::profile::Model;

/// `Result` with this crate's error.
pub type Result<T, E = VisionError> = std::result::Result<T, E>;

/// Everything that fails in this crate except reading a picture ([`crate::picture::PictureError`]).
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// The shared library is not where the configuration says.
    #[error("onnx runtime is missing at {}: `make setup` fetches it", .0.display())]
    OnnxRuntimeMissing(PathBuf),
    /// The shared library is there and does not load.
    #[error("onnx runtime at {} does not load ({reason}): `make setup` fetches one that does", .path.display())]
    OnnxRuntimeUnusable {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// An ONNX file is not where the configuration says.
    #[error("model file {} is missing: {remedy}", .path.display())]
    ModelMissing {
        /// The ONNX file.
        path: PathBuf,
        /// What puts it in place.
        remedy: String,
    },
    /// An ONNX file is there and is not what it should be.
    #[error("model file {} is not usable ({reason}): {remedy}", .path.display())]
    ModelUnusable {
        /// The ONNX file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What puts the right one in place.
        remedy: String,
    },
    /// A package with weights has not been downloaded.
    #[error("no {pattern} in {}: `make setup` downloads it", .folder.display())]
    SourceMissing {
        /// Name of the package, `*` for its version.
        pattern: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// An ONNX file opens, and is of another shape than the profile that uses it.
    #[error("model file {} is not what profile {profile} says: {reason}; put the right one there, or correct the profile", .path.display())]
    WrongNet {
        /// The ONNX file.
        path: PathBuf,
        /// The profile's name.
        profile: String,
        /// Which of its shapes is wrong.
        reason: String,
    },
    /// The library would report this process to its makers.
    #[error("ONNX Runtime at {} reports every process that loads it to its makers: set {setting}=1 before the start, or use the one that `make setup` fetches", .path.display())]
    OnnxRuntimeReports {
        /// The library.
        path: PathBuf,
        /// What keeps it from doing so.
        setting: &'static str,
    },
    /// A weight file does not hold what it should.
    #[error("weights in {} are not usable: {reason}", .path.display())]
    SourceUnusable {
        /// The file, or the package and the path inside it.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The user's own models.toml does not read, or says what cannot be.
    #[error("models file {} is not usable: {reason}", .path.display())]
    ModelsFile {
        /// The file.
        path: PathBuf,
        /// Which entry, and what is wrong with it.
        reason: String,
    },
    /// No profile, or not one of the right kind, has this name.
    #[error("no {kind} profile is called {name:?}: `avzeus models list` names them")]
    UnknownProfile {
        /// "embedder" or "detector".
        kind: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// No model has this name.
    #[error("no model is called {0:?}: `avzeus models list` names them")]
    UnknownModel(String),
    /// A model whose file is not made of weights.
    #[error("model {0} has no converter: its onnx file is put in place as it is")]
    NoConverter(String),
    /// A model that is not fetched by its name.
    #[error("model {0} comes in a package: `avzeus models pull` without a name makes it")]
    Packaged(String),
    /// A model that is nowhere to be fetched.
    #[error("model {name} has no url: give one with --url, or put its onnx file at {}", .path.display())]
    NoUrl {
        /// The model's name.
        name: String,
        /// The ONNX file.
        path: PathBuf,
    },
    /// A chip handed to an embedder has another side than its profile.
    #[error("a chip of {width}×{height} pixels was given to {profile}, which takes {side}×{side}")]
    ChipSize {
        /// The profile's name.
        profile: String,
        /// The profile's input side in pixels.
        side: u32,
        /// Width of the chip in pixels.
        width: u32,
        /// Height of the chip in pixels.
        height: u32,
    },
    /// A folder or file of the models folder cannot be read or written.
    #[error("{} cannot be {action}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// "read" or "written".
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Too few people to say how well a net tells them apart.
    #[error(
        "{people} people with two pictures that show a face are too few to judge a profile by: {fewest} or more are needed"
    )]
    TooFewFaces {
        /// People with two usable pictures.
        people: usize,
        /// How many are needed.
        fewest: usize,
    },
    /// A provider that is installed does not run a net.
    #[error("{execution} does not run {model}: {reason}")]
    Execution {
        /// Provider and precision.
        execution: Execution,
        /// The model's name.
        model: String,
        /// What ONNX Runtime said.
        reason: String,
    },
    /// A net did not run, or answered in another shape than its profile says.
    #[error("net {net} failed: {reason}")]
    Net {
        /// The net's name.
        net: String,
        /// What ONNX Runtime said.
        reason: String,
    },
}

impl VisionError {
    /// The ONNX file of `model` is not at `path`: with the command that brings it, if there is one.
    pub fn model_missing(path: PathBuf, model: &Model) -> VisionError {
        VisionError::ModelMissing { path, remedy: model.remedy() }
    }
}

impl Classified for VisionError {
    fn class(&self) -> Class {
        match self {
            Self::OnnxRuntimeMissing(_)
            | Self::OnnxRuntimeUnusable { .. }
            | Self::OnnxRuntimeReports { .. }
            | Self::ModelMissing { .. }
            | Self::ModelUnusable { .. }
            | Self::Execution { .. }
            | Self::WrongNet { .. }
            | Self::SourceMissing { .. }
            | Self::File { .. } => Class::Unavailable,
            Self::SourceUnusable { .. }
            | Self::ModelsFile { .. }
            | Self::NoConverter(_)
            | Self::Packaged(_)
            | Self::NoUrl { .. }
            | Self::TooFewFaces { .. } => Class::BadInput,
            Self::UnknownProfile { .. } | Self::UnknownModel(_) => Class::NotFound,
            Self::ChipSize { .. } | Self::Net { .. } => Class::Bug,
        }
    }
}
