//! What changes from one picture of a person to the next.

use super::draws::{Draws, Stream};

/// The nuisance of one picture: pose, light, expression, framing, background and grain.
#[derive(Clone, Debug, PartialEq)]
pub struct Sitting {
    /// Turn to the side, radians, positive to the viewer's right; within ±0.26.
    pub yaw: f32,
    /// Nod, radians, positive downwards; within ±0.13.
    pub pitch: f32,
    /// Tilt in the picture plane, radians; within ±0.14.
    pub roll: f32,
    /// Half width of the head as a part of the picture's side; 0.205 to 0.265.
    pub scale: f32,
    /// Where the point between the eyes sits, as a part of the side; about (0.5, 0.45).
    pub centre: (f32, f32),
    /// Key light: angle from the viewer's axis to the side, radians; within ±0.9.
    pub light_azimuth: f32,
    /// Key light: angle above the horizon, radians; 0.35 to 0.85.
    pub light_elevation: f32,
    /// Key light: cold −1 to warm 1.
    pub warmth: f32,
    /// Share of the key in key plus fill; 0.58 to 0.76.
    pub contrast: f32,
    /// Factor on all light; 0.9 to 1.12.
    pub exposure: f32,
    /// Smile, 0 (neutral) to 1.
    pub smile: f32,
    /// Parted lips, 0 (closed) to 1.
    pub parted: f32,
    /// Raised brows, −1 (lowered) to 1.
    pub brow_raise: f32,
    /// Narrowed eyes, 0 to 1.
    pub squint: f32,
    /// Where the eyes look, in iris radii right and down; within ±0.3.
    pub gaze: (f32, f32),
    /// Background hue in turns, and its lightness.
    pub backdrop: (f32, f32),
    /// Which clothes are worn, 0 to 1 along the person's wardrobe.
    pub outfit: f32,
    /// Standard deviation of the sensor's grain, in linear light; 0.002 to 0.008.
    pub grain: f32,
    /// Strength of the lens's softness, 0 (sharp) to 1.
    pub softness: f32,
    /// Seeds the textures of this picture.
    pub texture: u32,
}

impl Sitting {
    /// The sitting that `seed` stands for.
    pub fn drawn(seed: u64) -> Self {
        let mut d = Draws::new(seed, Stream::Sitting);
        let side = if d.chance(0.5) { 1.0 } else { -1.0 };
        let smile = if d.chance(0.6) { d.within(0.3, 1.0) } else { d.within(0.0, 0.3) };
        Self {
            yaw: 0.26 * d.bell(),
            pitch: 0.13 * d.bell(),
            roll: 0.14 * d.bell(),
            scale: d.within(0.205, 0.265),
            centre: (0.5 + 0.05 * d.bell(), 0.45 + 0.03 * d.bell()),
            light_azimuth: side * d.within(0.2, 0.9),
            light_elevation: d.within(0.35, 0.85),
            warmth: d.within(-0.5, 1.0),
            contrast: d.within(0.58, 0.76),
            exposure: d.within(0.9, 1.12),
            smile,
            parted: if d.chance(0.35) { d.within(0.2, 1.0) * smile } else { 0.0 },
            brow_raise: d.bell() * 0.8,
            squint: d.within(0.0, 0.4) + 0.3 * smile,
            gaze: (0.3 * d.bell(), 0.15 * d.bell()),
            backdrop: (d.unit(), d.unit()),
            outfit: d.unit(),
            grain: d.within(0.002, 0.008),
            softness: d.unit() * d.unit(),
            texture: d.texture(),
        }
    }
}
