//! Colours in linear light, and the way back to the eight-bit sRGB of a picture.

use std::ops::{Add, Mul};

/// Linear-light red, green, blue; 1.0 is white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour(pub(super) [f32; 3]);

impl Colour {
    pub(super) const BLACK: Self = Self([0.0; 3]);

    /// From eight-bit sRGB written as `0xRRGGBB`.
    pub(super) fn srgb(hex: u32) -> Self {
        Self([16, 8, 0].map(|shift| {
            let c = ((hex >> shift) & 255) as f32 / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        }))
    }

    /// From hue (turns), saturation and lightness in `[0, 1]`, sRGB sense.
    pub(super) fn hsl(hue: f32, saturation: f32, lightness: f32) -> Self {
        let chroma = saturation * lightness.min(1.0 - lightness);
        let channel = |n: f32| {
            let k = (n + hue.rem_euclid(1.0) * 12.0) % 12.0;
            lightness - chroma * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
        };
        let byte = |c: f32| (c.clamp(0.0, 1.0) * 255.0) as u32;
        Self::srgb(byte(channel(0.0)) << 16 | byte(channel(8.0)) << 8 | byte(channel(4.0)))
    }

    /// The colour at `place` (`[0, 1]`) of a ramp of equally spaced stops.
    pub(super) fn ramp(stops: &[u32], place: f32) -> Self {
        let x = place.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
        let i = (x as usize).min(stops.len() - 2);
        Self::srgb(stops[i]).mix(Self::srgb(stops[i + 1]), x - i as f32)
    }

    /// This at `t = 0`, `other` at `t = 1`.
    pub(super) fn mix(self, other: Self, t: f32) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t])
    }

    /// Channel by channel product: a surface of this colour under that light.
    pub(super) fn under(self, light: Self) -> Self {
        Self([self.0[0] * light.0[0], self.0[1] * light.0[1], self.0[2] * light.0[2]])
    }
}

impl Mul<f32> for Colour {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        Self([self.0[0] * k, self.0[1] * k, self.0[2] * k])
    }
}

impl Add for Colour {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1], self.0[2] + other.0[2]])
    }
}

/// Linear light to eight-bit sRGB through a table.
pub(super) struct Encoder(Vec<u8>);

/// Fine enough that the steep dark end of sRGB moves by a fifth of a level a step.
const STEPS_PER_UNIT: usize = 1 << 14;
/// Light beyond this is white.
const BRIGHTEST: usize = 2;

impl Encoder {
    pub(super) fn new() -> Self {
        let level = |i: usize| {
            let c = i as f32 / STEPS_PER_UNIT as f32;
            // Highlights above 0.8 are rolled off softly instead of clipped.
            let c = if c > 0.8 { 0.8 + 0.2 * (1.0 - 1.0 / (1.0 + (c - 0.8) * 5.0)) } else { c };
            let s = if c <= 0.003_130_8 { c * 12.92 } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
            (s * 255.0 + 0.5) as u8
        };
        Self((0..=BRIGHTEST * STEPS_PER_UNIT).map(level).collect())
    }

    /// One pixel.
    pub(super) fn encode(&self, colour: Colour) -> [u8; 3] {
        // The cast saturates: what is below zero is black.
        let level = |c: f32| self.0[((c * STEPS_PER_UNIT as f32) as usize).min(self.0.len() - 1)];
        [level(colour.0[0]), level(colour.0[1]), level(colour.0[2])]
    }
}
