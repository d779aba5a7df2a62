//! What is kept of a face: a generous crop, facenet-pytorch's 160×160 one, and dlib's aligned one.

use image::RgbImage;

use crate::align::DLIB_150;
use crate::area::Rect;
use crate::bilinear;
use crate::face::Face;

/// Side of the face crop in pixels.
pub const FACE_SIDE: u32 = 160;
/// Margin of the face crop, in pixels of the crop.
pub const FACE_MARGIN: u32 = 10;
/// Largest side of the context crop in pixels.
pub const CONTEXT_SIDE: u32 = 400;
/// Side of the context crop in sides of the face box.
const CONTEXT_FACES: f32 = 2.0;

/// The pictures stored for a face. Every embedder's input and every picture shown is one of these, or cut from them.
#[derive(Debug, Clone)]
pub struct FaceCrops {
    /// About twice the face box, at most [`CONTEXT_SIDE`] a side, square where the picture allows;
    /// never enlarged.
    pub context: RgbImage,
    /// The face in pixels of `context`.
    pub face_in_context: Face,
    /// [`FACE_SIDE`]² pixels with margin [`FACE_MARGIN`], as facenet-pytorch's `extract_face`.
    pub face: RgbImage,
    /// [`DLIB_150`]'s chip, out of `context`.
    pub aligned: RgbImage,
}

impl FaceCrops {
    /// Cut the crops of `face` out of the picture it was found in.
    pub fn cut(image: &RgbImage, face: &Face) -> FaceCrops {
        let around = context_rect(image, face);
        let longest = around.width.max(around.height).max(1);
        let shrink = (CONTEXT_SIDE as f32 / longest as f32).min(1.0);
        let side = |length: usize| ((length as f32 * shrink).round() as usize).max(1);
        let (width, height) = (side(around.width), side(around.height));
        let scale = [width as f32 / around.width as f32, height as f32 / around.height as f32];
        let context = bilinear::resize(image, around, width, height);
        let face_in_context = face.moved([around.x as f32, around.y as f32], scale);
        let aligned = DLIB_150.chip(&context, &face_in_context);
        FaceCrops { context, face_in_context, face: box_crop(image, face, FACE_SIDE, FACE_MARGIN), aligned }
    }
}

/// `extract_face`: the box with `margin` (measured in pixels of the result), cut at the picture's
/// edge, truncated to whole pixels and resized to `side`×`side`.
pub(crate) fn box_crop(image: &RgbImage, face: &Face, side: u32, margin: u32) -> RgbImage {
    let [x1, y1, x2, y2] = face.bounds;
    let (width, height) = (image.width() as f32, image.height() as f32);
    let share = (side - margin) as f32;
    let margin_x = margin as f32 * (x2 - x1) / share;
    let margin_y = margin as f32 * (y2 - y1) / share;
    let left = (x1 - margin_x / 2.0).max(0.0) as usize;
    let top = (y1 - margin_y / 2.0).max(0.0) as usize;
    let right = (x2 + margin_x / 2.0).min(width) as usize;
    let bottom = (y2 + margin_y / 2.0).min(height) as usize;
    let rect = at_least_a_pixel(image, [left, top, right, bottom]);
    bilinear::resize(image, rect, side as usize, side as usize)
}

/// The square of [`CONTEXT_FACES`] box sides around the box, cut at the picture's edge.
fn context_rect(image: &RgbImage, face: &Face) -> Rect {
    let [x1, y1, x2, y2] = face.bounds;
    let half = face.width().max(face.height()) * CONTEXT_FACES / 2.0;
    let (x, y) = ((x1 + x2) / 2.0, (y1 + y2) / 2.0);
    let start = |centre: f32| (centre - half).floor().max(0.0) as usize;
    let end = |centre: f32, limit: u32| (centre + half).ceil().min(limit as f32).max(0.0) as usize;
    let corners = [start(x), start(y), end(x, image.width()), end(y, image.height())];
    at_least_a_pixel(image, corners)
}

/// The rectangle between two corners, moved into the picture where it has no part of it.
fn at_least_a_pixel(image: &RgbImage, [left, top, right, bottom]: [usize; 4]) -> Rect {
    let x = left.min(image.width().max(1) as usize - 1);
    let y = top.min(image.height().max(1) as usize - 1);
    Rect { x, y, width: right.max(x + 1) - x, height: bottom.max(y + 1) - y }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(bounds: [f32; 4]) -> Face {
        let [x1, y1, ..] = bounds;
        Face { bounds, probability: 1.0, landmarks: [[x1 + 1.0, y1 + 2.0]; 5] }
    }

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x + y) as u8]))
    }

    #[test]
    fn a_small_face_keeps_its_pixels() {
        let image = picture(300, 300);
        let crops = FaceCrops::cut(&image, &face([100.0, 100.0, 140.0, 150.0]));
        assert_eq!(crops.context.dimensions(), (100, 100));
        assert_eq!(crops.face_in_context.bounds, [30.0, 25.0, 70.0, 75.0]);
        assert_eq!(crops.context.get_pixel(0, 0), image.get_pixel(70, 75));
        assert_eq!(crops.face.dimensions(), (160, 160));
    }

    #[test]
    fn a_large_face_is_shrunk_to_the_limit() {
        let crops = FaceCrops::cut(&picture(2000, 1500), &face([500.0, 300.0, 1000.0, 900.0]));
        assert_eq!(crops.context.dimensions(), (400, 400));
        let inside = crops.face_in_context;
        assert!((inside.height() - 200.0).abs() < 0.5, "{inside:?}");
        assert!((inside.landmarks[0][1] - inside.bounds[1] - 2.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn at_the_edge_the_context_is_what_there_is() {
        let crops = FaceCrops::cut(&picture(200, 100), &face([-5.0, 40.0, 45.0, 105.0]));
        assert_eq!(crops.context.dimensions(), (85, 93));
        assert_eq!(crops.face_in_context.bounds[0], -5.0);
    }

    #[test]
    fn a_box_beyond_the_picture_does_not_panic() {
        for bounds in [[500.0, 500.0, 520.0, 520.0], [-90.0, -90.0, -50.0, -50.0], [f32::NAN; 4]] {
            assert_eq!(FaceCrops::cut(&picture(50, 50), &face(bounds)).face.dimensions(), (160, 160));
        }
    }
}
