//! Scenes about writes.

use std::time::Duration;

use super::{Finding, Scenario};
use crate::cache::Invalidation;
use crate::cache::aside::{Rules, Strategy};
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::virtual_time::{Arrivals, CacheServer, Impossible, Load, Outage, Services, run};

pub(super) const RACE: Scenario = Scenario {
    name: "race",
    shows: "a reader can put an old result back after the write has deleted it",
    source: "1 - exp(-w*v) of the results stored, w the time to load, v writes a second",
    play: race,
};

pub(super) const BEHIND: Scenario = Scenario {
    name: "write-behind",
    shows: "writes that wait in a cache cost few transactions, and die with it",
    source: "1 + w*d writes a transaction, w*d*(1 + w*d/2) / (1 + w*d) lost with it: d the delay",
    play: behind,
};

/// The queue begins with a write, and is flushed a delay later. A cache that
/// dies at any time meets it in a share `d / (1/w + d)` of all moments, and then
/// with `1 + w*d/2` writes on average.
fn behind(seed: u64, interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let (writes, delay, deaths) = (5.0, 2.0, 300);
    let apart = Duration::from_secs(100);
    let load = Load {
        // Readers of what is written would have it flushed before.
        arrivals: Arrivals::Poisson { per_second: 0.001 },
        keys: 1_000,
        tables: 1_000,
        distribution: Distribution::Uniform,
        writes_per_second: writes,
        duration: apart * (deaths + 1),
        ..Load::default()
    };
    let services = Services {
        outages: (1..=deaths)
            .map(|death| Outage {
                from: apart * death,
                lasts: Duration::from_millis(1),
            })
            .collect(),
        ..Services::default()
    };
    let rules = Rules {
        strategy: Strategy::WriteBehind {
            queue: 1_000,
            delay: Duration::from_secs_f64(delay),
        },
        ..Rules::default()
    };
    let cache = CacheServer::default();
    let it = run(&load, rules, &services, cache, seed, interrupt)?;
    let waiting = writes * delay;
    Ok(vec![
        Finding::new(
            "writes a transaction",
            it.writes as f64 / it.flushes.max(1) as f64,
            1.0 + waiting,
            0.2,
        ),
        Finding::new(
            "acknowledged writes lost when the cache dies",
            it.lost_writes as f64 / f64::from(deaths),
            waiting * (1.0 + waiting / 2.0) / (1.0 + waiting),
            0.6,
        ),
    ])
}

fn race(seed: u64, interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let (writes, load_time) = (4.0, 0.05);
    let load = Load {
        arrivals: Arrivals::Poisson { per_second: 50.0 },
        distribution: Distribution::Uniform,
        keys: 1,
        writes_per_second: writes,
        duration: Duration::from_secs(2_000),
        ..Load::default()
    };
    let services = Services {
        cache: Duration::ZERO,
        database: Duration::from_secs_f64(load_time),
        ..Services::default()
    };
    let played = |invalidation| {
        let rules = Rules {
            invalidation,
            ..Rules::default()
        };
        run(
            &load,
            rules,
            &services,
            CacheServer::default(),
            seed,
            interrupt,
        )
    };
    let deleting = played(Invalidation::DeleteOnWrite)?;
    let old = deleting.stored_old as f64 / deleting.stored.max(1) as f64;
    let expected = -libm::expm1(-load_time * writes);
    let versioned = played(Invalidation::Versioned)?;
    Ok(vec![
        Finding::new(
            "stored results that are old, delete-on-write",
            old,
            expected,
            0.02,
        ),
        Finding::new(
            "stale reads, versioned",
            versioned.stale_reads as f64,
            0.0,
            0.0,
        ),
    ])
}
