//! A face found in a picture.

use serde::{Deserialize, Serialize};

/// One face, in pixels of the picture it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// `[x1, y1, x2, y2]` in pixels; may reach a little over the picture's edge.
    pub bounds: [f32; 4],
    /// How sure the last net of the cascade is, 0 to 1.
    pub probability: f32,
    /// `[x, y]` of left eye, right eye, nose tip, left and right mouth corner (as seen), in pixels.
    pub landmarks: [[f32; 2]; 5],
}

impl Face {
    /// Width of the box in pixels.
    pub fn width(&self) -> f32 {
        self.bounds[2] - self.bounds[0]
    }

    /// Height of the box in pixels.
    pub fn height(&self) -> f32 {
        self.bounds[3] - self.bounds[1]
    }

    /// Area of the box in square pixels: what "largest" means.
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// The same face in another frame: `origin` (pixels of this frame) becomes 0,0, and lengths are
    /// multiplied by `scale`.
    pub fn moved(&self, origin: [f32; 2], scale: [f32; 2]) -> Face {
        let x = |v: f32| (v - origin[0]) * scale[0];
        let y = |v: f32| (v - origin[1]) * scale[1];
        let [x1, y1, x2, y2] = self.bounds;
        Face {
            bounds: [x(x1), y(y1), x(x2), y(y2)],
            probability: self.probability,
            landmarks: self.landmarks.map(|[px, py]| [x(px), y(py)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_face_keeps_its_probability_and_scales_its_box() {
        let face = Face { bounds: [10.0, 20.0, 30.0, 60.0], probability: 0.9, landmarks: [[12.0, 24.0]; 5] };
        let moved = face.moved([10.0, 20.0], [0.5, 0.5]);
        assert_eq!(moved.bounds, [0.0, 0.0, 10.0, 20.0]);
        assert_eq!(moved.landmarks[4], [1.0, 2.0]);
        assert_eq!(moved.probability, 0.9);
        assert_eq!(moved.area(), 200.0);
    }
}
