//! Seeded K-means over people: linfa's, which measures with a distance of ours ([`distance`]).
//!
//! A start looks for its seeds among a sample of the people (Bradley & Fayyad 1998): many k-means++ seedings (Arthur &
//! Vassilvitskii 2007), a few iterations of each, of which the best goes on over everyone. Tries on a sample cost
//! little, find more than one try over everyone does, and leave few iterations there. linfa counts a group's centre
//! as one more of its members (m_k-means), so that a group which loses everyone keeps its centre.

mod distance;

use domain::{Class, Classified, GROUPS};
use linfa::DatasetBase;
use linfa::traits::{Fit as _, Predict as _, Transformer as _};
use linfa_clustering::{KMeans, KMeansError, KMeansInit, KMeansParams};
use ndarray16::{Array1, Array2, Axis};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng as _;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use self::distance::Euclidean;

/// Share of the people in a start's sample, and the fewest and the most of them.
const SAMPLE_SHARE: f64 = 0.4;
const FEWEST_SAMPLED: usize = 256;
const MOST_SAMPLED: usize = 1024;
/// Seedings on a sample, and iterations of each: the best shows early.
const SEEDINGS: usize = 16;
const SEEDING_ITERATIONS: u64 = 3;
/// Iterations over everyone, at most. From good seeds few are needed; where people fall into no groups at all,
/// many more would make the inertia less by some 0.01 %.
const ITERATIONS: u64 = 12;
/// A start counts as settled when the squared movement of its centres, summed, is at most this share of the mean
/// variance of a coordinate.
const TOLERANCE: f32 = 0.01;

/// People divided into `k` groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One group 0..k a person, in the order of the vectors. K-means may leave a group empty.
    pub assignment: Vec<usize>,
    /// Sum of the squared distances between people and the centre of their group.
    pub inertia: f64,
}

/// Why people could not be grouped.
#[derive(Debug, thiserror::Error)]
pub enum GroupingError {
    /// No vectors, or vectors without numbers.
    #[error("there is nobody to group; give at least one vector of at least one number")]
    Nobody,
    /// Zero groups.
    #[error("people cannot be put into no groups; ask for at least one")]
    NoGroups,
    /// Zero starts.
    #[error("no starts make no groups; set AVZEUS_CLUSTER_STARTS to 1 or more")]
    NoStarts,
    /// Vectors that cannot be compared.
    #[error("vector {index} holds {found} numbers and the first holds {expected}; re-embed with one profile")]
    Lengths {
        /// Which vector, from 0.
        index: usize,
        /// Its length.
        found: usize,
        /// The length of the first.
        expected: usize,
    },
    /// A vector whose distance to others is no number.
    #[error("vector {0} is not finite or far too long; bring vectors to unit length")]
    NoLength(usize),
    /// linfa.
    #[error("K-means failed: {0}")]
    KMeans(#[from] KMeansError),
}

impl Classified for GroupingError {
    fn class(&self) -> Class {
        match self {
            Self::Nobody | Self::NoGroups | Self::NoStarts | Self::Lengths { .. } | Self::NoLength(_) => {
                Class::BadInput
            }
            Self::KMeans(_) => Class::Bug,
        }
    }
}

/// A row for each person.
type People = DatasetBase<Array2<f32>, Array1<()>>;

/// One group 0..9 a person, none of them empty where there are nine people.
pub(crate) fn group(vectors: &[&[f32]], seed: u64, starts: usize) -> Result<Vec<usize>, GroupingError> {
    Ok(domain::group::filled(vectors, fit(vectors, GROUPS, seed, starts)?.assignment))
}

/// K-means with `starts` starts, of which the lowest inertia counts; of equal ones the first. Bit-identical for
/// the same vectors, `k`, seed and starts on one machine, whatever the number of its cores.
///
/// # Errors
/// When there are no people, groups or starts, when vectors differ in length, or when one is not finite.
pub fn fit(vectors: &[&[f32]], k: usize, seed: u64, starts: usize) -> Result<Fit, GroupingError> {
    if k == 0 {
        return Err(GroupingError::NoGroups);
    }
    let people = rows(vectors)?;
    // A jump is longer than any start draws: no two of them draw the same.
    let mut next = Xoshiro256Plus::seed_from_u64(seed);
    let mut generators = Vec::with_capacity(starts);
    for _ in 0..starts {
        generators.push(next.clone());
        next.jump();
    }
    let fits: Vec<Result<Fit, GroupingError>> =
        generators.into_par_iter().map(|generator| start(&people, k, generator)).collect();
    let mut best: Option<Fit> = None;
    for fit in fits {
        let fit = fit?;
        if best.as_ref().is_none_or(|best| fit.inertia < best.inertia) {
            best = Some(fit);
        }
    }
    best.ok_or(GroupingError::NoStarts)
}

/// Everyone in one matrix, as linfa takes them. The copy costs one more time the memory of the vectors for as long as
/// groups are made, 200 MB for 100,000 people of 512 numbers, and some hundredths of a second.
fn rows(vectors: &[&[f32]]) -> Result<People, GroupingError> {
    let expected = vectors.first().map_or(0, |first| first.len());
    if expected == 0 {
        return Err(GroupingError::Nobody);
    }
    let mut numbers = Vec::with_capacity(vectors.len() * expected);
    for (index, vector) in vectors.iter().enumerate() {
        if vector.len() != expected {
            return Err(GroupingError::Lengths { index, found: vector.len(), expected });
        }
        // Two such vectors are apart by twice their length at most; everyone's squared distances are summed.
        let largest_sum = 4.0 * vectors.len() as f32 * domain::embedding::dot(vector, vector);
        if !largest_sum.is_finite() {
            return Err(GroupingError::NoLength(index));
        }
        numbers.extend_from_slice(vector);
    }
    let rows = Array2::from_shape_vec((vectors.len(), expected), numbers).expect("all are of one length");
    Ok(DatasetBase::from(rows))
}

/// Seeds from a sample, then everyone.
fn start(people: &People, k: usize, mut generator: Xoshiro256Plus) -> Result<Fit, GroupingError> {
    let everyone = people.records();
    let size = (SAMPLE_SHARE * everyone.nrows() as f64) as usize;
    let size = size.clamp(FEWEST_SAMPLED, MOST_SAMPLED);
    let sample = if everyone.nrows() > size {
        people.bootstrap_samples(size, &mut generator).next().expect("samples never end")
    } else {
        DatasetBase::from(everyone.clone())
    };
    let variance = sample.records().var_axis(Axis(0), 0.0).mean().expect("a vector has numbers");
    // linfa wants more than zero, which the variance is where all vectors are alike.
    let tolerance = (TOLERANCE * variance).sqrt().max(f32::MIN_POSITIVE);
    let params = |init: KMeansInit<f32>| -> KMeansParams<f32, _, Euclidean> {
        let params = KMeans::params_with(k, generator.clone(), Euclidean::default());
        params.init_method(init).tolerance(tolerance)
    };
    let seeding = params(KMeansInit::KMeansPlusPlus).n_runs(SEEDINGS).max_n_iterations(SEEDING_ITERATIONS);
    let seeds = seeding.fit(&sample)?.centroids().clone();
    let settling = params(KMeansInit::Precomputed(seeds)).n_runs(1).max_n_iterations(ITERATIONS);
    let settled = settling.fit(people)?;
    // What linfa says of its fit is from before the centres' last move: groups and distances are asked for anew.
    let assignment = settled.predict(everyone).to_vec();
    let inertia = settled.transform(everyone).iter().copied().map(f64::from).sum();
    Ok(Fit { assignment, inertia })
}

#[cfg(test)]
mod tests;
