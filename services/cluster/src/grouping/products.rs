//! Dot products of many rows with a few centres, in the widest registers that the machine has.

use pulp::{Arch, Simd, WithSimd};

/// Rows and centres multiplied at once: their twelve sums, and what they are made of, fill sixteen registers.
const ROWS: usize = 4;
const CENTRES: usize = 3;

/// Writes x·c for every row x and centre c: `centres.len()` numbers a row. All slices are of one length.
pub(super) fn products<C: AsRef<[f32]>>(rows: &[&[f32]], centres: &[C], out: &mut [f32]) {
    Arch::new().dispatch(Products { rows, centres, out });
}

/// x·x.
pub(super) fn square(x: &[f32]) -> f32 {
    let mut out = [0.0];
    products(&[x], &[x], &mut out);
    out[0]
}

struct Products<'a, C> {
    rows: &'a [&'a [f32]],
    centres: &'a [C],
    out: &'a mut [f32],
}

impl<C: AsRef<[f32]>> WithSimd for Products<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let k = self.centres.len();
        for (rows, out) in self.rows.chunks(ROWS).zip(self.out.chunks_mut(ROWS * k)) {
            for (block, centres) in self.centres.chunks(CENTRES).enumerate() {
                // What is missing in a last, smaller block is multiplied twice, and not written.
                let four = std::array::from_fn(|r| rows[r.min(rows.len() - 1)]);
                let three = std::array::from_fn(|c| centres[c.min(centres.len() - 1)].as_ref());
                let tile = tile(simd, four, three);
                for (row, numbers) in out.chunks_exact_mut(k).zip(tile) {
                    let at = block * CENTRES;
                    row[at..at + centres.len()].copy_from_slice(&numbers[..centres.len()]);
                }
            }
        }
    }
}

#[inline(always)]
fn tile<S: Simd>(simd: S, rows: [&[f32]; ROWS], centres: [&[f32]; CENTRES]) -> [[f32; CENTRES]; ROWS] {
    let rows = rows.map(S::as_simd_f32s);
    let centres = centres.map(S::as_simd_f32s);
    let length = rows[0].0.len();
    let xs = rows.map(|(whole, _)| &whole[..length]);
    let cs = centres.map(|(whole, _)| &whole[..length]);
    let mut sums = [[simd.splat_f32s(0.0); CENTRES]; ROWS];
    for i in 0..length {
        let c = cs.map(|c| c[i]);
        for (sums, x) in sums.iter_mut().zip(xs) {
            for (sum, c) in sums.iter_mut().zip(c) {
                *sum = simd.mul_add_e_f32s(x[i], c, *sum);
            }
        }
    }
    std::array::from_fn(|r| {
        std::array::from_fn(|c| {
            let rest: f32 = rows[r].1.iter().zip(centres[c].1).map(|(x, c)| x * c).sum();
            simd.reduce_sum_f32s(sums[r][c]) + rest
        })
    })
}
