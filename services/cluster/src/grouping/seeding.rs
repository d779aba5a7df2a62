//! Where a start begins: k-means++ (Arthur & Vassilvitskii 2007) in its greedy form, made better by local search
//! (Lattanzi & Sohler 2019), and samples of people.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use super::products::{products, square};

/// Candidates of the local search, for each seed.
const SWAPS: usize = 8;

/// `k` people, far from one another. Each is the best of a few drawn with probability proportional to
/// the squared distance to the nearest so far: the one that leaves the smallest sum of these distances.
pub(super) fn seeds(vectors: &[&[f32]], k: usize, generator: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    let candidates = 2 + (k as f64).ln() as usize;
    let squares: Vec<f32> = vectors.iter().map(|v| square(v)).collect();
    // The first is drawn as if everyone were equally far from whoever went before.
    let mut nearest = vec![1.0; vectors.len()];
    let mut drawn = vec![draw(nearest.iter().copied(), generator)];
    nearest.fill(f32::INFINITY);
    let mut seeds = Vec::with_capacity(k);
    loop {
        let centres: Vec<&[f32]> = drawn.iter().map(|&p| vectors[p]).collect();
        let mut distances = vec![0.0; vectors.len() * drawn.len()];
        products(vectors, &centres, &mut distances);
        let mut sums = vec![0.0f64; drawn.len()];
        for ((row, &x), &nearest) in distances.chunks_exact_mut(drawn.len()).zip(&squares).zip(&nearest) {
            for ((distance, &p), sum) in row.iter_mut().zip(&drawn).zip(&mut sums) {
                *distance = (x + squares[p] - 2.0 * *distance).max(0.0).min(nearest);
                *sum += f64::from(*distance);
            }
        }
        let best = (0..sums.len()).min_by(|&a, &b| sums[a].total_cmp(&sums[b])).expect("somebody is drawn");
        for (nearest, row) in nearest.iter_mut().zip(distances.chunks_exact(drawn.len())) {
            *nearest = row[best];
        }
        seeds.push(drawn[best]);
        if seeds.len() == k {
            let seeds = swapped(vectors, &squares, seeds, generator);
            return seeds.into_iter().map(|p| vectors[p].to_vec()).collect();
        }
        drawn = (0..candidates).map(|_| draw(nearest.iter().copied(), generator)).collect();
    }
}

/// A person's two nearest seeds.
struct Near {
    seed: usize,
    first: f32,
    second: f32,
}

/// Somebody drawn as the seeds were takes the place of the seed that is missed least, where that makes the sum
/// of everyone's distances smaller; tried again and again.
fn swapped(
    vectors: &[&[f32]],
    squares: &[f32],
    mut seeds: Vec<usize>,
    generator: &mut ChaCha8Rng,
) -> Vec<usize> {
    let distances_to = |seed: usize| {
        let mut distances = vec![0.0; vectors.len()];
        products(vectors, &[vectors[seed]], &mut distances);
        for (distance, x) in distances.iter_mut().zip(squares) {
            *distance = (x + squares[seed] - 2.0 * *distance).max(0.0);
        }
        distances
    };
    let mut distances: Vec<Vec<f32>> = seeds.iter().map(|&seed| distances_to(seed)).collect();
    let mut near = near(&distances);
    for _ in 0..SWAPS * seeds.len() {
        let candidate = draw(near.iter().map(|near| near.first), generator);
        let to_candidate = distances_to(candidate);
        let mut gained = 0.0f64;
        let mut missed = vec![0.0f64; seeds.len()];
        for (near, &to) in near.iter().zip(&to_candidate) {
            let with = near.first.min(to);
            gained += f64::from(near.first - with);
            missed[near.seed] += f64::from(near.second.min(to) - with);
        }
        let least = (0..missed.len()).min_by(|&a, &b| missed[a].total_cmp(&missed[b]));
        let least = least.expect("there is at least one seed");
        if missed[least] < gained {
            seeds[least] = candidate;
            distances[least] = to_candidate;
            near = self::near(&distances);
        }
    }
    seeds
}

/// Everyone's nearest two of the seeds that `distances` belong to.
fn near(distances: &[Vec<f32>]) -> Vec<Near> {
    let of = |person: usize| {
        let mut near = Near { seed: 0, first: f32::INFINITY, second: f32::INFINITY };
        for (seed, distances) in distances.iter().enumerate() {
            let distance = distances[person];
            if distance < near.first {
                near = Near { seed, first: distance, second: near.first };
            } else if distance < near.second {
                near.second = distance;
            }
        }
        near
    };
    (0..distances[0].len()).map(of).collect()
}

/// `size` different people, each equally likely (Floyd's algorithm), in their order.
pub(super) fn sample<'a>(vectors: &[&'a [f32]], size: usize, generator: &mut ChaCha8Rng) -> Vec<&'a [f32]> {
    let mut chosen = HashSet::with_capacity(size);
    for last in vectors.len() - size..vectors.len() {
        let person = below(last as f64 + 1.0, generator) as usize;
        chosen.insert(if chosen.contains(&person) { last } else { person });
    }
    (0..vectors.len()).filter(|person| chosen.contains(person)).map(|person| vectors[person]).collect()
}

/// Somebody, with probability proportional to their weight; where nobody has any, the last.
fn draw(weights: impl ExactSizeIterator<Item = f32> + Clone, generator: &mut ChaCha8Rng) -> usize {
    let last = weights.len() - 1;
    let mut left = below(weights.clone().map(f64::from).sum(), generator);
    let drawn = weights.into_iter().position(|weight| {
        left -= f64::from(weight);
        left < 0.0
    });
    drawn.unwrap_or(last)
}

/// Even in 0 ≤ x < `limit`.
fn below(limit: f64, generator: &mut ChaCha8Rng) -> f64 {
    limit * (generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_sample_has_everyone_once_at_most_and_reaches_the_ends() {
        let numbers: Vec<[f32; 1]> = (0..50).map(|i| [i as f32]).collect();
        let vectors: Vec<&[f32]> = numbers.iter().map(|n| n.as_slice()).collect();
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        let mut times = [0; 50];
        for _ in 0..200 {
            let sample = sample(&vectors, 10, &mut generator);
            assert!(sample.len() == 10 && sample.windows(2).all(|pair| pair[0][0] < pair[1][0]));
            sample.iter().for_each(|v| times[v[0] as usize] += 1);
        }
        // 40 times each is expected, with a standard deviation below 6.
        assert!(times.iter().all(|&t| (12..=68).contains(&t)), "{times:?}");
    }

    #[test]
    fn seeds_of_far_apart_clusters_are_one_in_each() {
        let numbers: Vec<[f32; 2]> = (0..40).map(|i| [100.0 * (i % 4) as f32, i as f32 * 0.01]).collect();
        let vectors: Vec<&[f32]> = numbers.iter().map(|n| n.as_slice()).collect();
        for seed in 0..20 {
            let mut clusters: Vec<u32> = seeds(&vectors, 4, &mut ChaCha8Rng::seed_from_u64(seed))
                .iter()
                .map(|s| s[0] as u32 / 100)
                .collect();
            clusters.sort_unstable();
            assert_eq!(clusters, [0, 1, 2, 3]);
        }
    }
}
