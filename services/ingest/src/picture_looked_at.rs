//! Looking at one picture: bytes from its origin → largest face. Several are looked at side by side; what becomes of them
//! is settled in order (`picture_settled.rs`).

use std::sync::Arc;

use bus::{Bus, Subject};
use bytes::Bytes;
use domain::roster::Enrolment;
use domain::{CropId, PersonId};
use proto::v1;
use sha2::{Digest, Sha256};
use store::Crops;
use vision::perceptual_hash::PerceptualHash;

use crate::detectors::Detectors;
use crate::fetch::Fetcher;
use crate::ledger::{self, Ledger};
use crate::origin::Origin;
use crate::sight::{self, Sight};
use crate::{IngestError, folder};

/// What collecting a picture needs.
#[derive(Clone)]
pub(crate) struct Collection {
    pub(crate) bus: Bus,
    pub(crate) crops: Crops,
    pub(crate) detectors: Detectors,
    pub(crate) fetcher: Arc<Fetcher>,
}

/// A picture that was looked at.
pub(crate) struct Look {
    /// File name or address.
    pub(crate) source: String,
    /// Its key in the ledger; `None` for a file that cannot be read.
    pub(crate) key: Option<String>,
    /// Of its bytes, where they were read.
    pub(crate) source_sha256: Option<[u8; 32]>,
    /// When they were read, in milliseconds since 1970; 0 where they were not.
    pub(crate) fetched_at_ms: u64,
    pub(crate) found: Found,
}

/// What was found.
pub(crate) enum Found {
    /// The ledger knows what became of it.
    Recorded(v1::PictureRecord),
    /// A crop of the same bytes was stored.
    Crop { crop: CropId, perceptual_hash: Option<PerceptualHash> },
    /// A face.
    Face { crop: CropId, sight: Box<Sight> },
    /// No face.
    Nobody,
    /// No picture, or not now.
    Failed(IngestError),
}

impl Collection {
    /// Looks at a picture of `person`. Fails only for what is not the picture's fault.
    pub(crate) async fn look(
        &self,
        person: &Enrolment,
        origin: &Origin,
        ledger: &Ledger,
    ) -> Result<Look, IngestError> {
        let source = origin.to_string();
        let mut look =
            Look { source, key: None, source_sha256: None, fetched_at_ms: 0, found: Found::Nobody };
        look.found = match self.find(person, origin, ledger, &mut look).await {
            Err(error) if error.is_of_one_picture() => Found::Failed(error),
            found => found?,
        };
        Ok(look)
    }

    async fn find(
        &self,
        person: &Enrolment,
        origin: &Origin,
        ledger: &Ledger,
        look: &mut Look,
    ) -> Result<Found, IngestError> {
        if let Origin::Web(address) = origin {
            let key = look.key.insert(ledger::key(&Sha256::digest(address).into()));
            if let Some(record) = ledger.record(key) {
                return Ok(Found::Recorded(record.clone()));
            }
        }
        let (bytes, read_at_ms) = self.read(person, origin).await?;
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        (look.source_sha256, look.fetched_at_ms) = (Some(sha256), read_at_ms);
        let key = look.key.get_or_insert_with(|| ledger::key(&sha256));
        if let Some(record) = ledger.record(key) {
            return Ok(Found::Recorded(record.clone()));
        }
        let crop = crop_id(&person.id, &sha256);
        // The event is what counts as stored; a crash may have kept it from being recorded.
        let event = self.bus.last::<v1::CropStored>(Subject::CropStored(&person.id, &crop)).await?;
        if let Some(Ok(event)) = event.map(|entry| entry.message) {
            let perceptual_hash = PerceptualHash::from_bytes(&event.perceptual_hash);
            return Ok(Found::Crop { crop, perceptual_hash });
        }
        let sight = self.detectors.run(move |detector| sight::see(detector, &bytes)).await?;
        Ok(sight.map_or(Found::Nobody, |sight| Found::Face { crop, sight: Box::new(sight) }))
    }

    /// The bytes, and when they were read.
    async fn read(&self, person: &Enrolment, origin: &Origin) -> Result<(Bytes, u64), IngestError> {
        match origin {
            Origin::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || folder::read(&path)).await;
                Ok((read??.into(), runtime::now_ms()))
            }
            Origin::Web(address) => {
                let fetched = self.fetcher.fetch(address, &person.hosts).await?;
                Ok((fetched.bytes, fetched.fetched_at_ms))
            }
        }
    }
}

/// The same picture of the same person is the same crop.
fn crop_id(person: &PersonId, source_sha256: &[u8; 32]) -> CropId {
    let name = Sha256::new().chain_update(person.as_str()).chain_update([0]).chain_update(source_sha256);
    CropId::from_digest(&name.finalize().into())
}
