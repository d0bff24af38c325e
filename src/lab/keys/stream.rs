//! A seeded sequence of keys.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{AliasTable, Distribution, Rank, UnusableKeys};

/// An endless sequence of keys: independent draws, or one after the other. One
/// seed gives one sequence, on every machine.
#[derive(Debug, Clone)]
pub struct KeyStream {
    table: AliasTable,
    random: ChaCha8Rng,
    /// The next key, if they come in their order.
    walks: Option<Rank>,
}

impl KeyStream {
    /// The sequence of `seed` over keys with these probabilities, which sum
    /// to 1.
    pub fn new(probabilities: &[f64], seed: u64) -> KeyStream {
        KeyStream {
            table: AliasTable::new(probabilities),
            random: ChaCha8Rng::seed_from_u64(seed),
            walks: None,
        }
    }

    /// The sequence of a distribution over so many keys.
    ///
    /// # Errors
    /// [`UnusableKeys`], as [`Distribution::probabilities`].
    pub fn of(distribution: Distribution, keys: u64, seed: u64) -> Result<KeyStream, UnusableKeys> {
        let probabilities = distribution.probabilities(keys)?;
        Ok(KeyStream {
            walks: (!distribution.is_independent()).then_some(0),
            ..KeyStream::new(&probabilities, seed)
        })
    }

    /// The next `into.len()` keys.
    pub fn fill(&mut self, into: &mut [Rank]) {
        if self.walks.is_some() {
            into.iter_mut().for_each(|key| *key = self.take_one());
            return;
        }
        for key in into {
            *key = self.table.pick(self.random.next_u64());
        }
    }

    /// The next key.
    pub fn take_one(&mut self) -> Rank {
        if let Some(next) = &mut self.walks {
            let key = *next;
            *next = (key + 1) % self.table.outcomes() as Rank;
            return key;
        }
        self.table.pick(self.random.next_u64())
    }

    /// The next `n` keys.
    pub fn take(&mut self, n: usize) -> Vec<Rank> {
        let mut keys = vec![0; n];
        self.fill(&mut keys);
        keys
    }
}

/// Puts `values` into an order that the seed draws, all orders being equally
/// likely: which of them is how popular. The draws have nothing in common with
/// those of a [`KeyStream`] of the same seed.
pub fn shuffle<T>(values: &mut [T], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(1);
    for last in (1..values.len()).rev() {
        let among = last as u128 + 1;
        let chosen = (u128::from(random.next_u64()) * among) >> 64;
        values.swap(last, chosen as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let p = Distribution::Zipf { alpha: 0.99 }
            .probabilities(1000)
            .unwrap();
        let first = KeyStream::new(&p, 1).take(8);
        assert_eq!(first, KeyStream::new(&p, 1).take(8));
        assert_ne!(first, KeyStream::new(&p, 2).take(8));
        // The very numbers, so that a change of generator does not pass unseen.
        assert_eq!(first, [0, 79, 3, 219, 0, 8, 461, 152]);
    }

    #[test]
    fn a_sequence_begins_again_after_its_last_key() {
        let mut stream = KeyStream::of(Distribution::Sequential, 3, 1).unwrap();
        assert_eq!(stream.take(4), [0, 1, 2, 0]);
        assert_eq!(stream.take_one(), 1);
        assert!(KeyStream::of(Distribution::Sequential, 0, 1).is_err());
    }

    #[test]
    fn shuffling_keeps_each_value_and_follows_the_seed() {
        let order = |seed| {
            let mut values: Vec<u32> = (0..100).collect();
            shuffle(&mut values, seed);
            values
        };
        let mut sorted = order(1);
        assert_eq!(sorted, order(1));
        assert_ne!(sorted, order(2));
        assert_ne!(sorted[..10], (0..10).collect::<Vec<_>>()[..]);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
        shuffle::<u8>(&mut [], 1);
    }

    /// Pearson's chi-square over 20 keys: 43.8 is exceeded by chance once in
    /// a thousand seeds at 19 degrees of freedom, and this seed is fixed.
    #[test]
    fn draws_follow_the_distribution() {
        for distribution in [Distribution::Zipf { alpha: 0.99 }, Distribution::Uniform] {
            let p = distribution.probabilities(20).unwrap();
            let draws = 200_000;
            let mut seen = [0u32; 20];
            for key in KeyStream::new(&p, 42).take(draws) {
                seen[key as usize] += 1;
            }
            let chi_square: f64 = seen
                .iter()
                .zip(&p)
                .map(|(seen, p)| {
                    let expected = p * draws as f64;
                    (f64::from(*seen) - expected).powi(2) / expected
                })
                .sum();
            assert!(chi_square < 43.8, "{distribution}: {chi_square}");
        }
    }
}
