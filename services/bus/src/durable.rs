//! A durable consumer at the broker: made, looked for, and made again where somebody deleted it.

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::context::ConsumerInfoErrorKind;

use crate::{Bus, BusError, Stream, WorkSettings, metrics};

/// Which consumer, and how it hands out work.
#[derive(Debug)]
pub(crate) struct Durable {
    pub(crate) bus: Bus,
    pub(crate) stream: Stream,
    pub(crate) name: String,
    pub(crate) settings: WorkSettings,
}

impl Durable {
    /// Creates the consumer, or updates it: its settings follow those of the worker that came last.
    pub(crate) async fn make(&self) -> Result<PullConsumer, BusError> {
        let config = Config {
            durable_name: Some(self.name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.settings.ack_wait,
            // One more than we allow: the last failure is settled by us, as a dead letter.
            max_deliver: i64::from(self.settings.deliveries) + 1,
            max_ack_pending: 10_000,
            filter_subject: self.bus.spelled(self.stream.filter()),
            ..Config::default()
        };
        let made = self.bus.stream(self.stream).await?.create_consumer(config).await;
        made.map_err(|e| BusError::failed(format!("open consumer {}", self.name), e))
    }

    /// Opens the consumer anew, and says so where it was deleted at the broker.
    pub(crate) async fn open(&self) -> Result<PullConsumer, BusError> {
        let durable = &self.name;
        let gone = || format!("consumer {durable} was deleted at the broker");
        if !self.is_there().await? && self.bus.missing.tell(durable, gone()) {
            tracing::error!(
                durable,
                stream = self.stream.name(),
                "the consumer was deleted at the broker and is made again; it hands out once more what the stream holds"
            );
            ::metrics::counter!(metrics::MADE_AGAIN, "what" => metrics::CONSUMER).increment(1);
        }
        let opened = self.make().await;
        match &opened {
            Ok(_) => self.bus.missing.found(durable),
            Err(BusError::Disconnected) => {}
            Err(error) => {
                self.bus.missing.tell(durable, format!("consumer {durable} cannot be opened: {error}"));
            }
        }
        opened
    }

    /// Whether the broker has the consumer.
    pub(crate) async fn is_there(&self) -> Result<bool, BusError> {
        match self.bus.stream(self.stream).await?.consumer_info(&self.name).await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ConsumerInfoErrorKind::NotFound => Ok(false),
                ConsumerInfoErrorKind::StreamNotFound => {
                    self.bus.missed.notify_one();
                    Err(BusError::failed(format!("find stream {}", self.stream.name()), error))
                }
                _ => Err(BusError::failed(format!("look for consumer {}", self.name), error)),
            },
        }
    }
}
