//! The driver against laws that hold for any cache.

use std::time::Duration;

use super::*;
use crate::cache::Invalidation;
use crate::cache::aside::Rules;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::theory;

fn played(load: &Load, rules: Rules, services: &Services, cache: CacheServer) -> Outcome {
    let outcome = run(load, rules, services, cache, 1, &Interrupt::new()).unwrap();
    assert_eq!(
        outcome.hits + outcome.shared + outcome.misses + outcome.early + outcome.degraded,
        outcome.reads
    );
    outcome
}

fn seconds(n: u64) -> Option<Duration> {
    Some(Duration::from_secs(n))
}

#[test]
fn a_ttl_hits_as_theory_says() {
    let load = Load {
        arrivals: Arrivals::Poisson { per_second: 50.0 },
        distribution: Distribution::Uniform,
        keys: 10,
        warmup: Duration::from_secs(10),
        duration: Duration::from_secs(2_000),
        ..Load::default()
    };
    let services = Services {
        cache: Duration::ZERO,
        database: Duration::ZERO,
        ..Services::default()
    };
    let rules = Rules {
        ttl: seconds(1),
        ..Rules::default()
    };
    let outcome = played(&load, rules, &services, CacheServer::default());
    let expected = theory::fixed_ttl(5.0, 1.0);
    assert!((outcome.hit_ratio() - expected).abs() < 0.005);
    assert_eq!(outcome.database_reads, outcome.misses);
    assert_eq!(outcome.stale_reads, 0);
}

#[test]
fn one_seed_gives_one_course_of_events() {
    let load = Load {
        writes_per_second: 3.0,
        ..Load::default()
    };
    let once = || {
        played(
            &load,
            Rules::default(),
            &Services::default(),
            CacheServer::default(),
        )
    };
    assert_eq!(once(), once());
}

#[test]
fn clients_are_throughput_times_latency() {
    let load = Load {
        arrivals: Arrivals::Closed {
            clients: 8,
            think: Duration::ZERO,
        },
        ..Load::default()
    };
    let cache = CacheServer {
        capacity: Some(100),
        ..CacheServer::default()
    };
    let services = Services {
        connections: Some(2),
        ..Services::default()
    };
    let outcome = played(&load, Rules::default(), &services, cache);
    let throughput = outcome.reads as f64 / 60.0;
    let clients = throughput * outcome.mean_latency().as_secs_f64();
    assert!((clients - 8.0).abs() < 0.24, "{clients}");
    assert!(outcome.evictions > 0);
}

#[test]
fn without_invalidation_reads_are_stale_and_versions_cure_it() {
    let load = Load {
        writes_per_second: 5.0,
        ..Load::default()
    };
    let stale = |invalidation| {
        let rules = Rules {
            invalidation,
            ttl: seconds(30),
            ..Rules::default()
        };
        played(&load, rules, &Services::default(), CacheServer::default()).stale_reads
    };
    assert!(stale(Invalidation::Ttl) > 100);
    assert!(stale(Invalidation::DeleteOnWrite) < stale(Invalidation::Ttl) / 2);
    assert_eq!(stale(Invalidation::Versioned), 0);
}

#[test]
fn a_dead_cache_degrades_and_comes_back_empty() {
    let load = Load::default();
    let services = Services {
        outages: vec![Outage {
            from: Duration::from_secs(20),
            lasts: Duration::from_secs(10),
        }],
        ..Services::default()
    };
    let outcome = played(&load, Rules::default(), &services, CacheServer::default());
    assert!(outcome.degraded > 500);
    assert_eq!(outcome.seconds[25].hits, 0);
    assert!(outcome.seconds[59].hits > 50);
}

#[test]
fn impossible_runs_are_named() {
    let error = |load: Load, services: Services, cache: CacheServer| {
        let interrupt = Interrupt::new();
        run(&load, Rules::default(), &services, cache, 1, &interrupt)
            .unwrap_err()
            .to_string()
    };
    let (load, services, cache) = (Load::default(), Services::default(), CacheServer::default());
    assert_eq!(
        error(
            Load {
                arrivals: Arrivals::Poisson { per_second: 0.0 },
                ..load
            },
            services.clone(),
            cache
        ),
        "a rate is above 0 and at most 1,000,000 a second, not 0"
    );
    assert_eq!(
        error(Load { keys: 0, ..load }, services.clone(), cache),
        "a workload needs at least 1 key, not 0"
    );
    assert_eq!(
        error(
            load,
            Services {
                connections: Some(0),
                ..services.clone()
            },
            cache
        ),
        "a database needs at least 1 connection, not 0"
    );
    assert_eq!(
        error(
            load,
            services,
            CacheServer {
                capacity: Some(0),
                ..cache
            }
        ),
        "a cache holds at least 1 result, not 0"
    );
}
