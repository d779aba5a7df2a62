//! One key light, a cooler fill from the other side and the sky above: what shades every surface.

use super::colour::Colour;
use super::sitting::Sitting;

/// Directions point from the surface to the light; x right, y down, z towards the viewer.
pub(super) struct Light {
    pub(super) key: [f32; 3],
    half: [f32; 3],
    key_colour: Colour,
    fill: [f32; 3],
    fill_colour: Colour,
    sky: Colour,
    ground: Colour,
}

pub(super) fn unit(v: [f32; 3]) -> [f32; 3] {
    let n = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    [v[0] / n, v[1] / n, v[2] / n]
}

pub(super) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl Light {
    /// The light of a sitting, `gain` times as bright: a camera is set for the face in front of it.
    pub(super) fn of(sitting: &Sitting, gain: f32) -> Self {
        let (azimuth, elevation) = (sitting.light_azimuth, sitting.light_elevation);
        let key = unit([azimuth.sin() * elevation.cos(), -elevation.sin(), azimuth.cos() * elevation.cos()]);
        let half = unit([key[0], key[1], key[2] + 1.0]);
        let fill = unit([-key[0] * 1.2, -0.15, 0.7]);
        let warmth = sitting.warmth;
        let key_colour = Colour([1.0 + 0.10 * warmth, 1.0, 1.0 - 0.14 * warmth]);
        let fill_colour = Colour([1.0 - 0.04 * warmth, 1.0, 1.0 + 0.08 * warmth]);
        let exposure = sitting.exposure * gain;
        let (k, f) = (exposure * sitting.contrast, exposure * (1.0 - sitting.contrast));
        Self {
            key,
            half,
            key_colour: key_colour * (1.46 * k),
            fill,
            fill_colour: fill_colour * (0.85 * f),
            sky: fill_colour * (0.34 * exposure),
            ground: Colour([1.0, 0.9, 0.82]) * (0.17 * exposure),
        }
    }

    /// Light that reaches a matt surface with unit normal `n`. `soften` wraps each channel's terminator
    /// around the form by that much: skin lets red light travel, cloth does not.
    pub(super) fn on(&self, n: [f32; 3], soften: [f32; 3]) -> Colour {
        let key = dot(n, self.key);
        let fill = dot(n, self.fill);
        let up = 0.5 - 0.5 * n[1];
        let ambient = self.ground.mix(self.sky, up);
        let mut out = [0.0; 3];
        for c in 0..3 {
            let wrap = soften[c];
            let wrapped = |x: f32| {
                let t = ((x + wrap) / (1.0 + wrap)).max(0.0);
                if wrap > 0.0 { t * t.sqrt() } else { t }
            };
            out[c] =
                self.key_colour.0[c] * wrapped(key) + self.fill_colour.0[c] * wrapped(fill) + ambient.0[c];
        }
        Colour(out)
    }

    /// Mirror-like part for a surface with unit normal `n`; `sharpness` as a power of two's exponent.
    pub(super) fn shine(&self, n: [f32; 3], sharpness: u32) -> Colour {
        let mut s = dot(n, self.half).max(0.0);
        for _ in 0..sharpness {
            s *= s;
        }
        self.key_colour * s
    }

    /// Shine of a strand running along unit tangent `t` (Kajiya and Kay 1989), shifted along by `shift`.
    pub(super) fn strand(&self, t: [f32; 3], shift: f32, sharpness: u32) -> Colour {
        let along = (dot(t, self.half) + shift).clamp(-1.0, 1.0);
        let mut s = (1.0 - along * along).sqrt();
        for _ in 0..sharpness {
            s *= s;
        }
        self.key_colour * s
    }
}
