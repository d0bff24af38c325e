//! How popularity is spread over the keys.

use std::fmt;

use crate::units;

/// More keys than this would need gigabytes for their tables (16 bytes a key
/// while they are made).
pub const MAX_KEYS: u64 = 100_000_000;

/// How popularity is spread over N keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// The key of rank i (from 1) is asked for in proportion to i^-alpha.
    Zipf {
        /// The exponent, 0 or more. Web and shop traffic lies at 0.6 to 1.1.
        alpha: f64,
    },
    /// All keys are asked for equally often.
    Uniform,
}

/// A distribution that cannot be drawn from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnusableKeys {
    /// There is nothing to ask for.
    #[error("a workload needs at least 1 key, not 0")]
    NoKeys,
    /// The tables would not fit.
    #[error("{} keys are too many: at most {} fit", units::count(*.0), units::count(MAX_KEYS))]
    TooMany(u64),
    /// Popularity would grow with the rank, or is no number.
    #[error("a Zipf exponent is 0 or more, not {0}")]
    Exponent(f64),
}

impl Distribution {
    /// Whether it can be drawn from.
    ///
    /// # Errors
    /// [`UnusableKeys`] for 0 or too many keys and for a negative exponent.
    pub fn check(self, keys: u64) -> Result<(), UnusableKeys> {
        match self {
            _ if keys == 0 => Err(UnusableKeys::NoKeys),
            _ if keys > MAX_KEYS => Err(UnusableKeys::TooMany(keys)),
            Distribution::Zipf { alpha } if !(alpha >= 0.0 && alpha.is_finite()) => {
                Err(UnusableKeys::Exponent(alpha))
            }
            Distribution::Zipf { .. } | Distribution::Uniform => Ok(()),
        }
    }

    /// The probability of each key, the most popular first. They are exact:
    /// normalised over these N keys, not sampled or scrambled. (YCSB's
    /// scrambled generator gives the top 10% of keys 45% of the requests
    /// where Zipf 0.99 gives them 80%.)
    ///
    /// # Errors
    /// [`UnusableKeys`] for 0 or too many keys and for a negative exponent.
    pub fn probabilities(self, keys: u64) -> Result<Vec<f64>, UnusableKeys> {
        self.check(keys)?;
        let mut weights: Vec<f64> = match self {
            Distribution::Uniform => vec![1.0; keys as usize],
            Distribution::Zipf { alpha } => (1..=keys)
                .map(|rank| libm::pow(rank as f64, -alpha))
                .collect(),
        };
        // From the smallest up, so that a long tail does not drown in rounding.
        let sum: f64 = weights.iter().rev().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Ok(weights)
    }
}

impl fmt::Display for Distribution {
    /// `Zipf 0.99` or `uniform`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distribution::Zipf { alpha } => write!(f, "Zipf {alpha}"),
            Distribution::Uniform => f.write_str("uniform"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_is_exact_over_its_keys() {
        let p = Distribution::Zipf { alpha: 1.0 }.probabilities(4).unwrap();
        // 1 + 1/2 + 1/3 + 1/4 = 25/12.
        for (got, twelfths) in p.iter().zip([12.0, 6.0, 4.0, 3.0]) {
            assert!((got - twelfths / 25.0).abs() < 1e-15, "{p:?}");
        }
    }

    #[test]
    fn the_top_tenth_of_zipf_099_gets_80_percent() {
        let p = Distribution::Zipf { alpha: 0.99 }
            .probabilities(100_000)
            .unwrap();
        let top: f64 = p[..10_000].iter().sum();
        assert!((top - 0.8001).abs() < 5e-5, "{top}");
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_exponent_of_zero_is_uniform() {
        let zipf = Distribution::Zipf { alpha: 0.0 }.probabilities(7).unwrap();
        assert_eq!(zipf, Distribution::Uniform.probabilities(7).unwrap());
    }

    #[test]
    fn impossible_keys_are_named() {
        let error = |d: Distribution, n| d.probabilities(n).unwrap_err().to_string();
        assert_eq!(
            error(Distribution::Uniform, 0),
            "a workload needs at least 1 key, not 0"
        );
        assert_eq!(
            error(Distribution::Zipf { alpha: -1.0 }, 9),
            "a Zipf exponent is 0 or more, not -1"
        );
        assert_eq!(
            error(Distribution::Zipf { alpha: f64::NAN }, 9),
            "a Zipf exponent is 0 or more, not NaN"
        );
        assert_eq!(
            error(Distribution::Uniform, 1 << 40),
            "1,099,511,627,776 keys are too many: at most 100,000,000 fit"
        );
    }
}
