//! `crop.stored` → `crop.embedded`.

use std::time::{Duration, Instant};

use bus::{Bus, Delivery, Stream, Subject, WorkSettings};
use domain::{CropId, PersonId};
use futures::future::join_all;
use proto::convert::face::FaceParts;
use proto::v1;
use store::{Crops, View};
use tokio_util::sync::CancellationToken;
use vision::picture::{self, PictureLimits};
use vision::{Chip, Embedder, Face, OnnxRuntime};

use crate::{Config, EmbedError, batch, metrics};

/// Longest time a crop may take before another worker gets it.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Tries before a crop becomes a dead letter.
const DELIVERIES: u32 = 5;

/// One worker: a net and what it needs to feed it.
pub(crate) struct Worker {
    crops: Crops,
    embedder: Embedder,
    most: usize,
    wait: Duration,
}

/// A crop on its way through the net.
struct Prepared {
    person: PersonId,
    crop: CropId,
    probability: f32,
    quality: Option<v1::Quality>,
    source: String,
}

impl Worker {
    pub(crate) fn open(config: &Config, onnx: &OnnxRuntime) -> Result<Self, EmbedError> {
        Ok(Self {
            crops: Crops::open(&config.objects)?,
            embedder: Embedder::open(onnx, &config.vision, &config.vision.profiles.profile)?,
            most: config.batch,
            wait: Duration::from_millis(config.wait_ms),
        })
    }

    /// Embeds until `shutdown`; the batch in hand is finished first.
    pub(crate) async fn run(mut self, bus: Bus, shutdown: CancellationToken) -> Result<(), EmbedError> {
        if bus.prepare(&shutdown).await.is_err() {
            return Ok(());
        }
        let settings = WorkSettings { in_hand: 2 * self.most, ack_wait: ACK_WAIT, deliveries: DELIVERIES };
        let mut work = bus.work::<v1::CropStored>(Stream::CropsStored, "embed", settings).await?;
        while let Some(batch) =
            shutdown.run_until_cancelled(batch::filled(&mut work, self.most, self.wait)).await
        {
            self = self.embed(&bus, batch).await?;
        }
        Ok(())
    }

    async fn embed(mut self, bus: &Bus, batch: Vec<Delivery<v1::CropStored>>) -> Result<Self, EmbedError> {
        let prepared = join_all(batch.iter().map(|d| self.prepare(&d.message))).await;
        let (mut deliveries, mut ready, mut chips) = (Vec::new(), Vec::new(), Vec::new());
        for (delivery, outcome) in batch.into_iter().zip(prepared) {
            match outcome {
                Ok((crop, chip)) => {
                    deliveries.push(delivery);
                    ready.push(crop);
                    chips.push(chip);
                }
                Err(error) => settle(delivery.failed(&error).await),
            }
        }
        let started = Instant::now();
        // The net is CPU-bound: a blocking thread keeps health and gRPC answering.
        let (embedder, vectors) = tokio::task::spawn_blocking(move || {
            let vectors = self.embedder.embed(&chips);
            (self, vectors)
        })
        .await
        .map_err(|e| EmbedError::Panicked(e.to_string()))?;
        self = embedder;
        ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
        ::metrics::histogram!(metrics::BATCH).record(ready.len() as f64);
        match vectors {
            Ok(vectors) => {
                let stored = deliveries.into_iter().zip(ready).zip(vectors);
                join_all(stored.map(|((d, crop), v)| self.store(bus, d, crop, v))).await;
            }
            Err(error) => {
                let error = EmbedError::from(error);
                join_all(deliveries.into_iter().map(|d| d.failed(&error))).await.into_iter().for_each(settle);
            }
        }
        Ok(self)
    }

    async fn prepare(&self, event: &v1::CropStored) -> Result<(Prepared, Chip), EmbedError> {
        let (person, crop) = (PersonId::new(&event.person)?, CropId::new(&event.crop)?);
        let face = event.face_in_context.as_ref().ok_or(proto::Malformed::Missing("face_in_context"))?;
        let (bounds, probability, landmarks) = FaceParts::try_from(face)?;
        let png = self.crops.get(&person, &crop, View::Context).await?;
        let context = picture::decode(&png, PictureLimits::default())?;
        let chip = self.embedder.chip(&context, &Face { bounds, probability, landmarks });
        let (quality, source) = (event.quality, event.source.clone());
        Ok((Prepared { person, crop, probability, quality, source }, chip))
    }

    async fn store(&self, bus: &Bus, delivery: Delivery<v1::CropStored>, crop: Prepared, vector: Vec<f32>) {
        let event = v1::CropEmbedded {
            person: crop.person.to_string(),
            crop: crop.crop.to_string(),
            profile: self.embedder.profile().name.clone(),
            vector,
            probability: crop.probability,
            embedded_at_ms: runtime::now_ms(),
            quality: crop.quality,
            source: crop.source,
        };
        let sound = (domain::embedding::norm(&event.vector) - 1.0).abs() < 1e-3;
        let stored = if sound {
            let subject = Subject::CropEmbedded(&event.profile, &crop.person, &crop.crop);
            let published = bus.publish(subject, &event).await;
            published.map(drop).map_err(EmbedError::from)
        } else {
            Err(EmbedError::NoVector)
        };
        match stored {
            Ok(()) => {
                ::metrics::counter!(metrics::EMBEDDED).increment(1);
                settle(delivery.done().await);
            }
            Err(error) => settle(delivery.failed(&error).await),
        }
    }
}

/// A settlement that did not reach the broker is no loss: the message comes again.
fn settle(settled: Result<(), bus::BusError>) {
    if let Err(error) = settled {
        tracing::warn!(%error, "a message could not be settled and will come again");
    }
}
