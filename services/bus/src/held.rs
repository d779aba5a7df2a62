//! What a stream holds now, from its first message to its last.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use bytes::Bytes;
use domain::PersonId;
use tokio::time::{Instant, timeout};

use crate::config::REQUEST_TIMEOUT;
use crate::reader::Reader;
use crate::replay::is_absent;
use crate::{Bucket, Bus, BusError, Stream};

/// Silence after which the stream is asked whether anything is still to come.
const QUIET: Duration = Duration::from_millis(250);
/// Readers that may fail one after the other without having told anything. In a cluster of three with one broker dead each
/// third one does.
const FAILURES: u32 = 8;
/// Times that one message is asked for. A question or its answer is lost where brokers of a cluster just found each other
/// again: nothing is stored by it, so it is simply asked once more.
const QUESTIONS: u32 = 3;

/// A message as it is held.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its place in the stream.
    pub sequence: u64,
    /// Its subject, namespace and all.
    pub subject: String,
    /// Its headers.
    pub headers: Option<HeaderMap>,
    /// What it says.
    pub payload: Bytes,
}

impl Bus {
    /// Tells every message of every stream and bucket, with the name of what holds it.
    pub async fn everything(&self, mut each: impl FnMut(&str, Held)) -> Result<(), BusError> {
        let streams =
            Stream::ALL.into_iter().map(|stream| (stream.name().to_owned(), self.stream_name(stream)));
        let buckets = Bucket::ALL.into_iter().map(|bucket| self.bucket(bucket));
        let buckets = buckets.map(|bucket| (format!("bucket {}", bucket.name()), bucket.stream_name()));
        for (name, stream) in streams.chain(buckets) {
            self.held(&stream, ">", |message| each(&name, message)).await?;
        }
        Ok(())
    }

    /// Every message of `stream` whose subject names `person`.
    pub async fn held_of(&self, stream: Stream, person: &PersonId) -> Result<Vec<Held>, BusError> {
        let mut found = Vec::new();
        for filter in stream.filters_of(person) {
            found.extend(self.few_held(&self.stream_name(stream), &self.spelled(&filter)).await?);
        }
        Ok(found)
    }

    /// Tells every message that the stream called `name` holds under `filter` now, in order. `filter` names nobody: a
    /// cluster writes it to disk, where it may stay. What is kept of one person is asked for by [`Bus::few_held`].
    pub(crate) async fn held(
        &self,
        name: &str,
        filter: &str,
        mut each: impl FnMut(Held),
    ) -> Result<(), BusError> {
        let (mut told, mut failures) = (0, 0);
        loop {
            let before = told;
            let Err(error) = self.held_behind(name, filter, &mut told, &mut each).await else {
                return Ok(());
            };
            failures = if told > before { 0 } else { failures + 1 };
            if failures >= FAILURES || matches!(error, BusError::Disconnected) {
                return Err(error);
            }
            tracing::debug!(%error, stream = name, "read by another reader");
        }
    }

    /// The same behind sequence `told`, which is that of the last message that was told.
    async fn held_behind(
        &self,
        name: &str,
        filter: &str,
        told: &mut u64,
        each: &mut impl FnMut(Held),
    ) -> Result<(), BusError> {
        let from = match *told {
            0 => DeliverPolicy::All,
            told => DeliverPolicy::ByStartSequence { start_sequence: told + 1 },
        };
        let mut reader = self.open_reader(name, filter, from).await?;
        let outcome = read_all(&mut reader, name, told, each).await;
        reader.close(self).await;
        outcome
    }

    /// Returns the messages that the stream called `name` holds under `filter`, in order, by one question to its leader for
    /// each: nothing comes and goes at the broker for whoever looks again and again, and the filter is written down nowhere.
    pub(crate) async fn few_held(&self, name: &str, filter: &str) -> Result<Vec<Held>, BusError> {
        self.check()?;
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("look through {name}"), e);
        let opened = self.context.get_stream_no_info(name).await.map_err(|e| failed(&e))?;
        let (mut found, mut next, mut unanswered) = (Vec::new(), 1, 0);
        loop {
            match opened.get_first_raw_message_by_subject(filter, next).await {
                Ok(raw) => {
                    (next, unanswered) = (raw.sequence + 1, 0);
                    let (subject, headers) = (raw.subject.to_string(), Some(raw.headers));
                    found.push(Held { sequence: raw.sequence, subject, headers, payload: raw.payload });
                }
                Err(error) if is_absent(error.kind()) => return Ok(found),
                Err(error) => {
                    unanswered += 1;
                    if unanswered >= QUESTIONS || self.check().is_err() {
                        return Err(failed(&error));
                    }
                    tracing::debug!(%error, stream = name, "asked again");
                }
            }
        }
    }
}

async fn read_all(
    reader: &mut Reader,
    name: &str,
    told: &mut u64,
    each: &mut impl FnMut(Held),
) -> Result<(), BusError> {
    let failed = |why: &dyn std::fmt::Display| BusError::failed(format!("list stream {name}"), why);
    // What a consumer says to be left is what its replica has, which may be behind; and of what was removed meanwhile it
    // hears nothing. So the leader says in the end whether that was all.
    let mut pending = reader.pending_at_first();
    let mut silent_since = Instant::now();
    loop {
        if pending == 0 && reader.is_all(*told).await.map_err(|e| failed(&e))? {
            return Ok(());
        }
        let Ok(read) = timeout(QUIET, reader.receive()).await else {
            if silent_since.elapsed() >= REQUEST_TIMEOUT {
                return Err(failed(&"a reader has nothing to tell, and there is more"));
            }
            pending = 0;
            continue;
        };
        let read = read?;
        (pending, silent_since) = (read.pending, Instant::now());
        // A replica that is behind begins with what it has.
        if read.message.sequence > *told {
            *told = read.message.sequence;
            each(read.message);
        }
    }
}
