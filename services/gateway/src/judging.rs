//! Judging policies by clicks: by the newest of them, one judgement at a time, and off the threads that answer requests.

use std::sync::Arc;

use bus::Bus;
use policies::clicks::RecentClicks;
use runtime::Invalid;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::problem::Problem;

/// Downloads of clicks at a time: each holds some thousands of them.
const DOWNLOADS: usize = 2;

/// How many clicks operators can have looked at.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Operators")]
pub(crate) struct JudgingConfig {
    /// Clicks that policies are judged by, the newest there are. Once an operator asks they are held in memory, about 500
    /// bytes each.
    #[arg(long = "judged-clicks", env = "AVZEUS_GATEWAY_JUDGED_CLICKS", default_value_t = 100_000)]
    judged_clicks: usize,

    /// Sequences of the click stream that one download may span.
    #[arg(long = "downloaded-clicks", env = "AVZEUS_GATEWAY_DOWNLOADED_CLICKS", default_value_t = 1_000_000)]
    pub(crate) downloaded_clicks: u64,
}

impl JudgingConfig {
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        let counts = [
            ("AVZEUS_GATEWAY_JUDGED_CLICKS", self.judged_clicks as u64, 5_000_000),
            ("AVZEUS_GATEWAY_DOWNLOADED_CLICKS", self.downloaded_clicks, 100_000_000),
        ];
        for (setting, count, most) in counts {
            if !(100..=most).contains(&count) {
                return Err(Invalid { setting, why: format!("is {count}, it must be 100 to {most}") });
            }
        }
        Ok(())
    }
}

/// The clicks, and who may look at them now.
pub(crate) struct Judging {
    clicks: Arc<Mutex<RecentClicks>>,
    downloads: Arc<Semaphore>,
    downloaded_clicks: u64,
}

impl Judging {
    pub(crate) fn new(config: &JudgingConfig) -> Self {
        Self {
            clicks: Arc::new(Mutex::new(RecentClicks::new(config.judged_clicks))),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            downloaded_clicks: config.downloaded_clicks,
        }
    }

    /// What `judge` says of the newest clicks; overloaded while somebody else's judgement is under way.
    pub(crate) async fn by_clicks<T: Send + 'static>(
        &self,
        bus: &Bus,
        judge: impl FnOnce(&RecentClicks) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(mut clicks) = self.clicks.clone().try_lock_owned() else {
            return Err(Problem::overloaded("another judgement is under way; try again in a moment"));
        };
        // Given up for want of time, it goes on from there when it is asked for again.
        clicks.catch_up(bus).await.map_err(|e| Problem::of(&e))?;
        let judged = spawn_blocking(move || judge(&clicks)).await;
        judged.map_err(|panic| Problem::bug(format!("a judgement panicked: {panic}")))
    }

    /// As if a judgement were under way until what is returned is dropped.
    #[cfg(test)]
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedMutexGuard<RecentClicks> {
        self.clicks.clone().lock_owned().await
    }

    /// A place for a download of so many sequences.
    pub(crate) fn download(&self, sequences: u64) -> Result<OwnedSemaphorePermit, Problem> {
        if sequences > self.downloaded_clicks {
            let most = self.downloaded_clicks;
            let detail = format!(
                "these are {sequences} sequences, a download spans {most} at most; ask for a part of them with from and to"
            );
            return Err(Problem::bad_input(detail).field("from"));
        }
        let place = self.downloads.clone().try_acquire_owned();
        place.map_err(|_| Problem::overloaded("other downloads are under way; try again when they are done"))
    }
}
