//! `catalogue.published` → the table that serves.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Stream};
use domain::{Catalogue, Classified};
use proto::convert::decode;
use proto::v1;
use runtime::Condition;
use store::Catalogues;

use crate::RecommendError;
use crate::held::Held;

/// Pause before a store that is away is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Takes the catalogues still in the stream, oldest first, then every new one.
pub(crate) async fn follow(
    bus: Bus,
    catalogues: Catalogues,
    held: Arc<Held>,
    serving: Condition,
) -> Result<(), RecommendError> {
    serving.failed("no catalogue is published yet");
    let mut published = bus.replay::<v1::CataloguePublished>(Stream::Catalogues, 1);
    loop {
        let entry = published.next().await;
        let taken = match entry.message {
            Ok(event) => take_in_time(&catalogues, &event).await,
            Err(malformed) => Err(malformed.into()),
        };
        match taken {
            Ok(catalogue) => {
                tracing::info!(
                    version = catalogue.version,
                    people = catalogue.people.len(),
                    "a catalogue serves"
                );
                held.push(catalogue);
                serving.met();
            }
            // What served before goes on serving.
            Err(error) => tracing::error!(sequence = entry.sequence, %error, "a catalogue cannot serve"),
        }
    }
}

/// A store that is away for a moment must not cost a catalogue: it is asked again until it answers.
async fn take_in_time(
    catalogues: &Catalogues,
    event: &v1::CataloguePublished,
) -> Result<Catalogue, RecommendError> {
    loop {
        match take(catalogues, event).await {
            Err(error) if error.class().is_transient() => {
                tracing::warn!(version = event.version, %error, "a catalogue is read again");
                tokio::time::sleep(AGAIN).await;
            }
            outcome => return outcome,
        }
    }
}

async fn take(catalogues: &Catalogues, event: &v1::CataloguePublished) -> Result<Catalogue, RecommendError> {
    let bytes = catalogues.get(&event.object).await?;
    let snapshot: v1::CatalogueSnapshot = decode("CatalogueSnapshot", &bytes)?;
    Ok(Catalogue::try_from(&snapshot)?)
}
