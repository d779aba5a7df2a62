//! Writing ONNX files: the few messages of the format, and a builder that reads like the net.

mod graph;
pub(crate) mod proto;

pub(crate) use graph::{Dimension, Graph};
