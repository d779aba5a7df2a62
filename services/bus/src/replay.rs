//! Everything of a stream, in order.

use std::marker::PhantomData;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::message::StreamMessage;
use prost::Message;
use proto::Malformed;
use proto::convert::decode;
use tokio::time::Instant;

use crate::config::REQUEST_TIMEOUT;
use crate::reader::{Read, Reader};
use crate::subject::kind;
use crate::{Bus, BusError, Stream, Subject};

/// Time between two looks at a message that a cluster still agrees on.
const AGREEING: Duration = Duration::from_millis(20);

/// One message of a stream.
#[derive(Debug)]
pub struct Entry<M> {
    /// Its place in the stream.
    pub sequence: u64,
    /// Its subject, without namespace.
    pub subject: String,
    /// What it says; a fold must decide about a malformed one by its content alone.
    pub message: Result<M, Malformed>,
    /// Messages behind it at the time it was sent: 0 means caught up.
    pub pending: u64,
}

/// A never-ending reader: what is there, then what comes. It follows the broker through restarts; a stream that was deleted
/// and made again it reads from its beginning, so that sequences may begin at 1 anew.
pub struct Replay<M> {
    bus: Bus,
    stream: Stream,
    filter: String,
    next: u64,
    /// When the stream was made that was read last.
    made: Option<i128>,
    reader: Option<Reader>,
    kind: PhantomData<fn() -> M>,
}

impl Bus {
    /// Reads `stream` from sequence `from` on (1 is its beginning).
    pub fn replay<M: Message + Default>(&self, stream: Stream, from: u64) -> Replay<M> {
        self.reader(stream, stream.filter().to_owned(), from)
    }

    /// Reads what belongs to a model profile, from the beginning of `stream`.
    pub fn replay_profile<M: Message + Default>(
        &self,
        stream: Stream,
        profile: &str,
    ) -> Result<Replay<M>, BusError> {
        Ok(self.reader(stream, stream.filter_of(profile)?, 1))
    }

    fn reader<M>(&self, stream: Stream, filter: String, from: u64) -> Replay<M> {
        Replay {
            bus: self.clone(),
            stream,
            filter,
            next: from.max(1),
            made: None,
            reader: None,
            kind: PhantomData,
        }
    }

    /// Whether `stream` holds anything of a model profile now.
    pub async fn holds_profile(&self, stream: Stream, profile: &str) -> Result<bool, BusError> {
        let filter = self.spelled(&stream.filter_of(profile)?);
        match self.stream(stream).await?.get_last_raw_message_by_subject(&filter).await {
            Ok(_) => Ok(true),
            Err(e) if is_absent(e.kind()) => Ok(false),
            Err(e) => Err(BusError::failed(format!("look for {filter}"), e)),
        }
    }

    /// What stands under a subject that was refused as taken. A cluster refuses the second message while its members still
    /// agree on the first: that one is waited for, as long as a request may take.
    pub async fn taken<M: Message + Default>(
        &self,
        subject: Subject<'_>,
    ) -> Result<Option<Entry<M>>, BusError> {
        let end = Instant::now() + REQUEST_TIMEOUT;
        loop {
            let found = self.last(subject).await?;
            if found.is_some() || Instant::now() >= end {
                return Ok(found);
            }
            tokio::time::sleep(AGREEING).await;
        }
    }

    /// The newest message under `subject`, if there is one.
    pub async fn last<M: Message + Default>(
        &self,
        subject: Subject<'_>,
    ) -> Result<Option<Entry<M>>, BusError> {
        let entry = |raw: StreamMessage| Entry {
            sequence: raw.sequence,
            subject: self.unspelled(&raw.subject).to_owned(),
            message: decode(std::any::type_name::<M>(), &raw.payload),
            pending: 0,
        };
        Ok(self.newest(subject).await?.map(entry))
    }

    /// The same as it lies in the stream.
    pub(crate) async fn newest(&self, subject: Subject<'_>) -> Result<Option<StreamMessage>, BusError> {
        self.newest_under(subject.stream(), &self.spelled(&subject.text()?)).await
    }

    /// The same under a subject that is spelled out.
    pub(crate) async fn newest_under(
        &self,
        stream: Stream,
        subject: &str,
    ) -> Result<Option<StreamMessage>, BusError> {
        match self.stream(stream).await?.get_last_raw_message_by_subject(subject).await {
            Ok(raw) => Ok(Some(raw)),
            Err(e) if is_absent(e.kind()) => Ok(None),
            Err(e) => Err(BusError::failed(format!("read {}", kind(self.unspelled(subject))), e)),
        }
    }
}

/// Whether a stream was asked for a message that it does not hold.
pub(crate) fn is_absent(kind: async_nats::jetstream::stream::LastRawMessageErrorKind) -> bool {
    matches!(kind, async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound)
}

impl<M: Message + Default> Replay<M> {
    /// The next message; waits for as long as it takes. Safe to drop and call again.
    pub async fn next(&mut self) -> Entry<M> {
        loop {
            match self.step().await {
                Ok(entry) => return entry,
                Err(error) => {
                    tracing::debug!(%error, stream = ?self.stream, "reading again");
                    self.reader = None;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Entry<M>, BusError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let opened = self.open().await?;
                self.reader.insert(opened)
            }
        };
        let Read { message, pending } = loop {
            let read = reader.next().await?;
            // A replica that is behind begins with what it has, and tells what was read elsewhere once more.
            if read.message.sequence >= self.next {
                break read;
            }
        };
        self.next = message.sequence + 1;
        Ok(Entry {
            sequence: message.sequence,
            subject: self.bus.unspelled(&message.subject).to_owned(),
            message: decode(std::any::type_name::<M>(), &message.payload),
            pending,
        })
    }

    async fn open(&mut self) -> Result<Reader, BusError> {
        let (bus, name) = (&self.bus, self.bus.stream_name(self.stream));
        bus.check()?;
        let Some(made) = bus.made(&name).await? else {
            bus.missed.notify_one();
            return Err(BusError::failed(format!("replay {name}"), "it is not there"));
        };
        if self.made.is_some_and(|before| before != made) {
            tracing::warn!(stream = name, "it was made again and is read from its beginning");
            self.next = 1;
        }
        self.made = Some(made);
        let from = DeliverPolicy::ByStartSequence { start_sequence: self.next };
        bus.open_reader(&name, &bus.spelled(&self.filter), from).await
    }
}
