//! Lloyd's iterations: everyone to the nearest centre, every centre to the mean of its people.

use super::products::{products, square};
use super::spread;

/// Iterations after which a start counts as settled.
const ITERATIONS: usize = 300;
/// A start counts as settled when the squared movement of its centres, summed, is at most this share of the
/// mean variance of a coordinate: scikit-learn's criterion and number.
const TOLERANCE: f64 = 1e-4;
/// People of one part. Sums are made in these parts, so that their order does not follow the threads'.
const PART: usize = 1024;
/// People whose products are held at once; their vectors are then still in the cache for the sums.
const TILE: usize = 32;

/// What the iterations came to.
pub(super) struct Settled {
    /// k means.
    pub(super) centres: Vec<Vec<f32>>,
    /// One group a person.
    pub(super) assignment: Vec<usize>,
    /// Sum of the squared distances to the means.
    pub(super) inertia: f64,
    pub(super) iterations: usize,
}

/// What one part adds to the next means.
struct Sums {
    vectors: Vec<Vec<f32>>,
    members: Vec<usize>,
    moved: bool,
}

/// Iterates from `centres` on `threads` threads. A group that loses everyone keeps its centre.
pub(super) fn settle(vectors: &[&[f32]], mut centres: Vec<Vec<f32>>, threads: usize) -> Settled {
    let squares: f64 = vectors.iter().map(|v| f64::from(square(v))).sum();
    let tolerance = TOLERANCE * variance(vectors, squares);
    let mut assignment = vec![usize::MAX; vectors.len()];
    let mut iterations = 0;
    loop {
        iterations += 1;
        let halves: Vec<f32> = centres.iter().map(|c| square(c) / 2.0).collect();
        let parts = vectors.chunks(PART).zip(assignment.chunks_mut(PART)).collect();
        let parts = spread(parts, threads, |(part, groups)| assign(part, &centres, &halves, groups));
        let moved = parts.iter().any(|part| part.moved);
        let mut shift = 0.0;
        let mut explained = 0.0;
        for (group, centre) in centres.iter_mut().enumerate() {
            let members: usize = parts.iter().map(|part| part.members[group]).sum();
            if members == 0 {
                continue;
            }
            for (i, number) in centre.iter_mut().enumerate() {
                let sum: f64 = parts.iter().map(|part| f64::from(part.vectors[group][i])).sum();
                let mean = sum / members as f64;
                shift += (mean - f64::from(*number)).powi(2);
                explained += sum * mean;
                *number = mean as f32;
            }
        }
        if !moved || shift <= tolerance || iterations == ITERATIONS {
            return Settled { centres, assignment, inertia: (squares - explained).max(0.0), iterations };
        }
    }
}

/// Everyone of one part to the nearest centre: ‖x − c‖² is smallest where x·c − ‖c‖²/2 is largest.
fn assign(vectors: &[&[f32]], centres: &[Vec<f32>], halves: &[f32], groups: &mut [usize]) -> Sums {
    let k = centres.len();
    let mut sums = Sums { vectors: vec![vec![0.0; centres[0].len()]; k], members: vec![0; k], moved: false };
    let mut near = vec![0.0; TILE * k];
    for (vectors, groups) in vectors.chunks(TILE).zip(groups.chunks_mut(TILE)) {
        products(vectors, centres, &mut near[..vectors.len() * k]);
        for ((vector, group), near) in vectors.iter().zip(groups).zip(near.chunks_exact(k)) {
            let mut nearest = (0, f32::NEG_INFINITY);
            for (candidate, (product, half)) in near.iter().zip(halves).enumerate() {
                if product - half > nearest.1 {
                    nearest = (candidate, product - half);
                }
            }
            sums.moved |= *group != nearest.0;
            *group = nearest.0;
            sums.members[nearest.0] += 1;
            for (sum, x) in sums.vectors[nearest.0].iter_mut().zip(*vector) {
                *sum += x;
            }
        }
    }
    sums
}

/// Mean variance of a coordinate; `squares` is the sum of the vectors' squared lengths.
fn variance(vectors: &[&[f32]], squares: f64) -> f64 {
    let mut sum = vec![0.0f64; vectors[0].len()];
    for vector in vectors {
        sum.iter_mut().zip(*vector).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let n = vectors.len() as f64;
    let mean: f64 = sum.iter().map(|s| (s / n).powi(2)).sum();
    (squares / n - mean) / sum.len() as f64
}
