//! Now and then a crop is embedded by the reference execution, too: workers of several kinds fill one catalogue, and what they
//! make must agree.

use std::slice::from_ref;
use std::sync::{Arc, Mutex};

use domain::embedding::dot;
use vision::{AGREEMENT, Chip, Embedder, OnnxRuntime, VisionConfig};

use super::Embedding;
use crate::{EmbedError, metrics};

/// Crops of which one is checked. It costs a net a few thousandths of its time.
pub(super) const EVERY: usize = 1000;

/// The reference's net, opened for the first check. One for all lanes.
pub(super) struct Check {
    onnx: OnnxRuntime,
    vision: VisionConfig,
    reference: Option<Embedder>,
}

impl Check {
    pub(super) fn shared(onnx: OnnxRuntime, vision: VisionConfig) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { onnx, vision, reference: None }))
    }

    /// Holds `embedding` against the reference's of the same chip, and counts what comes of it. Returns whether they agree.
    pub(super) fn agrees(&mut self, chip: &Chip, embedding: &Embedding) -> bool {
        let cosine = match self.cosine(chip, &embedding.vector) {
            Ok(cosine) => cosine,
            Err(error) => {
                tracing::warn!(%error, "a crop's vector could not be checked");
                return true;
            }
        };
        ::metrics::counter!(metrics::CHECKS).increment(1);
        ::metrics::gauge!(metrics::CHECK_COSINE).set(cosine);
        let agrees = cosine >= AGREEMENT;
        if !agrees {
            ::metrics::counter!(metrics::DISAGREEMENTS).increment(1);
            tracing::error!(
                cosine,
                made_by = %embedding.made_by,
                "a crop's vector is not the one that the CPU provider makes: set AVZEUS_ONNX_PROVIDER=cpu and embed again"
            );
        }
        agrees
    }

    fn cosine(&mut self, chip: &Chip, vector: &[f32]) -> Result<f32, EmbedError> {
        let profile = &self.vision.profiles.profile;
        let reference = match &mut self.reference {
            Some(reference) => reference,
            none => none.insert(Embedder::open_reference(&self.onnx, &self.vision, profile)?),
        };
        let expected = reference.embed(from_ref(chip))?.pop().ok_or(EmbedError::NoVector)?;
        Ok(dot(&expected, vector))
    }
}
