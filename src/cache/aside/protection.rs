//! What keeps many readers of one missing result from all loading it.

use std::str::FromStr;
use std::time::Duration;

use super::fraction::Beta;

/// What is done about a stampede: many readers that miss the same result at
/// once, and all ask the database. With L reads a second of a key and a
/// loading time of delta, one expiry costs 1 + L*delta loads without
/// protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Protection {
    /// Nothing: every reader that misses loads.
    #[default]
    None,
    /// One reader of this process loads, the others wait for its rows. Other
    /// processes know nothing of it.
    SingleFlight,
    /// The reader that puts a token into the cache (`SET key:lock token NX
    /// PX lease`) loads; those of all processes look again until the result is
    /// there, or the lease has run out.
    Lock {
        /// How long the token lives if its owner dies, and how long others
        /// wait at most.
        lease: Duration,
    },
    /// A reader of a result that still lives may load it anew, the likelier
    /// the sooner it expires: nobody waits, and no two processes need to talk.
    XFetch {
        /// How early.
        beta: Beta,
    },
    /// After its TTL a result is answered for a while longer, and one reader
    /// loads it anew in the background.
    StaleWhileRevalidate {
        /// How much longer than the TTL.
        window: Duration,
    },
}

impl Protection {
    /// All of them with their usual settings.
    pub const ALL: [Protection; 5] = [
        Protection::None,
        Protection::SingleFlight,
        Protection::Lock {
            lease: Duration::from_secs(3),
        },
        Protection::XFetch { beta: Beta::ONE },
        Protection::StaleWhileRevalidate {
            window: Duration::from_secs(10),
        },
    ];

    /// The same with those of its settings that are given.
    ///
    /// # Errors
    /// [`Misplaced`] when one is a setting of another protection.
    pub fn with(
        self,
        beta: Option<Beta>,
        lease: Option<Duration>,
        stale: Option<Duration>,
    ) -> Result<Protection, Misplaced> {
        let mut chosen = self;
        let (mut beta, mut lease, mut stale) = (beta, lease, stale);
        match &mut chosen {
            Protection::XFetch { beta: own } => *own = beta.take().unwrap_or(*own),
            Protection::Lock { lease: own } => *own = lease.take().unwrap_or(*own),
            Protection::StaleWhileRevalidate { window } => {
                *window = stale.take().unwrap_or(*window);
            }
            Protection::None | Protection::SingleFlight => {}
        }
        let left = [
            (beta.is_some(), "beta", "xfetch"),
            (lease.is_some(), "lease", "lock"),
            (stale.is_some(), "stale", "stale-while-revalidate"),
        ];
        match left.into_iter().find(|(is_left, ..)| *is_left) {
            Some((_, setting, of)) => Err(Misplaced { setting, of }),
            None => Ok(chosen),
        }
    }

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Protection::None => "none",
            Protection::SingleFlight => "single-flight",
            Protection::Lock { .. } => "lock",
            Protection::XFetch { .. } => "xfetch",
            Protection::StaleWhileRevalidate { .. } => "stale-while-revalidate",
        }
    }
}

/// A setting that belongs to another protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is a setting of the protection {of}")]
pub struct Misplaced {
    /// `beta`, `lease` or `stale`.
    pub setting: &'static str,
    /// The protection whose it is.
    pub of: &'static str,
}

/// The word names no protection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown protection {0:?}: there are none, single-flight, lock, xfetch and stale-while-revalidate"
)]
pub struct UnknownProtection(String);

impl FromStr for Protection {
    type Err = UnknownProtection;

    fn from_str(word: &str) -> Result<Protection, UnknownProtection> {
        Protection::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownProtection(word.to_owned()))
    }
}

/// XFetch's draw: whether to load now a result that expires in `left`, whose
/// loading took `delta`. `chance` is even in the open interval (0, 1).
///
/// A. Vattani, F. Chierichetti, K. Lowenstein, "Optimal Probabilistic Cache
/// Stampede Prevention", VLDB 2015: `-beta * delta * ln(chance) >= left`.
pub fn recompute_early(beta: Beta, delta: Duration, left: Duration, chance: f64) -> bool {
    -beta.value() * delta.as_secs_f64() * libm::log(chance) >= left.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_back() {
        for protection in Protection::ALL {
            assert_eq!(protection.name().parse(), Ok(protection));
        }
        assert!("mutex".parse::<Protection>().is_err());
    }

    /// The draw is exponential with the mean beta * delta: beyond a lead of x
    /// a part of exp(-x / (beta * delta)) of the draws says yes.
    #[test]
    fn xfetch_draws_leads_of_the_papers_distribution() {
        let delta = Duration::from_millis(100);
        for (thousandths, lead) in [(500, 50), (1000, 100), (2000, 50)] {
            let beta = Beta::from_thousandths(thousandths).unwrap();
            let left = Duration::from_millis(lead);
            let draws = 100_000;
            let early = (0..draws)
                .filter(|i| {
                    let chance = (f64::from(*i) + 0.5) / f64::from(draws);
                    recompute_early(beta, delta, left, chance)
                })
                .count();
            let expected = libm::exp(-left.as_secs_f64() / (beta.value() * 0.1));
            let measured = early as f64 / f64::from(draws);
            assert!(
                (measured - expected).abs() < 1e-4,
                "{beta}: {measured} {expected}"
            );
        }
        assert!(recompute_early(
            Beta::default(),
            delta,
            Duration::ZERO,
            0.999
        ));
        assert!(!recompute_early(
            Beta::default(),
            Duration::ZERO,
            delta,
            1e-9
        ));
    }
}
