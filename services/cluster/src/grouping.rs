//! Seeded K-means over people.

use domain::GROUPS;
use linfa::DatasetBase;
use linfa::traits::{Fit as _, Predict};
use linfa_clustering::KMeans;
use linfa_nn::distance::L2Dist;
use ndarray16::Array2;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::ClusterError;

/// Iterations after which a start counts as settled.
const ITERATIONS: u64 = 300;
/// Largest movement of a centroid that still counts as settled.
const TOLERANCE: f64 = 1e-6;

/// People divided into `k` groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One group 0..k a person, in the order of the vectors. K-means may leave a group empty.
    pub assignment: Vec<usize>,
    /// Sum of the squared distances between people and the mean of their group.
    pub inertia: f64,
}

/// One group 0..9 a person, none of them empty where there are nine people.
pub(crate) fn group(vectors: &[&[f32]], seed: u64, starts: usize) -> Result<Vec<usize>, ClusterError> {
    Ok(domain::group::filled(vectors, fit(vectors, GROUPS, seed, starts)?.assignment))
}

/// K-means with k-means++ and `starts` starts, of which the lowest inertia counts. Bit-identical for
/// the same vectors, `k`, seed and starts.
pub fn fit(vectors: &[&[f32]], k: usize, seed: u64, starts: usize) -> Result<Fit, ClusterError> {
    let failed = |e: &dyn std::fmt::Display| ClusterError::Grouping(e.to_string());
    let dimension = vectors.first().map_or(0, |v| v.len());
    let numbers = vectors.iter().flat_map(|v| v.iter().map(|&x| f64::from(x))).collect();
    let observations = Array2::from_shape_vec((vectors.len(), dimension), numbers).map_err(|e| failed(&e))?;
    let dataset = DatasetBase::from(observations);
    let model = KMeans::params_with(k, Xoshiro256Plus::seed_from_u64(seed), L2Dist)
        .n_runs(starts)
        .max_n_iterations(ITERATIONS)
        .tolerance(TOLERANCE)
        .fit(&dataset)
        .map_err(|e| failed(&e))?;
    let assignment = model.predict(dataset.records()).to_vec();
    Ok(Fit { assignment, inertia: model.inertia() * vectors.len() as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_clear_clusters_are_found_and_found_again() {
        let vectors: Vec<Vec<f32>> = (0..90)
            .map(|i| {
                let mut v = vec![0.02 * (i as f32).sin(); 12];
                v[i % 9] = 1.0;
                domain::embedding::unit(&v).unwrap()
            })
            .collect();
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let groups = group(&views, 7, 10).unwrap();
        for i in 0..90 {
            assert_eq!(groups[i], groups[i % 9]);
        }
        assert_eq!(groups[..9].iter().collect::<std::collections::HashSet<_>>().len(), 9);
        assert_eq!(groups, group(&views, 7, 10).unwrap());
    }
}
