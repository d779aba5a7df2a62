//! KV bucket `policy`: what recommenders act on.

use bus::{Bucket, Bus, BusError};
use domain::PolicyNetwork;
use proto::convert::decode;
use proto::{Malformed, Message, v1};
use tokio_util::sync::CancellationToken;

use crate::LearnError;
use crate::fold::Fold;
use crate::live::Live;
use crate::metrics;

/// Where policies go.
pub(crate) struct Publication {
    live: Live,
}

/// A policy as it was published, read again.
pub(crate) struct Published {
    pub(crate) policy: PolicyNetwork,
    pub(crate) clicks_applied: u64,
    pub(crate) last_sequence: u64,
}

impl Publication {
    /// Reads the policy that serves now, if one was ever published.
    pub(crate) async fn read(
        bus: &Bus,
        shutdown: &CancellationToken,
    ) -> Result<(Self, Option<Published>), LearnError> {
        let (live, bytes) = Live::read(bus, Bucket::Policy, shutdown).await?;
        let published = bytes.map(|bytes| Published::read(&bytes)).transpose().map_err(LearnError::Policy)?;
        Ok((Self { live }, published))
    }

    /// Publishes the fold's policy, whose version is the write's revision; [`BusError::Outrun`] when
    /// another learner has published since.
    pub(crate) async fn publish(&mut self, fold: &Fold) -> Result<(), BusError> {
        let published = v1::PolicyPublished {
            head: Some(fold.policy().into()),
            clicks_applied: fold.clicks_applied(),
            last_sequence: fold.last_sequence(),
            mean_reward_recent: fold.mean_reward_recent(),
            leaning: fold.policy().leaning().to_vec(),
            learner: fold.learner().to_owned(),
            published_at_ms: runtime::now_ms(),
        };
        self.live.write(published.encode_to_vec().into()).await?;
        ::metrics::counter!(metrics::PUBLISHED).increment(1);
        ::metrics::gauge!(metrics::VERSION).set(self.live.revision() as f64);
        tracing::debug!(
            version = self.live.revision(),
            clicks_applied = fold.clicks_applied(),
            last_sequence = fold.last_sequence(),
            "published"
        );
        Ok(())
    }

    /// Version of the policy that serves; 0 before the first.
    pub(crate) fn version(&self) -> u64 {
        self.live.revision()
    }
}

impl Published {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let wire: v1::PolicyPublished = decode("PolicyPublished", bytes)?;
        let head = wire.head.as_ref().ok_or(Malformed::Missing("head"))?;
        Ok(Self {
            policy: head.try_into()?,
            clicks_applied: wire.clicks_applied,
            last_sequence: wire.last_sequence,
        })
    }
}
