//! Portraits of people who do not exist: drawn from numbers, shaded like photographs, so that a real face
//! detector finds them and a real embedder tells them apart.
//!
//! A face is a height field over an egg-shaped head, lit by one key light; eyes, brows, mouth, beard, hair
//! and glasses are painted with soft analytic edges. [`Identity`] holds what stays, [`Sitting`] what changes.
//! Everything is pure: the same seeds give the same picture.

mod background;
mod colour;
mod curve;
mod draws;
mod eyes;
mod face;
mod glasses;
mod hair;
mod identity;
mod light;
mod likeness;
mod lookalike;
mod mouth;
mod noise;
mod pose;
mod relief;
mod scenery;
mod sitting;
mod skull;
mod torso;

pub use identity::{Beard, Front, Glasses, Hair, Identity};
pub use lookalike::lookalike;
pub use scenery::scenery;
pub use sitting::Sitting;

use colour::{Colour, Encoder};
use image::RgbImage;
use std::sync::LazyLock;

/// Draws one picture of a person, `side` × `side` pixels.
pub fn portrait(who: &Identity, sitting: &Sitting, side: u32) -> RgbImage {
    let pose = pose::Pose::of(sitting, side);
    let light = light::Light::of(sitting, 1.0 + 0.25 * who.skin);
    let backdrop = background::Backdrop::of(sitting);
    let torso = torso::Torso::of(who, sitting);
    let skull = skull::Skull::bare(who);
    let hair = hair::Hair::of(who, pose.pixel);
    let face = face::Face::of(who, sitting, hair::hair_colour(who), &light, pose.pixel);
    let worn = glasses::Worn::by(who);
    let head_x = -1.2 * sitting.roll.sin();

    let mut film = Vec::with_capacity((side * side) as usize);
    for row in 0..side {
        for column in 0..side {
            let upright = pose.upright(column, row);
            let at = pose.head(upright);
            // From front to back, until nothing behind can be seen.
            let mut sight = Sight::default();
            let surface = skull.at(at.0, at.1);
            sight.meet(|| hair.before(at, surface.outside, &pose, &light));
            let alpha = curve::cover(surface.outside, pose.pixel * 1.5);
            if alpha > 0.0 {
                sight.meet(|| {
                    let skin = face.at(at, surface, &pose, &light, |u, v| hair.shadow(u, v, light.key));
                    let (u, v) = pose.turned_back(at.0, at.1, surface.z + 0.12);
                    Some((
                        worn.as_ref().map_or(skin, |worn| worn.over(u, v, skin, &light, pose.pixel)),
                        alpha,
                    ))
                });
            }
            if !hair.hides_ears() {
                sight.meet(|| face.ear(at, skull.half_width(), &pose, &light));
            }
            sight.meet(|| torso.at(upright, head_x, &light, pose.pixel));
            sight.meet(|| hair.behind(at, &light));
            sight.meet(|| Some((backdrop.at(column as f32 / side as f32, row as f32 / side as f32), 1.0)));
            film.push(sight.seen);
        }
    }
    develop(film, sitting, side)
}

/// What a pixel has gathered so far, looking from front to back.
struct Sight {
    seen: Colour,
    left: f32,
}

impl Default for Sight {
    fn default() -> Self {
        Self { seen: Colour::BLACK, left: 1.0 }
    }
}

impl Sight {
    /// Adds a layer (colour and coverage), which is only worked out where something of it can be seen.
    fn meet(&mut self, layer: impl FnOnce() -> Option<(Colour, f32)>) {
        if self.left < 1.0 / 512.0 {
            return;
        }
        if let Some((colour, alpha)) = layer() {
            self.seen = self.seen + colour * (alpha * self.left);
            self.left *= 1.0 - alpha;
        }
    }
}

/// Lens softness, grain and encoding.
fn develop(mut film: Vec<Colour>, sitting: &Sitting, side: u32) -> RgbImage {
    let blur = 0.12 + 0.13 * sitting.softness;
    let n = side as usize;
    for step in [1, n] {
        // The pixel a step back, before it was softened itself: a ring of the last `step` pixels.
        let mut before = film[..step].to_vec();
        for i in step..film.len() - step {
            let sharp = film[i];
            film[i] = sharp * (1.0 - 2.0 * blur) + (before[i % step] + film[i + step]) * blur;
            before[i % step] = sharp;
        }
    }
    // The table is the same for every picture.
    static ENCODER: LazyLock<Encoder> = LazyLock::new(Encoder::new);
    let encoder = &*ENCODER;
    let mut pixels = Vec::with_capacity(film.len() * 3);
    for (i, &colour) in film.iter().enumerate() {
        // Even in what is seen: the eye takes the root of light.
        let level = colour.0[1].max(0.0).sqrt();
        let speck = noise::grain((i % n) as i32, (i / n) as i32, sitting.texture)
            * 3.4
            * sitting.grain
            * (0.04 + level);
        pixels.extend_from_slice(&encoder.encode(colour + Colour([speck; 3])));
    }
    RgbImage::from_raw(side, side, pixels).expect("three bytes a pixel")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(identity: u64, sitting: u64) -> RgbImage {
        portrait(&Identity::drawn(identity), &Sitting::drawn(sitting), 64)
    }

    /// Mean difference per channel, in eight-bit levels.
    fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
        let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.as_raw().len() as f64
    }

    #[test]
    fn the_same_seeds_give_the_same_picture() {
        assert_eq!(drawn(3, 4), drawn(3, 4));
        assert_eq!(lookalike(5, 64), lookalike(5, 64));
        assert_eq!(scenery(5, 64), scenery(5, 64));
    }

    #[test]
    fn another_seed_gives_another_person_or_another_picture() {
        assert!(difference(&drawn(3, 4), &drawn(8, 4)) > 3.0);
        assert!(difference(&drawn(3, 4), &drawn(3, 5)) > 3.0);
    }

    #[test]
    fn any_size_is_drawn_even_a_single_pixel() {
        for side in [1, 2, 33] {
            assert_eq!(portrait(&Identity::drawn(1), &Sitting::drawn(1), side).dimensions(), (side, side));
        }
    }

    #[test]
    fn a_face_is_in_the_middle_and_the_backdrop_at_the_corner() {
        let (who, sitting) = (Identity::drawn(21), Sitting::drawn(2));
        let bright = Identity { skin: 0.0, ..who.clone() };
        let dark = Identity { skin: 1.0, ..who };
        let (bright, dark) = (portrait(&bright, &sitting, 96), portrait(&dark, &sitting, 96));
        assert_ne!(bright.get_pixel(48, 52), dark.get_pixel(48, 52));
        assert_eq!(bright.get_pixel(1, 1), dark.get_pixel(1, 1));
    }
}
