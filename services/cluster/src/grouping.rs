//! Seeded K-means over people.
//!
//! A start is a k-means++ seeding ([`seeding`]) and Lloyd's iterations from it ([`lloyd`]). Where there are
//! many people, seeds are found on a sample of them (Bradley & Fayyad 1998): ten starts there cost little,
//! and few iterations over everyone are left.

mod lloyd;
mod products;
mod seeding;

use std::num::NonZero;
use std::thread;

use domain::GROUPS;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};

use self::lloyd::Settled;
use crate::ClusterError;

/// People among whom seeds are looked for: a start is spread over the cores only where there are more.
const SAMPLE: usize = 4096;
/// Starts on a sample, for one start over everyone.
const SAMPLE_STARTS: usize = 10;

/// People divided into `k` groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One group 0..k a person, in the order of the vectors. K-means may leave a group empty.
    pub assignment: Vec<usize>,
    /// Sum of the squared distances between people and the mean of their group.
    pub inertia: f64,
    /// Lloyd's iterations of the start that counts.
    pub iterations: usize,
}

/// One group 0..9 a person, none of them empty where there are nine people.
pub(crate) fn group(vectors: &[&[f32]], seed: u64, starts: usize) -> Result<Vec<usize>, ClusterError> {
    Ok(domain::group::filled(vectors, fit(vectors, GROUPS, seed, starts)?.assignment))
}

/// K-means with k-means++ and `starts` starts, of which the lowest inertia counts. Bit-identical for
/// the same vectors, `k`, seed and starts on one machine, whatever the number of its cores.
///
/// # Errors
/// When there are no people, groups or starts, or vectors differ in length.
pub fn fit(vectors: &[&[f32]], k: usize, seed: u64, starts: usize) -> Result<Fit, ClusterError> {
    let dimension = vectors.first().map_or(0, |v| v.len());
    if dimension == 0 || k == 0 || starts == 0 || vectors.iter().any(|v| v.len() != dimension) {
        let people = vectors.len();
        return Err(ClusterError::Grouping(format!(
            "{people} vectors of one length, {k} groups and {starts} starts do not make groups"
        )));
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let best = best(vectors, k, seed, starts, cores);
    Ok(Fit { assignment: best.assignment, inertia: best.inertia, iterations: best.iterations })
}

/// The start with the lowest inertia; of equal ones the first.
fn best(vectors: &[&[f32]], k: usize, seed: u64, starts: usize, cores: usize) -> Settled {
    let starts: Vec<u64> = (0..starts as u64).collect();
    let generator = |start| {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(start);
        generator
    };
    let settled = if vectors.len() <= SAMPLE {
        let start = |start| lloyd::settle(vectors, seeding::seeds(vectors, k, &mut generator(start)), 1);
        spread(starts, cores, start)
    } else {
        let start = |start| {
            let mut generator = generator(start);
            let sample = seeding::sample(vectors, SAMPLE, &mut generator);
            let seeds = best(&sample, k, generator.next_u64(), SAMPLE_STARTS, cores).centres;
            lloyd::settle(vectors, seeds, cores)
        };
        starts.into_iter().map(start).collect()
    };
    settled.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia)).expect("there is at least one start")
}

/// `work` on every item, divided evenly over `threads` threads; the answers are in the items' order.
fn spread<T: Send, R: Send>(items: Vec<T>, threads: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(threads).max(1);
    let (mut items, work) = (items.into_iter(), &work);
    thread::scope(|scope| {
        // The first share is the calling thread's own.
        let own: Vec<T> = items.by_ref().take(share).collect();
        let mut others = Vec::new();
        while items.len() > 0 {
            let part: Vec<T> = items.by_ref().take(share).collect();
            others.push(scope.spawn(move || part.into_iter().map(work).collect::<Vec<R>>()));
        }
        let mut answers: Vec<R> = own.into_iter().map(work).collect();
        for other in others {
            answers.extend(other.join().expect("arithmetic does not panic"));
        }
        answers
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` unit vectors around nine axes, wobbling deterministically; the axis of person i is i % 9.
    fn nine_clusters(n: usize, dimension: usize) -> Vec<Vec<f32>> {
        let wobbling = |i: usize| {
            let mut v: Vec<f32> = (0..dimension).map(|j| 0.1 * ((i * 31 + j * 17) as f32).sin()).collect();
            v[i % 9] += 1.0;
            domain::embedding::unit(&v).unwrap()
        };
        (0..n).map(wobbling).collect()
    }

    fn views(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
        vectors.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn nine_clear_clusters_are_found_and_found_again() {
        // Twelve and 21 numbers fill no whole register; the larger crowd is seeded on a sample.
        for (n, dimension) in [(90, 12), (90, 21), (SAMPLE + 500, 16)] {
            let vectors = nine_clusters(n, dimension);
            let groups = group(&views(&vectors), 7, 10).unwrap();
            for i in 0..n {
                assert_eq!(groups[i], groups[i % 9]);
            }
            assert_eq!(groups[..9].iter().collect::<std::collections::HashSet<_>>().len(), 9);
            assert_eq!(groups, group(&views(&vectors), 7, 10).unwrap());
        }
    }

    #[test]
    fn the_number_of_cores_changes_nothing() {
        let vectors = nine_clusters(SAMPLE + 1500, 24);
        let views = views(&vectors);
        let one = best(&views, 5, 3, 2, 1);
        for cores in [2, 3] {
            let several = best(&views, 5, 3, 2, cores);
            assert_eq!(one.assignment, several.assignment);
            assert_eq!(one.inertia.to_bits(), several.inertia.to_bits());
        }
    }

    /// Sum of the squared distances to the groups' means, by the definition.
    fn inertia(vectors: &[&[f32]], assignment: &[usize]) -> f64 {
        let squared =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let groups = 0..=assignment.iter().copied().max().unwrap_or_default();
        let of = |group| move |&p: &usize| assignment[p] == group;
        groups
            .filter_map(|group| {
                let members = || (0..vectors.len()).filter(of(group)).map(|p| vectors[p]);
                let mean = domain::embedding::mean(members())?;
                Some(members().map(|v| squared(v, &mean)).sum::<f64>())
            })
            .sum()
    }

    #[test]
    fn inertia_is_the_squared_distance_to_the_groups_means() {
        let vectors = nine_clusters(60, 12);
        let views = views(&vectors);
        let fit = fit(&views, 4, 1, 3).unwrap();
        let plain = inertia(&views, &fit.assignment);
        assert!((fit.inertia - plain).abs() < 1e-4, "{} {plain}", fit.inertia);
    }

    #[test]
    fn an_independent_implementation_finds_nothing_better() {
        use linfa::DatasetBase;
        use linfa::traits::{Fit as _, Predict as _};
        use ndarray16::Array2;
        use rand_xoshiro::rand_core::SeedableRng as _;

        // More clusters than groups: many ways to divide them, and most are not the best.
        let dimension = 24;
        let vector = |i: usize| -> Vec<f32> {
            let wobble = |j: usize| 0.15 * ((i * 37 + j * 11) as f32).sin();
            (0..dimension).map(|j| f32::from(u8::from(j == i % 23)) + wobble(j)).collect()
        };
        let vectors: Vec<Vec<f32>> = (0..400).map(vector).collect();
        let numbers = vectors.iter().flatten().map(|&x| f64::from(x)).collect();
        let dataset = DatasetBase::from(Array2::from_shape_vec((400, dimension), numbers).unwrap());
        let generator = rand_xoshiro::Xoshiro256Plus::seed_from_u64(1);
        let params = linfa_clustering::KMeans::params_with_rng(9, generator).n_runs(10).tolerance(1e-6);
        let theirs = params.fit(&dataset).unwrap().predict(dataset.records()).to_vec();
        let views = views(&vectors);
        let (ours, theirs) = (fit(&views, 9, 1, 10).unwrap().inertia, inertia(&views, &theirs));
        println!("inertia {ours:.3}, linfa's {theirs:.3}");
        assert!(ours <= 1.005 * theirs);
    }

    #[test]
    fn people_who_look_the_same_still_make_nine_groups() {
        let vectors = vec![domain::embedding::unit(&[1.0, 2.0, 3.0]).unwrap(); 10];
        let groups = group(&views(&vectors), 1, 10).unwrap();
        assert_eq!(groups.iter().collect::<std::collections::HashSet<_>>().len(), 9);
    }

    #[test]
    fn nobody_and_vectors_of_two_lengths_are_refused() {
        assert!(fit(&[], 9, 1, 1).is_err());
        assert!(fit(&[&[1.0, 0.0], &[1.0]], 2, 1, 1).is_err());
    }
}
