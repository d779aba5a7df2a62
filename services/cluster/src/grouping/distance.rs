//! The distance that linfa's K-means measures with.

use linfa_nn::distance::Distance;
use ndarray16::{ArrayView, Dimension};
use pulp::{Arch, Simd, WithSimd, as_arrays};

/// Euclidean distance in the widest registers that the machine has. linfa's own keeps to those that every machine has,
/// and to one running sum.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Euclidean(Arch);

impl Distance<f32> for Euclidean {
    fn distance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        self.rdist_to_dist(self.rdistance(a, b))
    }

    /// Returns the squared distance: who is nearer by it is nearer, and nobody needs its root.
    fn rdistance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        assert_eq!(a.shape(), b.shape(), "there is no distance between vectors of two lengths");
        match (a.to_slice(), b.to_slice()) {
            (Some(a), Some(b)) => self.0.dispatch(Squared { a, b }),
            // Every row that K-means asks about lies in one piece; these do not.
            _ => a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum(),
        }
    }

    fn rdist_to_dist(&self, rdist: f32) -> f32 {
        rdist.sqrt()
    }

    fn dist_to_rdist(&self, dist: f32) -> f32 {
        dist * dist
    }
}

/// The squared distance between two vectors of one length.
struct Squared<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl WithSimd for Squared<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let ((a, rest_a), (b, rest_b)) = (S::as_simd_f32s(self.a), S::as_simd_f32s(self.b));
        let ((fours_a, left_a), (fours_b, left_b)) = (as_arrays::<4, _>(a), as_arrays::<4, _>(b));
        // Four registers of sums, so that an addition need not wait for the one before it.
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (a, b) in fours_a.iter().zip(fours_b) {
            for place in 0..4 {
                let difference = simd.sub_f32s(a[place], b[place]);
                sums[place] = simd.mul_add_f32s(difference, difference, sums[place]);
            }
        }
        for (a, b) in left_a.iter().zip(left_b) {
            let difference = simd.sub_f32s(*a, *b);
            sums[0] = simd.mul_add_f32s(difference, difference, sums[0]);
        }
        let [first, second, third, fourth] = sums;
        let sum = simd.add_f32s(simd.add_f32s(first, second), simd.add_f32s(third, fourth));
        let mut rest = 0.0;
        for (a, b) in rest_a.iter().zip(rest_b) {
            rest += (a - b) * (a - b);
        }
        simd.reduce_sum_f32s(sum) + rest
    }
}

#[cfg(test)]
mod tests {
    use ndarray16::Array2;

    use super::*;

    #[test]
    fn it_agrees_with_the_definition_at_every_length() {
        for length in 0..200 {
            let vectors = Array2::from_shape_fn((2, length), |(v, i)| ((v * 31 + i * 7) as f32).sin());
            let (a, b) = (vectors.row(0), vectors.row(1));
            let plain: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            let measure = Euclidean::default();
            assert!((f64::from(measure.rdistance(a, b)) - plain).abs() < 1e-5, "{length}");
            assert!((f64::from(measure.distance(a, b)) - plain.sqrt()).abs() < 1e-5, "{length}");
            // The same numbers, laid out column by column.
            let apart = vectors.t().as_standard_layout().into_owned();
            let of_columns = measure.rdistance(apart.column(0), apart.column(1));
            assert!((f64::from(of_columns) - plain).abs() < 1e-5, "{length}");
        }
    }

    #[test]
    fn a_distance_and_its_square_turn_into_each_other() {
        let measure = Euclidean::default();
        assert_eq!((measure.rdist_to_dist(9.0), measure.dist_to_rdist(3.0)), (3.0, 9.0));
    }
}
