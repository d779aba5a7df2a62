//! Lips, the line between them, and teeth when they part.

use super::colour::Colour;
use super::curve::{bell, cover, ease, mix, spot};
use super::identity::Identity;
use super::sitting::Sitting;

// Linear light; sRGB EFE6DA.
const TEETH: Colour = Colour([0.8632, 0.7913, 0.7011]);
// sRGB 4A1614.
const THROAT: Colour = Colour([0.0685, 0.008, 0.007]);
// sRGB 3A1410.
const LINE: Colour = Colour([0.0423, 0.007, 0.0052]);

/// The mouth of one picture: identity and expression together. Lengths in head units.
pub(super) struct Mouth {
    height: f32,
    half_width: f32,
    upper: f32,
    lower: f32,
    lift: f32,
    gap: f32,
    lips: Colour,
    strength: f32,
}

impl Mouth {
    pub(super) fn of(who: &Identity, sitting: &Sitting, skin: Colour) -> Self {
        let brick = Colour([skin.0[0] * 0.86, skin.0[1] * 0.52, skin.0[2] * 0.50]);
        let made_up = Colour::srgb(0xA8_36_30).mix(Colour::srgb(0x9A_2F_58), who.lip_hue);
        Self {
            height: who.mouth,
            half_width: who.mouth_width * (1.0 + 0.16 * sitting.smile),
            upper: who.upper_lip * (1.0 - 0.2 * sitting.smile),
            lower: who.lower_lip * (1.0 - 0.12 * sitting.smile),
            lift: -0.015 - 0.105 * sitting.smile,
            gap: 0.11 * sitting.parted,
            lips: brick.mix(made_up, 0.6 * who.lip_colour),
            strength: 0.62 + 0.3 * who.lip_colour,
        }
    }

    /// Along the mouth −1 to 1, and the heights of its four edges there, from the top down:
    /// upper lip's edge, upper lip's rim, lower lip's rim, lower lip's edge.
    fn edges(&self, u: f32) -> (f32, [f32; 4]) {
        let t = u / self.half_width;
        let s = (1.0 - t * t).max(0.0);
        let line = self.height + self.lift * t * t + 0.012 * bell(t / 0.2) - 0.004;
        let bow = 1.0 - 0.28 * bell(t / 0.13) - 0.25 * t.abs();
        let top = self.upper * s.sqrt().min(1.0) * s.powf(0.35) * bow;
        let bottom = self.lower * s.powf(0.75);
        let gap = self.gap * s.powf(0.8);
        (t, [line - top - gap * 0.25, line - gap * 0.25, line + gap * 0.75, line + bottom + gap * 0.75])
    }

    /// Height that the lips add to the face.
    pub(super) fn relief(&self, u: f32, v: f32) -> f32 {
        if u.abs() > self.half_width + 0.1 || (v - self.height).abs() > 0.4 {
            return 0.0;
        }
        let (t, [a, b, c, d]) = self.edges(u);
        let side = ease(1.05, 0.75, t.abs());
        let lip = |from: f32, to: f32, out: f32| {
            let middle = mix(from, to, 0.5);
            out * bell((v - middle) / ((to - from).max(0.02) * 0.55))
        };
        let groove = 0.045 * bell((v - mix(b, c, 0.5)) / (0.022 + 0.3 * (c - b)));
        side * (lip(a, b, 0.035) + lip(c, d, 0.06)) - groove * ease(1.15, 0.9, t.abs())
    }

    /// Paints the lips over `skin` at (u, v); returns the colour and how glossy it is.
    pub(super) fn paint(&self, u: f32, v: f32, skin: Colour, pixel: f32) -> (Colour, f32) {
        if u.abs() > self.half_width + 0.1 || (v - self.height).abs() > 0.35 {
            return (skin, 0.0);
        }
        let (t, [a, b, c, d]) = self.edges(u);
        let soft = pixel.max(0.018);
        let lips = cover((v - mix(a, d, 0.5)).abs() - (d - a) * 0.5, soft) * ease(1.02, 0.9, t.abs());
        let shade = if v < b { 0.86 } else { 1.0 };
        let mut colour = skin.mix(self.lips * shade, lips * self.strength);
        let inside =
            cover((v - mix(b, c, 0.5)).abs() - (c - b) * 0.5, pixel.max(0.012)) * ease(1.0, 0.85, t.abs());
        if self.gap > 0.01 && inside > 0.0 {
            let teeth = TEETH * mix(0.75, 0.3, t * t);
            let depth = ease(b, c, v);
            let within = teeth.mix(THROAT, ease(0.68, 0.95, depth)) * ease(-0.1, 0.25, depth);
            colour = colour.mix(within, inside);
        }
        let line = bell((v - b) / (0.012 + 0.4 * pixel)).max(0.6 * bell((v - c) / (0.012 + 0.4 * pixel)));
        let corner = spot(u.abs(), v, self.half_width, self.height + self.lift, 0.035, 0.025);
        let dark = (line * ease(1.06, 0.92, t.abs())).max(0.6 * corner);
        (colour.mix(LINE, 0.72 * dark), lips * (1.0 - dark))
    }
}
