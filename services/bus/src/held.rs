//! What a stream holds now, from its first message to its last.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::Consumer;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::{self, LastRawMessageError};
use bytes::Bytes;
use domain::PersonId;
use futures::StreamExt;

use crate::config::REQUEST_TIMEOUT;
use crate::replay::is_absent;
use crate::{Bucket, Bus, BusError, Stream};

/// Silence after which the stream is asked whether anything is still to come.
const QUIET: Duration = Duration::from_millis(250);

/// A message as it is held.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its place in the stream.
    pub sequence: u64,
    /// Its subject, namespace and all.
    pub subject: String,
    /// Its headers.
    pub headers: Option<HeaderMap>,
    /// What it says; empty where only headers were asked for.
    pub payload: Bytes,
}

/// What is read of each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// All of it.
    Whole,
    /// All but the payload.
    Headers,
}

impl Bus {
    /// Tells every message of every stream and bucket, with the name of what holds it.
    pub async fn everything(&self, mut each: impl FnMut(&str, Held)) -> Result<(), BusError> {
        let streams =
            Stream::ALL.into_iter().map(|stream| (stream.name().to_owned(), self.stream_name(stream)));
        let buckets = Bucket::ALL.into_iter().map(|bucket| self.bucket(bucket));
        let buckets = buckets.map(|bucket| (format!("bucket {}", bucket.name()), bucket.stream_name()));
        for (name, stream) in streams.chain(buckets) {
            self.held(&stream, ">".to_owned(), Parts::Whole, |message| each(&name, message)).await?;
        }
        Ok(())
    }

    /// Every message of `stream` whose subject names `person`.
    pub async fn held_of(&self, stream: Stream, person: &PersonId) -> Result<Vec<Held>, BusError> {
        let mut found = Vec::new();
        for filter in stream.filters_of(person) {
            let name = self.stream_name(stream);
            self.held(&name, self.spelled(&filter), Parts::Whole, |message| found.push(message)).await?;
        }
        Ok(found)
    }

    /// Tells every message that the stream called `name` holds under `filter` now, in order.
    pub(crate) async fn held(
        &self,
        name: &str,
        filter: String,
        parts: Parts,
        mut each: impl FnMut(Held),
    ) -> Result<(), BusError> {
        self.check()?;
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("list stream {name}"), e);
        let config = OrderedConfig {
            filter_subject: filter.clone(),
            headers_only: parts == Parts::Headers,
            ..OrderedConfig::default()
        };
        let stream = self.context.get_stream_no_info(name).await.map_err(|e| failed(&e))?;
        let consumer = stream.create_consumer(config).await.map_err(|e| failed(&e))?;
        let consumer_name = consumer.cached_info().name.clone();
        let read = read(consumer, &stream, &filter, &mut each, &failed).await;
        // The broker would keep it for half a minute: whoever looks again and again would leave many of them.
        if let Err(error) = stream.delete_consumer(&consumer_name).await {
            tracing::debug!(%error, "a consumer is left to the broker");
        }
        read
    }

    /// The same of a few messages, one question each: nothing comes and goes at the broker for whoever looks again and again.
    pub(crate) async fn few_held(&self, stream: Stream, filter: &str) -> Result<Vec<Held>, BusError> {
        let failed =
            |e: &dyn std::fmt::Display| BusError::failed(format!("look through {}", stream.name()), e);
        let opened = self.stream(stream).await?;
        let (filter, mut found, mut next) = (self.spelled(filter), Vec::new(), 1);
        loop {
            match opened.get_first_raw_message_by_subject(&filter, next).await {
                Ok(raw) => {
                    next = raw.sequence + 1;
                    let (subject, headers) = (raw.subject.to_string(), Some(raw.headers));
                    found.push(Held { sequence: raw.sequence, subject, headers, payload: raw.payload });
                }
                Err(error) if is_absent(error.kind()) => return Ok(found),
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

/// Tells what `consumer` has for its reader until nothing is left.
async fn read(
    consumer: Consumer<OrderedConfig>,
    stream: &stream::Stream<()>,
    filter: &str,
    each: &mut impl FnMut(Held),
    failed: &impl Fn(&dyn std::fmt::Display) -> BusError,
) -> Result<(), BusError> {
    if consumer.cached_info().num_pending == 0 {
        return Ok(());
    }
    let mut messages = consumer.messages().await.map_err(|e| failed(&e))?;
    let (mut told, mut waited) = (0, Duration::ZERO);
    loop {
        let next = match tokio::time::timeout(QUIET, messages.next()).await {
            Ok(next) => next,
            // What was still to come may have been removed meanwhile, of which a consumer hears nothing.
            Err(_) if is_all(stream, filter, told).await.map_err(|e| failed(&e))? => return Ok(()),
            Err(late) => {
                waited += QUIET;
                if waited >= REQUEST_TIMEOUT {
                    return Err(failed(&late));
                }
                continue;
            }
        };
        waited = Duration::ZERO;
        let message = next.ok_or(BusError::Disconnected)?.map_err(|e| failed(&e))?;
        let info = message.info().map_err(|e| failed(&e))?;
        let (sequence, pending) = (info.stream_sequence, info.pending);
        told = sequence;
        let async_nats::Message { subject, headers, payload, .. } = message.message;
        each(Held { sequence, subject: subject.to_string(), headers, payload });
        if pending == 0 {
            return Ok(());
        }
    }
}

/// Whether nothing under `filter` lies behind the message at `told`.
async fn is_all(stream: &stream::Stream<()>, filter: &str, told: u64) -> Result<bool, LastRawMessageError> {
    match stream.get_last_raw_message_by_subject(filter).await {
        Ok(newest) => Ok(newest.sequence <= told),
        Err(e) if is_absent(e.kind()) => Ok(true),
        Err(e) => Err(e),
    }
}
