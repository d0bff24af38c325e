//! How popularity is spread over the keys.

use std::fmt;
use std::str::FromStr;

use super::shuffle;
use crate::units;

/// More keys than this would need gigabytes for their tables (16 bytes a key
/// while they are made).
pub const MAX_KEYS: u64 = 100_000_000;

/// How popularity is spread over N keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// The key of rank i (from 1) is asked for in proportion to i^-alpha.
    /// Which key has which rank is drawn by the seed.
    Zipf {
        /// The exponent, 0 or more. Web and shop traffic lies at 0.6 to 1.1.
        alpha: f64,
    },
    /// All keys are asked for equally often.
    Uniform,
    /// Some keys, drawn by the seed, share some of the requests; the others
    /// share the rest. Within both, all are asked for equally often.
    Hotspot {
        /// The share of the keys that are hot, above 0 and below 1.
        keys: f64,
        /// The share of the requests that go to them, 0 to 1.
        requests: f64,
    },
    /// As Zipf, the last key being the most popular: news, orders, posts.
    Latest {
        /// The exponent, 0 or more.
        alpha: f64,
    },
    /// One after the other, from the first again after the last. These are no
    /// independent draws: the worst that can happen to LRU.
    Sequential,
    /// A bell over the keys in their order, its top in the middle; what would
    /// fall outside is left out.
    Gaussian {
        /// The standard deviation, as a share of the keys, above 0.
        deviation: f64,
    },
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
    /// A share that is none, or all.
    #[error("the hot keys are more than 0% and less than 100% of them, not {}%", .0 * 100.0)]
    HotKeys(f64),
    /// A share that is no share.
    #[error("the hot keys get 0% to 100% of the requests, not {}%", .0 * 100.0)]
    HotRequests(f64),
    /// A bell without a width.
    #[error("a standard deviation is more than 0% of the keys, not {}%", .0 * 100.0)]
    Deviation(f64),
    /// A text that names none.
    #[error(
        "{0:?} is no distribution: zipf:0.99, uniform, hotspot:20%:80% (20% of the keys get 80% \
         of the requests), latest:0.99, sequential, gaussian:10%"
    )]
    Unknown(String),
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
            _ => self.check_shape(),
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
        let n = keys as f64;
        let mut weights: Vec<f64> = match self {
            Distribution::Uniform | Distribution::Sequential => vec![1.0; keys as usize],
            Distribution::Zipf { alpha } | Distribution::Latest { alpha } => (1..=keys)
                .map(|rank| libm::pow(rank as f64, -alpha))
                .collect(),
            Distribution::Hotspot {
                keys: share,
                requests,
            } => {
                let hot = ((n * share).round() as u64).clamp(1, (keys - 1).max(1));
                let cold = (keys - hot) as f64;
                (0..keys)
                    .map(|rank| match rank < hot {
                        true => requests / hot as f64,
                        false => (1.0 - requests) / cold,
                    })
                    .collect()
            }
            Distribution::Gaussian { deviation } => {
                let width = n * deviation * std::f64::consts::SQRT_2;
                let below = |x: f64| libm::erf((x - n / 2.0) / width);
                from_the_middle(keys)
                    .map(|key| below(key as f64 + 1.0) - below(key as f64))
                    .collect()
            }
        };
        // From the smallest up, so that a long tail does not drown in rounding.
        let sum: f64 = weights.iter().rev().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Ok(weights)
    }

    /// Puts `values`, in their own order, into that of [`probabilities`](Self::probabilities):
    /// the value that is asked for most comes first.
    pub fn rank<T>(self, values: &mut Vec<T>, seed: u64) {
        match self {
            Distribution::Zipf { .. } | Distribution::Uniform | Distribution::Hotspot { .. } => {
                shuffle(values, seed);
            }
            Distribution::Latest { .. } => values.reverse(),
            Distribution::Sequential => {}
            Distribution::Gaussian { .. } => {
                let mut taken: Vec<Option<T>> = values.drain(..).map(Some).collect();
                let order = from_the_middle(taken.len() as u64);
                values.extend(order.filter_map(|at| taken[at as usize].take()));
            }
        }
    }

    /// Whether each draw is independent of those before, as theory asks.
    pub fn is_independent(self) -> bool {
        self != Distribution::Sequential
    }

    /// Whether its numbers mean something.
    ///
    /// # Errors
    /// [`UnusableKeys`], naming the number.
    pub fn check_shape(self) -> Result<(), UnusableKeys> {
        match self {
            Distribution::Zipf { alpha } | Distribution::Latest { alpha }
                if !(alpha >= 0.0 && alpha.is_finite()) =>
            {
                Err(UnusableKeys::Exponent(alpha))
            }
            Distribution::Hotspot { keys, .. } if !(keys > 0.0 && keys < 1.0) => {
                Err(UnusableKeys::HotKeys(keys))
            }
            Distribution::Hotspot { requests, .. } if !(0.0..=1.0).contains(&requests) => {
                Err(UnusableKeys::HotRequests(requests))
            }
            Distribution::Gaussian { deviation } if !(deviation > 0.0 && deviation.is_finite()) => {
                Err(UnusableKeys::Deviation(deviation))
            }
            _ => Ok(()),
        }
    }
}

/// The numbers below `n`, the middle one first.
fn from_the_middle(n: u64) -> impl Iterator<Item = u64> {
    let middle = n / 2;
    (0..n).map(move |i| {
        let step = i.div_ceil(2);
        // n even: middle, middle - 1, middle + 1, ...; odd: middle, middle + 1, middle - 1, ...
        if (i % 2 == 1) == n.is_multiple_of(2) {
            middle - step
        } else {
            middle + step
        }
    })
}

impl FromStr for Distribution {
    type Err = UnusableKeys;

    /// `zipf:0.99`, `uniform`, `hotspot:20%:80%`, `latest:0.99`, `sequential`,
    /// `gaussian:10%`; a blank does as well as a colon.
    fn from_str(text: &str) -> Result<Distribution, UnusableKeys> {
        let unknown = || UnusableKeys::Unknown(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let words: Vec<&str> = lower.split([':', ' ']).filter(|w| !w.is_empty()).collect();
        let number = |word: &str| word.parse::<f64>().map_err(|_| unknown());
        let share = |word: &str| match word.strip_suffix('%') {
            Some(percent) => number(percent).map(|p| p / 100.0),
            None => number(word),
        };
        let distribution = match words[..] {
            ["zipf", alpha] => Distribution::Zipf {
                alpha: number(alpha)?,
            },
            ["latest", alpha] => Distribution::Latest {
                alpha: number(alpha)?,
            },
            ["uniform"] => Distribution::Uniform,
            ["sequential"] => Distribution::Sequential,
            ["hotspot", keys, requests] => Distribution::Hotspot {
                keys: share(keys)?,
                requests: share(requests)?,
            },
            ["gaussian", deviation] => Distribution::Gaussian {
                deviation: share(deviation)?,
            },
            _ => return Err(unknown()),
        };
        distribution.check_shape()?;
        Ok(distribution)
    }
}

impl fmt::Display for Distribution {
    /// `Zipf 0.99`, `uniform`, `hotspot 20%:80%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distribution::Zipf { alpha } => write!(f, "Zipf {alpha}"),
            Distribution::Uniform => f.write_str("uniform"),
            Distribution::Hotspot { keys, requests } => {
                write!(f, "hotspot {}%:{}%", percent(*keys), percent(*requests))
            }
            Distribution::Latest { alpha } => write!(f, "latest {alpha}"),
            Distribution::Sequential => f.write_str("sequential"),
            Distribution::Gaussian { deviation } => {
                write!(f, "gaussian {}%", percent(*deviation))
            }
        }
    }
}

/// To a hundredth, so that 0.07 does not read as 7.000000000000001%.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
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
    fn each_distribution_is_exact_and_falls() {
        let p = |text: &str| {
            text.parse::<Distribution>()
                .unwrap()
                .probabilities(10)
                .unwrap()
        };
        let hot = p("hotspot:20%:80%");
        assert!(
            (hot[0] - 0.4).abs() < 1e-12 && (hot[9] - 0.025).abs() < 1e-12,
            "{hot:?}"
        );
        assert_eq!(p("latest 1"), p("zipf:1"));
        // Within one standard deviation: 68.27%, of the 99.999943% that is within five.
        let bell = p("gaussian:10%");
        assert!((bell[0] + bell[1] - 0.682_689_5).abs() < 1e-5, "{bell:?}");
        for text in ["gaussian:7%", "latest:0.5", "hotspot:1%:99%", "uniform"] {
            let p = text
                .parse::<Distribution>()
                .unwrap()
                .probabilities(101)
                .unwrap();
            assert!(
                p.windows(2).all(|pair| pair[0] >= pair[1] - 1e-15),
                "{text}"
            );
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{text}");
        }
    }

    #[test]
    fn values_are_put_into_the_order_of_their_popularity() {
        let ranked = |text: &str, n: u32| {
            let mut values: Vec<u32> = (0..n).collect();
            text.parse::<Distribution>().unwrap().rank(&mut values, 1);
            values
        };
        assert_eq!(ranked("latest:1", 4), [3, 2, 1, 0]);
        assert_eq!(ranked("sequential", 4), [0, 1, 2, 3]);
        assert_eq!(ranked("gaussian:10%", 4), [2, 1, 3, 0]);
        assert_eq!(ranked("gaussian:10%", 5), [2, 3, 1, 4, 0]);
        let mut zipf = ranked("zipf:1", 50);
        assert_ne!(zipf, (0..50).collect::<Vec<_>>());
        zipf.sort_unstable();
        assert!(zipf.into_iter().eq(0..50));
    }

    #[test]
    fn a_distribution_reads_as_it_is_written() {
        for text in [
            "Zipf 0.99",
            "uniform",
            "hotspot 20%:80%",
            "latest 1",
            "sequential",
            "gaussian 7%",
        ] {
            assert_eq!(text.parse::<Distribution>().unwrap().to_string(), text);
        }
        for wrong in ["zipf", "zipf:x", "uniform:2", "", "pareto:1", "hotspot:20%"] {
            let error = wrong.parse::<Distribution>().unwrap_err();
            assert_eq!(error, UnusableKeys::Unknown(wrong.to_owned()));
        }
        let error = |text: &str| text.parse::<Distribution>().unwrap_err().to_string();
        assert_eq!(
            error("hotspot:0%:50%"),
            "the hot keys are more than 0% and less than 100% of them, not 0%"
        );
        assert_eq!(
            error("gaussian:-1%"),
            "a standard deviation is more than 0% of the keys, not -1%"
        );
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
