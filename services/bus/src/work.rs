//! A share of a stream's messages, each settled exactly once.

use std::marker::PhantomData;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::{self, AckKind};
use domain::{Class, Classified};
use futures::StreamExt;
use prost::Message;
use proto::convert::decode;
use runtime::failure::{Settlement, settlement, told};

use crate::connection::Reconnection;
use crate::{Bus, BusError, Stream};

/// How a durable consumer hands out work.
#[derive(Debug, Clone, Copy)]
pub struct WorkSettings {
    /// Messages one worker holds at a time: the bound of its queue.
    pub in_hand: usize,
    /// Time without settlement after which another worker gets the message.
    pub ack_wait: Duration,
    /// Deliveries before a message that keeps failing becomes a dead letter.
    pub deliveries: u32,
}

/// One worker's share of a durable consumer. All workers of one `durable` share its messages.
pub struct Work<M> {
    bus: Bus,
    consumer: PullConsumer,
    messages: Option<(Messages, Reconnection)>,
    settings: WorkSettings,
    kind: PhantomData<fn() -> M>,
}

/// A message in hand.
pub struct Delivery<M> {
    /// What it says.
    pub message: M,
    raw: jetstream::Message,
    bus: Bus,
    deliveries: u32,
}

impl Bus {
    /// Opens this worker's share of `durable` on `stream`.
    pub async fn work<M: Message + Default>(
        &self,
        stream: Stream,
        durable: &str,
        settings: WorkSettings,
    ) -> Result<Work<M>, BusError> {
        let config = Config {
            durable_name: Some(durable.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: settings.ack_wait,
            // One more than we allow: the last failure is settled by us, as a dead letter.
            max_deliver: i64::from(settings.deliveries) + 1,
            max_ack_pending: 10_000,
            filter_subject: self.spelled(stream.filter()),
            ..Config::default()
        };
        let opened = self.stream(stream).await?;
        let consumer = opened.get_or_create_consumer(durable, config).await;
        let consumer = consumer.map_err(|e| BusError::failed(format!("open consumer {durable}"), e))?;
        Ok(Work { bus: self.clone(), consumer, messages: None, settings, kind: PhantomData })
    }
}

impl<M: Message + Default> Work<M> {
    /// The next message; waits for as long as it takes. What does not decode is a dead letter at once.
    /// Safe to drop and call again.
    pub async fn next(&mut self) -> Delivery<M> {
        loop {
            match self.step().await {
                Ok(Some(delivery)) => return delivery,
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "pulling again");
                    self.messages = None;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Delivery<M>>, BusError> {
        if self.messages.is_none() {
            let reconnection = self.bus.reconnection();
            let stream =
                self.consumer.stream().max_messages_per_batch(self.settings.in_hand).messages().await;
            let stream = stream.map_err(|e| BusError::failed("start pulling", e))?;
            self.messages = Some((stream, reconnection));
        }
        let (messages, reconnection) = self.messages.as_mut().expect("it was opened just now");
        let raw = tokio::select! {
            // What has arrived is handed out first: given up, it would come again much later.
            biased;
            raw = messages.next() => raw.ok_or(BusError::Disconnected)?,
            () = reconnection.happened() => return Err(BusError::Disconnected),
        };
        let raw = raw.map_err(|e| BusError::failed("go on pulling", e))?;
        let delivered = delivered(&raw);
        if delivered > self.settings.deliveries {
            // Nobody lived to say what is wrong with it; the broker would forget it without a word.
            self.bus.bury(&raw, &Unsettled { delivered: delivered - 1 }).await?;
            return Ok(None);
        }
        match decode::<M>(std::any::type_name::<M>(), &raw.payload) {
            Ok(message) => {
                let (bus, deliveries) = (self.bus.clone(), self.settings.deliveries);
                Ok(Some(Delivery { message, raw, bus, deliveries }))
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

    /// Its result is stored: the broker may forget it. Waits until the broker says it has.
    pub async fn done(self) -> Result<(), BusError> {
        self.raw.double_ack().await.map_err(|e| BusError::failed("take an acknowledgement", e))
    }

    /// Settles a failure by its class: tried again after a growing pause, or a dead letter with its reason.
    pub async fn failed(self, error: &impl Classified) -> Result<(), BusError> {
        let delivered = delivered(&self.raw);
        let exhausted = delivered >= self.deliveries;
        match settlement(error.class()) {
            Settlement::Retry if !exhausted => {
                let pause = Duration::from_millis(200) * (1 << delivered.min(8));
                tracing::warn!(subject = self.subject(), delivered, "trying again: {}", told(error));
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
        tracing::warn!(subject, "dead letter: {why}");
        metrics::counter!("avzeus_dead_letters_total", "class" => reason.class().name()).increment(1);
        let mut headers = HeaderMap::new();
        headers.insert("Avzeus-Reason", why.as_str());
        headers.insert("Avzeus-Class", reason.class().name());
        self.send(&self.spelled(&format!("dead.{subject}")), payload, headers).await.map(drop)
    }
}
