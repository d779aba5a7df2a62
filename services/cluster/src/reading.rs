//! The streams into the vector table: everything that is there, then everything that comes.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bucket, Bus, BusError, Stream};
use proto::v1;

use crate::table::Table;
use crate::{on_crop_embedded, on_roster_changed};

/// Pause before the broker is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Follows `crop.embedded`. It never ends by itself.
pub(crate) async fn crops(bus: Bus, table: Arc<Table>, profile: String) {
    if !steadily(|| bus.holds_profile(Stream::CropsEmbedded, &profile)).await {
        table.see(|seen| seen.crops = true);
    }
    let embedded = bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, &profile);
    let mut embedded = embedded.expect("the profile's name was checked with the configuration");
    loop {
        let entry = embedded.next().await;
        let newest = entry.pending == 0;
        on_crop_embedded::apply(&table, &profile, entry);
        table.see(|seen| {
            seen.crops |= newest;
            seen.changes += 1;
        });
    }
}

/// Follows the KV bucket `roster`. It never ends by itself.
pub(crate) async fn roster(bus: Bus, table: Arc<Table>) {
    let roster = bus.bucket(Bucket::Roster);
    if steadily(|| roster.is_empty()).await {
        table.see(|seen| seen.roster = true);
    }
    let told = |change: bus::Change| {
        let changed = on_roster_changed::apply(&table, &change);
        table.see(|seen| {
            seen.roster |= change.pending == 0;
            seen.changes += u64::from(changed);
        });
        true
    };
    roster.watch(told).await;
}

/// Asks until there is an answer.
pub(crate) async fn steadily<T, F: Future<Output = Result<T, BusError>>>(ask: impl Fn() -> F) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => tracing::debug!(%error, "asking again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
