//! What streams hold, and what of it each of their workers has not settled yet.

use futures::TryStreamExt;

use crate::guard::is_gone;
use crate::{Bus, BusError, Stream};

/// A stream as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// Which one.
    pub stream: Stream,
    /// Messages held.
    pub messages: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// Sequence of the newest message there ever was.
    pub last: u64,
    /// Those who share its messages as work, by name.
    pub backlogs: Vec<Backlog>,
}

/// What one durable consumer has not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Its name.
    pub durable: String,
    /// Messages that nobody has been given yet.
    pub waiting: u64,
    /// Messages in workers' hands.
    pub in_hand: u64,
    /// Messages that were handed out more than once and are not settled.
    pub repeated: u64,
}

impl Bus {
    /// Every stream that is there, in the order of a crop's way and then a click's.
    pub async fn streams(&self) -> Result<Vec<StreamState>, BusError> {
        let states = futures::future::try_join_all(Stream::ALL.map(|stream| self.state_of(stream))).await?;
        Ok(states.into_iter().flatten().collect())
    }

    async fn state_of(&self, stream: Stream) -> Result<Option<StreamState>, BusError> {
        let failed =
            |e: &dyn std::fmt::Display| BusError::failed(format!("tell how {} stands", stream.name()), e);
        let opened = match self.context.get_stream(self.stream_name(stream)).await {
            // The condition `streams` tells of it.
            Err(error) if is_gone(&error) => return Ok(None),
            opened => opened.map_err(|e| failed(&e))?,
        };
        let consumers: Vec<_> = opened.consumers().try_collect().await.map_err(|e| failed(&e))?;
        let state = &opened.cached_info().state;
        let backlog = |consumer: async_nats::jetstream::consumer::Info| {
            // Readers without a durable name keep their place themselves.
            consumer.config.durable_name.map(|durable| Backlog {
                durable,
                waiting: consumer.num_pending,
                in_hand: consumer.num_ack_pending as u64,
                repeated: consumer.num_redelivered as u64,
            })
        };
        let mut backlogs: Vec<_> = consumers.into_iter().filter_map(backlog).collect();
        backlogs.sort_by(|a, b| a.durable.cmp(&b.durable));
        let (messages, bytes, last) = (state.messages, state.bytes, state.last_sequence);
        Ok(Some(StreamState { stream, messages, bytes, last, backlogs }))
    }
}
