//! Pictures without anybody: hills under a sky, the sea, a bowl of fruit.

use image::RgbImage;

use super::colour::Colour;
use super::curve::{bell, cover, ease, mix};
use super::develop;
use super::draws::{Draws, Stream};
use super::light::{Light, unit};
use super::noise;
use super::sitting::Sitting;

/// Draws one picture in which no face is to be found, `side` × `side` pixels.
pub fn scenery(seed: u64, side: u32) -> RgbImage {
    let d = &mut Draws::new(seed, Stream::Scenery);
    let sitting = Sitting::drawn(seed ^ 0x5CE);
    let view: Box<dyn Fn(f32, f32) -> Colour> = match d.one_of(&[0, 1, 2]) {
        0 => Box::new(hills(d)),
        1 => Box::new(sea(d)),
        _ => Box::new(fruit(d, Light::of(&sitting, 1.0))),
    };
    let place = |i: u32| (i as f32 + 0.5) / side as f32;
    let mut film = Vec::with_capacity((side * side) as usize);
    for row in 0..side {
        for column in 0..side {
            film.push(view(place(column), place(row)));
        }
    }
    develop(film, &sitting, side)
}

/// Soft clouds at (x, y), 0 to 1.
fn clouds(x: f32, y: f32, seed: u32) -> f32 {
    let n = noise::smooth(x * 3.0, y * 8.0, seed)
        + 0.5 * noise::smooth(x * 7.0, y * 17.0, seed ^ 1)
        + 0.25 * noise::smooth(x * 15.0, y * 33.0, seed ^ 2);
    ease(0.1, 1.1, n)
}

fn sky(d: &mut Draws) -> impl Fn(f32, f32) -> Colour + use<> {
    let zenith = Colour::hsl(d.within(0.55, 0.62), d.within(0.3, 0.6), d.within(0.45, 0.65));
    let haze = Colour::hsl(d.within(0.05, 0.14), d.within(0.1, 0.5), 0.85);
    let (amount, seed) = (d.within(0.2, 0.8), d.texture());
    move |x, y| zenith.mix(haze, ease(0.0, 0.6, y)).mix(Colour([0.9; 3]), amount * clouds(x, y, seed))
}

fn hills(d: &mut Draws) -> impl Fn(f32, f32) -> Colour + use<> {
    let sky = sky(d);
    let hue = d.within(0.2, 0.4);
    let (level, rise, seed) = (d.within(0.38, 0.55), d.within(0.06, 0.16), d.texture());
    move |x, y| {
        let mut out = sky(x, y);
        for layer in 0..4u32 {
            let near = layer as f32 / 3.0;
            let ridge = level
                + 0.15 * layer as f32
                + rise * noise::smooth(x * (1.5 + near * 1.5) + 7.0 * near, 0.5, seed ^ layer)
                + 0.012 * noise::smooth(x * 20.0, 0.5, seed ^ (layer + 9));
            let grass = Colour::hsl(hue - 0.05 * near, mix(0.12, 0.42, near), mix(0.6, 0.27, near));
            let tuft = 1.0 + 0.15 * near * noise::smooth(x * 60.0, y * 40.0, seed ^ 77);
            out = out
                .mix(grass * (tuft * mix(1.15, 0.85, ease(ridge, ridge + 0.3, y))), cover(ridge - y, 0.004));
        }
        out
    }
}

fn sea(d: &mut Draws) -> impl Fn(f32, f32) -> Colour + use<> {
    let sky = sky(d);
    let water = Colour::hsl(d.within(0.48, 0.58), d.within(0.3, 0.5), d.within(0.25, 0.4));
    let sand = Colour::hsl(0.1, 0.35, 0.68);
    let (horizon, shore, seed) = (d.within(0.35, 0.5), d.within(0.78, 0.95), d.texture());
    move |x, y| {
        let depth = (y - horizon).max(0.0);
        let ripple = noise::smooth(x * 7.0 / (0.15 + depth), 9.0 / (0.06 + depth), seed);
        let sea = water * (1.0 + 0.22 * ripple) + Colour([0.25; 3]) * (0.5 * bell(depth / 0.04));
        let edge = shore + 0.03 * noise::smooth(x * 4.0, 0.3, seed ^ 3);
        let foam = bell((y - edge) / 0.008);
        let beach = sand * (1.0 + 0.05 * noise::smooth(x * 90.0, y * 90.0, seed));
        let ground = sea.mix(beach, cover(edge - y, 0.01)).mix(Colour([0.85; 3]), 0.8 * foam);
        sky(x, y).mix(ground, cover(horizon - y, 0.003))
    }
}

fn fruit(d: &mut Draws, light: Light) -> impl Fn(f32, f32) -> Colour + use<> {
    let wall = Colour::hsl(d.unit(), d.within(0.05, 0.2), d.within(0.5, 0.75));
    let table = Colour::hsl(d.within(0.05, 0.1), d.within(0.2, 0.5), d.within(0.3, 0.5));
    let seed = d.texture();
    let fruits: Vec<(f32, f32, f32, Colour)> = (0..5)
        .map(|i| {
            let r = d.within(0.08, 0.13);
            let skin = Colour::hsl(d.one_of(&[0.0, 0.03, 0.09, 0.13, 0.22]), 0.75, 0.45);
            (0.16 + 0.17 * i as f32 + d.within(-0.03, 0.03), d.within(0.66, 0.74) - r, r, skin)
        })
        .collect();
    move |x, y| {
        let grain = noise::smooth(x * 2.0, y * 50.0, seed) * 0.08;
        let mut out = (wall * mix(1.1, 0.8, x)).mix(table * (1.0 + grain), cover(0.6 - y, 0.003));
        for &(cx, cy, r, _) in &fruits {
            out = out * (1.0 - 0.55 * bell((x - cx - 0.03) / (0.9 * r)) * bell((y - cy - r) / (0.25 * r)));
        }
        for &(cx, cy, r, skin) in &fruits {
            let (dx, dy) = ((x - cx) / r, (y - cy) / r);
            let rho = dx.hypot(dy);
            if rho < 1.05 {
                let n = unit([dx, dy, (1.0 - (rho * rho).min(0.99)).sqrt()]);
                let blush = 1.0 + 0.12 * noise::smooth(dx * 3.0, dy * 3.0, seed);
                let seen = skin.under(light.on(n, [0.2; 3])) * blush + light.shine(n, 5) * 0.3;
                out = out.mix(seen, cover((rho - 1.0) * r, 0.004));
            }
        }
        out
    }
}
