//! What to do, from what a read costs.

use std::time::Duration;

use super::costs::Costs;

/// Below this difference nobody can tell which was faster.
const SAME: f64 = 1.05;

/// What serves a query best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Best {
    /// The database as it is.
    Nothing,
    /// A cache.
    Cache,
    /// The index, and no cache on top of it.
    Index,
    /// The index, and a cache on top of it.
    Both,
}

/// What serves the query best, here and with both servers away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The hit ratio that it is about, 0 to 1.
    pub hit_ratio: f64,
    /// With the database in this process and the cache server on this machine.
    pub here: Best,
    /// With both a network away.
    pub away: Best,
}

impl Best {
    /// Weighs the costs of the database as it is, and its time with the index.
    pub fn of(costs: Costs, indexed: Option<Duration>, hit_ratio: f64) -> Best {
        let base = indexed.map_or(costs, |it| costs.with_database(it));
        let cached = base.mean(hit_ratio).as_secs_f64();
        let pays = cached * SAME < base.database.as_secs_f64();
        match (indexed, pays) {
            (None, false) => Best::Nothing,
            (None, true) => Best::Cache,
            (Some(_), false) => Best::Index,
            (Some(_), true) => Best::Both,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    #[test]
    fn the_index_comes_first_and_the_cache_must_pay_on_top_of_it() {
        let costs = |database| Costs {
            database: micros(database),
            get: micros(20),
            set: micros(30),
        };
        for (database, indexed, best) in [
            (3, None, Best::Nothing),
            (33, None, Best::Nothing),
            (4660, None, Best::Cache),
            (4660, Some(20), Best::Index),
            (4660, Some(1000), Best::Both),
        ] {
            assert_eq!(
                Best::of(costs(database), indexed.map(micros), 0.8),
                best,
                "{database} {indexed:?}"
            );
        }
    }
}
