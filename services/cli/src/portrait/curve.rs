//! The few curves everything is shaped with.

/// `a` at `t = 0`, `b` at `t = 1`.
pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// Smooth step from 0 at `from` to 1 at `to` (either order).
pub(super) fn ease(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Gaussian bell of height 1 around 0; `x` in standard deviations.
pub(super) fn bell(x: f32) -> f32 {
    (-0.5 * x * x).exp()
}

/// Two-dimensional bell around (`u0`, `v0`) with standard deviations `su`, `sv`.
pub(super) fn spot(u: f32, v: f32, u0: f32, v0: f32, su: f32, sv: f32) -> f32 {
    let (a, b) = ((u - u0) / su, (v - v0) / sv);
    let d = a * a + b * b;
    if d > 18.0 { 0.0 } else { (-0.5 * d).exp() }
}

/// Coverage of a pixel of width `pixel` by a shape whose signed distance (negative inside) is `distance`.
pub(super) fn cover(distance: f32, pixel: f32) -> f32 {
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}

/// The smaller of two distances with a rounded corner of radius `round`.
pub(super) fn round_min(a: f32, b: f32, round: f32) -> f32 {
    let h = (0.5 + 0.5 * (b - a) / round).clamp(0.0, 1.0);
    mix(b, a, h) - round * h * (1.0 - h)
}

/// Distance from a point to the segment `a`–`b`.
pub(super) fn to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}
