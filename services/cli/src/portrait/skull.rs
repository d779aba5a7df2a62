//! The bare head: an egg with a jaw, as a depth map that turns like a ball.

use super::curve::{ease, mix};
use super::identity::Identity;

/// Height of the widest part of the head, head units below the eyes.
pub(super) const EQUATOR: f32 = 0.1;
/// Height of the crown above the eyes.
const CROWN: f32 = 1.34;
/// Depth of the front of the face before the plane of the outline.
const DEPTH: f32 = 0.95;
const CELLS_PER_UNIT: f32 = 32.0;
const SIDE: usize = 111;
/// The grid spans ± this.
const REACH: f32 = (SIDE - 1) as f32 / (2.0 * CELLS_PER_UNIT);

/// A point on the head's surface.
#[derive(Clone, Copy)]
pub(super) struct Surface {
    /// Signed distance to the outline, negative inside.
    pub(super) outside: f32,
    /// Depth towards the viewer, 0 at the outline and beyond.
    pub(super) z: f32,
    /// Slopes ∂z/∂x and ∂z/∂y.
    pub(super) slope: (f32, f32),
}

/// The outline's implicit function q on a grid: 0 at the front, 1 at the outline.
pub(super) struct Skull {
    cells: Vec<f32>,
    half_width: f32,
    top: f32,
    bottom: f32,
}

impl Skull {
    /// The bare skull of a person.
    pub(super) fn bare(who: &Identity) -> Self {
        Self::swollen(who, 0.0, 0.0)
    }

    /// The skull swollen by `above` head units at the crown and `beside` at the sides: the shell of the hair.
    pub(super) fn swollen(who: &Identity, above: f32, beside: f32) -> Self {
        let along = |i: usize| i as f32 / CELLS_PER_UNIT - REACH;
        let mut cells = vec![0.0; SIDE * SIDE];
        for (j, row) in cells.chunks_exact_mut(SIDE).enumerate() {
            for i in 0..SIDE.div_ceil(2) {
                let q = implicit(who, above, beside, along(i), along(j));
                // Left and right are alike, and the grid is centred.
                row[i] = q;
                row[SIDE - 1 - i] = q;
            }
        }
        Self { cells, half_width: who.head_width + beside, top: -CROWN - above, bottom: who.chin }
    }

    /// Half width of the swollen head at its equator.
    pub(super) fn half_width(&self) -> f32 {
        self.half_width
    }

    /// Height of the top of the swollen head (negative).
    pub(super) fn top(&self) -> f32 {
        self.top
    }

    /// The surface at a point of the head plane.
    pub(super) fn at(&self, x: f32, y: f32) -> Surface {
        if x.abs() > self.half_width + 0.25 || y < self.top - 0.25 || y > self.bottom + 0.25 {
            return Surface { outside: 0.25, z: 0.0, slope: (0.0, 0.0) };
        }
        let fx = ((x + REACH) * CELLS_PER_UNIT).clamp(0.0, (SIDE - 2) as f32 - 0.001);
        let fy = ((y + REACH) * CELLS_PER_UNIT).clamp(0.0, (SIDE - 2) as f32 - 0.001);
        let (i, j) = (fx as usize, fy as usize);
        let (tx, ty) = (fx - i as f32, fy - j as f32);
        let row = j * SIDE + i;
        let (a, b) = (self.cells[row], self.cells[row + 1]);
        let (c, d) = (self.cells[row + SIDE], self.cells[row + SIDE + 1]);
        let q = mix(mix(a, b, tx), mix(c, d, tx), ty);
        let qx = mix(b - a, d - c, ty) * CELLS_PER_UNIT;
        let qy = mix(c - a, d - b, tx) * CELLS_PER_UNIT;
        let steep = (qx * qx + qy * qy).sqrt().max(0.3);
        let root = (1.0 - q).max(0.004).sqrt();
        let k = -DEPTH / (2.0 * root);
        Surface {
            outside: (q - 1.0) / steep,
            z: if q < 1.0 { DEPTH * root } else { 0.0 },
            slope: (k * qx, k * qy),
        }
    }
}

fn implicit(who: &Identity, above: f32, beside: f32, x: f32, y: f32) -> f32 {
    let (reach, power, width) = if y < EQUATOR {
        (EQUATOR + CROWN + above, 2.45, who.head_width + beside)
    } else {
        let t = (y - EQUATOR) / (who.chin - EQUATOR);
        let taper = mix(1.0, who.jaw, ease(0.0, 1.0, t));
        (who.chin - EQUATOR, who.squareness, (who.head_width + beside) * taper)
    };
    let (a, b) = ((x / width).abs(), ((y - EQUATOR) / reach).abs());
    // ρ^1.15 flattens the front a little against a true ellipsoid.
    let rho_n = a.powf(power) + b.powf(power);
    rho_n.powf(2.3 / power)
}
