//! Antialiased bilinear resize, the way Pillow's `Image.resize(…, BILINEAR)` does it: a triangle
//! filter as wide as the shrinking asks for, in two passes with 22-bit fixed-point weights.

use image::RgbImage;

use crate::area::Rect;

const PRECISION_BITS: u32 = 22;
const HALF: i64 = 1 << (PRECISION_BITS - 1);

/// The part `rect` of `image`, resized to `width`×`height`.
pub(crate) fn resize(image: &RgbImage, rect: Rect, width: usize, height: usize) -> RgbImage {
    let columns = weights(rect.width, width);
    let rows = weights(rect.height, height);
    let stride = image.width() as usize * 3;
    // First pass: every source row to the new width.
    let mut narrow = vec![0_u8; rect.height * width * 3];
    for (y, line) in narrow.chunks_exact_mut(width * 3).enumerate() {
        let start = (rect.y + y) * stride + rect.x * 3;
        let source = &image.as_raw()[start..start + rect.width * 3];
        for (weights, out) in columns.iter().zip(line.chunks_exact_mut(3)) {
            let mut sums = [HALF; 3];
            let pixels = source[weights.start * 3..].chunks_exact(3);
            for (&weight, pixel) in weights.values.iter().zip(pixels) {
                for (sum, &v) in sums.iter_mut().zip(pixel) {
                    *sum += i64::from(weight) * i64::from(v);
                }
            }
            out.copy_from_slice(&sums.map(clip));
        }
    }
    // Second pass: those rows to the new height.
    let mut pixels = vec![0_u8; height * width * 3];
    let mut sums = vec![0_i64; width * 3];
    for (weights, line) in rows.iter().zip(pixels.chunks_exact_mut(width * 3)) {
        sums.fill(HALF);
        let source = narrow[weights.start * width * 3..].chunks_exact(width * 3);
        for (&weight, row) in weights.values.iter().zip(source) {
            for (sum, &v) in sums.iter_mut().zip(row) {
                *sum += i64::from(weight) * i64::from(v);
            }
        }
        for (out, &sum) in line.iter_mut().zip(&sums) {
            *out = clip(sum);
        }
    }
    RgbImage::from_raw(width as u32, height as u32, pixels).expect("the buffer has that size")
}

fn clip(sum: i64) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

/// Which source cells an output cell is made of, and how much of each.
struct Weights {
    start: usize,
    values: Vec<i32>,
}

/// `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's Resample.c for the triangle filter.
fn weights(from: usize, to: usize) -> Vec<Weights> {
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    (0..to)
        .map(|i| {
            let center = (i as f64 + 0.5) * scale;
            let start = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(from);
            let triangle: Vec<f64> =
                (start..end).map(|x| (1.0 - ((x as f64 - center + 0.5) / support).abs()).max(0.0)).collect();
            let total: f64 = triangle.iter().sum();
            let fixed = |w: f64| (w / total * f64::from(1 << PRECISION_BITS) + 0.5) as i32;
            Weights { start, values: triangle.into_iter().map(fixed).collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_is_the_same_picture() {
        let image = RgbImage::from_fn(7, 5, |x, y| image::Rgb([x as u8 * 30, y as u8 * 50, 9]));
        assert_eq!(resize(&image, Rect::whole(&image), 7, 5), image);
    }

    #[test]
    fn halving_weighs_neighbours_by_a_triangle() {
        // Pillow: Image.new row [0, 0, 80, 160] resized to 2 gives [11, 103].
        let row = RgbImage::from_fn(4, 1, |x, _| image::Rgb([[0, 0, 80, 160][x as usize]; 3]));
        let half = resize(&row, Rect::whole(&row), 2, 1);
        assert_eq!((half.get_pixel(0, 0)[0], half.get_pixel(1, 0)[0]), (11, 103));
    }

    #[test]
    fn a_part_of_the_picture_knows_nothing_of_the_rest() {
        let image = RgbImage::from_fn(20, 20, |x, _| image::Rgb([if x < 10 { 40 } else { 250 }; 3]));
        let left = resize(&image, Rect { x: 0, y: 0, width: 10, height: 20 }, 5, 5);
        assert!(left.pixels().all(|p| p[0] == 40));
    }
}
