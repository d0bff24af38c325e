//! What a read costs, and what follows from it.

use std::time::Duration;

use crate::cache::stats::CostModel;

/// What one read costs in its parts, to three digits: each figure that is
/// computed from them can be recomputed from what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// D: the database's time for one read.
    pub database: Duration,
    /// R: asking the cache, decoding included.
    pub get: Duration,
    /// W: storing a result, encoding included.
    pub set: Duration,
}

impl Costs {
    /// The cost model at the hit ratio `h`, 0 to 1.
    pub fn at(&self, h: f64) -> CostModel {
        CostModel {
            database: self.database,
            get: self.get,
            set: self.set,
            hit_ratio: h,
        }
    }

    /// What a read through the cache takes on average at the hit ratio `h`.
    pub fn mean(&self, h: f64) -> Duration {
        self.at(h).average()
    }

    /// The hit ratio above which the cache pays; `None` when asking it takes as
    /// long as the database, so that none is high enough. From
    /// `R + (1-h)(D+W) < D`: `h > (R+W)/(D+W)`.
    pub fn pays_from(&self) -> Option<f64> {
        let [d, r, w] = [self.database, self.get, self.set].map(|it| it.as_secs_f64());
        (r < d).then(|| (r + w) / (d + w))
    }

    /// The same with the database so far away, and the cache: one round trip
    /// more for each read, get and set.
    pub fn away(&self, database: Duration, cache: Duration) -> Costs {
        Costs {
            database: self.database + database,
            get: self.get + cache,
            set: self.set + cache,
        }
    }

    /// The same with another time of the database.
    pub fn with_database(&self, database: Duration) -> Costs {
        Costs { database, ..*self }
    }
}

/// `time` to three significant digits.
pub fn to_three_digits(time: Duration) -> Duration {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut unit = 1;
    while nanos / unit >= 1000 {
        unit *= 10;
    }
    Duration::from_nanos((nanos.saturating_add(unit / 2) / unit).saturating_mul(unit))
}

/// How many seconds may lie between two reads of one key on average, so that
/// the hit ratio `h` is reached under a TTL of `ttl`, fixed, with Poisson
/// arrivals: from `h = LT/(1+LT)`, `1/L = T(1-h)/h` (Jung et al., INFOCOM 2003).
pub fn seconds_between_reads(h: f64, ttl: Duration) -> f64 {
    ttl.as_secs_f64() * (1.0 - h) / h
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::theory;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    const LEARNERS: Costs = Costs {
        database: Duration::from_micros(4660),
        get: Duration::from_micros(20),
        set: Duration::from_micros(30),
    };

    #[test]
    fn three_digits() {
        for (from, to) in [
            (4_664_999, 4_660_000),
            (2_407, 2_410),
            (999, 999),
            (9_996, 10_000),
        ] {
            assert_eq!(
                to_three_digits(Duration::from_nanos(from)),
                Duration::from_nanos(to)
            );
        }
    }

    #[test]
    fn it_pays_from_the_ratio_at_which_both_cost_the_same() {
        let h = LEARNERS.pays_from().unwrap();
        let mean = LEARNERS.mean(h);
        assert!(
            mean.abs_diff(LEARNERS.database) < Duration::from_nanos(3),
            "{mean:?}"
        );
        assert_eq!(LEARNERS.with_database(micros(20)).pays_from(), None);
    }

    #[test]
    fn a_round_trip_counts_for_each_command() {
        let away = LEARNERS
            .with_database(micros(50))
            .away(micros(500), micros(500));
        // 0.52 + 0.2 (0.55 + 0.53)
        assert_eq!(away.mean(0.8), micros(736));
    }

    #[test]
    fn the_gap_between_reads_is_the_inverse_of_the_ttl_formula() {
        let gap = seconds_between_reads(0.8, Duration::from_secs(60));
        assert!((gap - 15.0).abs() < 1e-9);
        assert!((theory::fixed_ttl(1.0 / gap, 60.0) - 0.8).abs() < 1e-12);
    }
}
