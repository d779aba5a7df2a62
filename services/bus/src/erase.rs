//! Removing what belongs to a person so that no byte of it stays on the broker's disk.

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::DeleteMessageErrorKind;
use domain::PersonId;

use crate::{Bus, BusError, Stream, Subject};

impl Bus {
    /// Removes every message of `stream` whose subject names `person`; returns how many there were.
    pub async fn erase(&self, stream: Stream, person: &PersonId) -> Result<u64, BusError> {
        let name = self.stream_name(stream);
        let found = self.held_of(stream, person).await?;
        for message in &found {
            self.overwrite(&name, message.sequence).await?;
        }
        Ok(found.len() as u64)
    }

    /// Removes what is kept under `subject`, if anything is.
    pub async fn erase_subject(&self, subject: Subject<'_>) -> Result<(), BusError> {
        match self.newest(subject).await? {
            Some(message) => self.overwrite(&self.stream_name(subject.stream()), message.sequence).await,
            None => Ok(()),
        }
    }

    /// Removes all but the newest message of `stream`; returns how many there were.
    pub async fn erase_older(&self, stream: Stream) -> Result<u64, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("shorten {stream:?}"), e);
        let newest = self.extent(stream).await?.last;
        let purged = self.stream(stream).await?.purge().sequence(newest).await.map_err(|e| failed(&e))?;
        Ok(purged.purged)
    }

    /// Removes a message and writes over it where it lay: one that is merely replaced, purged or expired stays on the
    /// disk until the broker writes its file anew. What is not there is as good as removed.
    pub(crate) async fn overwrite(&self, stream: &str, sequence: u64) -> Result<(), BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("erase in stream {stream}"), e);
        let opened = self.context.get_stream_no_info(stream).await.map_err(|e| failed(&e))?;
        match opened.delete_message(sequence).await {
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                DeleteMessageErrorKind::JetStream(told) if is_absent(&told) => Ok(()),
                _ => Err(failed(&error)),
            },
        }
    }
}

/// The broker has one code for it, and an older one for all that a delete cannot do.
fn is_absent(told: &async_nats::jetstream::Error) -> bool {
    told.error_code() == ErrorCode::NO_MESSAGE_FOUND
        || told.error_code() == ErrorCode::STREAM_MESSAGE_DELETE_FAILED
            && told.to_string().contains("no message found")
}
