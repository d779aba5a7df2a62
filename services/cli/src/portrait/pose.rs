//! From a pixel to the head plane, and from there onto the turned head.

use super::curve::ease;
use super::sitting::Sitting;

/// The inverse warp of one picture.
pub(super) struct Pose {
    origin: (f32, f32),
    /// Width of a pixel in head units.
    pub(super) pixel: f32,
    roll: (f32, f32),
    yaw: (f32, f32),
    pitch: (f32, f32),
}

impl Pose {
    pub(super) fn of(sitting: &Sitting, side: u32) -> Self {
        let side = side as f32;
        Self {
            origin: (sitting.centre.0 * side, sitting.centre.1 * side),
            pixel: 1.0 / (sitting.scale * side),
            roll: sitting.roll.sin_cos(),
            yaw: sitting.yaw.sin_cos(),
            pitch: sitting.pitch.sin_cos(),
        }
    }

    /// Upright plane through the middle of the head, before it rolls: where the shoulders are.
    pub(super) fn upright(&self, column: u32, row: u32) -> (f32, f32) {
        let x = (column as f32 + 0.5 - self.origin.0) * self.pixel;
        let y = (row as f32 + 0.5 - self.origin.1) * self.pixel;
        (x, y)
    }

    /// The head plane: rolled with the head about the base of the neck, the chin carried along by the turn.
    pub(super) fn head(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let (sin, cos) = self.roll;
        let (hx, hy) = (x * cos + y * sin, y * cos - x * sin);
        (hx - 0.28 * self.yaw.0 * ease(0.0, 1.4, hy), hy)
    }

    /// Head coordinates (u, v) of what is seen at (x, y) of the head plane at depth `z`: the head turned back.
    pub(super) fn turned_back(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        let u = x * self.yaw.1 - z * self.yaw.0;
        let forward = x * self.yaw.0 + z * self.yaw.1;
        (u, y * self.pitch.1 - forward * self.pitch.0)
    }

    /// How far things at the ears' depth (behind the plane) shift sideways against the outline.
    pub(super) fn ear_shift(&self) -> f32 {
        -0.22 * self.yaw.0
    }
}
