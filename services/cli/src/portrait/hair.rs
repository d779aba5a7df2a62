//! Hair: a shell over the skull with an opening for the face, curtains at the sides, and strands that run
//! from the parting along the shell like meridians from a pole.

use super::colour::Colour;
use super::curve::{bell, cover, ease, mix, round_min};
use super::identity::{Front, Hair as Style, Identity};
use super::light::{Light, unit};
use super::noise;
use super::pose::Pose;
use super::skull::{EQUATOR, Skull, Surface};

const COLOURS: [u32; 11] = [
    0x17_12_10, 0x24_18_12, 0x3A_25_18, 0x54_35_1E, 0x6E_33_18, 0x8A_46_20, 0x86_5E_35, 0xA8_80_4A,
    0xC9_A6_6B, 0x8F_8B_86, 0xD2_CE_C8,
];

/// The colour of a person's hair.
pub(super) fn hair_colour(who: &Identity) -> Colour {
    Colour::ramp(&COLOURS, who.hair.colour)
}

/// The hair of one picture. Lengths in head units.
pub(super) struct Hair<'a> {
    who: &'a Identity,
    style: &'a Style,
    colour: Colour,
    shell: Skull,
    long: bool,
    pixel: f32,
}

/// Where a point lies in the fall of the hair.
struct Strand {
    /// Side by side: the same number along one strand; about −1 to 1.
    across: f32,
    /// Unit direction of the strand there.
    tangent: [f32; 3],
    /// How fine a texture the spot can carry, 0 at the pole to 1.
    fine: f32,
}

impl<'a> Hair<'a> {
    pub(super) fn of(who: &'a Identity, pixel: f32) -> Self {
        let style = &who.hair;
        let long = style.length > 0.8;
        let (above, beside) = match style.front {
            Front::Shaved => (0.0, 0.0),
            Front::Receding => (0.0, 0.05),
            _ if long => (style.volume, 0.06 + 0.6 * style.volume),
            _ => (style.volume, 0.03 + (0.25 + 0.45 * style.curl) * style.volume),
        };
        Self { who, style, colour: hair_colour(who), shell: Skull::swollen(who, above, beside), long, pixel }
    }

    /// Distance into the face's opening at head coordinates (u, v): positive where the face is bare.
    fn opening(&self, u: f32, v: f32) -> f32 {
        let m = u.abs();
        let line = self.who.hairline;
        let temple = 0.55 * ease(0.62, 0.98, m);
        let top = match self.style.front {
            Front::Shaved | Front::Back => line - 0.06 * bell((m - 0.5) / 0.16) + temple,
            Front::Receding => -1.3 + 1.15 * ease(0.52, 1.0, m),
            Front::Fringe => self.who.brow - 0.07 + 0.06 * m * m,
            Front::CentreParting => line - 0.06 + 0.78 * m.powf(1.25),
            Front::SideParting => {
                let p = self.style.parting;
                let off = (u - p) * -p.signum();
                let swept = if off > 0.0 { 0.5 * ease(0.0, 1.25, off) } else { 0.75 * ease(0.0, 0.55, -off) };
                line + swept
            }
        };
        let w = self.who.head_width;
        let side = if self.long {
            w * (0.86 + 0.05 * ease(0.1, 0.7, v) - 0.10 * ease(0.9, 1.7, v))
        } else {
            w * mix(0.87, 0.97, ease(-0.25, 0.35, v))
        };
        round_min(v - top, side - m, 0.22)
    }

    /// Whether (x, y) is so far out that there can be no hair.
    fn beyond(&self, x: f32, y: f32) -> bool {
        x.abs() > self.shell.half_width() + 0.2 || y < self.shell.top() - 0.15 || y > self.style.length + 0.2
    }

    /// Signed distance to the hair's outer edge in the head plane, negative inside; `shell` is the distance to
    /// the shell's outline.
    fn outside(&self, x: f32, y: f32, shell: f32) -> f32 {
        let half = self.shell.half_width();
        let smooth = if !self.long {
            let burn = y - self.style.length - 0.06 * noise::smooth(x * 20.0, 0.0, 9);
            shell.max(burn)
        } else if y < EQUATOR {
            shell
        } else {
            let t = (y - EQUATOR) / (self.style.length - EQUATOR);
            let swing = 0.035 * self.style.wave * (y * 5.0 + 1.0).sin();
            let half = half * (1.0 + 0.05 * t.min(1.0) - 0.12 * ease(0.7, 1.15, t)) + swing;
            let end =
                y - self.style.length - 0.05 * noise::smooth(x * 9.0, 0.0, self.who.texture) + 0.14 * x * x;
            -round_min(half - x.abs(), -end, 0.3)
        };
        if smooth.abs() > 0.12 {
            smooth
        } else if self.style.curl > 0.0 {
            smooth
                + 0.045 * noise::smooth(x * 6.0, y * 6.0, self.who.texture)
                + 0.02 * noise::smooth(x * 17.0, y * 17.0, 3)
        } else {
            smooth + 0.008 * noise::smooth(x * 16.0, y * 5.0, self.who.texture)
        }
    }

    /// The shell; below the equator long hair hangs straight down from it.
    fn surface(&self, x: f32, y: f32) -> Surface {
        self.shell.at(x, if self.long { y.min(EQUATOR) } else { y })
    }

    fn strand(&self, x: f32, y: f32, slope: (f32, f32)) -> Strand {
        let w = self.shell.half_width();
        let reach = EQUATOR - self.shell.top();
        let part = match self.style.front {
            Front::SideParting => self.style.parting,
            _ => 0.0,
        };
        let rise = ((y - EQUATOR) / reach).min(0.0);
        let g = (1.0 - rise * rise).max(0.01).sqrt();
        let swing = self.style.wave * 0.055 * (y * 6.5 + x * 2.0 + 1.5).sin() * ease(-0.9, 0.3, y);
        let across = (x - 0.8 * part * (1.0 - g)) / (w * g.max(0.15)) + swing;
        let lean = (across * w - 0.8 * part) * (-rise / (reach * g))
            + 0.3 * self.style.wave * (y * 6.5 + x * 2.0 + 1.5).cos();
        let tangent = unit([lean, 1.0, slope.0 * lean + slope.1]);
        Strand { across, tangent, fine: ease(0.05, 0.45, g) }
    }

    /// Hair shaded at (x, y) of the head plane.
    fn shade(&self, x: f32, y: f32, surface: Surface, light: &Light, open: f32) -> Colour {
        let slope = surface.slope;
        let round = (x / self.shell.half_width()).clamp(-1.0, 1.0);
        let strand = self.strand(x, y, slope);
        let seed = self.who.texture;
        let (coarse, fine) = if self.style.curl > 0.0 {
            // Strands that wind about themselves: waves across waves, bent by smooth noise.
            let bend = noise::smooth(x * 4.5, y * 4.5, seed ^ 5);
            let wind = noise::smooth(x * 9.0, y * 9.0, seed ^ 4);
            let curl = |k: f32| (k * x + 2.4 * (0.9 * k * y + 4.0 * wind).sin() + 7.0 * bend).sin();
            (0.55 * bend + 0.3 * curl(15.0), 0.5 * curl(29.0))
        } else {
            let a = strand.across;
            (
                noise::smooth(a * 11.0, y * 0.9, seed),
                0.6 * noise::smooth(a * 34.0, y * 1.7, seed ^ 6)
                    + 0.4 * noise::smooth(a * 78.0, y * 2.6, seed ^ 7),
            )
        };
        let (coarse, fine) = (coarse * strand.fine, fine * strand.fine);
        let tilt = 0.35 * coarse + 0.25 * fine;
        let n = unit([-slope.0 + tilt, -slope.1 + self.style.curl * 0.5 * fine, 1.0]);
        let lit = light.on(n, [0.25; 3]);
        let deep = mix(0.62, 1.0, ease(0.0, -0.14, open))
            * (1.0 - 0.25 * ease(0.3, 1.3, y) * ease(1.0, 0.4, round.abs()));
        let body = self.colour * (0.82 + 0.16 * coarse + 0.30 * fine) * deep;
        let sheen = self.colour * 1.6 + Colour([0.05, 0.047, 0.042]);
        let along = light.strand(strand.tangent, 0.16 * coarse + 0.12 * fine, 4);
        let wide = light.strand(strand.tangent, 0.1 * fine - 0.1, 2);
        let gloss = if self.style.curl > 0.0 { 0.12 } else { 0.42 };
        body.under(lit)
            + sheen.under(along) * (gloss * deep * (0.7 + 0.6 * fine))
            + sheen.under(wide) * (0.10 * deep)
    }

    /// Whether the ears are under the hair.
    pub(super) fn hides_ears(&self) -> bool {
        self.long
    }

    /// What hangs or is tied behind head and neck.
    pub(super) fn behind(&self, (x, y): (f32, f32), light: &Light) -> Option<(Colour, f32)> {
        if self.style.bun {
            let (cy, r) = (self.shell.top() - 0.10, 0.36);
            let d = x.hypot((y - cy) * 1.15) - r + 0.02 * noise::smooth(x * 12.0, y * 6.0, self.who.texture);
            let alpha = cover(d, self.pixel * 1.5);
            if alpha > 0.0 {
                let n = unit([x / r, (y - cy) / r, 0.9]);
                let swirl = noise::smooth((x.hypot(y - cy)) * 30.0, y.atan2(x) * 2.0, self.who.texture);
                let body = self.colour * (0.85 + 0.25 * swirl);
                return Some((body.under(light.on(n, [0.25; 3])) + light.shine(n, 3) * 0.03, alpha));
            }
        }
        if !self.long || self.beyond(x, y) {
            return None;
        }
        let surface = self.surface(x, y);
        let alpha = cover(self.outside(x, y, surface.outside), self.pixel * 1.5);
        (alpha > 0.0).then(|| {
            (self.shade(x, y, surface, light, 0.0) * mix(0.85, 0.42, ease(0.95, 0.5, x.abs())), alpha)
        })
    }

    /// What lies in front of the head; `beyond_skull` is the signed distance to the bare head's outline.
    pub(super) fn before(
        &self,
        (x, y): (f32, f32),
        beyond_skull: f32,
        pose: &Pose,
        light: &Light,
    ) -> Option<(Colour, f32)> {
        if self.beyond(x, y) {
            return None;
        }
        // Only long hair reaches below the equator's shell, and it does not ask for its outline there.
        let surface = self.surface(x, y);
        let outside = self.outside(x, y, surface.outside);
        if outside > self.pixel * 2.0 {
            return None;
        }
        let (u, v) = pose.turned_back(x, y, surface.z);
        // Between skull and shell there is only hair, whatever the turn of the head.
        let filled = -8.0 * (beyond_skull + 0.03) + 3.0 * ease(0.4, 0.9, y);
        let smooth = self.opening(u, v).min(filled);
        if smooth > 0.2 {
            return None;
        }
        let strand = self.strand(x, y, surface.slope);
        let tuft = noise::smooth(strand.across * 24.0, y * 1.5, self.who.texture ^ 8) * 0.035
            + noise::smooth(strand.across * 70.0, y * 3.0, self.who.texture ^ 9) * 0.022;
        let combed = if self.style.front == Front::Back { 0.35 } else { 1.0 } * ease(1.6, 1.0, y);
        let open = smooth + tuft * combed;
        let soft = match self.style.front {
            Front::Shaved | Front::Receding => 0.16,
            Front::Back => 0.10,
            _ => 0.04,
        };
        let mut alpha =
            ease(0.5 * soft + self.pixel, -0.5 * soft - self.pixel, open) * cover(outside, self.pixel * 1.5);
        if self.style.front == Front::Shaved {
            let speck = 0.8 + 0.2 * noise::smooth(x * 60.0, y * 60.0, self.who.texture);
            alpha *= ease(0.75, 0.2, self.who.age) * 0.5 * speck;
        }
        (alpha > 0.0).then(|| (self.shade(x, y, surface, light, open), alpha))
    }

    /// How deep in the hair's shadow the face is at head coordinates (u, v), 0 to 1.
    pub(super) fn shadow(&self, u: f32, v: f32, key: [f32; 3]) -> f32 {
        if self.style.front == Front::Shaved {
            return 0.0;
        }
        let open = self.opening(u + 0.10 * key[0], v + 0.09 * key[1]);
        ease(0.14, -0.06, open)
    }
}
