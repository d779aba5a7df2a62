//! An ordered reader of a stream. It is one consumer at the broker, which keeps nothing of it, and is opened anew whenever
//! anything is odd: in a cluster a consumer may have been given to a broker that is dead or hangs.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use futures::StreamExt;
use tokio::time::timeout;

use crate::connection::Reconnection;
use crate::held::Held;
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
    consumer: Consumer<Config>,
    messages: Messages,
    reconnection: Reconnection,
    /// Messages that the consumer has sent.
    sent: u64,
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
            Ok(Reader { consumer, messages, reconnection, sent: 0 })
        };
        timeout(OPENING, opening).await.map_err(|late| failed(&late))?
    }
}

impl Reader {
    /// Messages that were there when it was opened.
    pub(crate) fn pending_at_first(&self) -> u64 {
        self.consumer.cached_info().num_pending
    }

    /// The next message; waits for as long as it takes. Safe to drop and call again.
    ///
    /// # Errors
    /// When the reader must be opened anew, behind the last message that it told: the broker was connected to again, went
    /// silent, or left out a message.
    pub(crate) async fn next(&mut self) -> Result<Read, BusError> {
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
