//! P-Net, R-Net and O-Net: a batch of pictures in, named outputs out.

use std::time::{Duration, Instant};

use ndarray::{ArrayView4, ArrayViewD};
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::onnx_runtime::{OnnxRuntime, one_line};
use crate::profile::Cascade;

/// One of the three nets.
pub(crate) struct Net {
    name: String,
    session: Session,
    /// Time inside ONNX Runtime so far.
    pub(crate) spent: Duration,
}

impl Net {
    /// The cascade's nets, in order.
    pub(crate) fn open_all(
        runtime: &OnnxRuntime,
        config: &VisionConfig,
        cascade: &Cascade,
    ) -> Result<[Net; 3]> {
        let catalog = Catalog::load(&config.profiles)?;
        let open = |name: &String| {
            let session = runtime.session(config, catalog.model(name)?)?;
            Ok(Net { name: name.clone(), session, spent: Duration::ZERO })
        };
        let [p, r, o] = &cascade.models;
        Ok([open(p)?, open(r)?, open(o)?])
    }

    /// Run on a batch of pictures, n × 3 × height × width, and hand the answer to `read`.
    pub(crate) fn run<T>(
        &mut self,
        input: ArrayView4<'_, f32>,
        read: impl FnOnce(&Answer<'_>) -> std::result::Result<T, String>,
    ) -> Result<T> {
        let Net { name, session, spent } = self;
        let failed = |reason: String| VisionError::Net { net: name.clone(), reason };
        let tensor =
            TensorRef::from_array_view(input).map_err(|error| failed(one_line(&error.to_string())))?;
        let begun = Instant::now();
        let outputs =
            session.run(ort::inputs![tensor]).map_err(|error| failed(one_line(&error.to_string())))?;
        *spent += begun.elapsed();
        read(&Answer { outputs }).map_err(failed)
    }
}

/// What a net answered.
pub(crate) struct Answer<'s> {
    outputs: SessionOutputs<'s>,
}

impl Answer<'_> {
    /// Output `name`.
    pub(crate) fn output(&self, name: &str) -> std::result::Result<ArrayViewD<'_, f32>, String> {
        let value = self.outputs.get(name).ok_or_else(|| format!("it has no output {name}"))?;
        value.try_extract_array().map_err(|error| one_line(&error.to_string()))
    }

    /// Output `name` in rows of `N` numbers, one per crop of the batch.
    pub(crate) fn rows<const N: usize>(
        &self,
        name: &str,
        count: usize,
    ) -> std::result::Result<&[[f32; N]], String> {
        let output = self.output(name)?;
        match output.to_slice().map(<[f32]>::as_chunks::<N>) {
            Some((rows, [])) if rows.len() == count => Ok(rows),
            _ => Err(format!("{name} has shape {:?}, not [{count}, {N}]", output.shape())),
        }
    }
}
