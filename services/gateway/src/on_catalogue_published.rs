//! `catalogue.published`: photos are ranked by its groups, and the recommender is asked for its faces.

use std::sync::{Arc, PoisonError, RwLock};

use bus::Stream;
use domain::GROUPS;
use domain::group::Group;
use proto::Malformed;
use proto::convert::catalogue::group;
use proto::convert::decode;
use proto::v1;
use runtime::failure::told;
use store::StoreError;

use crate::app::App;

/// What ranking a photo needs of a catalogue.
#[derive(Debug)]
pub(crate) struct PhotoGroups {
    /// Catalogue version.
    pub(crate) version: String,
    /// Model profile its vectors come from.
    pub(crate) profile: String,
    /// Subtracted from a photo's vector; empty where the profile does not centre.
    pub(crate) centre: Vec<f32>,
    /// The nine groups.
    pub(crate) groups: [Group; GROUPS],
}

/// Catalogues held for photos.
const HELD: usize = 2;

/// The newest catalogue's groups, and those before: a recommender may be one catalogue behind.
#[derive(Default)]
pub(crate) struct GroupsByPhoto(RwLock<Vec<Arc<PhotoGroups>>>);

impl GroupsByPhoto {
    /// Newest first; at most [`HELD`].
    pub(crate) fn held(&self) -> Vec<Arc<PhotoGroups>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn hold(&self, newest: PhotoGroups) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|groups| groups.version != newest.version);
        held.insert(0, Arc::new(newest));
        held.truncate(HELD);
    }

    fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Why a catalogue could not be loaded.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Follows the publications, for ever.
pub(crate) async fn follow(app: &App) {
    let mut publications = app.bus.replay::<v1::CataloguePublished>(Stream::Catalogues, 1);
    loop {
        let entry = publications.next().await;
        // Two are held: what has more behind it is history.
        if entry.pending >= HELD as u64 {
            continue;
        }
        app.published.notify_one();
        let loaded = match &entry.message {
            Ok(published) if published.object.is_empty() => Ok(None),
            Ok(published) => load(app, published).await.map(Some),
            Err(malformed) => Err(malformed.clone().into()),
        };
        match loaded {
            Ok(Some(groups)) => app.groups.hold(groups),
            Ok(None) => app.groups.clear(),
            Err(error) => {
                tracing::warn!(entry.sequence, "photos go without a published catalogue: {}", told(&error));
            }
        }
    }
}

async fn load(app: &App, published: &v1::CataloguePublished) -> Result<PhotoGroups, LoadError> {
    let bytes = app.catalogues.get(&published.object).await?;
    let snapshot: v1::CatalogueSnapshot = decode("CatalogueSnapshot", &bytes)?;
    Ok(PhotoGroups::try_from(snapshot)?)
}

impl TryFrom<v1::CatalogueSnapshot> for PhotoGroups {
    type Error = Malformed;

    fn try_from(snapshot: v1::CatalogueSnapshot) -> Result<Self, Malformed> {
        let people = snapshot.people.len();
        let groups = snapshot.groups.into_iter().map(|g| group(g, people)).collect::<Result<Vec<_>, _>>()?;
        let found = groups.len();
        let groups = groups.try_into();
        let groups = groups.map_err(|_| Malformed::Length { field: "groups", found, expected: GROUPS })?;
        Ok(Self { version: snapshot.version, profile: snapshot.profile, centre: snapshot.centre, groups })
    }
}
