//! `catalogue.published` → the table that serves.

use std::sync::Arc;

use bus::{Bus, Stream};
use domain::Catalogue;
use proto::convert::decode;
use proto::v1;
use runtime::Condition;
use store::Catalogues;

use crate::RecommendError;
use crate::held::Held;

/// Takes the newest catalogues still in the stream, oldest first, then every new one.
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
        // What has more behind it than can be held is history.
        if entry.pending >= held.most() as u64 {
            continue;
        }
        let taken = match entry.message {
            Ok(event) if event.object.is_empty() => Ok(None),
            Ok(event) => take(&catalogues, &event).await.map(Some),
            Err(malformed) => Err(malformed.into()),
        };
        match taken {
            Ok(Some(catalogue)) => {
                tracing::info!(
                    version = catalogue.version,
                    people = catalogue.people.len(),
                    "a catalogue serves"
                );
                held.push(catalogue);
                serving.met();
            }
            Ok(None) => {
                tracing::warn!("nobody may be recommended until the next catalogue");
                held.clear();
                serving.failed("nobody may be recommended until the next catalogue");
            }
            // What served before goes on serving.
            Err(error) => tracing::error!(sequence = entry.sequence, %error, "a catalogue cannot serve"),
        }
    }
}

async fn take(catalogues: &Catalogues, event: &v1::CataloguePublished) -> Result<Catalogue, RecommendError> {
    let bytes = catalogues.get(&event.object).await?;
    // Reading thousands of vectors and working out the cosine table must not keep answers waiting.
    let work = tokio::task::spawn_blocking(move || {
        let snapshot: v1::CatalogueSnapshot = decode("CatalogueSnapshot", &bytes)?;
        Ok(Catalogue::try_from(snapshot)?)
    });
    work.await?
}
