//! Bilinear sampling along a similarity, a row of the chip at a time. Every loop but the one that fetches pixels runs
//! along the row over plain numbers, so that the compiler puts it into vector registers: the widest that the machine
//! has (pulp's dispatch, which is why everything below it is inlined).

use std::ops::Range;

use image::{Rgb, RgbImage};
use pulp::{Arch, Simd, WithSimd};

use super::Similarity;

/// The chip of `side`² pixels that lie in `image` where `from_chip` says. Beyond the picture lies black.
pub(super) fn warp(image: &RgbImage, from_chip: &Similarity, side: u32) -> RgbImage {
    let mut chip = RgbImage::new(side, side);
    Arch::new().dispatch(Warp { image, from_chip, chip: &mut chip });
    chip
}

struct Warp<'a> {
    image: &'a RgbImage,
    from_chip: &'a Similarity,
    chip: &'a mut RgbImage,
}

impl WithSimd for Warp<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let side = self.chip.width() as usize;
        let mut line = Line::of(side);
        for (y, row) in self.chip.as_mut().chunks_exact_mut(side * 3).enumerate() {
            let place = |x: usize| self.from_chip.apply([x as f64, y as f64]);
            let inside = inside(self.image, side, place);
            for x in (0..inside.start).chain(inside.end..side) {
                row[x * 3..][..3].copy_from_slice(&at_the_edge(self.image, place(x)).0);
            }
            line.places(self.from_chip, y, inside.clone(), self.image.width());
            line.fetch(self.image, inside.len());
            line.blend(inside.len());
            for (pixel, blended) in
                row[inside.start * 3..].chunks_exact_mut(3).zip(&line.pixels[..inside.len()])
            {
                pixel.copy_from_slice(&blended.to_le_bytes()[..3]);
            }
        }
    }
}

/// Which pixels of a row have four pixels of the picture around them. They lie side by side: a line enters a
/// rectangle once.
#[inline(always)]
fn inside(image: &RgbImage, side: usize, place: impl Fn(usize) -> [f64; 2]) -> Range<usize> {
    let (right, bottom) = (f64::from(image.width()) - 1.0, f64::from(image.height()) - 1.0);
    let is_inside = |x: &usize| {
        let [x, y] = place(*x);
        x >= 0.0 && y >= 0.0 && x < right && y < bottom
    };
    let start = (0..side).find(is_inside).unwrap_or(side);
    let end = (start..side).rev().find(is_inside).map_or(start, |last| last + 1);
    start..end
}

/// Part of a chip's row: where its pixels lie in the picture, and what is there.
struct Line {
    /// First byte of the pixel up and left of each.
    starts: Vec<u32>,
    /// How far each lies beyond that pixel to the right and down, 0 to 1.
    shares: [Vec<f32>; 2],
    /// The pixels around each (left and right above, left and right below), red in the lowest byte; what the highest
    /// holds is no matter.
    corners: [Vec<u32>; 4],
    /// What becomes of them, likewise.
    pixels: Vec<u32>,
}

impl Line {
    fn of(side: usize) -> Self {
        let numbers = || vec![0; side];
        let shares = [vec![0.0; side], vec![0.0; side]];
        Self { starts: numbers(), shares, corners: [(); 4].map(|()| numbers()), pixels: numbers() }
    }

    #[inline(always)]
    fn places(&mut self, from_chip: &Similarity, y: usize, inside: Range<usize>, width: u32) {
        let Self { starts, shares: [right, down], .. } = self;
        for (((start, right), down), x) in
            starts.iter_mut().zip(right).zip(down).zip(inside.start as u32..inside.end as u32)
        {
            let [x, y] = from_chip.apply([f64::from(x), y as f64]);
            let (left, column) = floor(x);
            let (top, row) = floor(y);
            (*right, *down) = ((x - left) as f32, (y - top) as f32);
            *start = (row * width + column) * 3;
        }
    }

    #[inline(always)]
    fn fetch(&mut self, image: &RgbImage, count: usize) {
        let Self { starts, corners: [above_left, above_right, below_left, below_right], .. } = self;
        let stride = image.width() as usize * 3;
        let above = above_left.iter_mut().zip(above_right);
        let below = below_left.iter_mut().zip(below_right);
        for ((&start, above), below) in starts[..count].iter().zip(above).zip(below) {
            (*above.0, *above.1) = two_pixels(image, start as usize);
            (*below.0, *below.1) = two_pixels(image, start as usize + stride);
        }
    }

    #[inline(always)]
    fn blend(&mut self, count: usize) {
        let Self {
            shares: [right, down], corners: [above_left, above_right, below_left, below_right], ..
        } = self;
        let above = above_left.iter().zip(above_right.iter());
        let below = below_left.iter().zip(below_right.iter());
        let shares = right.iter().zip(down.iter());
        let pixels = self.pixels[..count].iter_mut();
        for (((pixel, (&right, &down)), above), below) in pixels.zip(shares).zip(above).zip(below) {
            *pixel = 0;
            for shift in [0, 8, 16] {
                let value = |pixel: u32| (pixel >> shift & 0xff) as i32 as f32;
                let between =
                    |(&left, &next): (&u32, &u32)| value(left) * (1.0 - right) + value(next) * right;
                *pixel |= nearest(between(above) * (1.0 - down) + between(below) * down) << shift;
            }
        }
    }
}

/// The pixel that begins at byte `start`, and the one to its right.
#[inline(always)]
fn two_pixels(image: &RgbImage, start: usize) -> (u32, u32) {
    let bytes = image.as_raw();
    // One read of eight bytes; where the picture ends after six, those two are nobody's.
    let both = match bytes.get(start..start + 8) {
        Some(eight) => u64::from_le_bytes(eight.try_into().expect("eight bytes")),
        None => bytes[start..start + 6].iter().rev().fold(0, |both, &byte| both << 8 | u64::from(byte)),
    };
    (both as u32, (both >> 24) as u32)
}

/// Whole part of `0 ≤ x < 2³¹`, as it is and as an integer. A number of 2⁵² or more has no places after the point, and
/// ends in the integer's bits; conversions, which heed every other number too, would leave the vector registers.
#[inline(always)]
fn floor(x: f64) -> (f64, u32) {
    const WHOLE: f64 = (1_u64 << 52) as f64;
    let shifted = x + WHOLE;
    let nearest = shifted - WHOLE;
    let above = nearest > x;
    (if above { nearest - 1.0 } else { nearest }, (shifted.to_bits() as u32).wrapping_sub(above.into()))
}

/// `0 ≤ x ≤ 255` as the whole number that is nearest, halves up, in the same way.
#[inline(always)]
fn nearest(x: f32) -> u32 {
    const WHOLE: f32 = (1_u32 << 23) as f32;
    let x = x + 0.5;
    let shifted = x + WHOLE;
    (shifted.to_bits() & 0x1ff) - u32::from(shifted - WHOLE > x)
}

/// The four pixels around a point, each by its nearness.
fn at_the_edge(image: &RgbImage, [x, y]: [f64; 2]) -> Rgb<u8> {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = ((x - left) as f32, (y - top) as f32);
    let (left, top) = (left as i64, top as i64);
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let mut sum = [0.0_f32; 3];
    for (dy, row_share) in [(0, 1.0 - bottom_share), (1, bottom_share)] {
        for (dx, share) in [(0, 1.0 - right_share), (1, right_share)] {
            let (x, y) = (left.saturating_add(dx), top.saturating_add(dy));
            if (0..width).contains(&x) && (0..height).contains(&y) {
                let pixel = image.get_pixel(x as u32, y as u32);
                for (sum, &v) in sum.iter_mut().zip(&pixel.0) {
                    *sum += row_share * share * f32::from(v);
                }
            }
        }
    }
    Rgb(sum.map(|v| v.round() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::DLIB_150;

    /// One pixel of a chip, by the formula alone.
    fn sampled(image: &RgbImage, [x, y]: [f64; 2]) -> Rgb<u8> {
        let (left, top) = (x.floor(), y.floor());
        let pixel =
            |dx: f64, dy: f64| image.get_pixel((left + dx) as u32, (top + dy) as u32).0.map(f32::from);
        let corners = [[pixel(0.0, 0.0), pixel(1.0, 0.0)], [pixel(0.0, 1.0), pixel(1.0, 1.0)]];
        let (right, down) = ((x - left) as f32, (y - top) as f32);
        let between = |[a, b]: [[f32; 3]; 2], c: usize| a[c] * (1.0 - right) + b[c] * right;
        Rgb([0, 1, 2].map(|c| {
            (between(corners[0], c) * (1.0 - down) + between(corners[1], c) * down + 0.5).floor() as u8
        }))
    }

    #[test]
    fn a_row_in_registers_is_what_its_pixels_are_alone() {
        let noise = |x: u32, y: u32| ((x * 0x9e37) ^ (y * 0x79b9)).wrapping_mul(0x85eb_ca6b).to_le_bytes();
        let image = RgbImage::from_fn(203, 171, |x, y| {
            let [_, red, green, blue] = noise(x, y);
            Rgb([red, green, blue])
        });
        let (mut inner, side) = (0, DLIB_150.side);
        for (scale, turn, shift) in
            [(0.9, 0.2, 20.3), (1.0, 0.0, 0.0), (1.4, -0.5, 31.7), (0.13, 0.0, 150.99)]
        {
            let place = Similarity { a: scale, b: turn, c: shift, d: shift };
            let chip = warp(&image, &place, side);
            for (x, y, pixel) in chip.enumerate_pixels() {
                let [at_x, at_y] = place.apply([f64::from(x), f64::from(y)]);
                let within = |at: f64, length: u32| (0.0..f64::from(length) - 1.0).contains(&at);
                if within(at_x, image.width()) && within(at_y, image.height()) {
                    inner += 1;
                    assert_eq!(*pixel, sampled(&image, [at_x, at_y]), "{x} {y} of {place:?}");
                } else {
                    assert_eq!(*pixel, at_the_edge(&image, [at_x, at_y]), "{x} {y} of {place:?}");
                }
            }
        }
        assert!(inner > 40_000, "{inner} pixels within");
    }
}
