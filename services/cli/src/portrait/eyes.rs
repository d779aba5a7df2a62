//! Eyes: lids, sclera, iris, highlight, lashes; and the brows above them.

use super::colour::Colour;
use super::curve::{bell, cover, ease, mix};
use super::identity::Identity;
use super::noise;
use super::sitting::Sitting;

// Linear light; sRGB 1A0F0B.
const LASHES: Colour = Colour([0.0103, 0.0048, 0.0033]);
// sRGB DDD5CE.
const SCLERA: Colour = Colour([0.7231, 0.6654, 0.6172]);
// sRGB C99B8C.
const CORNER: Colour = Colour([0.5841, 0.3278, 0.2623]);
// sRGB 080606.
const PUPIL: Colour = Colour([0.0024, 0.0018, 0.0018]);

const IRISES: [u32; 7] = [0x2A1A10, 0x4B2C16, 0x6B4520, 0x6F6A32, 0x4F7A52, 0x4D7FA6, 0x7F96A5];

/// Both eyes and brows of one picture. Lengths in head units.
pub(super) struct Eyes {
    spacing: f32,
    half_width: f32,
    upper: f32,
    lower: f32,
    slant: f32,
    crease: f32,
    gaze: (f32, f32),
    glint: (f32, f32),
    iris: Colour,
    lashes: f32,
    brow: Brow,
}

struct Brow {
    height: f32,
    thickness: f32,
    arch: f32,
    slope: f32,
    colour: Colour,
    texture: u32,
}

impl Eyes {
    pub(super) fn of(who: &Identity, sitting: &Sitting, hair: Colour, key: [f32; 3]) -> Self {
        let height = who.eye_size
            * who.eye_opening
            * (1.0 - 0.32 * sitting.squint)
            * (1.0 + 0.08 * sitting.brow_raise);
        Self {
            spacing: who.eye_spacing,
            half_width: who.eye_size,
            upper: height * 1.22,
            lower: height * 0.66,
            slant: who.eye_slant,
            crease: who.eye_crease,
            gaze: sitting.gaze,
            glint: (key[0] * 0.055, key[1] * 0.055),
            iris: Colour::ramp(&IRISES, who.iris),
            lashes: who.lashes,
            brow: Brow {
                height: who.brow - 0.028 * sitting.brow_raise,
                thickness: who.brow_thickness,
                arch: who.brow_arch + 0.012 * sitting.brow_raise,
                slope: who.brow_slope,
                colour: hair,
                texture: who.texture ^ 0xB0,
            },
        }
    }

    /// Paints the eye or brow at (u, v) over shaded `skin`. `light` is what reaches the spot, so that the eye
    /// sits in the same light as its socket. Returns the shaded colour.
    pub(super) fn paint(&self, u: f32, v: f32, skin: Colour, light: Colour, pixel: f32) -> Colour {
        if !(-0.75..0.45).contains(&v) || u.abs() > 1.0 {
            return skin;
        }
        let skin = self.brow.paint(u, v, skin, light, pixel);
        let side = u.signum();
        // Local frame: +x to the outer corner.
        let x = u.abs() - self.spacing;
        if x.abs() > 0.36 || v.abs() > 0.32 {
            return skin;
        }
        let y = v + self.slant * x;
        let t = x / self.half_width;
        let s = (1.0 - t * t).max(0.0);
        // Upper lid peaks towards the nose, lower lid towards the temple: an almond.
        let upper = -self.upper * s.powf(0.62) * (1.0 - 0.16 * t);
        let lower =
            self.lower * s.powf(0.8) * (1.0 + 0.18 * t) + 0.012 * (1.0 - t).clamp(0.0, 2.0) * s.min(0.3);
        let beyond = (t.abs() - 1.0).max(0.0) * self.half_width;

        let mut out = skin;
        if self.crease > 0.0 {
            let fold = y - (upper - self.crease * (0.5 + 0.5 * s) + 0.02);
            let line = bell(fold / (0.011 + 0.3 * pixel)) * ease(1.2, 0.8, t.abs());
            out = out.mix(out * 0.5, 0.6 * line);
        }
        let lid_shadow = bell((y - upper + 0.035) / 0.045) * ease(1.25, 0.7, t.abs());
        out = out.mix(out * 0.52, 0.34 * self.lashes * lid_shadow);
        let bottom = bell((y - lower - 0.022) / 0.016) * ease(1.1, 0.6, t.abs());
        out = out.mix(out * 1.12, 0.4 * bottom);

        let gap = (upper - y).max(y - lower) + beyond;
        let open = cover(gap, pixel.max(0.012));
        if open > 0.0 {
            out = out.mix(self.ball(x * side, y, t, upper, lower, pixel).under(light), open);
        }
        let lash_width = (0.014 + 0.012 * self.lashes) * (0.7 + 0.5 * ease(-1.0, 1.0, t));
        let wing = ease(1.22, 0.96, t) * ease(-1.06, -0.9, t);
        let lash = bell((y - upper + 0.004) / (lash_width + 0.25 * pixel)) * wing;
        let under = bell((y - lower) / (0.009 + 0.25 * pixel)) * ease(1.0, 0.8, t.abs());
        let dark = LASHES.under(light);
        out = out.mix(dark, (0.92 * lash).min(1.0));
        out.mix(dark, (0.25 + 0.3 * self.lashes) * under)
    }

    /// The eyeball at (x, y), unshaded.
    fn ball(&self, x: f32, y: f32, t: f32, upper: f32, lower: f32, pixel: f32) -> Colour {
        let radius = self.half_width.mul_add(0.24, 0.052);
        let (gx, gy) = (self.gaze.0 * radius, self.gaze.1 * radius - 0.012);
        let (dx, dy) = (x - gx, y - gy);
        let r = dx.hypot(dy);
        let white = SCLERA.mix(CORNER, 0.55 * t.powi(4));
        let ray = noise::smooth(dy.atan2(dx) * 9.0, r * 12.0, 77);
        let inner =
            self.iris.mix(self.iris * 2.2, ease(radius * 0.45, radius * 0.75, r) * (0.55 + 0.35 * ray));
        let rim = ease(radius * 0.72, radius, r);
        let iris = inner.mix(self.iris * 0.28, rim);
        // Light crossing the cornea brightens the side away from its highlight.
        let across = (dx * self.glint.0 + dy * self.glint.1) / (radius * 0.055);
        let iris = iris * (1.0 - 0.35 * across).max(0.4);
        let soft = pixel.max(0.012);
        let mut out = white.mix(iris, cover(r - radius, soft));
        out = out.mix(PUPIL, cover(r - radius * 0.43, soft));
        let shade = ease(upper, upper + 0.055, y);
        out = out * mix(0.42, 1.0, shade) * mix(0.8, 1.0, ease(lower, lower - 0.02, y));
        let glint = (x - gx - self.glint.0).hypot(y - gy - self.glint.1);
        out.mix(Colour([1.35; 3]), cover(glint - radius * 0.2, soft * 1.2))
    }
}

impl Brow {
    fn paint(&self, u: f32, v: f32, under: Colour, light: Colour, pixel: f32) -> Colour {
        let m = u.abs();
        // Along the brow: 0 at the nose's side, 1 at the temple.
        let t = (m - 0.13) / 0.60;
        if !(-0.1..1.1).contains(&t) || (v - self.height).abs() > 0.25 {
            return under;
        }
        // The arch peaks past the middle and falls more gently towards the nose.
        let from_peak = (t - 0.62) / if t < 0.62 { 0.8 } else { 0.5 };
        let arch = self.arch * (1.0 - from_peak * from_peak).max(-1.2);
        let line = self.height - self.slope * (t - 0.4) - arch + 0.02;
        let thickness = self.thickness * ease(-0.16, 0.16, t) * mix(1.0, 0.25, ease(0.5, 1.0, t));
        let slanted = m - 0.7 * (line - v) * (1.0 - t);
        let strand = noise::smooth(slanted * 85.0, v * 14.0 + u.signum() * 5.0, self.texture);
        let edge = (v - line).abs() - thickness * (1.0 + 0.16 * strand);
        let alpha = ease(0.024 + 0.5 * pixel, -0.026, edge) * ease(-0.08, 0.06, t) * ease(1.04, 0.86, t);
        let hair = (self.colour * (0.75 + 0.25 * strand)).under(light);
        under.mix(hair, 0.86 * alpha * (0.9 + 0.1 * strand))
    }
}
