//! Faces in pictures, and vectors of faces: the only crate that reaches ONNX Runtime.
//!
//! - consumes: nothing (a library; `ingest`, `embed`, `gateway` and the command line call it)
//! - publishes: nothing
//! - serves: [`Detector`] (MTCNN), [`FaceCrops`], [`Embedder`], [`picture::decode`], [`models`]
//! - owns: the models folder, its ONNX files and their lock, and the [`catalog`] of models and profiles
//!
//! A picture's way: [`picture::decode`] → [`Detector::detect`] → [`FaceCrops::cut`] →
//! [`Embedder::chip`] → [`Embedder::embed`].

pub mod align;
mod area;
mod bilinear;
pub mod catalog;
mod colour;
pub mod config;
pub mod crops;
pub mod embedder;
pub mod error;
pub mod execution;
pub mod face;
pub mod file_kind;
mod jpeg;
pub mod models;
mod mtcnn;
mod net_shape;
pub mod onnx_runtime;
mod openvino;
pub mod perceptual_hash;
pub mod picture;
pub mod profile;
pub mod quality;
mod trial;

pub use catalog::Catalog;
pub use config::{ProfileConfig, VisionConfig};
pub use crops::FaceCrops;
pub use embedder::{Chip, Embedder, NetInput};
pub use error::{Result, VisionError};
pub use execution::{Choice, Execution};
pub use face::Face;
pub use mtcnn::{Detector, DetectorSettings};
pub use onnx_runtime::OnnxRuntime;
pub use picture::{PictureError, PictureLimits};
pub use profile::{Profile, Takes};
pub use trial::AGREEMENT;
