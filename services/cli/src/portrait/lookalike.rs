//! Things that have a face without being anyone: masks, statues, robots, pumpkins, painted balls. A detector takes many
//! of them for faces; an embedder puts them far from every person.

use image::RgbImage;

use super::background::Backdrop;
use super::colour::Colour;
use super::curve::{bell, cover, ease, mix, round_min, spot, to_segment};
use super::draws::{Draws, Stream};
use super::identity::Identity;
use super::light::{Light, unit};
use super::mouth::Mouth;
use super::noise;
use super::pose::Pose;
use super::relief::Relief;
use super::sitting::Sitting;
use super::skull::Skull;
use super::{Sight, develop};

#[derive(Clone, Copy)]
enum Kind {
    Mask,
    Statue,
    Robot,
    Pumpkin,
    Ball,
}

/// One thing to be drawn.
struct Thing {
    kind: Kind,
    body: Colour,
    paint: Colour,
    eye: (f32, f32),
    eye_size: f32,
    mouth: (f32, f32),
    grin: f32,
    stripes: f32,
    texture: u32,
}

/// Draws one face-like thing, `side` × `side` pixels.
pub fn lookalike(seed: u64, side: u32) -> RgbImage {
    let d = &mut Draws::new(seed, Stream::Lookalike);
    let kind = match d.unit() {
        u if u < 0.45 => Kind::Mask,
        u if u < 0.88 => Kind::Statue,
        _ => d.one_of(&[Kind::Robot, Kind::Ball, Kind::Pumpkin]),
    };
    let thing = Thing {
        kind,
        body: body(kind, d),
        paint: Colour::hsl(d.unit(), 0.7, 0.45),
        eye: (d.within(0.36, 0.46), d.within(-0.08, 0.08)),
        eye_size: d.within(0.14, 0.22),
        mouth: (d.within(0.8, 0.95), d.within(0.3, 0.45)),
        grin: d.within(0.0, 0.25),
        stripes: d.unit(),
        texture: d.texture(),
    };
    let sitting = Sitting { parted: 0.0, smile: 0.0, ..Sitting::drawn(seed ^ 0x70_79) };
    let model = Identity { age: 0.0, ..Identity::drawn(seed ^ 0x6D_61) };
    thing.drawn(&model, &sitting, side)
}

fn body(kind: Kind, d: &mut Draws) -> Colour {
    match kind {
        Kind::Mask => {
            let saturated = Colour::hsl(d.within(0.25, 0.9), d.within(0.4, 0.8), d.within(0.35, 0.6));
            let choices = [saturated, saturated, Colour::srgb(0xD8_B4_4A), Colour::srgb(0xEF_EC_E6)];
            d.one_of(&choices)
        }
        Kind::Statue => d.one_of(&[0xC8_C6_C0, 0x8F_94_96, 0x5E_A0_8C, 0x8A_6A_3A].map(Colour::srgb)),
        Kind::Robot => Colour::hsl(d.unit(), d.within(0.03, 0.3), d.within(0.5, 0.75)),
        Kind::Pumpkin => Colour::hsl(d.within(0.05, 0.09), 0.9, 0.48),
        Kind::Ball => Colour::hsl(d.within(0.1, 0.16), 0.95, 0.55),
    }
}

impl Thing {
    fn drawn(&self, model: &Identity, sitting: &Sitting, side: u32) -> RgbImage {
        let pose = Pose::of(sitting, side);
        let light = Light::of(sitting, 1.0);
        let backdrop = Backdrop::of(sitting);
        let skull = Skull::bare(model);
        let relief = Relief::of(model, sitting, &Mouth::of(model, sitting, self.body));
        let mut film = Vec::with_capacity((side * side) as usize);
        for row in 0..side {
            for column in 0..side {
                let (x, y) = pose.head(pose.upright(column, row));
                let mut sight = Sight::default();
                sight.meet(|| match self.kind {
                    Kind::Mask | Kind::Statue => {
                        self.sculpture((x, y), &skull, &relief, model, &pose, &light)
                    }
                    _ => self.solid((x, y), &pose, &light),
                });
                sight
                    .meet(|| Some((backdrop.at(column as f32 / side as f32, row as f32 / side as f32), 1.0)));
                film.push(sight.seen);
            }
        }
        develop(film, sitting, side)
    }

    /// A face's relief in one material.
    fn sculpture(
        &self,
        (x, y): (f32, f32),
        skull: &Skull,
        relief: &Relief,
        model: &Identity,
        pose: &Pose,
        light: &Light,
    ) -> Option<(Colour, f32)> {
        let surface = skull.at(x, y);
        let alpha = cover(surface.outside, pose.pixel * 1.5);
        if alpha <= 0.0 {
            return None;
        }
        let (u, v) = pose.turned_back(x, y, surface.z + 0.1);
        let at = relief.at(u, v);
        let n = unit([-surface.slope.0 - 1.3 * at.slope.0, -surface.slope.1 - 1.3 * at.slope.1, 1.0]);
        let lit = light.on(n, [0.1; 3]) * at.open;
        let seen = match self.kind {
            Kind::Mask => self.glazed((u, v), model, n, lit, light, pose.pixel),
            _ => self.hewn((u, v), model, n, lit, light),
        };
        Some((seen, alpha))
    }

    /// A mask: holes for eyes and mouth, painted lids and stripes, a glossy coat.
    fn glazed(
        &self,
        (u, v): (f32, f32),
        model: &Identity,
        n: [f32; 3],
        lit: Colour,
        light: &Light,
        pixel: f32,
    ) -> Colour {
        let m = u.abs();
        let band = ((v * 3.0 + m * mix(-2.0, 3.0, self.stripes)) * 3.0).sin();
        let painted = ease(-0.05, 0.05, band - 0.35) * ease(0.55, 0.7, m.max(-v));
        let mut albedo = self.body.mix(self.paint, painted);
        let eye = (m - model.eye_spacing).hypot((v - 0.02) * 1.3) - model.eye_size;
        albedo = albedo.mix(albedo * 0.4, ease(0.12, 0.0, eye));
        let lips = to_segment(
            (m, v - self.grin * (0.2 - m * m * 2.0)),
            (0.0, model.mouth),
            (self.mouth.1 * 0.8, model.mouth),
        );
        albedo = albedo.mix(Colour::srgb(0x7A_10_18), cover(lips - 0.085, 0.03));
        let seen = albedo.under(lit) + light.shine(n, 4) * 0.22 + light.shine(n, 6) * 0.2;
        let slit =
            (m - model.eye_spacing).hypot((v - 0.02 + 0.2 * (m - model.eye_spacing)) * 2.1) - model.eye_size;
        let hole = slit.min(lips - 0.02);
        seen.mix(Colour([0.006, 0.005, 0.006]), cover(hole, pixel * 1.5))
    }

    /// A statue: veined stone or bronze with blank eyes.
    fn hewn(&self, (u, v): (f32, f32), model: &Identity, n: [f32; 3], lit: Colour, light: &Light) -> Colour {
        let m = u.abs();
        let vein = bell(noise::smooth(u * 2.5 + v, v * 2.0, self.texture) / 0.06);
        let rough = noise::smooth(u * 40.0, v * 40.0, self.texture);
        let x = (m - model.eye_spacing) / model.eye_size;
        let lid = v - 0.02 + 0.10 * (1.0 - x * x).max(-0.3);
        let lids =
            bell(lid / 0.02).max(0.7 * bell((v - 0.10 + 0.05 * x * x) / 0.016)) * ease(1.1, 0.8, x.abs());
        let lips = bell((v - model.mouth) / 0.02) * ease(model.mouth_width * 1.1, model.mouth_width * 0.9, m);
        let curls = ease(-0.72, -0.82, v - 0.1 * (u * 14.0).sin().abs());
        let carved = 1.0 - 0.35 * curls * (0.5 + 0.5 * ((u * 22.0).sin() * (v * 22.0).cos()));
        let albedo =
            self.body * ((1.0 - 0.22 * vein + 0.05 * rough) * carved * (1.0 - 0.65 * lids.max(lips)));
        albedo.under(lit) + light.shine(n, 3) * 0.08
    }

    fn solid(&self, (x, y): (f32, f32), pose: &Pose, light: &Light) -> Option<(Colour, f32)> {
        // Centre of the body lies a little below the eyes.
        let (dx, dy) = (x / 1.12, (y - 0.3) / 1.15);
        let power = if matches!(self.kind, Kind::Robot) { 7.0 } else { 2.1 };
        let rho = (dx.abs().powf(power) + dy.abs().powf(power)).powf(1.0 / power);
        let alpha = cover((rho - 1.0) * 1.1, pose.pixel * 1.5);
        if alpha <= 0.0 {
            return None;
        }
        let bulge = if matches!(self.kind, Kind::Robot) { rho.powi(7) } else { rho };
        let z = (1.0 - (bulge * bulge).min(0.98)).sqrt();
        let (u, v) = pose.turned_back(x, y, z);
        let rib = if matches!(self.kind, Kind::Pumpkin) { 0.5 * (u * 9.0 / z.max(0.3)).sin() } else { 0.0 };
        let n = unit([dx * bulge + rib, dy * bulge, z.max(0.1)]);
        let shading = light.on(n, [0.15; 3]);
        let mottle = 1.0 + 0.06 * noise::smooth(u * 7.0, v * 7.0, self.texture);
        let body = self.body.under(shading) * mottle + light.shine(n, 4) * 0.2;
        let features = match self.kind {
            Kind::Robot => self.bolted(u, v, body, shading, pose.pixel),
            Kind::Pumpkin => self.carved(u, v, body, pose.pixel),
            _ => self.painted(u, v, body, shading, pose.pixel),
        };
        Some((features, alpha))
    }

    fn bolted(&self, u: f32, v: f32, body: Colour, light: Colour, pixel: f32) -> Colour {
        let m = u.abs();
        let lens = (m - self.eye.0).hypot(v - self.eye.1);
        let size = self.eye_size * 1.15;
        let mut out =
            body * (1.0 - 0.5 * bell((v + 0.45) / 0.015)) * (1.0 - 0.3 * bell((lens - size - 0.05) / 0.02));
        out = out.mix(Colour([0.02; 3]).under(light), cover(lens - size, pixel * 1.5));
        out = out.mix(self.paint * mix(2.2, 0.8, lens / size), cover(lens - size * 0.62, pixel * 1.5));
        out = out.mix(Colour([1.2; 3]), spot(m, v, self.eye.0 - 0.03, self.eye.1 - 0.05, 0.02, 0.02));
        let nose = (u.abs() / 0.10).max((v - 0.45) / 0.16).max((0.3 - v) / 0.16);
        out = out * mix(1.0, 0.55, cover((nose - 1.0) * 0.1, 0.03));
        let grille = round_min(self.mouth.1 - m, 0.13 - (v - self.mouth.0).abs(), 0.03);
        let bars = 0.5 + 0.5 * (u * 42.0).sin();
        out.mix(Colour([0.015; 3]).mix(body, 0.7 * bars), cover(-grille, pixel * 1.5))
    }

    fn carved(&self, u: f32, v: f32, body: Colour, pixel: f32) -> Colour {
        let m = u.abs();
        let triangle =
            |du: f32, dv: f32, size: f32| (dv - size * 0.6).max(du.abs() * 0.87 - dv * 0.5 - size * 0.5);
        let eyes = triangle(m - self.eye.0, v - self.eye.1, self.eye_size * 1.1);
        let nose = triangle(u, v - 0.42, 0.10);
        let line = self.mouth.0 - (0.35 + self.grin) * m * m;
        let teeth = 0.06 * (u * 16.0).sin().signum();
        let mouth = (v - line - 0.02).abs() - 0.11 + teeth.max(0.0);
        let hole = eyes.min(nose).min(mouth.max(m - self.mouth.1 * 1.3));
        let glow = Colour::srgb(0xFF_C0_40).mix(Colour::srgb(0x30_12_04), ease(-0.02, -0.12, hole));
        (body * mix(1.0, 0.7, cover(hole - 0.03, 0.04))).mix(glow, cover(hole, pixel * 1.5))
    }

    fn painted(&self, u: f32, v: f32, body: Colour, light: Colour, pixel: f32) -> Colour {
        let m = u.abs();
        let ink = Colour::srgb(0x2A_16_0A).under(light);
        let eye = ((m - self.eye.0) / self.eye_size).hypot((v - self.eye.1) / (self.eye_size * 1.4));
        let mut out = body.mix(ink, cover((eye - 1.0) * self.eye_size, pixel * 1.5));
        let glint = (m - self.eye.0 + 0.04).hypot(v - self.eye.1 + 0.08) - 0.05;
        out = out.mix(Colour([1.1; 3]), cover(glint, pixel * 1.5));
        let curve = self.mouth.0 + 0.10 - (0.5 + self.grin) * m * m;
        let smile = ((v - curve).abs() - 0.05).max(m - self.mouth.1 * 1.4);
        out = out.mix(ink, cover(smile, pixel * 2.0));
        let brow = to_segment((m, v), (self.eye.0 - 0.14, -0.42), (self.eye.0 + 0.16, -0.38)) - 0.035;
        let out = out.mix(ink, cover(brow, pixel * 1.5));
        out.mix(out.under(Colour([1.0, 0.55, 0.5])), 0.7 * spot(m, v, 0.62, 0.5, 0.14, 0.1))
    }
}
