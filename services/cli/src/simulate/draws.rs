//! Where randomness comes from: one seed and one purpose give one sequence, on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What draws are for. What visitors want does not depend on how the policy explores, so every learner with one
/// seed meets the same visitors.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// The drawn catalogue.
    Catalogue = 1,
    /// The common visitors every policy is judged by.
    Panel = 2,
    /// Visitors who are learned from.
    Visitors = 3,
    /// x ~ N(μ, σ²).
    Exploration = 4,
    /// Which of the ten is clicked.
    Clicks = 5,
}

pub(super) fn draws(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut source = ChaCha8Rng::seed_from_u64(seed);
    source.set_stream(purpose as u64);
    source
}
