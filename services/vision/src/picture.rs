//! Reading pictures that strangers made: every way to be wrong has its own reason.

use std::io::Cursor;

use domain::{Class, Classified};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage};

use crate::colour::{self, Pixels};
use crate::file_kind::{self, OtherFile};
use crate::jpeg;

/// How large a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Width × height, in pixels.
    pub max_pixels: u64,
    /// The longer of the two, in pixels: what looks at a picture row by row needs memory for whole rows.
    pub max_side: u32,
}

impl Default for PictureLimits {
    /// 64 million pixels, none of whose sides is longer than 16,384. Phones of 50 megapixels make 50.3 million.
    fn default() -> Self {
        PictureLimits { max_pixels: 64_000_000, max_side: 16_384 }
    }
}

/// Why a file is not a picture to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of no picture format that is read here.
    #[error("the file is {0}")]
    NotAPicture(OtherFile),
    /// A picture of a kind that its decoder does not read.
    #[error("the picture is {0}, which is not supported: save it as a usual JPEG, or as PNG")]
    Unsupported(String),
    /// The header promises more than the file holds.
    #[error("the picture is cut off")]
    Truncated,
    /// The header says the picture is over the limit; it was not decoded.
    #[error("the picture has {width}×{height} pixels, {} million; at most {} million are taken: make it smaller",
        millions(&pixels(.width, .height)), millions(.limit))]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Allowed width × height.
        limit: u64,
    },
    /// The header says that a side is over the limit; the picture was not decoded.
    #[error(
        "the picture has {width}×{height} pixels, and neither side may have more than {limit}: make it smaller"
    )]
    TooLong {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Allowed width, and height.
        limit: u32,
    },
    /// The format is right and the contents are not.
    #[error("the picture is broken: {0}")]
    Broken(String),
}

impl Classified for PictureError {
    /// Always the sender's doing.
    fn class(&self) -> Class {
        Class::BadInput
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotAPicture(file) if file.is_picture => "picture_not_supported",
            Self::Unsupported(_) => "picture_not_supported",
            Self::Empty | Self::NotAPicture(_) => "not_a_picture",
            Self::Truncated => "picture_cut_off",
            Self::TooLarge { .. } | Self::TooLong { .. } => "too_many_pixels",
            Self::Broken(_) => "picture_broken",
        }
    }
}

/// The picture in `bytes` in sRGB of 8 bits, turned upright as its EXIF data says; transparent parts are
/// shown over white. Of an animation, its first picture.
pub fn decode(bytes: &[u8], limits: PictureLimits) -> Result<RgbImage, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let format =
        file_kind::picture_format(bytes).ok_or_else(|| PictureError::NotAPicture(OtherFile::of(bytes)))?;
    if format == ImageFormat::Jpeg
        && let Some(kind) = jpeg::unsupported(bytes)
    {
        return Err(PictureError::Unsupported(kind.to_owned()));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(memory_limits(0));
    let mut decoder = reader.into_decoder().map_err(|error| reason(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = pixels(&width, &height);
    if pixels > limits.max_pixels {
        return Err(PictureError::TooLarge { width, height, limit: limits.max_pixels });
    }
    if width.max(height) > limits.max_side {
        return Err(PictureError::TooLong { width, height, limit: limits.max_side });
    }
    decoder.set_limits(memory_limits(pixels)).map_err(|error| reason(&error))?;
    let whole = match format {
        ImageFormat::Jpeg => jpeg::is_whole(bytes),
        ImageFormat::WebP => webp_is_whole(bytes),
        // Its decoder tells.
        _ => true,
    };
    if !whole {
        return Err(PictureError::Truncated);
    }
    // Orientation or a profile that does not read is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error))?;
    image.apply_orientation(orientation);
    Ok(in_srgb(image, profile.as_deref()))
}

fn in_srgb(image: DynamicImage, profile: Option<&[u8]>) -> RgbImage {
    let are_grey = !image.color().has_color();
    let convert = |samples: &mut [u8], channels| {
        if let Some(icc) = profile {
            colour::to_srgb(&mut Pixels { samples, channels, are_grey }, icc);
        }
    };
    if image.color().has_alpha() {
        let mut rgba = image.into_rgba8();
        convert(&mut rgba, 4);
        over_white(&rgba)
    } else {
        let mut rgb = image.into_rgb8();
        convert(&mut rgb, 3);
        rgb
    }
}

fn pixels(width: &u32, height: &u32) -> u64 {
    u64::from(*width) * u64::from(*height)
}

/// Pixels in millions, to a tenth; a few are told one by one.
fn millions(pixels: &u64) -> f64 {
    let pixels = *pixels as f64;
    if pixels < 1e5 { pixels / 1e6 } else { (pixels / 1e5).round() / 10.0 }
}

/// Room for a picture of so many pixels, 16 bytes each (RGBA of 16 bits, twice), and for a decoder's tables
/// and what lies before the picture: a colour profile of gigabytes is not unpacked.
fn memory_limits(pixels: u64) -> Limits {
    let mut memory = Limits::default();
    memory.max_alloc = Some(pixels.saturating_mul(16).saturating_add(64 << 20));
    memory
}

fn reason(error: &ImageError) -> PictureError {
    let line = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let text = line.to_lowercase();
    let cut_off = ["unexpected end", "unexpectedeof", "unexpected eof", "exhausted", "truncated"];
    let io_end = matches!(error, ImageError::IoError(error)
        if error.kind() == std::io::ErrorKind::UnexpectedEof);
    if io_end || cut_off.iter().any(|sign| text.contains(sign)) {
        PictureError::Truncated
    } else if let ImageError::Unsupported(error) = error {
        PictureError::Unsupported(format!("of a kind that its decoder does not read ({error})"))
    } else {
        PictureError::Broken(text)
    }
}

/// Whether the file is as long as its RIFF header says.
fn webp_is_whole(bytes: &[u8]) -> bool {
    match bytes.get(4..8) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]) as usize <= bytes.len() - 8,
        _ => false,
    }
}

fn over_white(rgba: &RgbaImage) -> RgbImage {
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (source, target) in rgba.pixels().zip(rgb.pixels_mut()) {
        let [red, green, blue, alpha] = source.0.map(u32::from);
        let blend = |v: u32| ((v * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        target.0 = [blend(red), blend(green), blend(blue)];
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(vec![]);
        image.write_to(&mut bytes, format).expect("memory takes everything");
        bytes.into_inner()
    }

    fn gradient(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128])).into()
    }

    fn read(bytes: &[u8]) -> Result<RgbImage, PictureError> {
        decode(bytes, PictureLimits::default())
    }

    #[test]
    fn a_lossless_picture_comes_back_as_it_was() {
        let image = gradient(60, 40);
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            assert_eq!(read(&encoded(&image, format)), Ok(image.to_rgb8()));
        }
        let jpeg = read(&encoded(&image, ImageFormat::Jpeg)).expect("it is whole");
        assert_eq!(jpeg.dimensions(), (60, 40));
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert_eq!(read(b""), Err(PictureError::Empty));
        let page = read(b"<html>hello</html>").expect_err("it is no picture");
        assert_eq!(page.code(), "not_a_picture");
        assert!(page.to_string().starts_with("the file is a web page, not a PNG"), "{page}");
        let gif = read(b"GIF89a\x01\x00\x01\x00\x00\x00\x00").expect_err("GIF is not read");
        assert_eq!(gif.code(), "picture_not_supported");
        assert!(gif.to_string().starts_with("the file is a GIF picture, not a PNG"), "{gif}");
    }

    #[test]
    fn a_picture_that_is_cut_off_says_so_wherever_it_is_cut() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let whole = encoded(&gradient(200, 150), format);
            for share in [2, 3, 10] {
                let cut = &whole[..whole.len() * (share - 1) / share];
                assert_eq!(read(cut), Err(PictureError::Truncated), "{format:?} 1/{share}");
            }
            assert!(read(&whole[..16]).is_err(), "{format:?}");
        }
    }

    #[test]
    fn a_huge_picture_is_refused_by_its_header() {
        // Only a header: decoding it would fail in another way.
        let mut bytes = encoded(&gradient(8, 8), ImageFormat::Png);
        bytes[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = read(&bytes).expect_err("268 megapixels");
        assert_eq!(error, PictureError::TooLarge { width: 16384, height: 16384, limit: 64_000_000 });
        let phone = PictureError::TooLarge { width: 8192, height: 6144, limit: 50_000_000 };
        let told =
            "the picture has 8192×6144 pixels, 50.3 million; at most 50 million are taken: make it smaller";
        assert_eq!(phone.to_string(), told);
        let limits = PictureLimits { max_pixels: 63, ..PictureLimits::default() };
        let small = encoded(&gradient(8, 8), ImageFormat::Png);
        assert!(matches!(decode(&small, limits), Err(PictureError::TooLarge { .. })));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    #[test]
    fn every_colour_type_becomes_rgb_of_8_bits() {
        let grey = DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(3, 3, image::Luma([0x8080])));
        assert_eq!(read(&encoded(&grey, ImageFormat::Png)).expect("valid").get_pixel(1, 1).0, [128; 3]);
        let clear =
            DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(3, 3, image::Rgba([200, 0, 0, 0])));
        assert_eq!(read(&encoded(&clear, ImageFormat::Png)).expect("valid").get_pixel(1, 1).0, [255; 3]);
        let half =
            DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(3, 3, image::Rgba([0, 0, 0, 128])));
        assert_eq!(read(&encoded(&half, ImageFormat::Png)).expect("valid").get_pixel(1, 1).0, [127; 3]);
    }

    #[test]
    fn exif_turns_the_picture_upright() {
        let jpeg = encoded(&gradient(60, 40), ImageFormat::Jpeg);
        // APP1 with one little-endian IFD entry: orientation 6, a quarter turn clockwise.
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut turned = jpeg[..2].to_vec();
        turned.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
        turned.extend(exif);
        turned.extend(&jpeg[2..]);
        let image = read(&turned).expect("it is whole");
        assert_eq!(image.dimensions(), (40, 60));
        // The gradient's red grew to the right; now it grows downwards.
        assert!(image.get_pixel(20, 55)[0] > image.get_pixel(20, 5)[0] + 30);
    }
}
