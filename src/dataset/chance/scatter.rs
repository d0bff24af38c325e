//! A seeded permutation that needs no table.

use super::mix;

/// A permutation of `0..n`: four rounds of a Feistel network over a grid of
/// about the square root of `n` in both directions, walked again for the few
/// places of the grid that lie beyond `n` (Black and Rogaway, "Ciphers with
/// Arbitrary Finite Domains", 2002, the generalised Feistel cipher).
#[derive(Debug, Clone)]
pub struct Scatter {
    n: u64,
    columns: u64,
    rows: u64,
    keys: [u64; 4],
}

impl Scatter {
    /// The permutation of `0..n` that a key chooses. `n` is at least 1 and at
    /// most 2^40.
    pub fn new(n: u64, key: u64) -> Scatter {
        let n = n.max(1);
        let mut columns = libm::sqrt(n as f64) as u64;
        while columns * columns < n {
            columns += 1;
        }
        let mut key = key;
        let keys = std::array::from_fn(|_| {
            key = mix(key);
            key
        });
        Scatter {
            n,
            columns,
            rows: n.div_ceil(columns),
            keys,
        }
    }

    /// Where the permutation puts `i`, which is below `n`.
    pub fn place(&self, i: u64) -> u64 {
        let mut at = i;
        loop {
            at = self.once(at);
            if at < self.n {
                return at;
            }
        }
    }

    fn once(&self, i: u64) -> u64 {
        let (mut row, mut column) = (i / self.columns, i % self.columns);
        for keys in self.keys.chunks_exact(2) {
            row = (row + mix(column ^ keys[0]) % self.rows) % self.rows;
            column = (column + mix(row ^ keys[1]) % self.columns) % self.columns;
        }
        row * self.columns + column
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_place_is_taken_once(n in 1u64..3000, key: u64) {
            let scatter = Scatter::new(n, key);
            let mut taken = vec![false; n as usize];
            for i in 0..n {
                let place = scatter.place(i) as usize;
                prop_assert!(!taken[place]);
                taken[place] = true;
            }
        }
    }

    #[test]
    fn neighbours_part() {
        let scatter = Scatter::new(100_000, 1);
        let near = (0..1000)
            .filter(|i| scatter.place(*i).abs_diff(scatter.place(i + 1)) < 1000)
            .count();
        assert!(near < 60, "{near} of 1000, about 20 expected");
    }
}
