//! Scenes about results that expire.

use std::time::Duration;

use super::{Finding, Scenario};
use crate::cache::aside::{Beta, Jitter, Protection, Rules};
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::theory;
use crate::lab::virtual_time::{Arrivals, CacheServer, Impossible, Load, Services, run};

type Findings = Result<Vec<Finding>, Impossible>;

pub(super) const STAMPEDE: Scenario = Scenario {
    name: "stampede",
    shows: "when a result expires, all who miss it meanwhile ask the database",
    source: "1 + L*delta loads an expiry, L reads a second, delta the time to load",
    play: stampede,
};

pub(super) const XFETCH: Scenario = Scenario {
    name: "xfetch",
    shows: "who loads early, by lot, needs no lock, and nobody waits",
    source: "e^(1/beta) loads a cycle (Vattani et al., VLDB 2015)",
    play: xfetch,
};

pub(super) const JITTER: Scenario = Scenario {
    name: "jitter",
    shows: "stored together, results expire together, unless TTLs are spread",
    source: "K results, TTL T spread by +-j: K/(2jT) loads a second instead of K at once",
    play: jitter,
};

pub(super) const NEGATIVE: Scenario = Scenario {
    name: "negative",
    shows: "keys without rows never hit, unless the empty result is kept, too",
    source: "LT/(1+LT) of the reads of a key hit, L its rate, T the TTL (Jung et al. 2003)",
    play: negative,
};

pub(super) const HOT_KEY: Scenario = Scenario {
    name: "hot-key",
    shows: "one key gets far more reads than others, and hits far more often",
    source: "Zipf: 1/sum(i^-a) of the reads; LT/(1+LT) of them hit (Jung et al. 2003)",
    play: hot_key,
};

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// One key, and a cache that takes no time.
fn one_key(per_second: f64, duration: f64) -> Load {
    Load {
        arrivals: Arrivals::Poisson { per_second },
        distribution: Distribution::Uniform,
        keys: 1,
        duration: seconds(duration),
        ..Load::default()
    }
}

fn services(delta: f64) -> Services {
    Services {
        cache: Duration::ZERO,
        database: seconds(delta),
        ..Services::default()
    }
}

fn stampede(seed: u64, interrupt: &Interrupt) -> Findings {
    let (rate, delta) = (200.0, 0.1);
    let mut findings = Vec::new();
    for (protection, expected) in [
        (Protection::None, 1.0 + rate * delta),
        (Protection::SingleFlight, 1.0),
    ] {
        let rules = Rules {
            ttl: Some(seconds(2.0)),
            protection,
            ..Rules::default()
        };
        let load = one_key(rate, 600.0);
        let cache = CacheServer::default();
        let it = run(&load, rules, &services(delta), cache, seed, interrupt)?;
        let loads = it.database_reads as f64 / it.expiries.max(1) as f64;
        let what = format!("loads an expiry, {}", protection.name());
        findings.push(Finding::new(what, loads, expected, 0.05 * expected));
    }
    Ok(findings)
}

fn xfetch(seed: u64, interrupt: &Interrupt) -> Findings {
    let (rate, delta) = (2_000.0, 0.1);
    let mut findings = Vec::new();
    for thousandths in [500, 1_000, 2_000] {
        let beta = Beta::from_thousandths(thousandths).unwrap_or_default();
        let scale = beta.value() * delta;
        // The mean lead, of the paper's appendix, and room before it.
        let lead = scale * (libm::log(rate * scale) + 0.577_2);
        let rules = Rules {
            ttl: Some(seconds(1.5 * lead + 5.0 * delta)),
            protection: Protection::XFetch { beta },
            ..Rules::default()
        };
        // The cold start is a stampede, which nothing prevents.
        let load = Load {
            warmup: seconds(10.0),
            ..one_key(rate, 200.0)
        };
        let cache = CacheServer::default();
        let it = run(&load, rules, &services(delta), cache, seed, interrupt)?;
        let loads = it.database_reads as f64 / it.expiries.max(1) as f64;
        let expected = libm::exp(1.0 / beta.value());
        let what = format!("loads a cycle, beta {beta}");
        findings.push(Finding::new(what, loads, expected, 0.15 * expected));
    }
    Ok(findings)
}

fn jitter(seed: u64, interrupt: &Interrupt) -> Findings {
    let (keys, ttl, spread) = (200_u64, 20.0, 0.25);
    let load = Load {
        arrivals: Arrivals::Poisson {
            per_second: 4_000.0,
        },
        distribution: Distribution::Uniform,
        keys,
        duration: seconds(28.0),
        ..Load::default()
    };
    let mut findings = Vec::new();
    for (jitter, from, to, expected, tolerance) in [
        (Jitter::NONE, 20, 21, keys as f64, 0.05 * keys as f64),
        (
            Jitter::from_thousandths(250).unwrap_or_default(),
            16,
            24,
            keys as f64 / (2.0 * spread * ttl),
            3.0,
        ),
    ] {
        let rules = Rules {
            ttl: Some(seconds(ttl)),
            jitter,
            protection: Protection::SingleFlight,
            ..Rules::default()
        };
        let cache = CacheServer::default();
        let it = run(&load, rules, &services(0.001), cache, seed, interrupt)?;
        let within = it.seconds.iter().take(to).skip(from);
        let loads: u64 = within.map(|second| second.database_reads).sum();
        let found = loads as f64 / (to - from) as f64;
        let what = format!("loads a second at the expiry, jitter {jitter}");
        findings.push(Finding::new(what, found, expected, tolerance));
    }
    Ok(findings)
}

fn negative(seed: u64, interrupt: &Interrupt) -> Findings {
    let load = Load {
        arrivals: Arrivals::Poisson { per_second: 100.0 },
        distribution: Distribution::Uniform,
        keys: 200,
        absent: 100,
        warmup: seconds(60.0),
        duration: seconds(600.0),
        ..Load::default()
    };
    let per_key = 100.0 / 200.0;
    let mut findings = Vec::new();
    for (what, negative, absent) in [
        ("hit ratio, half of the keys absent, not kept", 0.001, 0.0),
        (
            "hit ratio, empty results kept for 5 s",
            5.0,
            theory::fixed_ttl(per_key, 5.0),
        ),
    ] {
        let rules = Rules {
            negative: Some(seconds(negative)),
            ..Rules::default()
        };
        let cache = CacheServer::default();
        let it = run(&load, rules, &services(0.0), cache, seed, interrupt)?;
        let expected = 0.5 + 0.5 * absent;
        findings.push(Finding::new(what, it.hit_ratio(), expected, 0.01));
    }
    Ok(findings)
}

fn hot_key(seed: u64, interrupt: &Interrupt) -> Findings {
    let (keys, rate, ttl) = (1_000, 500.0, 2.0);
    let distribution = Distribution::Zipf { alpha: 0.99 };
    let p = distribution.probabilities(keys)?;
    let load = Load {
        arrivals: Arrivals::Poisson { per_second: rate },
        distribution,
        keys,
        warmup: seconds(10.0),
        duration: seconds(400.0),
        ..Load::default()
    };
    let rules = Rules {
        ttl: Some(seconds(ttl)),
        ..Rules::default()
    };
    let cache = CacheServer::default();
    let it = run(&load, rules, &services(0.0), cache, seed, interrupt)?;
    let all: f64 = p.iter().map(|p| p * theory::fixed_ttl(p * rate, ttl)).sum();
    let share = it.hottest.0 as f64 / it.reads.max(1) as f64;
    let hits = it.hottest.1 as f64 / it.hottest.0.max(1) as f64;
    Ok(vec![
        Finding::new(
            "share of the reads, hottest of 1,000 keys",
            share,
            p[0],
            0.01,
        ),
        Finding::new(
            "hit ratio of the hottest key, TTL 2 s",
            hits,
            theory::fixed_ttl(p[0] * rate, ttl),
            0.005,
        ),
        Finding::new("hit ratio of all keys", it.hit_ratio(), all, 0.01),
    ])
}
