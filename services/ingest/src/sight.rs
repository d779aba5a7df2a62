//! What is seen in a picture: its largest face, cut and measured.

use std::time::Instant;

use bytes::Bytes;
use domain::quality::Quality;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use store::Views;
use vision::perceptual_hash::PerceptualHash;
use vision::picture::{self, PictureLimits};
use vision::{Detector, Face, FaceCrops, quality};

use crate::{IngestError, metrics};

/// A face as it will be stored.
pub(crate) struct Sight {
    pub(crate) views: Views,
    pub(crate) face_in_context: Face,
    pub(crate) quality: Quality,
    /// Of the whole picture: the box of a face moves a little with every new encoding.
    pub(crate) perceptual_hash: PerceptualHash,
}

/// Decodes a picture and cuts the largest face in it; `None` when there is none.
pub(crate) fn see(detector: &mut Detector, bytes: &[u8]) -> Result<Option<Sight>, IngestError> {
    let started = Instant::now();
    let image = picture::decode(bytes, PictureLimits::default())?;
    let Some(face) = detector.detect(&image)?.first().copied() else { return Ok(None) };
    let crops = FaceCrops::cut(&image, &face);
    ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
    Ok(Some(Sight {
        views: Views {
            context: png(&crops.context, QUICK)?,
            face: png(&crops.face, QUICK)?,
            aligned: png(&crops.aligned, PLAIN)?,
        },
        face_in_context: crops.face_in_context,
        quality: quality::measure(&face, &crops.face),
        perceptual_hash: PerceptualHash::of(&image),
    }))
}

/// How a view is written; lossless either way.
type Writing = (CompressionType, FilterType);
/// Quick rather than small.
const QUICK: Writing = (CompressionType::Fast, FilterType::Up);
/// As it is: workers read this view alone, and would spend a quarter of a fast net's time on unpacking it. It takes some 30 KB more.
const PLAIN: Writing = (CompressionType::Uncompressed, FilterType::NoFilter);

fn png(image: &RgbImage, (compression, filter): Writing) -> Result<Bytes, IngestError> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, compression, filter)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(IngestError::Encode)?;
    Ok(bytes.into())
}
