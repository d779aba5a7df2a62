//! Every random number of the learner: it follows from the seed and a click's sequence alone, so that no
//! generator's state hides between two clicks.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A whole number below `end`, which is at most 2³².
pub(crate) fn below(end: u64, draws: &mut ChaCha8Rng) -> usize {
    ((u64::from(draws.next_u32()) * end) >> 32) as usize
}

/// A generator of its own for every click; `sequence` 0 is the first parameters'.
pub(crate) fn generator(seed: u64, sequence: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&sequence.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A number in [0, 1).
pub(crate) fn uniform(draws: &mut ChaCha8Rng) -> f32 {
    (draws.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// Two standard normal numbers (Box & Muller 1958).
pub(crate) fn normals(draws: &mut ChaCha8Rng) -> [f32; 2] {
    let (radius, turn) = (1.0 - uniform(draws), uniform(draws));
    let (sine, cosine) = (std::f32::consts::TAU * turn).sin_cos();
    [cosine, sine].map(|side| (-2.0 * radius.ln()).sqrt() * side)
}
