//! Scenes about what must go.

use std::time::Duration;

use super::{Finding, Scenario};
use crate::cache::aside::Rules;
use crate::cache::policy::{Arc, ClockHand, Lru, Policy, S3Fifo, Sieve};
use crate::clock::Time;
use crate::interrupt::Interrupt;
use crate::lab::keys::{Distribution, Rank};
use crate::lab::simulate::ObjectCache;
use crate::lab::theory;
use crate::lab::virtual_time::{Arrivals, CacheServer, Impossible, Load, Services, run};

pub(super) const SCAN: Scenario = Scenario {
    name: "scan",
    shows: "one pass over many keys empties lru of its hot keys, not others",
    source: "lru keeps what was used last: after a scan as large as the cache, nothing else",
    play: scan,
};

pub(super) const COLD_START: Scenario = Scenario {
    name: "cold-start",
    shows: "an empty cache hits less until it is full, however good it is later",
    source: "the mean over n of sum p(1 - exp(-p*min(n, T))) (Che et al. 2002)",
    play: cold_start,
};

/// Hot keys of which each is asked for often, then a scan of as many keys as
/// the cache holds, then each hot key once: how many of these miss.
fn misses_after_scan(policy: impl Policy) -> f64 {
    const HOT: Rank = 500;
    const CAPACITY: Rank = 1_000;
    let mut cache = ObjectCache::new(policy, (HOT + CAPACITY) as usize, CAPACITY as usize);
    let mut n = 0;
    let mut ask = |keys: std::ops::Range<Rank>| {
        let keys: Vec<Rank> = keys.collect();
        n += keys.len() as u64;
        keys.len() as u64 - cache.request_all(&keys, Time::from_nanos(n))
    };
    for _ in 0..4 {
        ask(0..HOT);
    }
    ask(HOT..HOT + CAPACITY);
    ask(0..HOT) as f64
}

fn scan(_seed: u64, _interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let finding = |name, found, expected| {
        let what = format!("of 500 hot keys miss after a scan, {name}");
        Finding::new(what, found, expected, 0.0)
    };
    Ok(vec![
        finding("lru", misses_after_scan(Lru::new()), 500.0),
        finding("clock", misses_after_scan(ClockHand::new()), 0.0),
        finding("arc", misses_after_scan(Arc::new(1_000)), 0.0),
        finding("sieve", misses_after_scan(Sieve::new()), 0.0),
        finding("s3-fifo", misses_after_scan(S3Fifo::new(1_000)), 0.0),
    ])
}

fn cold_start(seed: u64, interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let (keys, capacity, rate) = (10_000, 2_000, 1_000.0);
    let distribution = Distribution::Zipf { alpha: 0.99 };
    let p = distribution.probabilities(keys)?;
    let mut findings = Vec::new();
    for (what, from, lasts) in [
        ("hit ratio of the first 2,000 reads", 0, 2),
        ("hit ratio of the next 8,000", 2, 8),
        ("hit ratio after 50,000", 50, 50),
    ] {
        let load = Load {
            arrivals: Arrivals::Constant { per_second: rate },
            distribution,
            keys,
            warmup: Duration::from_secs(from),
            duration: Duration::from_secs(lasts),
            ..Load::default()
        };
        let services = Services {
            cache: Duration::ZERO,
            database: Duration::ZERO,
            ..Services::default()
        };
        let cache = CacheServer {
            capacity: Some(capacity),
            ..CacheServer::default()
        };
        let it = run(&load, Rules::default(), &services, cache, seed, interrupt)?;
        let expected = theory::lru_from_cold(&p, capacity, from * 1_000, lasts * 1_000);
        findings.push(Finding::new(what, it.hit_ratio(), expected, 0.03));
    }
    Ok(findings)
}
