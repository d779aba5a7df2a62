//! The face: skin over the relief, with everything that grows or is painted on it.

use super::colour::Colour;
use super::curve::{bell, ease, spot};
use super::eyes::Eyes;
use super::identity::{Beard, Identity};
use super::light::{Light, unit};
use super::mouth::Mouth;
use super::noise;
use super::pose::Pose;
use super::relief::Relief;
use super::sitting::Sitting;
use super::skull::Surface;

// Linear light; sRGB 2A100C.
const NOSTRIL: Colour = Colour([0.0232, 0.0052, 0.0037]);

const SKINS: [u32; 7] = [0xE6C6B2, 0xE0B799, 0xD3A37E, 0xBD8760, 0x98643F, 0x7A4D33, 0x5E3D2A];
/// How far red, green and blue travel under the skin, as a wrap of the terminator.
const SKIN_SOFTNESS: [f32; 3] = [0.42, 0.26, 0.2];

/// The colour of a person's skin.
pub(super) fn skin_colour(who: &Identity) -> Colour {
    let base = Colour::ramp(&SKINS, who.skin);
    let rosy = Colour([1.05, 0.96, 0.98]);
    let olive = Colour([0.97, 1.02, 0.90]);
    base.under(rosy.mix(olive, 0.5 + 0.5 * who.undertone))
}

/// The face of one picture.
pub(super) struct Face<'a> {
    who: &'a Identity,
    skin: Colour,
    hair: Colour,
    relief: Relief,
    mouth: Mouth,
    eyes: Eyes,
    pixel: f32,
}

impl<'a> Face<'a> {
    pub(super) fn of(who: &'a Identity, sitting: &Sitting, hair: Colour, light: &Light, pixel: f32) -> Self {
        let skin = skin_colour(who);
        let mouth = Mouth::of(who, sitting, skin);
        let brows = hair.mix(Colour::srgb(0x2A_1B_12), 0.45);
        Self {
            relief: Relief::of(who, sitting, &mouth),
            eyes: Eyes::of(who, sitting, brows, light.key),
            who,
            skin,
            hair,
            mouth,
            pixel,
        }
    }

    /// The shaded face at a point of the head plane, and the head coordinates seen there.
    /// `shadow` (head coordinates → 0 to 1) is what the hair casts on it.
    pub(super) fn at(
        &self,
        (x, y): (f32, f32),
        surface: Surface,
        pose: &Pose,
        light: &Light,
        shadow: impl Fn(f32, f32) -> f32,
    ) -> Colour {
        // What stands out is seen further along the line of sight: two steps towards the fixed point.
        let (mut u, mut v) = pose.turned_back(x, y, surface.z);
        for _ in 0..2 {
            let h = self.relief.height(u, v);
            (u, v) = pose.turned_back(x, y, surface.z + h);
        }
        let spot = self.relief.at(u, v);
        let n = unit([-surface.slope.0 - spot.slope.0, -surface.slope.1 - spot.slope.1, 1.0]);
        let occlusion = spot.open * (1.0 - 0.55 * shadow(u, v));
        let lit = light.on(n, SKIN_SOFTNESS) * occlusion;

        let mut albedo = self.complexion(u, v, spot.red);
        albedo = self.nostrils(u, v, albedo);
        let (painted, gloss) = self.mouth.paint(u, v, albedo, self.pixel);
        albedo = self.beard(u, v, painted, gloss);
        let mut out = albedo.under(lit);
        let oily = (0.03 + 0.025 * bell(u / 0.3)) * (1.0 + self.who.skin) + 0.10 * gloss;
        out = out + light.shine(n, 3) * (oily * occlusion) + light.shine(n, 6) * (0.10 * gloss + 0.008);
        self.eyes.paint(u, v, out, lit, self.pixel)
    }

    fn complexion(&self, u: f32, v: f32, red: f32) -> Colour {
        let mottle = noise::smooth(u * 5.0, v * 5.0, self.who.texture) * 0.025
            + noise::smooth(u * 19.0, v * 19.0, self.who.texture ^ 1) * 0.018;
        let depth = 0.30 * (1.0 - 0.5 * self.who.skin);
        let flush = Colour([1.0 + 0.10 * depth * red, 1.0 - depth * red, 1.0 - 0.9 * depth * red]);
        let mut skin = self.skin.under(flush) * (1.0 + mottle);
        if self.who.freckles > 0.0 {
            let where_ = spot(u.abs(), v, 0.36, 0.3, 0.3, 0.2).max(0.3 * bell(v / 0.8));
            let dots = noise::smooth(u * 34.0, v * 34.0, self.who.texture ^ 2);
            let dot = ease(0.35, 0.75, dots) * where_ * self.who.freckles;
            skin = skin.mix(skin.under(Colour([0.68, 0.5, 0.4])), 0.75 * dot);
        }
        skin
    }

    fn nostrils(&self, u: f32, v: f32, skin: Colour) -> Colour {
        let w = self.who;
        let hole = spot(u.abs(), v, w.nose_width * 0.52, w.nose + 0.108, 0.034 + 0.1 * w.nose_width, 0.022);
        skin.mix(NOSTRIL, (0.95 * hole).min(0.7))
    }

    /// How densely the beard grows at (u, v), 0 to 1.
    fn growth(&self, u: f32, v: f32) -> f32 {
        let w = self.who;
        let m = u.abs();
        let from_line = v - (w.mouth - 0.30 + 0.32 * (1.0 - ease(0.25, 0.85, m)) - 0.55 * ease(0.6, 0.95, m));
        let cheeks = ease(-0.04, 0.12, from_line);
        let droop = v - w.mouth + 0.135 - 0.16 * (m / (w.mouth_width + 0.1)).powi(2);
        let lip = bell(droop / 0.058) * ease(w.mouth_width + 0.13, w.mouth_width - 0.04, m) * 1.9;
        let around = (m / (w.mouth_width + 0.14)).hypot((v - w.mouth - 0.12) / 0.42);
        let chin = ease(1.12, 0.88, around) * ease(w.mouth - 0.08, w.mouth + 0.1, v);
        let corner = 2.0 * spot(m, v, w.mouth_width + 0.09, w.mouth + 0.03, 0.055, 0.11);
        match w.beard {
            Beard::None => 0.0,
            Beard::Moustache => lip,
            Beard::Goatee => lip.max(chin).max(corner),
            Beard::Stubble | Beard::Full => lip.max(cheeks).max(corner),
        }
        .min(1.0)
    }

    fn beard(&self, u: f32, v: f32, skin: Colour, lips: f32) -> Colour {
        if self.who.beard == Beard::None || v < -0.2 {
            return skin;
        }
        let growth = self.growth(u, v) * (1.0 - ease(0.1, 0.6, lips));
        if growth <= 0.0 {
            return skin;
        }
        let seed = self.who.texture ^ 0xBEA;
        let fine = noise::smooth(u * 58.0 + v * 9.0, v * 20.0, seed);
        if self.who.beard == Beard::Stubble {
            let speck = 0.30 + 0.16 * noise::smooth(u * 70.0, v * 70.0, seed);
            return skin.mix(self.hair * 0.7, growth * speck);
        }
        let dense = ease(0.25, 0.85, growth + 0.22 * fine);
        skin.mix(self.hair * (0.95 + 0.35 * fine) + skin * 0.10, 0.92 * dense)
    }

    /// An ear beside the head, in the head plane: shaded colour and coverage.
    pub(super) fn ear(
        &self,
        (x, y): (f32, f32),
        half_width: f32,
        pose: &Pose,
        light: &Light,
    ) -> Option<(Colour, f32)> {
        if !(-0.3..0.8).contains(&y) || x.abs() > half_width + 0.45 {
            return None;
        }
        let side = x.signum();
        let (cx, cy) = (half_width + 0.02 + side * pose.ear_shift(), 0.2);
        let (rx, ry) = (0.15 * self.who.ears, 0.30 * self.who.ears);
        let lean = 0.12 * (y - cy);
        let (dx, dy) = ((x.abs() + lean - cx) / rx, (y - cy) / ry);
        let r = dx.hypot(dy);
        let alpha = ((1.0 - r) * rx / pose.pixel + 0.5).clamp(0.0, 1.0);
        if alpha <= 0.0 {
            return None;
        }
        let bowl = -1.6 * bell((r - 0.55) / 0.22);
        let n = unit([side * (dx * 0.9 + bowl * dx), dy * 0.5, 0.9]);
        let fold = 1.0 - 0.38 * bell((r - 0.5) / 0.2);
        let skin = self.skin.under(Colour([1.0, 0.86, 0.84]));
        Some((skin.under(light.on(n, SKIN_SOFTNESS)) * (0.78 * fold), alpha))
    }
}
