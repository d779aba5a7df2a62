//! A line's key of a bucket, written by compare-and-set.

use bus::{Bucket, Bus, BusError, KeyValue};
use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::AGAIN;

/// A line's one current value, as far as this learner has seen it.
pub(crate) struct Live {
    bucket: KeyValue,
    line: String,
    revision: u64,
    shutdown: CancellationToken,
}

impl Live {
    /// Reads what stands there now.
    pub(crate) async fn read(
        bus: &Bus,
        bucket: Bucket,
        line: &str,
        shutdown: &CancellationToken,
    ) -> Result<(Self, Option<Bytes>), BusError> {
        let bucket = bus.bucket(bucket);
        let stored = bucket.get(line).await?;
        let revision = stored.as_ref().map_or(0, |stored| stored.revision);
        let live = Self { bucket, line: line.to_owned(), revision, shutdown: shutdown.clone() };
        Ok((live, stored.map(|stored| stored.value)))
    }

    /// Writes `value` if nobody else has written since; [`BusError::Outrun`] if somebody has. While the
    /// broker is away it goes on trying until `shutdown`; a write on its way is never cut off, since
    /// nobody would know whether it was stored.
    pub(crate) async fn write(&mut self, value: Bytes) -> Result<(), BusError> {
        loop {
            match self.swap(&value).await {
                Ok(revision) => {
                    self.revision = revision;
                    return Ok(());
                }
                Err(outrun @ BusError::Outrun { .. }) => return Err(outrun),
                Err(error) if self.shutdown.is_cancelled() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "writing again");
                    self.shutdown.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
                }
            }
        }
    }

    async fn swap(&self, value: &Bytes) -> Result<u64, BusError> {
        match self.bucket.swap(&self.line, self.revision, value.clone()).await {
            Err(outrun @ BusError::Outrun { .. }) => match self.bucket.get(&self.line).await? {
                // Our own write, whose acknowledgement was lost.
                Some(stored) if stored.value == *value => Ok(stored.revision),
                _ => Err(outrun),
            },
            swapped => swapped,
        }
    }

    /// Revision of the last value read or written; 0 before the first.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }
}
