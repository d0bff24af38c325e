//! Seeded moments.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of waiting times. Streams of one seed have nothing in common.
#[derive(Debug, Clone)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64, stream: u64) -> Chance {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Chance(random)
    }

    /// The time to the next event of a Poisson process.
    pub(super) fn gap(&mut self, per_second: f64) -> Duration {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        let even = ((self.0.next_u64() >> 11) as f64 + 0.5) * STEP;
        Duration::from_secs_f64((-libm::log(even) / per_second).min(1e9))
    }
}
