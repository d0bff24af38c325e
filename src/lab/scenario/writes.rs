//! Scenes about writes.

use std::time::Duration;

use super::{Finding, Scenario};
use crate::cache::Invalidation;
use crate::cache::aside::Rules;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::virtual_time::{Arrivals, CacheServer, Impossible, Load, Services, run};

pub(super) const RACE: Scenario = Scenario {
    name: "race",
    shows: "a reader can put an old result back after the write has deleted it",
    source: "1 - exp(-w*v) of the results stored, w the time to load, v writes a second",
    play: race,
};

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
