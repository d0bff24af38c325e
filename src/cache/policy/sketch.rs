//! About how often each of very many objects was asked for lately.
//!
//! A count-min sketch (G. Cormode, S. Muthukrishnan, 2005) of four rows of
//! 4-bit counters, sixteen to a word, all halved after ten requests a counter
//! of a row: the aging of TinyLFU.

use super::Id;

/// No counter counts further.
const MOST: u8 = 15;
const ROWS: u64 = 4;
/// Requests a counter until all counters are halved.
const SAMPLE: usize = 10;

/// It takes 2 bytes an object that it fits.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    /// Sixteen counters each; the rows share the words, each a quarter of it.
    words: Vec<u64>,
    counted: usize,
}

impl Sketch {
    pub(super) fn new() -> Sketch {
        Sketch {
            words: vec![0; 16],
            counted: 0,
        }
    }

    /// Grows so that `objects` are told apart. Counts stay as they are.
    pub(super) fn fit(&mut self, objects: usize) {
        // Four counters a word and row.
        while self.words.len() * 4 < objects {
            self.words.extend_from_within(..);
        }
    }

    pub(super) fn count(&mut self, id: Id) {
        let mut grew = false;
        for row in 0..ROWS {
            let (word, shift) = self.place(id, row);
            if (self.words[word] >> shift) as u8 & MOST < MOST {
                self.words[word] += 1 << shift;
                grew = true;
            }
        }
        self.counted += usize::from(grew);
        if self.counted >= SAMPLE * 4 * self.words.len() {
            self.halve();
        }
    }

    pub(super) fn estimate(&self, id: Id) -> u8 {
        let counts = (0..ROWS).map(|row| {
            let (word, shift) = self.place(id, row);
            (self.words[word] >> shift) as u8 & MOST
        });
        counts.min().unwrap_or(0)
    }

    fn halve(&mut self) {
        for word in &mut self.words {
            *word = *word >> 1 & 0x7777_7777_7777_7777;
        }
        self.counted /= 2;
    }

    /// The word, and where in it the counter begins.
    fn place(&self, Id(id): Id, row: u64) -> (usize, u64) {
        let mixed = (id ^ (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let mixed = mixed ^ mixed >> 32;
        // The number of words is a power of two, so a doubled sketch finds an
        // old count in both of its halves.
        let word = mixed as usize >> 8 & (self.words.len() - 1);
        (word, (row * 4 + (mixed & 3)) * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_to_15_and_never_too_little() {
        let mut sketch = Sketch::new();
        sketch.fit(1_000);
        for id in 0..500u64 {
            for _ in 0..id % 20 {
                sketch.count(Id(id));
            }
        }
        for id in 0..500u64 {
            let estimate = sketch.estimate(Id(id));
            assert!(u64::from(estimate) >= (id % 20).min(15), "{id}: {estimate}");
        }
        assert!(sketch.estimate(Id(1 << 40)) <= 5);
    }

    #[test]
    fn growing_keeps_the_counts_and_age_halves_them() {
        let mut sketch = Sketch::new();
        (0..9).for_each(|_| sketch.count(Id(7)));
        sketch.fit(10_000);
        assert_eq!(sketch.estimate(Id(7)), 9);
        sketch.halve();
        assert_eq!(sketch.estimate(Id(7)), 4);
    }
}
