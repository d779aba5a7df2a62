//! Faces.

use super::{Malformed, exactly, impossible};
use crate::v1;

/// Bounds (x1, y1, x2, y2), probability and five landmarks (x, y), in pixels.
pub type FaceParts = ([f32; 4], f32, [[f32; 2]; 5]);

impl From<FaceParts> for v1::Face {
    fn from((bounds, probability, landmarks): FaceParts) -> Self {
        Self { bounds: bounds.to_vec(), probability, landmarks: landmarks.concat() }
    }
}

impl TryFrom<&v1::Face> for FaceParts {
    type Error = Malformed;

    fn try_from(wire: &v1::Face) -> Result<Self, Malformed> {
        let bounds = exactly::<4>("bounds", &wire.bounds)?;
        let flat = exactly::<10>("landmarks", &wire.landmarks)?;
        let finite = bounds.iter().chain(&flat).all(|v| v.is_finite());
        if !finite || !(0.0..=1.0).contains(&wire.probability) {
            return Err(impossible("face")(&"a coordinate is not finite or the probability is not 0 to 1"));
        }
        Ok((bounds, wire.probability, std::array::from_fn(|i| [flat[2 * i], flat[2 * i + 1]])))
    }
}
