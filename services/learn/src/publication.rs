//! KV bucket `policy`: what recommenders act on.

use bus::{Bucket, Bus, BusError};
use domain::PolicyNetwork;
use proto::convert::decode;
use proto::{Malformed, Message, v1};
use tokio_util::sync::CancellationToken;

use crate::live::Live;
use crate::metrics;
use crate::{Config, LearnError};
use learning::fold::Fold;

/// Where policies go.
pub(crate) struct Publication {
    live: Live,
    shadow_clicks: u64,
}

/// A policy as it was published, read again.
pub(crate) struct Published {
    pub(crate) policy: PolicyNetwork,
    pub(crate) clicks_applied: u64,
    pub(crate) last_sequence: u64,
}

impl Publication {
    /// Reads what the line published last, if it ever did.
    pub(crate) async fn read(
        bus: &Bus,
        config: &Config,
        shutdown: &CancellationToken,
    ) -> Result<(Self, Option<Published>), LearnError> {
        let (live, bytes) = Live::read(bus, Bucket::Policy, &config.line, shutdown).await?;
        let published = bytes.map(|bytes| Published::read(&bytes)).transpose();
        let published = published.map_err(|why| LearnError::Policy { line: config.line.clone(), why })?;
        Ok((Self { live, shadow_clicks: config.shadow_clicks }, published))
    }

    /// Publishes the fold's policy, whose version is the write's revision; [`BusError::Outrun`] when
    /// another learner has published since.
    pub(crate) async fn publish(&mut self, fold: &Fold) -> Result<(), BusError> {
        let published = v1::PolicyPublished {
            published_at_ms: runtime::now_ms(),
            shadow_clicks: self.shadow_clicks,
            ..fold.into()
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

    /// Version of what the line published last; 0 before the first.
    pub(crate) fn version(&self) -> u64 {
        self.live.revision()
    }
}

impl Published {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let wire: v1::PolicyPublished = decode("PolicyPublished", bytes)?;
        Ok(Self {
            policy: wire.network()?,
            clicks_applied: wire.clicks_applied,
            last_sequence: wire.last_sequence,
        })
    }
}
