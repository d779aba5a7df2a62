//! How many crops wait: what an autoscaler follows.

use std::time::Duration;

use bus::{Bus, Stream};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::metrics;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);

/// Exports the crops that `consumer` has not settled, those in workers' hands included, until `shutdown`.
pub(crate) async fn export(bus: &Bus, consumer: &str, profile: &str, shutdown: &CancellationToken) {
    let mut due = interval(PAUSE);
    while shutdown.run_until_cancelled(due.tick()).await.is_some() {
        match bus.unsettled(Stream::CropsStored, consumer).await {
            Ok(crops) => {
                ::metrics::gauge!(metrics::WAITING, "profile" => profile.to_owned()).set(crops as f64)
            }
            Err(error) => tracing::debug!(%error, "the backlog is not known now"),
        }
    }
}
