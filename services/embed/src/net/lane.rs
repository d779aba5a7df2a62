//! One net with one thread at a time.

use std::slice::from_ref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use vision::execution::REFERENCE;
use vision::{Chip, Embedder, Execution, OnnxRuntime, VisionConfig};

use super::check::{self, Check};
use super::{Crop, Embedding, Photo, Turn};
use crate::{EmbedError, metrics};

/// A net of the configured profile, and the way to one of another.
pub(super) struct Lane {
    pub(super) own: Embedder,
    pub(super) other: Arc<Mutex<Other>>,
    pub(super) check: Arc<Mutex<Check>>,
    /// Crops since the last one that was checked.
    pub(super) unchecked: usize,
}

/// A net of another profile, for photos, while a catalogue of it is served: one for all lanes, opened when it is first
/// asked for.
pub(super) struct Other {
    onnx: OnnxRuntime,
    vision: VisionConfig,
    opened: Option<Embedder>,
}

impl Lane {
    /// Answers whoever asked. Blocks its thread.
    pub(super) fn take(&mut self, turn: Turn) {
        match turn {
            Turn::Photo(photo) => self.photo(*photo),
            Turn::Crops(batch) => self.batch(batch),
        }
    }

    /// One photo, unless its caller has hung up.
    pub(super) fn photo(&mut self, photo: Photo) {
        if photo.answer.is_closed() {
            return;
        }
        let embed = |embedder: &mut Embedder| one(embedder, &embedder.chip(&photo.face));
        let vector = if self.own.profile().name == photo.profile {
            embed(&mut self.own)
        } else {
            let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
            other.open(&photo.profile).and_then(embed)
        };
        // Who hung up meanwhile needs no answer.
        let _gone = photo.answer.send(vector);
    }

    pub(super) fn batch(&mut self, batch: Vec<Crop>) {
        let (chips, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|c| (c.chip, c.answer)).unzip();
        let started = Instant::now();
        let vectors: Vec<_> = match self.own.embed(&chips) {
            Ok(vectors) => {
                let made_by = self.own.choice().execution;
                vectors.into_iter().map(|vector| sound(vector, made_by)).collect()
            }
            Err(error) => {
                // One of them may be at fault: alone, each gets the answer that it deserves.
                tracing::warn!(%error, crops = chips.len(), "a batch failed; its crops go one by one");
                chips.iter().map(|chip| one(&mut self.own, chip)).collect()
            }
        };
        ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
        ::metrics::histogram!(metrics::BATCH).record(chips.len() as f64);
        self.unchecked += chips.len();
        if self.unchecked >= check::EVERY
            && self.own.choice().execution != REFERENCE
            && let (Some(chip), Some(Ok(embedding))) = (chips.first(), vectors.first())
        {
            self.unchecked = 0;
            // A disagreement is counted, and an operator decides.
            let _agrees = self.check.lock().unwrap_or_else(PoisonError::into_inner).agrees(chip, embedding);
        }
        for (answer, vector) in answers.into_iter().zip(vectors) {
            let _gone = answer.send(vector);
        }
    }
}

impl Other {
    pub(super) fn shared(onnx: OnnxRuntime, vision: VisionConfig) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { onnx, vision, opened: None }))
    }

    fn open(&mut self, profile: &str) -> Result<&mut Embedder, EmbedError> {
        if self.opened.as_ref().is_none_or(|opened| opened.profile().name != profile) {
            let opened = Embedder::open(&self.onnx, &self.vision, profile);
            let opened =
                opened.map_err(|source| EmbedError::OtherProfile { profile: profile.to_owned(), source })?;
            tracing::info!(
                profile,
                own = self.vision.profiles.profile,
                "photos are embedded with another profile, too"
            );
            self.opened = Some(opened);
        }
        Ok(self.opened.as_mut().expect("it was opened just now"))
    }
}

/// A chip on its own.
fn one(embedder: &mut Embedder, chip: &Chip) -> Result<Embedding, EmbedError> {
    let vector = embedder.embed(from_ref(chip))?.pop().ok_or(EmbedError::NoVector)?;
    sound(vector, embedder.choice().execution)
}

/// A vector that is not of unit length (a zero, an infinity, no number at all) has no place in a catalogue.
pub(super) fn sound(vector: Vec<f32>, made_by: Execution) -> Result<Embedding, EmbedError> {
    let off = (domain::embedding::norm(&vector) - 1.0).abs();
    if off < 1e-3 { Ok(Embedding { vector, made_by }) } else { Err(EmbedError::NoVector) }
}
