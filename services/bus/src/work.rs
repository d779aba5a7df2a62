//! A share of a stream's messages, each settled exactly once.

use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Batch;
use async_nats::jetstream::{self, AckKind};
use domain::{Class, Classified};
use futures::StreamExt;
use prost::Message;
use proto::convert::decode;
use runtime::failure::{Settlement, settlement, told};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, interval_at, sleep_until};

use crate::connection::Reconnection;
use crate::durable::Durable;
use crate::guard::LOOK;
use crate::subject::{kind, token};
use crate::{Bus, BusError, Stream, metrics};

/// Headers of a dead letter: why nothing could be done, and the class of that failure.
pub(crate) const REASON: &str = "Avzeus-Reason";
pub(crate) const CLASS: &str = "Avzeus-Class";

/// How long one request for messages stands; then it is made again.
const PULL: Duration = Duration::from_secs(30);

/// How a durable consumer hands out work.
#[derive(Debug, Clone, Copy)]
pub struct WorkSettings {
    /// Messages one worker holds at a time: no more are asked for until one is settled.
    pub in_hand: usize,
    /// Time without a word after which another worker gets the message: see [`Delivery::kept`].
    pub ack_wait: Duration,
    /// Deliveries before a message that keeps failing becomes a dead letter.
    pub deliveries: u32,
}

/// One worker's share of a durable consumer. All workers of one `durable` share its messages. Where the consumer is deleted
/// at the broker it is made again, and hands out everything that the stream holds once more.
pub struct Work<M> {
    bus: Bus,
    durable: Durable,
    /// `None` where it must be looked for.
    consumer: Option<PullConsumer>,
    asked: Option<(Batch, Reconnection)>,
    /// When the consumer is looked for, unless a message comes before.
    look: Instant,
    places: Arc<Semaphore>,
    settings: WorkSettings,
    kind: PhantomData<fn() -> M>,
}

/// A message in hand.
pub struct Delivery<M> {
    /// What it says.
    pub message: M,
    raw: jetstream::Message,
    bus: Bus,
    settings: WorkSettings,
    repeated: bool,
    _place: OwnedSemaphorePermit,
}

impl Bus {
    /// Opens this worker's share of `durable` on `stream`.
    pub async fn work<M: Message + Default>(
        &self,
        stream: Stream,
        durable: &str,
        settings: WorkSettings,
    ) -> Result<Work<M>, BusError> {
        let durable = Durable { bus: self.clone(), stream, name: token(durable)?.to_owned(), settings };
        Ok(Work {
            bus: self.clone(),
            consumer: Some(durable.make().await?),
            durable,
            asked: None,
            look: Instant::now() + LOOK,
            places: Arc::new(Semaphore::new(settings.in_hand)),
            settings,
            kind: PhantomData,
        })
    }

    /// Messages of `stream` that `durable` has not settled yet, those in workers' hands included.
    pub async fn unsettled(&self, stream: Stream, durable: &str) -> Result<u64, BusError> {
        let info = self.stream(stream).await?.consumer_info(durable).await;
        let info = info.map_err(|e| BusError::failed(format!("tell the backlog of {durable}"), e))?;
        Ok(info.num_pending + info.num_ack_pending as u64)
    }
}

impl<M: Message + Default> Work<M> {
    /// The next message; waits for as long as it takes, and while the worker's hands are full. What does not
    /// decode is a dead letter at once. Safe to drop and call again.
    pub async fn next(&mut self) -> Delivery<M> {
        loop {
            let place = self.places.clone().acquire_owned().await.expect("it is never closed");
            match self.step(place).await {
                Ok(Some(delivery)) => return delivery,
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "pulling again");
                    (self.asked, self.consumer) = (None, None);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    async fn step(&mut self, place: OwnedSemaphorePermit) -> Result<Option<Delivery<M>>, BusError> {
        if self.asked.is_none() {
            let reconnection = self.bus.reconnection();
            let consumer = match self.consumer.take() {
                Some(consumer) => consumer,
                None => self.durable.open().await?,
            };
            let consumer = self.consumer.insert(consumer);
            // Never more than can be held: what waits in a buffer is kept from other workers, and nobody
            // tells the broker that it is in hand.
            let room = 1 + self.places.available_permits();
            let batch = consumer.batch().max_messages(room).expires(PULL).messages().await;
            let batch = batch.map_err(|e| BusError::failed("hand out messages", e))?;
            self.asked = Some((batch, reconnection));
        }
        let (batch, reconnection) = self.asked.as_mut().expect("it was asked just now");
        let raw = tokio::select! {
            // What has arrived is handed out first: given up, it would come again much later.
            biased;
            raw = batch.next() => raw,
            () = reconnection.happened() => return Err(BusError::Disconnected),
            // A broker of version 2.9 says nothing to whoever asks a consumer that is gone.
            () = sleep_until(self.look) => {
                self.look = Instant::now() + LOOK;
                return match self.durable.is_there().await? {
                    true => Ok(None),
                    false => Err(BusError::failed("hand out messages", "their consumer is gone")),
                };
            }
        };
        self.look = Instant::now() + LOOK;
        let Some(raw) = raw else {
            self.asked = None;
            return Ok(None);
        };
        let raw = raw.map_err(|e| BusError::failed("go on handing out messages", e))?;
        let delivered = delivered(&raw);
        if delivered > self.settings.deliveries {
            // Nobody lived to say what is wrong with it; the broker would forget it without a word.
            self.bus.bury(&raw, &Unsettled { delivered: delivered - 1 }).await?;
            return Ok(None);
        }
        match decode::<M>(std::any::type_name::<M>(), &raw.payload) {
            Ok(message) => {
                let made = self.consumer.as_ref().map(|consumer| consumer.cached_info().created);
                let repeated = delivered > 1
                    || raw.info().is_ok_and(|info| made.is_some_and(|made| info.published < made));
                let (bus, settings) = (self.bus.clone(), self.settings);
                Ok(Some(Delivery { message, raw, bus, settings, repeated, _place: place }))
            }
            Err(malformed) => {
                self.bus.bury(&raw, &malformed).await?;
                Ok(None)
            }
        }
    }
}

/// A message that was handed out again and again without ever being settled.
#[derive(Debug, thiserror::Error)]
#[error("handed out {delivered} times and never settled: its worker ended or hung each time")]
struct Unsettled {
    delivered: u32,
}

impl Classified for Unsettled {
    fn class(&self) -> Class {
        Class::Bug
    }
}

/// How often it was handed out, this time included.
fn delivered(raw: &jetstream::Message) -> u32 {
    raw.info().map_or(1, |info| info.delivered.max(1) as u32)
}

impl<M> Delivery<M> {
    /// The message's subject, without namespace.
    pub fn subject(&self) -> &str {
        self.bus.unspelled(&self.raw.subject)
    }

    /// Whether its result may be there already: it was handed out before, or stored before its consumer was made.
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// Does `work` and tells the broker meanwhile that the message is in hand, so that nobody else gets it however
    /// long the work takes.
    pub async fn kept<T>(&self, work: impl Future<Output = T>) -> T {
        let between = self.settings.ack_wait / 3;
        let mut due = interval_at(Instant::now() + between, between);
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                outcome = work.as_mut() => return outcome,
                // Without a connection words pile up until no more are taken, and `work` would wait for that.
                _ = due.tick() => if self.bus.check().is_ok() {
                    // Unheard, the message comes to another worker too, which is no loss.
                    let _heard = self.raw.ack_with(AckKind::Progress).await;
                }
            }
        }
    }

    /// Its result is stored: the broker may forget it. Waits until the broker says it has.
    pub async fn done(self) -> Result<(), BusError> {
        self.raw.double_ack().await.map_err(|e| BusError::failed("take an acknowledgement", e))
    }

    /// The same without waiting for the broker's word, for work that is found done when it comes again.
    pub async fn done_unconfirmed(self) -> Result<(), BusError> {
        self.raw.ack().await.map_err(|e| BusError::failed("take an acknowledgement", e))
    }

    /// Settles a failure by its class: tried again after a growing pause, or a dead letter with its reason.
    pub async fn failed(self, error: &impl Classified) -> Result<(), BusError> {
        let delivered = delivered(&self.raw);
        let exhausted = delivered >= self.settings.deliveries;
        match settlement(error.class()) {
            Settlement::Retry if !exhausted => {
                let pause = Duration::from_millis(200) * (1 << delivered.min(8));
                tracing::warn!(event = kind(self.subject()), delivered, "trying again: {}", told(error));
                let nak = self.raw.ack_with(AckKind::Nak(Some(pause))).await;
                nak.map_err(|e| BusError::failed("take a message back", e))
            }
            _ => self.bus.bury(&self.raw, error).await,
        }
    }
}

impl Bus {
    /// Publishes a dead letter, then ends the original's delivery: never the other way round.
    async fn bury(&self, raw: &jetstream::Message, reason: &impl Classified) -> Result<(), BusError> {
        self.dead_letter(self.unspelled(&raw.subject), raw.payload.clone(), reason).await?;
        raw.ack_with(AckKind::Term).await.map_err(|e| BusError::failed("end a delivery", e))
    }

    /// Keeps `payload`, which came under `subject`, with the reason why nothing could be done with it.
    pub async fn dead_letter(
        &self,
        subject: &str,
        payload: bytes::Bytes,
        reason: &impl Classified,
    ) -> Result<(), BusError> {
        let why = told(reason).replace(['\r', '\n'], " ");
        tracing::warn!(
            event = kind(subject),
            class = reason.class().name(),
            "dead letter; its header says why"
        );
        ::metrics::counter!(metrics::DEAD_LETTERS, "class" => reason.class().name()).increment(1);
        let mut headers = HeaderMap::new();
        headers.insert(REASON, why.as_str());
        headers.insert(CLASS, reason.class().name());
        self.send(&self.spelled(&format!("dead.{subject}")), payload, headers).await.map(drop)
    }
}
