//! KV bucket `checkpoint`: the fold, saved every so often.

use bus::{Bucket, Bus, BusError};
use tokio_util::sync::CancellationToken;

use crate::live::Live;
use crate::metrics;
use crate::{Config, LearnError};
use learning::checkpoint::{Checkpoint, CheckpointError};
use learning::fold::Fold;

/// Where checkpoints go, and when the last one was made.
pub(crate) struct Checkpoints {
    live: Live,
    every_clicks: u64,
    saved_at: u64,
}

impl Checkpoints {
    /// Reads the newest checkpoint. A damaged one is told and left aside, since the stream gives
    /// the same fold again; one of other settings is an error.
    pub(crate) async fn read(
        bus: &Bus,
        config: &Config,
        shutdown: &CancellationToken,
    ) -> Result<(Self, Option<Checkpoint>), LearnError> {
        let (live, bytes) = Live::read(bus, Bucket::Checkpoint, &config.line, shutdown).await?;
        let opened = bytes.map(|bytes| Checkpoint::open(&bytes, &config.settings)).transpose();
        let checkpoint = match opened {
            Err(error @ CheckpointError::Damaged(_)) => {
                tracing::error!(%error, "learning again from the first click");
                None
            }
            opened => opened?,
        };
        Ok((Self { live, every_clicks: config.checkpoint_clicks, saved_at: 0 }, checkpoint))
    }

    /// The fold was read from a checkpoint or has just been saved.
    pub(crate) fn begin(&mut self, fold: &Fold) {
        self.saved_at = fold.clicks_applied();
    }

    /// Whether enough clicks came since the last one.
    pub(crate) fn is_due(&self, fold: &Fold) -> bool {
        fold.clicks_applied() >= self.saved_at + self.every_clicks
    }

    /// Saves `fold`; [`BusError::Outrun`] when another learner has saved since.
    pub(crate) async fn save(&mut self, fold: &Fold) -> Result<(), BusError> {
        self.live.write(Checkpoint::seal(fold).into()).await?;
        self.saved_at = fold.clicks_applied();
        ::metrics::counter!(metrics::CHECKPOINTS).increment(1);
        Ok(())
    }
}
