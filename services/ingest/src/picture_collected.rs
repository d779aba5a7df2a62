//! One picture: bytes → largest face → stored crop → `crop.stored`.

use std::path::Path;
use std::time::Instant;

use bus::{Bus, Subject};
use domain::{CropId, PersonId};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use proto::v1;
use sha2::{Digest, Sha256};
use store::Crops;
use vision::picture::{self, PictureLimits};
use vision::{Face, FaceCrops};

use crate::detectors::Detectors;
use crate::{IngestError, folder, metrics};

/// What became of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collected {
    /// A crop was stored.
    Stored,
    /// The crop was there.
    Known,
    /// MTCNN found no face.
    NoFace,
}

/// What collecting a picture needs.
#[derive(Clone)]
pub(crate) struct Collection {
    pub(crate) bus: Bus,
    pub(crate) crops: Crops,
    pub(crate) detectors: Detectors,
}

/// A face as it will be stored.
struct Cut {
    context: Vec<u8>,
    face: Vec<u8>,
    face_in_context: Face,
}

impl Collection {
    /// Collects the picture at `path` for `person`.
    pub(crate) async fn collect(&self, person: &PersonId, path: &Path) -> Result<Collected, IngestError> {
        let file = path.to_owned();
        let read = tokio::task::spawn_blocking(move || folder::read(&file)).await;
        let bytes = read.map_err(|e| IngestError::Panicked(e.to_string()))??;
        let source_sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let crop = crop_id(person, &source_sha256);
        let subject = Subject::CropStored(person, &crop);
        // The event is what counts as collected: it is published after the crop is whole.
        if self.bus.last::<v1::CropStored>(subject).await?.is_some() {
            return Ok(Collected::Known);
        }
        let Some(cut) = self.detectors.run(move |detector| cut(detector, &bytes)).await? else {
            return Ok(Collected::NoFace);
        };
        let Face { bounds, probability, landmarks } = cut.face_in_context;
        self.crops.put(person, &crop, cut.context.into(), cut.face.into()).await?;
        let event = v1::CropStored {
            person: person.to_string(),
            crop: crop.to_string(),
            source: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            source_sha256: source_sha256.to_vec(),
            face_in_context: Some((bounds, probability, landmarks).into()),
            stored_at_ms: runtime::now_ms(),
            ..v1::CropStored::default()
        };
        self.bus.publish(subject, &event).await?;
        Ok(Collected::Stored)
    }
}

/// The same picture of the same person is the same crop.
fn crop_id(person: &PersonId, source_sha256: &[u8; 32]) -> CropId {
    let name = Sha256::new().chain_update(person.as_str()).chain_update([0]).chain_update(source_sha256);
    CropId::from_digest(&name.finalize().into())
}

fn cut(detector: &mut vision::Detector, bytes: &[u8]) -> Result<Option<Cut>, IngestError> {
    let started = Instant::now();
    let image = picture::decode(bytes, PictureLimits::default())?;
    let Some(face) = detector.detect(&image)?.first().copied() else { return Ok(None) };
    let crops = FaceCrops::cut(&image, &face);
    ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
    Ok(Some(Cut {
        context: png(&crops.context)?,
        face: png(&crops.face)?,
        face_in_context: crops.face_in_context,
    }))
}

/// Lossless, and quick rather than small.
fn png(image: &RgbImage) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(IngestError::Encode)?;
    Ok(bytes)
}
