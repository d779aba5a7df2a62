//! Glasses: two rims, a bridge, the temples, a breath of reflection.

use super::colour::Colour;
use super::curve::{cover, mix, to_segment};
use super::identity::{Glasses, Identity};
use super::light::Light;

/// Glasses as worn.
pub(super) struct Worn<'a> {
    glasses: &'a Glasses,
    spacing: f32,
    height: f32,
    colour: Colour,
}

impl<'a> Worn<'a> {
    pub(super) fn by(who: &'a Identity) -> Option<Self> {
        who.glasses.as_ref().map(|glasses| Self {
            glasses,
            spacing: who.eye_spacing.max(glasses.half_width + 0.07),
            height: 0.03 + 0.15 * (glasses.half_height - 0.2),
            colour: Colour::srgb(glasses.colour),
        })
    }

    /// Signed distance to the rim's middle line at head coordinates (u, v), negative inside the lens.
    fn lens(&self, u: f32, v: f32) -> f32 {
        let g = self.glasses;
        let a = ((u.abs() - self.spacing) / g.half_width).abs();
        let b = ((v - self.height) / g.half_height).abs();
        let p = g.squareness;
        ((a.powf(p) + b.powf(p)).powf(1.0 / p) - 1.0) * g.half_height.min(g.half_width)
    }

    /// Signed distance to the frame, negative on it.
    fn frame(&self, u: f32, v: f32) -> f32 {
        let g = self.glasses;
        let rim = self.lens(u, v).abs() - g.rim * 0.5;
        let inner = self.spacing - g.half_width;
        let bridge = to_segment(
            (u.abs(), v + 0.25 * (inner - u.abs()).max(0.0)),
            (0.0, self.height - 0.03),
            (inner, self.height - 0.05),
        );
        let outer = self.spacing + g.half_width;
        let temple = to_segment((u.abs(), v), (outer, self.height - 0.06), (outer + 0.5, self.height - 0.02));
        rim.min(bridge - g.rim * 0.42).min(temple - g.rim * 0.45)
    }

    /// Lays the glasses over what is seen at (u, v).
    pub(super) fn over(&self, u: f32, v: f32, under: Colour, light: &Light, pixel: f32) -> Colour {
        if (v - self.height).abs() > 0.5 {
            return under;
        }
        let light = light.on([0.0, 0.0, 1.0], [0.0; 3]);
        // The frame's soft shadow falls a little below it.
        let shadow = cover(self.frame(u, v - 0.05), 0.07);
        let mut out = under * mix(1.0, 0.72, shadow);
        let lens = self.lens(u, v);
        if lens < 0.0 {
            let streak = ((u - v * 0.55) * 5.0).sin().max(0.0).powi(6);
            out = out * (1.0 + 0.08 * streak) + light * (0.010 * streak);
        }
        let frame = self.frame(u, v);
        let edge = (-frame / (self.glasses.rim * 0.5)).clamp(0.0, 1.0);
        let glossy = self.colour.under(light) * (0.75 + 0.5 * edge) + light * (0.10 * edge * edge);
        out.mix(glossy, cover(frame, pixel))
    }
}
