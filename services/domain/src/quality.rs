//! How well a face can be seen in its picture (README, "Quality").

/// What was measured of one crop when it was cut. Measuring is `vision`'s; judging is this module's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Shorter side of the face box, in pixels of the source picture.
    pub face_side: f32,
    /// Variance of the Laplacian of the 160×160 crop's brightness (0 to 255): low is blurred.
    pub sharpness: f32,
    /// Turned to a side, in degrees; 0 looks straight ahead, positive to the picture's right.
    pub yaw: f32,
    /// Nodded, in degrees; positive looks up.
    pub pitch: f32,
    /// Tilted, in degrees; positive is clockwise in the picture.
    pub roll: f32,
}
