//! Whether the cache was worth it, in a sentence.

use std::fmt;
use std::time::Duration;

use crate::cache::stats::CostModel;
use crate::units;

/// Below this difference nobody can tell which side was faster.
const SAME: f64 = 1.05;

/// How the cached side did against the uncached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It was faster.
    Faster {
        /// Reads a second, cached by uncached.
        by: f64,
        /// The hit ratio.
        hit_ratio: f64,
        /// Mean database time of the misses, by that of the uncached side.
        database_became: f64,
        /// Whether most of the uncached side's latency was waiting in line: in
        /// an open loop.
        queued: bool,
    },
    /// Neither was.
    Same {
        /// The database read.
        database: Duration,
        /// Asking the cache.
        get: Duration,
    },
    /// It was slower.
    Slower {
        /// Reads a second, uncached by cached.
        by: f64,
        /// The database read.
        database: Duration,
        /// Asking the cache.
        get: Duration,
        /// The database time from which it would pay; `None` when nothing hit.
        pays_from: Option<Duration>,
    },
    /// The cache server failed too often to say anything.
    CacheFailed {
        /// Reads that the cache failed.
        errors: u64,
        /// All reads.
        reads: u64,
    },
    /// There are not two sides to compare.
    Unknown,
}

impl Verdict {
    /// Weighs two throughputs, in reads a second.
    /// `queued` says whether most of the uncached latency was waiting in line.
    pub fn of(
        (uncached, cached): (f64, f64),
        model: &CostModel,
        miss_database: Duration,
        queued: bool,
    ) -> Verdict {
        let by = cached / uncached;
        if by > SAME {
            Verdict::Faster {
                by,
                hit_ratio: model.hit_ratio,
                database_became: miss_database.as_secs_f64() / model.database.as_secs_f64(),
                queued,
            }
        } else if by < 1.0 / SAME {
            Verdict::Slower {
                by: 1.0 / by,
                database: model.database,
                get: model.get,
                pays_from: model.break_even(),
            }
        } else {
            Verdict::Same {
                database: model.database,
                get: model.get,
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |d: &Duration| units::duration(*d);
        match self {
            Verdict::Faster {
                by,
                hit_ratio,
                database_became,
                queued,
            } => {
                let limit = 1.0 / (1.0 - hit_ratio);
                write!(f, "The cache makes this {} faster", units::times(*by, 1.0))?;
                if *hit_ratio >= 1.0 {
                    f.write_str("; every read hit.")
                } else if *by <= limit {
                    write!(
                        f,
                        "; 1/(1 - {hit_ratio:.3}) = {} is the most it can.",
                        units::times(limit, 1.0)
                    )
                } else if *queued {
                    write!(
                        f,
                        ", more than the 1/(1 - {hit_ratio:.3}) = {} that its hits explain: the \
                         uncached side could not keep up, and its reads waited in line.",
                        units::times(limit, 1.0)
                    )
                } else {
                    write!(
                        f,
                        ", more than the 1/(1 - {hit_ratio:.3}) = {} that its hits explain: its \
                         queries took {:.0}% of their uncached time: fewer at once, or a calmer machine.",
                        units::times(limit, 1.0),
                        database_became * 100.0
                    )
                }
            }
            Verdict::Same { database, get } => write!(
                f,
                "The cache changes nothing: the query takes {} and asking the cache {}.",
                time(database),
                time(get)
            ),
            Verdict::Slower {
                by,
                database,
                get,
                pays_from,
            } => {
                write!(
                    f,
                    "The cache made this {} slower: the query takes {} and asking the cache {}.",
                    units::times(*by, 1.0),
                    time(database),
                    time(get)
                )?;
                match pays_from {
                    Some(from) => write!(f, " It would pay from {} on.", time(from)),
                    None => f.write_str(" Nothing hit."),
                }
            }
            Verdict::CacheFailed { errors, reads } => write!(
                f,
                "The cache server failed {} of {} reads: there is nothing to compare.",
                units::count(*errors),
                units::count(*reads)
            ),
            Verdict::Unknown => f.write_str("Too little was measured to say."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    fn said(uncached: f64, cached: f64, model: CostModel, miss: Duration) -> String {
        Verdict::of((uncached, cached), &model, miss, false).to_string()
    }

    #[test]
    fn it_says_by_how_much_and_how_far_it_can_go() {
        let model = CostModel {
            database: micros(4100),
            get: micros(50),
            set: micros(60),
            hit_ratio: 0.685,
        };
        assert_eq!(
            said(1950.0, 6000.0, model, micros(4100)),
            "The cache makes this 3.1x faster; 1/(1 - 0.685) = 3.2x is the most it can."
        );
        assert_eq!(
            said(1950.0, 9750.0, model, micros(2050)),
            "The cache makes this 5.0x faster, more than the 1/(1 - 0.685) = 3.2x that its hits \
             explain: its queries took 50% of their uncached time: fewer at once, or a calmer machine."
        );
    }

    #[test]
    fn it_says_when_the_cache_loses_and_from_when_it_would_pay() {
        let model = CostModel {
            database: Duration::from_nanos(2400),
            get: micros(14),
            set: micros(12),
            hit_ratio: 0.9,
        };
        assert_eq!(
            said(400_000.0, 68_000.0, model, micros(2)),
            "The cache made this 5.9x slower: the query takes 0.002 ms and asking the cache \
             0.014 ms. It would pay from 0.017 ms on."
        );
        let model = CostModel {
            hit_ratio: 0.0,
            ..model
        };
        assert!(said(400_000.0, 50_000.0, model, micros(2)).ends_with("Nothing hit."));
        assert!(said(1000.0, 1010.0, model, micros(2)).starts_with("The cache changes nothing"));
    }
}
