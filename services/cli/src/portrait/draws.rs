//! Reproducible draws: one seed and one stream give one sequence, on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a seed is spent on. Streams keep the picture of seed 7 unrelated to the person of seed 7.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Identity = 1,
    Sitting = 2,
    Scenery = 3,
    Lookalike = 4,
}

/// A seeded source of the few distributions the drawings need.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream as u64);
        Self(source)
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// Uniform in `[low, high)`.
    pub(super) fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Bell-shaped in `[-1, 1]`, standard deviation about 0.41 (mean of two uniforms).
    pub(super) fn bell(&mut self) -> f32 {
        self.unit() + self.unit() - 1.0
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// One of the choices, each as likely as the others.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.0.next_u32() as usize) % choices.len()]
    }

    /// A new 32-bit seed for a texture.
    pub(super) fn texture(&mut self) -> u32 {
        self.0.next_u32()
    }
}
