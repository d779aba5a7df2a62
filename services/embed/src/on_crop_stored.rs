//! `crop.stored` → `crop.embedded`.
//!
//! Many crops are in hand at once, each in a task of its own, so that the net always has the next batch ready: while one
//! is in it, others are read and cut, and those before are published and acknowledged. While the object store or the
//! broker is away, what is in hand stays there: an outage costs no crop its tries, and nobody is handed more meanwhile.

use std::sync::Arc;

use bus::{Bus, Delivery, Stream, Subject, Work, WorkSettings};
use domain::{CropId, PersonId};
use proto::convert::face::FaceParts;
use proto::v1;
use store::{Crops, StoreError, View};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vision::{Chip, Face, Takes};

use crate::cutting::{self, Cutting};
use crate::net::{Embedding, Net};
use crate::outage::outlast;
use crate::{Config, EmbedError, backlog, metrics};

/// Batches in hand beside those in nets: one ready, one being cut, one being stored.
const BATCHES: usize = 3;
/// Tries before a crop becomes a dead letter; an outage is none.
const DELIVERIES: u32 = 5;

/// What every crop's task needs.
struct Worker {
    bus: Bus,
    crops: Crops,
    cutting: Cutting,
    net: Net,
}

/// Embeds until `shutdown`; what is in hand is finished first.
pub(crate) async fn run(
    config: Config,
    bus: Bus,
    net: Net,
    shutdown: CancellationToken,
) -> Result<(), EmbedError> {
    let crops = Crops::open(&config.objects)?;
    if bus.prepare(&shutdown).await.is_err() {
        return Ok(());
    }
    let profile = net.profile().name.clone();
    let consumer = bus::embedders(&profile);
    let settings = WorkSettings {
        in_hand: (BATCHES + config.nets()) * config.batch,
        ack_wait: config.ack_wait(),
        deliveries: DELIVERIES,
    };
    let work = bus.work::<v1::CropStored>(Stream::CropsStored, &consumer, settings).await?;
    let (cutting, cutters) = cutting::open(net.profile().clone(), config.nets());
    let worker = Arc::new(Worker { bus: bus.clone(), crops, cutting, net });
    let export = backlog::export(&bus, &consumer, &profile, &shutdown);
    // The cutters end when the worker is gone, who alone asks them.
    let (embedded, cut, ()) = tokio::join!(worker.work(work, &shutdown), cutters.run(), export);
    embedded.and(cut)
}

impl Worker {
    async fn work(
        self: Arc<Self>,
        mut work: Work<v1::CropStored>,
        shutdown: &CancellationToken,
    ) -> Result<(), EmbedError> {
        let mut in_hand = JoinSet::new();
        while let Some(delivery) = shutdown.run_until_cancelled(work.next()).await {
            in_hand.spawn(self.clone().settle(delivery, shutdown.clone()));
            while let Some(crop) = in_hand.try_join_next() {
                crop?;
            }
        }
        while let Some(crop) = in_hand.join_next().await {
            crop?;
        }
        Ok(())
    }

    async fn settle(self: Arc<Self>, delivery: Delivery<v1::CropStored>, shutdown: CancellationToken) {
        let embedded = outlast(&shutdown, |again| self.embed(&delivery, again));
        let settled = match delivery.kept(embedded).await {
            // Lost, it costs a look at the vector that is stored already.
            Ok(()) => delivery.done_unconfirmed().await,
            Err(error) => delivery.failed(&error).await,
        };
        if let Err(error) = settled {
            tracing::warn!(%error, "a crop could not be settled and will come again");
        }
    }

    /// Ends when the crop's vector is stored, which it may be already if this was tried before.
    async fn embed(&self, delivery: &Delivery<v1::CropStored>, again: bool) -> Result<(), EmbedError> {
        let event = &delivery.message;
        let (person, crop) = (PersonId::new(&event.person)?, CropId::new(&event.crop)?);
        let profile = &self.net.profile().name;
        let subject = Subject::CropEmbedded(profile, &person, &crop);
        let may_be_there = again || delivery.is_repeated();
        if may_be_there && self.bus.last::<v1::CropEmbedded>(subject).await?.is_some() {
            return Ok(());
        }
        let face = event.face_in_context.as_ref().ok_or(proto::Malformed::Missing("face_in_context"))?;
        let (bounds, probability, landmarks) = FaceParts::try_from(face)?;
        let chip = match self.chip(&person, &crop, Face { bounds, probability, landmarks }).await {
            // Nothing is at fault.
            Err(EmbedError::Store(StoreError::Missing(_))) if self.is_erased(&person, &crop).await? => {
                return Ok(());
            }
            chip => chip?,
        };
        let Embedding { vector, made_by } = self.net.crop(chip).await?;
        if self.is_erased(&person, &crop).await? {
            return Ok(());
        }
        let embedded = v1::CropEmbedded {
            person: event.person.clone(),
            crop: event.crop.clone(),
            profile: profile.clone(),
            vector,
            probability,
            embedded_at_ms: runtime::now_ms(),
            quality: event.quality,
            source: event.source.clone(),
            made_by: made_by.to_string(),
        };
        self.bus.publish(subject, &embedded).await?;
        ::metrics::counter!(metrics::EMBEDDED).increment(1);
        Ok(())
    }

    /// Whether the person withdrew while their crop was in hand: the event goes before the crop does.
    async fn is_erased(&self, person: &PersonId, crop: &CropId) -> Result<bool, EmbedError> {
        Ok(self.bus.last::<v1::CropStored>(Subject::CropStored(person, crop)).await?.is_none())
    }

    /// The net's input: the stored view that it is, or what is cut out of the whole context.
    async fn chip(&self, person: &PersonId, crop: &CropId, face: Face) -> Result<Chip, EmbedError> {
        let view = match self.net.profile().takes() {
            Takes::Face => View::Face,
            Takes::Aligned => View::Aligned,
            Takes::Context => View::Context,
        };
        let (png, around) = match self.crops.get(person, crop, view).await {
            // It was stored before there was such a view.
            Err(StoreError::Missing(_)) if view == View::Aligned => {
                (self.crops.get(person, crop, View::Context).await?, Some(face))
            }
            png => (png?, (view == View::Context).then_some(face)),
        };
        self.cutting.chip(png, around).await
    }
}
