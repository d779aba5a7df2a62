//! A calm studio backdrop: a soft gradient with a few blurred lights.

use super::colour::Colour;
use super::curve::ease;
use super::draws::{Draws, Stream};
use super::sitting::Sitting;

struct Blur {
    centre: (f32, f32),
    radius: f32,
    strength: f32,
}

/// The backdrop of one picture, in parts of its side.
pub(super) struct Backdrop {
    top: Colour,
    bottom: Colour,
    glow: (f32, f32),
    blurs: Vec<Blur>,
}

impl Backdrop {
    pub(super) fn of(sitting: &Sitting) -> Self {
        let (hue, place) = sitting.backdrop;
        let mut d = Draws::new(u64::from(sitting.texture), Stream::Scenery);
        let saturation = d.within(0.03, 0.18);
        let lightness = 0.46 + 0.36 * place;
        let top = Colour::hsl(hue, saturation, lightness + 0.06);
        let bottom = Colour::hsl(hue + d.within(-0.08, 0.08), saturation, lightness - 0.12);
        let count = if d.chance(0.5) { 5 } else { 0 };
        let blurs = (0..count)
            .map(|_| Blur {
                centre: (d.unit(), d.unit()),
                radius: d.within(0.05, 0.16),
                strength: d.within(-0.10, 0.16),
            })
            .collect();
        Self { top, bottom, glow: (d.within(0.25, 0.75), d.within(0.2, 0.5)), blurs }
    }

    /// The backdrop at (x, y), both in `[0, 1]`.
    pub(super) fn at(&self, x: f32, y: f32) -> Colour {
        let glow = 1.12 - 0.5 * ((x - self.glow.0).powi(2) + (y - self.glow.1).powi(2));
        let mut out = self.top.mix(self.bottom, ease(0.0, 1.1, y)) * glow;
        for blur in &self.blurs {
            let (dx, dy) = (x - blur.centre.0, y - blur.centre.1);
            let square = dx * dx + dy * dy;
            if square < blur.radius * blur.radius {
                let disc = ease(blur.radius, blur.radius * 0.75, square.sqrt());
                out = out * (1.0 + blur.strength * disc);
            }
        }
        out
    }
}
