//! What a search for one person finds: their pictures, and what else the web has under that name.

use std::collections::BTreeMap;
use std::io::Cursor;

use axum::body::Bytes;
use cli::portrait::{Identity, Sitting, portrait, scenery};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, RgbImage};

/// Pictures of the person, all different.
pub const OWN: u64 = 60;
const SIDE: u32 = 300;
const WHO: u64 = 4_711;
const STRANGERS: u64 = 900_000;

/// What holds a picture, or stands for one that is not loaded yet, is no result.
pub const NO_RESULT: &str = "no_result";

/// A result, and what has to become of it if it is looked at.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Absolute.
    pub address: String,
    /// `crop`, the outcome of a rejection, or [`NO_RESULT`].
    pub outcome: &'static str,
    /// What a rejection's reason says.
    pub reason: &'static str,
}

/// The mixture: drawn once, served by any number of sites.
pub struct SearchResults {
    pub(crate) files: BTreeMap<String, Bytes>,
}

impl SearchResults {
    /// Draws it.
    pub fn draw() -> Self {
        let who = Identity::drawn(WHO);
        let own = |n: u64| portrait(&who, &Sitting::drawn(70_000 + n), SIDE);
        let mut files = BTreeMap::new();
        let mut put = |name: &str, bytes: Vec<u8>| {
            files.insert(format!("/pictures/{name}"), Bytes::from(bytes));
        };
        for n in 0..OWN {
            put(&format!("own-{n:02}.jpg"), jpeg(&own(n), 92));
        }
        for n in 0..3 {
            let stranger = portrait(&Identity::drawn(STRANGERS + n), &Sitting::drawn(STRANGERS + n), SIDE);
            put(&format!("stranger-{n}.jpg"), jpeg(&stranger, 92));
            put(&format!("scenery-{n}.jpg"), jpeg(&scenery(STRANGERS + n, SIDE), 92));
        }
        put("same.jpg", jpeg(&own(1), 92));
        put("reencoded.jpg", jpeg(&own(3), 55));
        put(
            "smaller.jpg",
            jpeg(&DynamicImage::from(own(6)).resize(190, 190, FilterType::Lanczos3).into(), 85),
        );
        put(
            "larger.jpg",
            jpeg(&DynamicImage::from(own(9)).resize(420, 420, FilterType::Triangle).into(), 75),
        );
        put("page.jpg", b"<!doctype html><title>Log in to see this picture</title>".to_vec());
        let mut cut = jpeg(&own(11), 92);
        cut.truncate(cut.len() / 2);
        put("cut.jpg", cut);
        put("bomb.jpg", bomb());
        Self { files }
    }

    /// The results in order, as a site on `port` shows them; nothing listens on `closed`.
    pub(crate) fn shown(&self, port: u16, closed: u16) -> Vec<Shown> {
        let site = format!("http://127.0.0.1:{port}");
        let picture = |name: &str| format!("{site}/pictures/{name}");
        let shown = |address: String, outcome, reason| Shown { address, outcome, reason };
        let mut results = Vec::new();
        for n in 0..OWN {
            results.push(shown(picture(&format!("own-{n:02}.jpg")), "crop", ""));
            results.extend(match n {
                2 => Some(shown(picture("same.jpg"), "duplicate", "the same picture")),
                4 => Some(shown(picture("stranger-0.jpg"), "crop", "")),
                5 => Some(shown(picture("reencoded.jpg"), "duplicate", "bits differ")),
                7 => Some(shown(picture("scenery-0.jpg"), "no_face", "no face")),
                8 => Some(shown(picture("smaller.jpg"), "duplicate", "bits differ")),
                10 => Some(shown(picture("larger.jpg"), "duplicate", "bits differ")),
                12 => Some(shown(picture("gone.jpg"), "failed", "404")),
                13 => Some(shown(format!("http://127.0.0.1:{closed}/x.jpg"), "failed", "cannot be reached")),
                14 => Some(shown(format!("data:image/png;base64,{}", "A".repeat(2 << 20)), NO_RESULT, "")),
                15 => Some(shown(format!("{site}/away/metadata"), "failed", "169.254.169.254")),
                16 => Some(shown(format!("{site}/away/private"), "failed", "10.0.0.1")),
                17 => Some(shown("file:///etc/passwd".to_owned(), "failed", "file")),
                18 => Some(shown(format!("http://localhost:{port}/x.jpg"), "failed", "localhost")),
                20 => Some(shown(format!("{site}/endless.jpg"), "failed", "larger than")),
                22 => Some(shown(format!("{site}/drip.jpg"), "failed", "took longer")),
                24 => Some(shown(picture("page.jpg"), "failed", "web page")),
                26 => Some(shown(picture("cut.jpg"), "failed", "cut off")),
                28 => Some(shown(format!("{site}/heads.jpg"), "failed", "HTTP")),
                30 => Some(shown(picture("stranger-1.jpg"), "crop", "")),
                32 => Some(shown(picture("scenery-1.jpg"), "no_face", "no face")),
                34 => Some(shown(picture("bomb.jpg"), "failed", "pixels")),
                38 => Some(shown(picture("stranger-2.jpg"), "crop", "")),
                41 => Some(shown(picture("scenery-2.jpg"), "no_face", "no face")),
                _ => None,
            });
        }
        results
    }
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).expect("memory takes it");
    bytes
}

/// A few kilobytes that say they are a picture of 100 megapixels.
fn bomb() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::GrayImage::new(10_000, 10_000).write_to(&mut bytes, ImageFormat::Png).expect("memory takes it");
    bytes.into_inner()
}
