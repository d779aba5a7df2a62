//! Value noise from an integer hash: smooth, seeded, the same on every machine.

fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1)
        ^ (y as u32).wrapping_mul(0x85EB_CA77)
        ^ seed.wrapping_mul(0xC2B2_AE3D);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    (h >> 8) as f32 / (1 << 24) as f32
}

/// The whole number at or below `x`; a truncation is an instruction where `floor` is a call.
fn below(x: f32) -> i32 {
    x as i32 - i32::from(x < 0.0)
}

/// Unrelated values in `[-1, 1)`, one per lattice point.
pub(super) fn grain(x: i32, y: i32, seed: u32) -> f32 {
    hash(x, y, seed) * 2.0 - 1.0
}

/// Smooth noise in `[-1, 1]` with features about one unit wide.
pub(super) fn smooth(x: f32, y: f32, seed: u32) -> f32 {
    let (ix, iy) = (below(x), below(y));
    let (tx, ty) = (x - ix as f32, y - iy as f32);
    let (sx, sy) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
    let top = hash(ix, iy, seed) * (1.0 - sx) + hash(ix + 1, iy, seed) * sx;
    let bottom = hash(ix, iy + 1, seed) * (1.0 - sx) + hash(ix + 1, iy + 1, seed) * sx;
    (top * (1.0 - sy) + bottom * sy) * 2.0 - 1.0
}
