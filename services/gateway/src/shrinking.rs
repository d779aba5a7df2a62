//! Crops made small: a page of faces is loaded on phones.

use std::io;
use std::sync::Arc;
use std::thread::available_parallelism;

use axum::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{ImageFormat, ImageResult};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Of the JPEG, 1 to 100: above it a face only grows in bytes.
const QUALITY: u8 = 82;

/// Places for making crops small: more at once than there are cores would only wait for each other.
pub(crate) struct Shrinking(Arc<Semaphore>);

impl Default for Shrinking {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))))
    }
}

impl Shrinking {
    /// The picture as a JPEG of at most `width` pixels a side; a smaller one keeps its size. Milliseconds each.
    pub(crate) async fn jpeg(&self, png: Bytes, width: u32) -> ImageResult<Vec<u8>> {
        let place = self.0.clone().acquire_owned().await.expect("it is never closed");
        let work = spawn_blocking(move || {
            let _place = place;
            shrunk(&png, width)
        });
        work.await.map_err(|e| image::ImageError::IoError(io::Error::other(e)))?
    }
}

fn shrunk(png: &[u8], width: u32) -> ImageResult<Vec<u8>> {
    let whole = image::load_from_memory_with_format(png, ImageFormat::Png)?;
    let small = if whole.width().max(whole.height()) > width {
        whole.resize(width, width, FilterType::Triangle)
    } else {
        whole
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&small.into_rgb8())?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::RgbImage;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = Cursor::new(Vec::new());
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
        picture.write_to(&mut png, ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn a_crop_is_made_small_in_its_own_shape_and_never_larger() {
        for ((width, height), wanted) in
            [((400, 400), (160, 160)), ((400, 300), (160, 120)), ((80, 60), (80, 60))]
        {
            let small = shrunk(&png(width, height), 160).unwrap();
            assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
            let small = image::load_from_memory(&small).unwrap();
            assert_eq!((small.width(), small.height()), wanted);
        }
    }

    #[test]
    fn what_is_no_png_is_an_error() {
        assert!(shrunk(b"not a picture", 160).is_err());
    }
}
