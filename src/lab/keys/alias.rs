//! Draws from any discrete distribution in constant time.
//!
//! The alias method of A. J. Walker (1977), built as M. D. Vose described
//! ("A linear algorithm for generating random numbers with a given
//! distribution", 1991): N columns of equal width, each shared by at most two
//! outcomes.

use super::Rank;

/// One column: its own outcome below the threshold, another above it.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// In units of 2^-32 of the column.
    threshold: u32,
    alias: Rank,
}

/// A distribution ready to be drawn from, in 8 bytes an outcome.
#[derive(Debug, Clone)]
pub struct AliasTable {
    columns: Vec<Column>,
}

impl AliasTable {
    /// A table that draws `i` with probability `probabilities[i]`, to within
    /// 2^-32 of a column's width. The probabilities sum to 1, and there are at
    /// least one and at most 2^32 of them.
    pub fn new(probabilities: &[f64]) -> AliasTable {
        let n = probabilities.len() as f64;
        let mut share: Vec<f64> = probabilities.iter().map(|p| p * n).collect();
        let (mut small, mut large): (Vec<Rank>, Vec<Rank>) =
            (0..probabilities.len() as Rank).partition(|i| share[*i as usize] < 1.0);
        // What is left over at the end is full up to rounding: a full column is
        // its own alias.
        let mut columns: Vec<Column> = (0..probabilities.len() as Rank)
            .map(|alias| Column {
                threshold: u32::MAX,
                alias,
            })
            .collect();
        while let (Some(&donor), Some(needy)) = (large.last(), small.pop()) {
            let kept = share[needy as usize];
            columns[needy as usize] = Column {
                threshold: (kept * 4_294_967_296.0) as u32,
                alias: donor,
            };
            share[donor as usize] -= 1.0 - kept;
            if share[donor as usize] < 1.0 {
                large.pop();
                small.push(donor);
            }
        }
        AliasTable { columns }
    }

    /// The outcome that 64 uniformly random bits stand for. The product's high
    /// half chooses the column, its low half is where in the column they fall.
    #[inline]
    pub fn pick(&self, bits: u64) -> Rank {
        let product = u128::from(bits) * self.columns.len() as u128;
        let at = (product >> 64) as usize;
        let within = (product as u64 >> 32) as u32;
        let column = self.columns[at];
        if within < column.threshold {
            at as Rank
        } else {
            column.alias
        }
    }

    /// How many outcomes there are.
    pub fn outcomes(&self) -> usize {
        self.columns.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability the table gives each outcome, read off its columns.
    fn mass(table: &AliasTable) -> Vec<f64> {
        let n = table.columns.len();
        let mut mass = vec![0.0; n];
        for (i, column) in table.columns.iter().enumerate() {
            let kept = f64::from(column.threshold) / 4_294_967_296.0;
            mass[i] += kept / n as f64;
            mass[column.alias as usize] += (1.0 - kept) / n as f64;
        }
        mass
    }

    #[test]
    fn the_columns_hold_the_distribution() {
        let given = [0.5, 0.25, 0.125, 0.0625, 0.0625];
        for (got, wanted) in mass(&AliasTable::new(&given)).iter().zip(given) {
            assert!((got - wanted).abs() < 1e-9, "{got} {wanted}");
        }
    }

    #[test]
    fn one_outcome_is_always_drawn() {
        let table = AliasTable::new(&[1.0]);
        assert_eq!(table.pick(0), 0);
        assert_eq!(table.pick(u64::MAX), 0);
        assert_eq!(table.outcomes(), 1);
    }

    #[test]
    fn an_outcome_without_probability_is_never_drawn() {
        let table = AliasTable::new(&[1.0, 0.0]);
        let bits = (0..1000u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert!(bits.map(|b| table.pick(b)).all(|rank| rank == 0));
    }
}
