//! The streams into the vector table: everything that is there, then everything that comes.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bucket, Bus, Entry, Stream};
use proto::Message;

use crate::rules::Rules;
use crate::table::{Seen, Table};
use crate::{on_crop_embedded, on_roster_changed, on_vector_imported};

/// Pause before the broker is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Follows the profile's part of `crop.embedded`. It never ends by itself.
pub(crate) async fn crops(bus: Bus, table: Arc<Table>, rules: Rules) {
    follow(&bus, Stream::CropsEmbedded, &table, &rules, on_crop_embedded::apply, |seen| &mut seen.crops)
        .await;
}

/// Follows the profile's part of `vector.imported`. It never ends by itself.
pub(crate) async fn imports(bus: Bus, table: Arc<Table>, rules: Rules) {
    follow(&bus, Stream::VectorsImported, &table, &rules, on_vector_imported::apply, |seen| {
        &mut seen.imports
    })
    .await;
}

async fn follow<M: Message + Default>(
    bus: &Bus,
    stream: Stream,
    table: &Table,
    rules: &Rules,
    apply: fn(&Table, &Rules, Entry<M>),
    whole: fn(&mut Seen) -> &mut bool,
) {
    let profile = &rules.profile;
    if !steadily(|| bus.holds_profile(stream, profile)).await {
        table.see(|seen| *whole(seen) = true);
    }
    let entries = bus.replay_profile::<M>(stream, profile);
    let mut entries = entries.expect("the profile's name was checked with the configuration");
    loop {
        let entry = entries.next().await;
        let newest = entry.pending == 0;
        apply(table, rules, entry);
        table.see(|seen| {
            *whole(seen) |= newest;
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
pub(crate) async fn steadily<T, E, F>(ask: impl Fn() -> F) -> T
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => tracing::debug!(%error, "asking again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
