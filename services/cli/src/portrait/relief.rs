//! The height field of a face: what stands out of, or sinks into, the bare head, with its slopes, the light
//! that reaches its hollows, and where blood shows through.

use super::curve::{bell, ease, mix, spot, to_segment};
use super::identity::Identity;
use super::mouth::Mouth;
use super::sitting::Sitting;

const CELLS_PER_UNIT: f32 = 56.0;
const LEFT: f32 = -1.1;
const TOP: f32 = -1.3;
const COLUMNS: usize = 125;
const ROWS: usize = 168;

/// A point of the face.
#[derive(Clone, Copy, Default)]
pub(super) struct Spot {
    /// Slopes of the height along u and v.
    pub(super) slope: (f32, f32),
    /// Light that reaches it, 0 to 1.
    pub(super) open: f32,
    /// Redness, about −0.3 to 1.
    pub(super) red: f32,
}

/// An axis-aligned bump: height, centre, standard deviations.
struct Bump(f32, f32, f32, f32, f32);

/// The face on a grid.
pub(super) struct Relief {
    height: Vec<f32>,
    open: Vec<f32>,
    red: Vec<f32>,
}

fn u_of(i: usize) -> f32 {
    LEFT + i as f32 / CELLS_PER_UNIT
}

fn v_of(j: usize) -> f32 {
    TOP + j as f32 / CELLS_PER_UNIT
}

/// Adds bumps to a grid; each is a product of two one-dimensional bells.
fn pile(grid: &mut [f32], bumps: &[Bump]) {
    for &Bump(amount, u0, v0, su, sv) in bumps {
        let across: Vec<f32> = (0..COLUMNS).map(|i| bell((u_of(i) - u0) / su)).collect();
        for j in 0..ROWS {
            let down = amount * bell((v_of(j) - v0) / sv);
            if down.abs() < 1e-4 {
                continue;
            }
            for (cell, a) in grid[j * COLUMNS..(j + 1) * COLUMNS].iter_mut().zip(&across) {
                *cell += down * a;
            }
        }
    }
}

fn both(bumps: &mut Vec<Bump>, Bump(a, u, v, su, sv): Bump) {
    bumps.push(Bump(a, u, v, su, sv));
    bumps.push(Bump(a, -u, v, su, sv));
}

impl Relief {
    pub(super) fn of(who: &Identity, sitting: &Sitting, mouth: &Mouth) -> Self {
        let mut height = vec![0.0; COLUMNS * ROWS];
        pile(&mut height, &bumps(who, sitting));
        for j in 0..ROWS {
            for i in 0..COLUMNS {
                let (u, v) = (u_of(i), v_of(j));
                height[j * COLUMNS + i] += nose(who, u, v) + mouth.relief(u, v) + folds(who, sitting, u, v);
            }
        }
        let mut open = vec![1.0; COLUMNS * ROWS];
        pile(&mut open, &hollows(who));
        let mut red = vec![0.0; COLUMNS * ROWS];
        pile(&mut red, &flushes(who, sitting));
        Self { height, open, red }
    }

    /// Height alone; 0 beyond the edges.
    pub(super) fn height(&self, u: f32, v: f32) -> f32 {
        Cell::holding(u, v).map_or(0.0, |cell| cell.blend(&self.height))
    }

    /// The face at (u, v); flat and fully lit beyond its edges.
    pub(super) fn at(&self, u: f32, v: f32) -> Spot {
        let Some(cell) = Cell::holding(u, v) else {
            return Spot { open: 1.0, ..Spot::default() };
        };
        Spot {
            slope: cell.slope(&self.height),
            open: cell.blend(&self.open).clamp(0.2, 1.1),
            red: cell.blend(&self.red),
        }
    }
}

/// The grid's cell that holds a point, and where in it the point is.
struct Cell {
    index: usize,
    tx: f32,
    ty: f32,
}

impl Cell {
    fn holding(u: f32, v: f32) -> Option<Self> {
        let (x, y) = ((u - LEFT) * CELLS_PER_UNIT, (v - TOP) * CELLS_PER_UNIT);
        let within = x >= 1.0 && y >= 1.0 && x < (COLUMNS - 3) as f32 && y < (ROWS - 3) as f32;
        within.then(|| Self { index: y as usize * COLUMNS + x as usize, tx: x.fract(), ty: y.fract() })
    }

    fn blend(&self, grid: &[f32]) -> f32 {
        let top = &grid[self.index..self.index + 2];
        let bottom = &grid[self.index + COLUMNS..self.index + COLUMNS + 2];
        mix(mix(top[0], top[1], self.tx), mix(bottom[0], bottom[1], self.tx), self.ty)
    }

    /// Central differences at the four corners, blended: slopes without facets.
    fn slope(&self, grid: &[f32]) -> (f32, f32) {
        let row = |j: usize| &grid[self.index + j * COLUMNS - COLUMNS - 1..][..4];
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        let across = |r: &[f32]| mix(r[2] - r[0], r[3] - r[1], self.tx);
        let down = |from: &[f32], to: &[f32]| mix(to[1] - from[1], to[2] - from[2], self.tx);
        let per_cell = 0.5 * CELLS_PER_UNIT;
        (mix(across(b), across(c), self.ty) * per_cell, mix(down(a, c), down(b, d), self.ty) * per_cell)
    }
}

fn bumps(who: &Identity, sitting: &Sitting) -> Vec<Bump> {
    let e = who.eye_spacing;
    let (nose, mouth) = (who.nose, who.mouth);
    let ridge = mix(0.035, 0.085, ease(0.03, 0.07, who.brow_thickness));
    let mut b = vec![
        Bump(0.05, 0.0, -0.62, 0.5, 0.25),
        Bump(0.10, 0.0, mouth, 0.30, 0.24),
        Bump(-0.02, 0.0, mouth - 0.17, 0.035, 0.07),
        Bump(-0.055, 0.0, mouth + 0.16 + who.lower_lip * 0.4, 0.17, 0.05),
        Bump(0.06 + 0.07 * who.chin_relief, 0.0, who.chin - 0.2, 0.20, 0.12),
        Bump(0.04, 0.0, who.brow + 0.04, 0.12, 0.09),
    ];
    both(&mut b, Bump(ridge, 0.40, who.brow + 0.03, 0.26, 0.10));
    both(&mut b, Bump(-0.13, e, 0.03, 0.20, 0.14));
    both(&mut b, Bump(-0.09, 0.20, -0.03, 0.08, 0.13));
    both(&mut b, Bump(0.075, e, 0.02, 0.135, 0.10));
    both(&mut b, Bump(0.03 + 0.05 * who.cheekbones, 0.62, 0.26, 0.20, 0.12));
    both(&mut b, Bump(0.035 + 0.06 * sitting.smile + 0.03 * who.fullness, 0.47, 0.42, 0.18, 0.15));
    both(&mut b, Bump(0.09 * who.fullness - 0.07, 0.55, 0.80, 0.18, 0.22));
    both(&mut b, Bump(-0.05, 0.88, -0.40, 0.14, 0.2));
    both(&mut b, Bump(0.085, who.nose_width, nose + 0.02, 0.062, 0.065));
    both(&mut b, Bump(-0.03, who.nose_width + 0.10, nose + 0.03, 0.05, 0.08));
    both(&mut b, Bump(-0.05, who.nose_width * 0.52, nose + 0.115, 0.05, 0.03));
    both(&mut b, Bump(-0.03 * sitting.smile - 0.015, who.mouth_width + 0.06, mouth, 0.05, 0.06));
    b
}

fn nose(who: &Identity, u: f32, v: f32) -> f32 {
    if u.abs() > 0.5 || !(-0.5..=1.0).contains(&v) {
        return 0.0;
    }
    let along = ((v + 0.12) / (who.nose + 0.12)).clamp(0.0, 1.0);
    let crest = mix(who.nose_bridge, who.nose_tip, along.powf(1.3));
    let above = ease(-0.42, -0.02, v);
    let below = bell(((v - who.nose).max(0.0)) / 0.10);
    let width = mix(0.085, 0.06 + 0.33 * who.nose_width, along * along);
    let ball = 0.06 * spot(u, v, 0.0, who.nose - 0.01, 0.09, 0.085);
    crest * above * below * bell(u / width) + ball
}

fn folds(who: &Identity, sitting: &Sitting, u: f32, v: f32) -> f32 {
    let m = u.abs();
    let mut h = 0.0;
    let fold = (0.010 + 0.022 * who.age + 0.016 * sitting.smile) * ease(0.9, 0.1, who.fullness * 0.5);
    if m < 0.6 && (0.3..1.2).contains(&v) {
        let from = (who.nose_width + 0.06, who.nose);
        let to = (who.mouth_width + 0.10 + 0.04 * sitting.smile, who.mouth - 0.02);
        h -= fold * bell(to_segment((m, v), from, to) / 0.035);
    }
    if who.age > 0.25 {
        let deep = who.age - 0.25;
        if v < who.brow - 0.1 {
            let line = ((v - who.brow) * 42.0 + 1.5 * (u * 2.4).cos()).sin();
            h += 0.0035
                * deep
                * (1.0 + sitting.brow_raise)
                * line
                * spot(u, v, 0.0, who.brow - 0.3, 0.38, 0.14);
        }
        let bag = to_segment((m, v), (who.eye_spacing - 0.13, 0.15), (who.eye_spacing + 0.12, 0.17));
        h -= 0.022 * deep * bell(bag / 0.03);
        let crow = ((v - 0.02) * 60.0 + (m - who.eye_spacing) * 8.0).sin();
        h += 0.003 * deep * crow * spot(m, v, who.eye_spacing + who.eye_size + 0.12, 0.03, 0.06, 0.07);
        h -= 0.012 * deep * spot(m, v, 0.07, who.brow + 0.03, 0.014, 0.07);
    }
    h
}

fn hollows(who: &Identity) -> Vec<Bump> {
    let e = who.eye_spacing;
    let mut b = vec![
        Bump(-0.20, 0.0, who.nose + 0.15, 0.15, 0.06),
        Bump(-0.22, 0.0, who.mouth + 0.15 + who.lower_lip * 0.4, 0.18, 0.05),
        Bump(0.05, 0.0, -0.6, 0.4, 0.2),
    ];
    both(&mut b, Bump(-0.22, e, -0.06, 0.19, 0.10));
    both(&mut b, Bump(-0.25, 0.19, -0.02, 0.06, 0.11));
    both(&mut b, Bump(-0.14, e, 0.15, 0.15, 0.06));
    both(&mut b, Bump(-0.20, who.nose_width + 0.075, who.nose + 0.05, 0.035, 0.06));
    both(&mut b, Bump(-0.12, 0.85, 0.9, 0.2, 0.3));
    b
}

fn flushes(who: &Identity, sitting: &Sitting) -> Vec<Bump> {
    let k = 0.25 + 0.75 * who.blush;
    let mut b = vec![
        Bump(0.55 * k, 0.0, who.nose, 0.13, 0.12),
        Bump(0.18 * k, 0.0, who.chin - 0.2, 0.2, 0.14),
        Bump(-0.25, 0.0, -0.55, 0.5, 0.25),
    ];
    both(&mut b, Bump((0.7 + 0.2 * sitting.smile) * k, 0.52, 0.42, 0.19, 0.15));
    both(&mut b, Bump(0.25, who.eye_spacing, 0.0, 0.2, 0.12));
    b
}
