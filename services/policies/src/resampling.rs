//! Draws for bootstrap intervals: the same seed gives the same interval, bit for bit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Whole numbers below what each is asked for, all alike.
pub fn below(seed: u64) -> impl FnMut(usize) -> usize {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    move |n| ((u128::from(generator.next_u64()) * n as u128) >> 64) as usize
}
