//! Pictures that look alike have hashes that differ in few bits.

use std::f32::consts::PI;

use image::RgbImage;

use crate::area::Rect;
use crate::bilinear;

/// Side of the picture that is transformed.
const SIDE: usize = 32;
/// Side of the block of lowest frequencies that is kept.
const LOW: usize = 8;

/// 64 bits that re-encoding, resizing and slight cropping leave nearly as they were: the signs of the 8×8 lowest
/// frequencies of a cosine transform against their median. Zauner, "Implementation and benchmarking of perceptual image
/// hash functions" (2010), section 3.2.1 ("pHash").
pub fn perceptual_hash(picture: &RgbImage) -> u64 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let small = bilinear::resize(picture, Rect { x: 0, y: 0, width, height }, SIDE, SIDE);
    let luma: Vec<f32> = small
        .pixels()
        .map(|pixel| {
            let [red, green, blue] = pixel.0.map(f32::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        })
        .collect();
    // Frequencies 1 to 8: the zeroth is brightness, which exposure changes.
    let wave: [[f32; SIDE]; LOW] = std::array::from_fn(|k| {
        std::array::from_fn(|i| ((k + 1) as f32 * PI * (2 * i + 1) as f32 / (2 * SIDE) as f32).cos())
    });
    let rows: Vec<[f32; LOW]> = luma
        .chunks_exact(SIDE)
        .map(|row| std::array::from_fn(|k| row.iter().zip(&wave[k]).map(|(v, w)| v * w).sum()))
        .collect();
    let mut low = [0.0_f32; LOW * LOW];
    for (place, value) in low.iter_mut().enumerate() {
        let (down, across) = (place / LOW, place % LOW);
        *value = rows.iter().zip(&wave[down]).map(|(row, w)| row[across] * w).sum();
    }
    let mut sorted = low;
    sorted.sort_by(f32::total_cmp);
    let median = (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2.0;
    low.iter().enumerate().fold(0, |hash, (bit, value)| hash | (u64::from(*value > median) << bit))
}
