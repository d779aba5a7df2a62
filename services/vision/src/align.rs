//! Five-point alignment: the similarity that brings a face's landmarks to a template's places on a chip.

mod warp;

use image::{Rgb, RgbImage};
use ndarray::Array3;

use self::warp::warp;
use crate::area::{AreaResize, Rect};
use crate::face::Face;

/// Where a net expects a face's landmarks on its chip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Template {
    /// Side of the chip in pixels.
    pub side: u32,
    /// Left eye, right eye, nose tip and mouth corners (as seen), in pixels of the chip.
    pub points: [[f64; 2]; 5],
}

/// dlib's `get_face_chip` of 150 pixels with a quarter of padding.
pub const DLIB_150: Template = Template {
    side: 150,
    points: [[47.55, 46.60], [100.48, 46.60], [74.01, 76.56], [50.42, 103.02], [97.61, 103.02]],
};

/// ArcFace's chip of 112 pixels (insightface's `arcface_dst`), which its successors are trained on too.
pub const ARCFACE_112: Template = Template {
    side: 112,
    points: [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
};

/// Below this scale (chip pixels a picture pixel) the picture is shrunk by area first, or bilinear
/// sampling would skip pixels.
const SHRINK_BELOW: f64 = 0.5;

/// A rotation, a scale and a shift: `(x, y) → (a·x − b·y + c, b·x + a·y + d)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Similarity {
    /// The similarity that takes `from` nearest to `to` in the least-squares sense (Umeyama 1991,
    /// eqs. 40–42, in the plane). Points that all coincide give a shift.
    pub fn between(from: &[[f64; 2]], to: &[[f64; 2]]) -> Similarity {
        let n = from.len().min(to.len()).max(1) as f64;
        let mean = |points: &[[f64; 2]], axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / n;
        let (fx, fy, tx, ty) = (mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (f, t) in from.iter().zip(to) {
            let (fx, fy, tx, ty) = (f[0] - fx, f[1] - fy, t[0] - tx, t[1] - ty);
            along += fx * tx + fy * ty;
            across += fx * ty - fy * tx;
            spread += fx * fx + fy * fy;
        }
        let (a, b) = if spread > 0.0 { (along / spread, across / spread) } else { (1.0, 0.0) };
        Similarity { a, b, c: tx - a * fx + b * fy, d: ty - b * fx - a * fy }
    }

    /// Length of a step of length one.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// Where a point goes.
    #[inline(always)] // Called for every pixel of a chip, in vector registers.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.a * x - self.b * y + self.c, self.b * x + self.a * y + self.d]
    }

    /// The similarity that undoes this one.
    pub fn inverse(&self) -> Similarity {
        let square = (self.a * self.a + self.b * self.b).max(f64::MIN_POSITIVE);
        let (a, b) = (self.a / square, -self.b / square);
        Similarity { a, b, c: -(a * self.c - b * self.d), d: -(b * self.c + a * self.d) }
    }
}

impl Template {
    /// The chip of `face`, cut out of `image` (the picture its landmarks are measured in). Outside the
    /// picture the chip is black.
    pub fn chip(&self, image: &RgbImage, face: &Face) -> RgbImage {
        let landmarks = face.landmarks.map(|[x, y]| [f64::from(x), f64::from(y)]);
        let similarity = Similarity::between(&landmarks, &self.points);
        if similarity.scale() >= SHRINK_BELOW {
            return warp(image, &similarity.inverse(), self.side);
        }
        let factor = similarity.scale().max(1e-3);
        let side = |length: u32| ((f64::from(length) * factor).round() as u32).max(1);
        let (width, height) = (side(image.width()), side(image.height()));
        let small = shrink(image, width, height);
        let ratio =
            [f64::from(width) / f64::from(image.width()), f64::from(height) / f64::from(image.height())];
        // Pixel centres lie at whole numbers, so a shrunken picture's grid is shifted by half a pixel.
        let moved = landmarks.map(|[x, y]| [(x + 0.5) * ratio[0] - 0.5, (y + 0.5) * ratio[1] - 0.5]);
        warp(&small, &Similarity::between(&moved, &self.points).inverse(), self.side)
    }
}

fn shrink(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (w, h) = (width as usize, height as usize);
    let mut planes = Array3::zeros((3, h, w));
    let whole = Rect::whole(image);
    AreaResize::default().planes(image, whole, [w, h], 0..h, [0.0, 1.0], planes.view_mut());
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(std::array::from_fn(|channel| planes[[channel, y as usize, x as usize]].round() as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_similarity_is_found_again() {
        let known = Similarity { a: 0.8, b: -0.3, c: 12.0, d: -7.0 };
        let moved = DLIB_150.points.map(|point| known.apply(point));
        let found = Similarity::between(&DLIB_150.points, &moved);
        for (found, known) in [(found.a, known.a), (found.b, known.b), (found.c, known.c), (found.d, known.d)]
        {
            assert!((found - known).abs() < 1e-9, "{found} {known}");
        }
    }

    #[test]
    fn the_inverse_undoes() {
        let similarity = Similarity { a: 0.8, b: -0.3, c: 12.0, d: -7.0 };
        let [x, y] = similarity.inverse().apply(similarity.apply([3.0, 4.0]));
        assert!((x - 3.0).abs() < 1e-9 && (y - 4.0).abs() < 1e-9);
    }

    /// A picture whose red is x and green is y, so a chip pixel tells where it was taken.
    fn coordinates(side: u32) -> RgbImage {
        RgbImage::from_fn(side, side, |x, y| Rgb([(x / 4) as u8, (y / 4) as u8, 0]))
    }

    fn face_at(scale: f32, shift: f32) -> Face {
        let place = |[x, y]: [f64; 2]| [x as f32 * scale + shift, y as f32 * scale + shift];
        Face { bounds: [0.0; 4], probability: 1.0, landmarks: DLIB_150.points.map(place) }
    }

    #[test]
    fn landmarks_land_where_the_chip_wants_them() {
        let chip = DLIB_150.chip(&coordinates(400), &face_at(1.5, 100.0));
        // Chip pixel (80, 40) comes from (80·1.5 + 100, 40·1.5 + 100) = (220, 160).
        assert_eq!(chip.get_pixel(80, 40).0, [55, 40, 0]);
    }

    #[test]
    fn every_template_puts_the_landmarks_where_it_says() {
        for template in [DLIB_150, ARCFACE_112] {
            let face = Face {
                bounds: [0.0; 4],
                probability: 1.0,
                landmarks: template.points.map(|[x, y]| [2.0 * x as f32 + 60.0, 2.0 * y as f32 + 40.0]),
            };
            let chip = template.chip(&coordinates(400), &face);
            assert_eq!(chip.dimensions(), (template.side, template.side));
            // Red tells the source's x / 4, green its y / 4.
            for [x, y] in template.points {
                let [red, green, _] = chip.get_pixel(x.round() as u32, y.round() as u32).0;
                let expected = [(2.0 * x + 60.0) / 4.0, (2.0 * y + 40.0) / 4.0];
                assert!((f64::from(red) - expected[0]).abs() < 1.0, "{red} {expected:?}");
                assert!((f64::from(green) - expected[1]).abs() < 1.0, "{green} {expected:?}");
            }
        }
    }

    #[test]
    fn a_large_face_is_shrunk_first_and_lands_in_the_same_place() {
        let chip = DLIB_150.chip(&coordinates(1000), &face_at(5.0, 200.0));
        // (80·5 + 200, 40·5 + 200) = (600, 400).
        let [red, green, _] = chip.get_pixel(80, 40).0;
        assert!(red.abs_diff(150) <= 1 && green.abs_diff(100) <= 1, "{red} {green}");
    }

    #[test]
    fn beyond_the_picture_lies_black_and_wild_landmarks_do_not_panic() {
        let chip = DLIB_150.chip(&coordinates(100), &face_at(1.0, 1e6));
        assert!(chip.pixels().all(|pixel| pixel.0 == [0, 0, 0]));
        DLIB_150.chip(&coordinates(10), &Face { landmarks: [[3.0, 3.0]; 5], ..face_at(1.0, 0.0) });
    }
}
