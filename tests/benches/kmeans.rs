//! K-means of the cluster service against scikit-learn's, on the same numbers and the same cores; and alone, at a size
//! that it takes a second and a half for at most.

mod peer;

use std::time::Instant;

use cluster::grouping::fit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;

const DIMENSION: usize = 512;
const GROUPS: usize = 9;
const SEEDS: [u64; 3] = [1, 2, 3];

/// What a catalogue may look like.
struct Shape {
    name: &'static str,
    /// Clusters the people come from; 0 is none at all.
    clusters: usize,
    /// Standard deviation of a coordinate around its cluster.
    spread: f32,
}

const SHAPES: [Shape; 3] = [
    Shape { name: "nine clusters", clusters: 9, spread: 0.08 },
    Shape { name: "forty clusters", clusters: 40, spread: 0.06 },
    Shape { name: "no structure", clusters: 0, spread: 1.0 },
];

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("K-means, {GROUPS} groups, {DIMENSION} numbers a person, {cores} cores on both sides");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (people, starts, most) in [(1_000, 10, None), (10_000, 10, Some(1.5)), (100_000, 1, None)] {
        for shape in &SHAPES {
            let numbers = shape.people(people);
            let vectors: Vec<&[f32]> = numbers.chunks_exact(DIMENSION).collect();
            let theirs = if most.is_none() {
                let file = folder.path().join("vectors.f32");
                let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
                std::fs::write(&file, bytes).expect("the vectors can be written");
                let question = json!({ "vectors": file, "dimension": DIMENSION, "groups": GROUPS,
                                       "starts": starts, "seeds": SEEDS, "threads": cores });
                peer::run("kmeans.py", &question)
            } else {
                None
            };
            for (i, &seed) in SEEDS.iter().enumerate() {
                let begun = Instant::now();
                let ours = fit(&vectors, GROUPS, seed, starts).expect("the vectors make groups");
                let seconds = begun.elapsed().as_secs_f64();
                let again = fit(&vectors, GROUPS, seed, starts).expect("the vectors make groups");
                assert!(ours == again, "a second run came to other groups");
                print!(
                    "{people}×{DIMENSION}, {starts} starts, {}, seed {seed}: {seconds:.3} s, inertia {:.2}, the same \
                     again",
                    shape.name, ours.inertia
                );
                match (&theirs, most) {
                    (Some(theirs), _) => {
                        let [time, inertia, iterations] = ["seconds", "inertia", "iterations"]
                            .map(|key| theirs[i][key].as_f64().expect("the peer answers in numbers"));
                        println!(
                            "; scikit-learn {time:.3} s, {inertia:.2}, {iterations} iterations; time × {:.2}, \
                             inertia × {:.5}",
                            seconds / time,
                            ours.inertia / inertia
                        );
                    }
                    (None, Some(most)) => println!("; time × {:.2} of {most} s", seconds / most),
                    (None, None) => println!(),
                }
            }
        }
    }
}

impl Shape {
    /// `people` unit vectors, one after the other; clusters differ in size.
    fn people(&self, people: usize) -> Vec<f32> {
        let mut draws = ChaCha8Rng::seed_from_u64(people as u64);
        let centres: Vec<Vec<f32>> = (0..self.clusters).map(|_| unit(normals(&mut draws))).collect();
        let mut numbers = Vec::with_capacity(people * DIMENSION);
        for _ in 0..people {
            let mut vector = normals(&mut draws);
            if self.clusters > 0 {
                // The lower of two draws: the first clusters are the largest.
                let mut cluster = || draws.next_u64() as usize % self.clusters;
                let cluster = cluster().min(cluster());
                for (x, c) in vector.iter_mut().zip(&centres[cluster]) {
                    *x = c + self.spread * *x;
                }
            }
            numbers.extend(unit(vector));
        }
        numbers
    }
}

/// Normally distributed numbers, near enough: sums of twelve even ones.
fn normals(draws: &mut ChaCha8Rng) -> Vec<f32> {
    let mut even = || (draws.next_u32() >> 8) as f32 / (1 << 24) as f32;
    (0..DIMENSION).map(|_| (0..12).map(|_| even()).sum::<f32>() - 6.0).collect()
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    domain::embedding::unit(&vector).expect("it has a direction")
}
