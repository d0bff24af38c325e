//! Scenes about what breaks.

use std::time::Duration;

use super::{Finding, Scenario};
use crate::cache::aside::Rules;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::virtual_time::{Arrivals, CacheServer, Impossible, Load, Outage, Services, run};

pub(super) const SURVIVAL: Scenario = Scenario {
    name: "survival",
    shows: "below some hit ratio the database falls behind for good",
    source: "the hit ratio must exceed 1 - 1/(L*S): L reads a second, S a query's time",
    play: survival,
};

pub(super) const CACHE_DOWN: Scenario = Scenario {
    name: "cache-down",
    shows: "without its cache the database gets all reads; nothing fails",
    source: "L queries a second while it is down, L reads a second",
    play: cache_down,
};

/// Queries that pile up a second, at this hit ratio: how many more wait after
/// a minute than after half of it.
fn pile(
    misses_of_100: u64,
    rate: f64,
    query: Duration,
    seed: u64,
    interrupt: &Interrupt,
) -> Result<f64, Impossible> {
    let backlog = |seconds| -> Result<f64, Impossible> {
        let load = Load {
            arrivals: Arrivals::Poisson { per_second: rate },
            distribution: Distribution::Uniform,
            keys: 1_000,
            // These never hit: so the hit ratio is what is wanted.
            absent: misses_of_100 * 10,
            duration: Duration::from_secs(seconds),
            ..Load::default()
        };
        let services = Services {
            cache: Duration::ZERO,
            database: query,
            connections: Some(1),
            ..Services::default()
        };
        let rules = Rules {
            negative: Some(Duration::from_millis(1)),
            ..Rules::default()
        };
        let cache = CacheServer::default();
        let outcome = run(&load, rules, &services, cache, seed, interrupt)?;
        Ok(outcome.backlog as f64)
    };
    Ok((backlog(180)? - backlog(90)?) / 90.0)
}

fn survival(seed: u64, interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let (rate, query) = (1_000.0, Duration::from_millis(5));
    let below = pile(25, rate, query, seed, interrupt)?;
    let above = pile(12, rate, query, seed, interrupt)?;
    let needed = 1.0 - 1.0 / (rate * query.as_secs_f64());
    Ok(vec![
        Finding::new(
            "more queries waiting each second, 75% hits",
            below,
            50.0,
            5.0,
        ),
        // It may still be working off what piled up while it was cold.
        Finding::new(
            "more queries waiting each second, 88% hits",
            above.max(0.0),
            0.0,
            1.0,
        ),
        Finding::new(
            "hit ratio needed, by the first",
            0.75 + below / rate,
            needed,
            0.005,
        ),
    ])
}

fn cache_down(seed: u64, interrupt: &Interrupt) -> Result<Vec<Finding>, Impossible> {
    let rate = 200.0;
    let load = Load {
        arrivals: Arrivals::Poisson { per_second: rate },
        keys: 100,
        warmup: Duration::from_secs(10),
        duration: Duration::from_secs(100),
        ..Load::default()
    };
    let services = Services {
        outages: vec![Outage {
            from: Duration::from_secs(20),
            lasts: Duration::from_secs(20),
        }],
        ..Services::default()
    };
    let it = run(
        &load,
        Rules::default(),
        &services,
        CacheServer::default(),
        seed,
        interrupt,
    )?;
    let per_second = |from: usize, to: usize| {
        let within = it.seconds.iter().take(to).skip(from);
        let loads: u64 = within.map(|second| second.database_reads).sum();
        loads as f64 / (to - from) as f64
    };
    Ok(vec![
        Finding::new("queries a second before", per_second(0, 10), 0.0, 0.5),
        Finding::new(
            "queries a second while it is down",
            per_second(11, 29),
            rate,
            0.05 * rate,
        ),
        Finding::new(
            "queries a second a minute after its return",
            per_second(90, 100),
            0.0,
            2.0,
        ),
    ])
}
