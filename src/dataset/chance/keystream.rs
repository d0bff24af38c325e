//! One random word for each cell: ChaCha8 in counter mode.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Words of one refill: the four blocks that ChaCha8 makes at a time.
const WINDOW: usize = 32;

/// The words of one stream, by their position. Reading on or nearby costs about
/// a nanosecond, a jump about a hundred.
#[derive(Debug, Clone)]
pub struct Keystream {
    rng: ChaCha8Rng,
    window: u64,
    words: [u64; WINDOW],
}

impl Keystream {
    /// The stream of `seed` that `label` names.
    pub fn new(seed: u64, label: &str) -> Keystream {
        // Not `seed_from_u64`: how that spreads a seed may change with a release.
        let mut key = [0; 32];
        let mut word = seed;
        for part in key.chunks_exact_mut(8) {
            word = mix(word);
            part.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(label_hash(label));
        Keystream {
            rng,
            window: u64::MAX,
            words: [0; WINDOW],
        }
    }

    /// The word at a position.
    #[inline]
    pub fn word(&mut self, position: u64) -> u64 {
        let window = position / WINDOW as u64;
        if window != self.window {
            self.refill(window);
        }
        self.words[(position % WINDOW as u64) as usize]
    }

    fn refill(&mut self, window: u64) {
        if window != self.window.wrapping_add(1) {
            // Positions of ChaCha count words of 32 bits.
            self.rng
                .set_word_pos(u128::from(window) * WINDOW as u128 * 2);
        }
        for word in &mut self.words {
            *word = self.rng.next_u64();
        }
        self.window = window;
    }
}

/// FNV-1a: a number for a name, the same in every release of Rust.
pub fn label_hash(label: &str) -> u64 {
    label.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): further words out of
/// one, where a value needs an uncertain number of them.
pub fn mix(word: u64) -> u64 {
    let mut x = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_depends_on_its_position_only() {
        let mut forwards = Keystream::new(7, "orders");
        let words: Vec<u64> = (0..500).map(|i| forwards.word(i)).collect();
        let mut jumping = Keystream::new(7, "orders");
        for step in 0..500u64 {
            let at = step * 263 % 500;
            assert_eq!(jumping.word(at), words[at as usize], "word {at}");
        }
        assert_ne!(Keystream::new(8, "orders").word(0), words[0]);
        assert_ne!(Keystream::new(7, "order").word(0), words[0]);
    }

    #[test]
    fn the_stream_is_the_one_that_was_published() {
        // A change here changes every dataset: raise GENERATOR_VERSION.
        let mut stream = Keystream::new(1, "orders");
        let first: Vec<u64> = (0..3).map(|i| stream.word(i)).collect();
        assert_eq!(
            first,
            [
                5_067_607_454_938_463_981,
                10_413_061_985_298_159_281,
                1_226_408_387_064_470_226
            ]
        );
    }
}
