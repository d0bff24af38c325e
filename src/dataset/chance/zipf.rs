//! Popularity: a few are wanted all the time and most hardly ever.

/// Zipf's weights of the ranks `1..=n`: `1 / rank^exponent`.
pub fn zipf_weights(n: u64, exponent: f64) -> Vec<f64> {
    (1..=n)
        .map(|rank| libm::pow(rank as f64, -exponent))
        .collect()
}

/// Chooses among any number in constant time, exactly by weight: Walker's alias
/// method with Vose's construction ("A Linear Algorithm for Generating Random
/// Numbers with a Given Distribution", 1991).
#[derive(Debug, Clone)]
pub struct Alias {
    columns: Vec<Column>,
}

/// One of `n` columns of equal width, shared by at most two values.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// Below it, `own`; from it on, `other`. `u64::MAX` is never reached by
    /// `other`, as `own` and `other` are then the same.
    bound: u64,
    own: u32,
    other: u32,
}

impl Alias {
    /// Chooses `names[i]` with `weights[i]`. Both have the same length, from 1
    /// to 2^32 - 1; the weights are above zero.
    pub fn new(weights: &[f64], names: &[u32]) -> Alias {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut left: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..left.len()).partition(|i| left[*i] < 1.0);
        let mut columns: Vec<Column> = names
            .iter()
            .map(|name| Column {
                bound: u64::MAX,
                own: *name,
                other: *name,
            })
            .collect();
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            columns[low].bound = (left[low] * 2f64.powi(64)) as u64;
            columns[low].other = names[high];
            left[high] -= 1.0 - left[low];
            if left[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Alias { columns }
    }

    /// The name that a word chooses: the upper half of its product with the
    /// number of columns is the column, the lower half the place within it.
    #[inline]
    pub fn choose(&self, word: u64) -> u32 {
        let product = u128::from(word) * self.columns.len() as u128;
        let column = self.columns[(product >> 64) as usize];
        if (product as u64) < column.bound {
            column.own
        } else {
            column.other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::chance::mix;

    /// The share of each name, added up from the table: exact, not sampled.
    fn shares(alias: &Alias, n: usize) -> Vec<f64> {
        let mut shares = vec![0.0; n];
        for column in &alias.columns {
            let own = column.bound as f64 / 2f64.powi(64);
            shares[column.own as usize] += own / n as f64;
            shares[column.other as usize] += (1.0 - own) / n as f64;
        }
        shares
    }

    #[test]
    fn the_table_holds_exactly_zipf() {
        let n = 1000;
        let names: Vec<u32> = (0..n as u32).collect();
        let weights = zipf_weights(n, 0.99);
        let sum: f64 = weights.iter().sum();
        let alias = Alias::new(&weights, &names);
        for (share, weight) in shares(&alias, n as usize).iter().zip(&weights) {
            assert!((share - weight / sum).abs() < 1e-12);
        }
    }

    #[test]
    fn words_are_spent_as_the_table_says() {
        let alias = Alias::new(&[4.0, 2.0, 1.0, 1.0], &[3, 2, 1, 0]);
        let mut counts = [0u32; 4];
        for i in 0..80_000 {
            counts[alias.choose(mix(i)) as usize] += 1;
        }
        for (count, expected) in counts.iter().zip([10_000, 10_000, 20_000, 40_000]) {
            assert!(count.abs_diff(expected) < 500, "{counts:?}");
        }
    }
}
