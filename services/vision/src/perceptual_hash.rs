//! Pictures that look alike have hashes that differ in few bits.

use std::f32::consts::PI;

use image::RgbImage;

use crate::area::Rect;
use crate::bilinear;

/// Most bits in which the hashes of two copies of one picture differ, be they encoded or sized anew. Two sittings of
/// one person in one pose differ in more; so does a copy that was cut at its edges, which may pass for a picture of its
/// own: better twice the same than somebody's picture lost. `services/cli/tests/integration/copies.rs` prints the distances.
pub const ALIKE: u32 = 16;

/// Side of the picture that is transformed.
const SIDE: usize = 64;
/// Side of the block of lowest frequencies that is kept.
const LOW: usize = 16;
/// Bits of a hash: all of the block but the zeroth frequency.
pub const BITS: usize = LOW * LOW - 1;
const WORDS: usize = BITS.div_ceil(64);

/// 255 bits that encoding and sizing a picture anew leave nearly as they were: its 16×16 lowest frequencies under a cosine
/// transform but the zeroth (its brightness), each against their median. Zauner, "Implementation and benchmarking of
/// perceptual image hash functions" (2010), section 3.2.1, with four times as many frequencies: 8×8 of them tell two
/// sittings of one person in one pose hardly apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerceptualHash([u64; WORDS]);

impl PerceptualHash {
    /// The hash of `picture`.
    pub fn of(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let small = bilinear::resize(picture, Rect { x: 0, y: 0, width, height }, SIDE, SIDE);
        let luma: Vec<f32> = small
            .pixels()
            .map(|pixel| {
                let [red, green, blue] = pixel.0.map(f32::from);
                0.299 * red + 0.587 * green + 0.114 * blue
            })
            .collect();
        let wave: [[f32; SIDE]; LOW] = std::array::from_fn(|k| {
            // The zeroth frequency is weighted as an orthonormal transform weights it.
            let weight = if k == 0 { 0.5_f32.sqrt() } else { 1.0 };
            std::array::from_fn(|i| weight * (k as f32 * PI * (2 * i + 1) as f32 / (2 * SIDE) as f32).cos())
        });
        let rows: Vec<[f32; LOW]> = luma
            .chunks_exact(SIDE)
            .map(|row| std::array::from_fn(|k| row.iter().zip(&wave[k]).map(|(v, w)| v * w).sum()))
            .collect();
        let frequency = |place: usize| -> f32 {
            let (down, across) = (place / LOW, place % LOW);
            rows.iter().zip(&wave[down]).map(|(row, w)| row[across] * w).sum()
        };
        let low: [f32; BITS] = std::array::from_fn(|place| frequency(place + 1));
        let mut sorted = low;
        sorted.sort_by(f32::total_cmp);
        let median = sorted[BITS / 2];
        let mut words = [0; WORDS];
        for (bit, value) in low.iter().enumerate() {
            words[bit / 64] |= u64::from(*value > median) << (bit % 64);
        }
        Self(words)
    }

    /// Bits in which two hashes differ, 0 to [`BITS`].
    pub fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// 32 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The way back from [`PerceptualHash::to_bytes`]; `None` for bytes that are no hash.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, []) = bytes.as_chunks() else { return None };
        let words: &[[u8; 8]; WORDS] = words.try_into().ok()?;
        Some(Self(words.map(u64::from_le_bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of all the low frequencies, each with a weight of its own that `mix` (odd) shuffles.
    fn waves(mix: usize) -> RgbImage {
        let weight = |place: usize| (place * mix % (LOW * LOW)) as f32 - 127.5;
        let wave = |k: usize, at: u32, side: f32| (k as f32 * PI * (at as f32 + 0.5) / side).cos();
        RgbImage::from_fn(200, 150, |x, y| {
            let sum: f32 = (1..LOW * LOW)
                .map(|place| weight(place) * wave(place / LOW, y, 150.0) * wave(place % LOW, x, 200.0))
                .sum();
            image::Rgb([(120.0 + 0.05 * sum).clamp(0.0, 255.0) as u8; 3])
        })
    }

    #[test]
    fn a_brighter_or_smaller_copy_has_nearly_the_same_hash_and_another_picture_has_not() {
        let picture = waves(37);
        let hash = PerceptualHash::of(&picture);
        let differing = |other: &RgbImage| hash.distance(&PerceptualHash::of(other));
        let triangle = image::imageops::FilterType::Triangle;
        assert!(differing(&image::imageops::resize(&picture, 100, 75, triangle)) <= ALIKE);
        assert!(differing(&image::imageops::brighten(&picture, 10)) <= ALIKE);
        assert!(differing(&waves(23)) > 4 * ALIKE);
        assert_eq!(PerceptualHash::from_bytes(&hash.to_bytes()), Some(hash));
        assert_eq!(PerceptualHash::from_bytes(&hash.to_bytes()[1..]), None);
    }
}
