//! What a learner does while another one publishes.

use std::time::Duration;

use bus::{Bus, Stream};
use tokio_util::sync::CancellationToken;

use crate::metrics;
use crate::publication::Publication;
use crate::{Config, LearnError};

/// Time between two looks at the other learner.
const LOOK: Duration = Duration::from_millis(500);

/// Waits until clicks have stayed unlearned, and the policy unchanged, for the
/// configured time: the other learner is gone. Without clicks nobody is missed.
pub(crate) async fn until_silent(bus: &Bus, config: &Config, shutdown: &CancellationToken) {
    tracing::info!(line = config.line, "another learner publishes; standing by");
    ::metrics::gauge!(metrics::STANDING_BY).set(1.0);
    let looks = Duration::from_secs(config.standby_seconds).as_millis().div_ceil(LOOK.as_millis());
    let (mut version, mut silent) = (0, 0);
    while silent < looks {
        tokio::time::sleep(LOOK).await;
        silent = match look(bus, config, shutdown).await {
            Ok((seen, true)) if seen == version => silent + 1,
            Ok((seen, _)) => {
                version = seen;
                0
            }
            // With the broker away nobody can learn.
            Err(_) => 0,
        };
    }
    ::metrics::gauge!(metrics::STANDING_BY).set(0.0);
    tracing::info!("the other learner is silent; taking over");
}

/// The version that the line published last, and whether clicks lie behind it.
async fn look(bus: &Bus, config: &Config, shutdown: &CancellationToken) -> Result<(u64, bool), LearnError> {
    let (publication, published) = Publication::read(bus, config, shutdown).await?;
    let extent = bus.extent(Stream::Clicks).await?;
    let learned = published.map_or(0, |p| p.last_sequence);
    Ok((publication.version(), extent.last > learned))
}
