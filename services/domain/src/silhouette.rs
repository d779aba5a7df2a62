//! How well people sit in their groups (README, "Group"; Rousseeuw 1987).

use ndarray::Array2;

use crate::embedding::dot;

/// People above which silhouettes are worked out on a sample: every pair is looked at.
pub const SAMPLE: usize = 2000;

/// Distances between the people of a sample, worked out once and used for every `k`.
#[derive(Debug, Clone)]
pub struct Silhouette {
    /// Index of each sampled person.
    sampled: Vec<usize>,
    /// `sampled × sampled` Euclidean distances.
    distances: Array2<f32>,
}

impl Silhouette {
    /// Samples at most [`SAMPLE`] of the unit `vectors`, evenly through their order, so that the same
    /// people give the same figure.
    pub fn of(vectors: &[&[f32]]) -> Self {
        let count = vectors.len().min(SAMPLE);
        let sampled: Vec<usize> = (0..count).map(|i| i * vectors.len() / count).collect();
        let distances = Array2::from_shape_fn((count, count), |(a, b)| {
            // |a − b|² = 2 − 2·cos for unit vectors.
            let cosine = dot(vectors[sampled[a]], vectors[sampled[b]]);
            (2.0 - 2.0 * cosine).max(0.0).sqrt()
        });
        Self { sampled, distances }
    }

    /// How many people are looked at.
    pub fn sampled(&self) -> usize {
        self.sampled.len()
    }

    /// Mean of s(i) = (b − a)/max(a, b), −1 to 1: a is the mean distance to one's own group, b to the
    /// nearest other. `assignment` holds a group below `k` for everyone, sampled or not. Who is alone
    /// counts 0, as does everyone where there is one group only.
    pub fn mean(&self, assignment: &[usize], k: usize) -> f64 {
        let count = self.sampled.len();
        if count == 0 {
            return 0.0;
        }
        let groups: Vec<usize> = self.sampled.iter().map(|&p| assignment[p]).collect();
        let mut sizes = vec![0usize; k];
        groups.iter().for_each(|&g| sizes[g] += 1);
        let mut total = 0.0;
        for (i, row) in self.distances.outer_iter().enumerate() {
            let mut sums = vec![0.0f64; k];
            row.iter().zip(&groups).for_each(|(&d, &g)| sums[g] += f64::from(d));
            let own = groups[i];
            let others = (0..k).filter(|&g| g != own && sizes[g] > 0).map(|g| sums[g] / sizes[g] as f64);
            let nearest = others.fold(f64::INFINITY, f64::min);
            if sizes[own] > 1 && nearest.is_finite() {
                let within = sums[own] / (sizes[own] - 1) as f64;
                let largest = within.max(nearest);
                total += if largest > 0.0 { (nearest - within) / largest } else { 0.0 };
            }
        }
        total / count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::unit;

    #[test]
    fn two_clear_groups_sit_well_and_a_wrong_division_does_not() {
        let vectors: Vec<Vec<f32>> = (0..20)
            .map(|i| unit(&[f32::from(i < 10), f32::from(i >= 10), 0.05 * (i as f32).sin()]).unwrap())
            .collect();
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let silhouette = Silhouette::of(&views);
        let right: Vec<usize> = (0..20).map(|i| i / 10).collect();
        let wrong: Vec<usize> = (0..20).map(|i| i % 2).collect();
        assert!(silhouette.mean(&right, 2) > 0.9);
        assert!(silhouette.mean(&wrong, 2) < 0.1);
        assert_eq!(silhouette.mean(&[0; 20], 1), 0.0);
    }

    #[test]
    fn four_points_by_hand() {
        // On a line of directions: distances 0 within each pair, √2 between them.
        let (x, y) = ([1.0, 0.0], [0.0, 1.0]);
        let silhouette = Silhouette::of(&[&x, &x, &y, &y]);
        assert_eq!(silhouette.mean(&[0, 0, 1, 1], 2), 1.0);
        // Each pair divided: within √2, and (0 + √2)/2 to the other group, so (b − a)/a = −1/2.
        assert!((silhouette.mean(&[0, 1, 0, 1], 2) + 0.5).abs() < 1e-6);
    }
}
