//! An ordered reader of a stream. It is one consumer at the broker, which keeps nothing of it, and is opened anew whenever
//! anything is odd: in a cluster a consumer may have been given to a broker that is dead or hangs.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::{LastRawMessageError, Stream};
use futures::StreamExt;
use tokio::time::timeout;

use crate::connection::Reconnection;
use crate::held::Held;
use crate::replay::is_absent;
use crate::{Bus, BusError};

/// How long a broker may take to open a reader. One that is well takes some milliseconds, one that is dead for ever.
const OPENING: Duration = Duration::from_millis(1500);
/// Time between two words of a broker that has nothing to send; twice as long without one means that it hangs.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long one request for messages stands; then it is made again.
const PULL: Duration = Duration::from_secs(30);
/// Messages asked for at a time.
const BATCH: usize = 500;
/// Time without a question after which the broker forgets the consumer of a reader that ended without a word.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// A message and how many are behind it now.
pub(crate) struct Read {
    pub(crate) message: Held,
    pub(crate) pending: u64,
}

/// A reader that is open.
pub(crate) struct Reader {
    stream: Stream<()>,
    filter: String,
    consumer: Consumer<Config>,
    messages: Messages,
    reconnection: Reconnection,
    /// Messages that the consumer has sent.
    sent: u64,
    /// Whether the stream's leader has agreed once that nothing was behind a message.
    has_caught_up: bool,
    /// A message of which the leader is asked whether it is the newest.
    unconfirmed: Option<Read>,
}

impl Bus {
    /// Opens a reader of what the stream called `stream` keeps under `filter`, which is spelled out.
    ///
    /// # Errors
    /// When the broker has not opened it in time: the same again may reach another broker of a cluster.
    pub(crate) async fn open_reader(
        &self,
        stream: &str,
        filter: &str,
        from: DeliverPolicy,
    ) -> Result<Reader, BusError> {
        self.check()?;
        let reconnection = self.reconnection();
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("read stream {stream}"), e);
        let config = Config {
            filter_subject: filter.to_owned(),
            deliver_policy: from,
            ack_policy: AckPolicy::None,
            max_deliver: 1,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: FORGOTTEN,
            ..Config::default()
        };
        let opening = async {
            let opened = self.context.get_stream_no_info(stream).await.map_err(|e| failed(&e))?;
            let consumer = opened.create_consumer(config).await.map_err(|e| failed(&e))?;
            let asked = consumer.stream().max_messages_per_batch(BATCH).expires(PULL).heartbeat(HEARTBEAT);
            let messages = asked.messages().await.map_err(|e| failed(&e))?;
            Ok(Reader {
                stream: opened,
                filter: filter.to_owned(),
                consumer,
                messages,
                reconnection,
                sent: 0,
                has_caught_up: false,
                unconfirmed: None,
            })
        };
        timeout(OPENING, opening).await.map_err(|late| failed(&late))?
    }
}

impl Reader {
    /// Messages that were there when it was opened.
    pub(crate) fn pending_at_first(&self) -> u64 {
        self.consumer.cached_info().num_pending
    }

    /// Returns the next message; waits for as long as it takes. Nothing is pending behind it only where the stream's leader
    /// agrees, until it has agreed once. Safe to drop and call again.
    ///
    /// # Errors
    /// When the reader must be opened anew, behind the last message that it returned: the broker was connected to again, went
    /// silent, or left out a message.
    pub(crate) async fn next(&mut self) -> Result<Read, BusError> {
        let read = match self.unconfirmed.take() {
            Some(read) => read,
            None => self.receive().await?,
        };
        if read.pending > 0 || self.has_caught_up {
            return Ok(read);
        }
        // The consumer counts what its own replica has, which may lag behind the leader: whoever takes "nothing pending" for
        // the end would stop too early. The message is kept while the leader is asked, in case the caller stops waiting.
        let sequence = self.unconfirmed.insert(read).message.sequence;
        let is_all = self.is_all(sequence).await;
        self.has_caught_up = is_all.map_err(|e| BusError::failed("tell what is left to read", e))?;
        let mut read = self.unconfirmed.take().ok_or(BusError::Disconnected)?;
        read.pending = u64::from(!self.has_caught_up);
        Ok(read)
    }

    /// Whether the stream holds nothing for this reader behind the message at `sequence`, as its leader has it.
    pub(crate) async fn is_all(&self, sequence: u64) -> Result<bool, LastRawMessageError> {
        match self.stream.get_last_raw_message_by_subject(&self.filter).await {
            Ok(newest) => Ok(newest.sequence <= sequence),
            Err(e) if is_absent(e.kind()) => Ok(true),
            Err(e) => Err(e),
        }
    }

    /// Returns the next message with the number that its consumer's replica has behind it. Safe to drop and call again.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub(crate) async fn receive(&mut self) -> Result<Read, BusError> {
        let message = tokio::select! {
            // What has arrived is told first.
            biased;
            message = self.messages.next() => message,
            () = self.reconnection.happened() => None,
        };
        let message = message.ok_or(BusError::Disconnected)?;
        let message = message.map_err(|e| BusError::failed("go on reading", e))?;
        let info = message.info().map_err(|e| BusError::failed("tell a message's place", e))?;
        let (sequence, pending) = (info.stream_sequence, info.pending);
        self.sent += 1;
        if info.consumer_sequence != self.sent {
            return Err(BusError::failed("go on reading", "a message was lost on its way"));
        }
        let async_nats::Message { subject, headers, payload, .. } = message.message;
        let message = Held { sequence, subject: subject.to_string(), headers, payload };
        Ok(Read { message, pending })
    }

    /// Ends it at the broker, which would keep it for half a minute: whoever looks again and again would leave many of them.
    pub(crate) async fn close(self, bus: &Bus) {
        let info = self.consumer.cached_info();
        let (stream, consumer) = (info.stream_name.clone(), info.name.clone());
        let ending = async {
            bus.context.get_stream_no_info(&stream).await.ok()?.delete_consumer(&consumer).await.ok()
        };
        if timeout(OPENING, ending).await.ok().flatten().is_none() {
            tracing::debug!(stream, "a consumer is left to the broker");
        }
    }
}
