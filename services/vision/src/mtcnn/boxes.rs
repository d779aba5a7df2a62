//! The arithmetic on candidate boxes, in f32 and in facenet-pytorch's order (`detect_face.py`).

use crate::area::Rect;

/// A box that one of the nets took for a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// `[x1, y1, x2, y2]` in pixels of the picture.
    pub(crate) bounds: [f32; 4],
    /// The net's probability.
    pub(crate) score: f32,
    /// The net's offsets, in widths and heights of the box.
    pub(crate) offsets: [f32; 4],
}

/// Side in pixels of P-Net's window, and its stride.
const CELL: f32 = 12.0;
const STRIDE: f32 = 2.0;

/// `generateBoundingBox`: the picture's pixels under P-Net's window at (`column`, `row`) of a level.
pub(crate) fn window(column: usize, row: usize, scale: f32) -> [f32; 4] {
    let start = |cell: usize| ((STRIDE * cell as f32 + 1.0) / scale).floor();
    let end = |cell: usize| ((STRIDE * cell as f32 + CELL - 1.0 + 1.0) / scale).floor();
    [start(column), start(row), end(column), end(row)]
}

/// P-Net's offsets applied: without the +1 that the later nets' have.
pub(crate) fn shifted([x1, y1, x2, y2]: [f32; 4], offsets: [f32; 4]) -> [f32; 4] {
    let (w, h) = (x2 - x1, y2 - y1);
    let [dx1, dy1, dx2, dy2] = offsets;
    [x1 + dx1 * w, y1 + dy1 * h, x2 + dx2 * w, y2 + dy2 * h]
}

/// `bbreg`: R-Net's and O-Net's offsets applied.
pub(crate) fn regressed([x1, y1, x2, y2]: [f32; 4], offsets: [f32; 4]) -> [f32; 4] {
    let (w, h) = (x2 - x1 + 1.0, y2 - y1 + 1.0);
    let [dx1, dy1, dx2, dy2] = offsets;
    [x1 + dx1 * w, y1 + dy1 * h, x2 + dx2 * w, y2 + dy2 * h]
}

/// `rerec`: the square of the longer side around the box.
pub(crate) fn squared([x1, y1, x2, y2]: [f32; 4]) -> [f32; 4] {
    let (w, h) = (x2 - x1, y2 - y1);
    let side = w.max(h);
    let x = x1 + w * 0.5 - side * 0.5;
    let y = y1 + h * 0.5 - side * 0.5;
    [x, y, x + side, y + side]
}

/// `pad` and the crop behind it: the box in whole pixels, cut at the picture's edge. `None` where
/// nothing of it lies inside.
pub(crate) fn inside([x1, y1, x2, y2]: [f32; 4], [width, height]: [usize; 2]) -> Option<Rect> {
    // `as` truncates towards zero, as trunc().int() does, and saturates.
    let left = (x1 as i64).max(1) - 1;
    let top = (y1 as i64).max(1) - 1;
    let right = (x2 as i64).min(width as i64);
    let bottom = (y2 as i64).min(height as i64);
    (right > left && bottom > top).then(|| Rect {
        x: left as usize,
        y: top as usize,
        width: (right - left) as usize,
        height: (bottom - top) as usize,
    })
}

/// O-Net's landmarks, five xs then five ys in box lengths, as points of the picture.
pub(crate) fn points([x1, y1, x2, y2]: [f32; 4], relative: &[f32; 10]) -> [[f32; 2]; 5] {
    let (w, h) = (x2 - x1 + 1.0, y2 - y1 + 1.0);
    std::array::from_fn(|i| [w * relative[i] + x1 - 1.0, h * relative[i + 5] + y1 - 1.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_floored_in_the_pictures_pixels() {
        assert_eq!(window(0, 0, 0.6), [1.0, 1.0, 20.0, 20.0]);
        // 18 / 0.6 is a little less than 30 in f32, as it is in facenet-pytorch.
        assert_eq!(window(10, 3, 0.6), [35.0, 11.0, 53.0, 29.0]);
    }

    #[test]
    fn only_the_later_nets_count_the_last_pixel() {
        let offsets = [0.1, -0.1, 0.0, 0.5];
        assert_eq!(shifted([10.0, 10.0, 30.0, 20.0], offsets), [12.0, 9.0, 30.0, 25.0]);
        assert_eq!(regressed([10.0, 10.0, 29.0, 19.0], offsets), [12.0, 9.0, 29.0, 24.0]);
    }

    #[test]
    fn squares_keep_the_centre() {
        assert_eq!(squared([10.0, 10.0, 30.0, 20.0]), [10.0, 5.0, 30.0, 25.0]);
    }

    #[test]
    fn boxes_are_truncated_and_cut_at_the_edge() {
        let rect = Rect { x: 0, y: 2, width: 10, height: 5 };
        assert_eq!(inside([-3.9, 3.9, 10.9, 7.9], [20, 20]), Some(rect));
        assert_eq!(inside([25.0, 3.0, 40.0, 18.0], [20, 20]), None);
        assert_eq!(inside([-9.0, 3.0, -1.0, 18.0], [20, 20]), None);
        assert_eq!(inside([f32::NAN; 4], [20, 20]), None);
    }

    #[test]
    fn landmarks_are_xs_then_ys() {
        let relative = [0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5];
        let points = points([1.0, 1.0, 20.0, 10.0], &relative);
        assert_eq!(points[1], [10.0, 0.0]);
        assert_eq!(points[4], [0.0, 5.0]);
    }
}
