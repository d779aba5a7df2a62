//! A crop's quality.

use domain::quality::Quality;

use super::{Malformed, impossible};
use crate::v1;

impl From<&Quality> for v1::Quality {
    fn from(quality: &Quality) -> Self {
        let Quality { face_side, sharpness, yaw, pitch, roll } = *quality;
        Self { face_side, sharpness, yaw, pitch, roll }
    }
}

impl TryFrom<&v1::Quality> for Quality {
    type Error = Malformed;

    fn try_from(wire: &v1::Quality) -> Result<Self, Malformed> {
        let v1::Quality { face_side, sharpness, yaw, pitch, roll } = *wire;
        if [face_side, sharpness, yaw, pitch, roll].iter().any(|v| !v.is_finite()) {
            return Err(impossible("quality")(&"a number is not finite"));
        }
        Ok(Self { face_side, sharpness, yaw, pitch, roll })
    }
}
