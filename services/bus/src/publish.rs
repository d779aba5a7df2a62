//! Publishing with acknowledgement.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;
use prost::Message;

use crate::subject::kind;
use crate::{Bus, BusError, Subject};

/// Tries before a publication is given up.
const ATTEMPTS: u32 = 3;

impl Bus {
    /// Publishes `message` and waits until it is stored; returns its stream sequence. After a lost
    /// acknowledgement it may be stored twice: a subject names one thing, so the last one stands.
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
        match acked {
            Ok(ack) => Ok(ack.sequence),
            Err(e) if is(&e, ErrorCode::STREAM_STORE_FAILED) => {
                Err(BusError::Taken { subject: subject.to_owned() })
            }
            Err(e) if is(&e, ErrorCode::STREAM_WRONG_LAST_SEQUENCE) => {
                Err(BusError::Superseded { kind: kind(self.unspelled(subject)).to_owned() })
            }
            Err(e) => Err(BusError::failed(format!("store {}", kind(self.unspelled(subject))), e)),
        }
    }
}

/// Whether the stream refused the message with `code`: its subject holds one already, or another one than was expected.
fn is(error: &PublishError, code: ErrorCode) -> bool {
    let source = std::error::Error::source(error);
    let refusal = source.and_then(|s| s.downcast_ref::<jetstream::Error>());
    refusal.is_some_and(|r| r.error_code() == code)
}
