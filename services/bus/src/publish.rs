//! Publishing with acknowledgement.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use prost::Message;

use crate::refusal::{self, Refusal};
use crate::subject::kind;
use crate::{Bus, BusError, Subject};

/// Tries before a publication is given up.
const ATTEMPTS: u32 = 3;

impl Bus {
    /// Publishes `message` and waits until it is stored; returns its stream sequence. After a lost
    /// acknowledgement it may be stored twice: a subject names one thing, so the last one stands. [`BusError::Full`] is told
    /// at once.
    pub async fn publish(&self, subject: Subject<'_>, message: &impl Message) -> Result<u64, BusError> {
        let text = self.spelled(&subject.text()?);
        let payload = Bytes::from(message.encode_to_vec());
        let mut attempt = 1;
        loop {
            match self.send(&text, payload.clone(), HeaderMap::new()).await {
                Err(BusError::Failed { action, why }) if attempt < ATTEMPTS => {
                    tracing::warn!(action, why, attempt, "publishing again");
                    tokio::time::sleep(Duration::from_millis(100) * attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Publishes `message` if it is the subject's first; [`BusError::Taken`] when the broker holds one. Only for
    /// streams that discard new messages per subject. Not retried here: after a lost acknowledgement
    /// the caller finds its own message under the subject.
    pub async fn publish_first(&self, subject: Subject<'_>, message: &impl Message) -> Result<u64, BusError> {
        let text = self.spelled(&subject.text()?);
        self.send(&text, Bytes::from(message.encode_to_vec()), HeaderMap::new()).await
    }

    /// One publication of ready bytes.
    pub(crate) async fn send(
        &self,
        subject: &str,
        payload: Bytes,
        headers: HeaderMap,
    ) -> Result<u64, BusError> {
        self.check()?;
        let publish = PublishMessage::build().payload(payload).headers(headers);
        let sent = self.context.send_publish(subject.to_owned(), publish).await;
        let acked = match sent {
            Ok(pending) => pending.await,
            Err(e) => Err(e),
        };
        let error = match acked {
            Ok(ack) => return Ok(ack.sequence),
            Err(error) => error,
        };
        if error.kind() == PublishErrorKind::StreamNotFound {
            self.missed.notify_one();
        }
        let kind = kind(self.unspelled(subject)).to_owned();
        Err(match refusal::of(&error) {
            Some(Refusal::Taken) => BusError::Taken { subject: subject.to_owned() },
            Some(Refusal::WrongLast) => BusError::Superseded { kind },
            Some(Refusal::Full(why)) => BusError::Full { what: kind, why },
            None => BusError::failed(format!("store {kind}"), error),
        })
    }
}
