//! Rehearsals against the laws that a benchmark keeps, and against theory.

use std::time::Duration;

use super::*;
use crate::cache::Invalidation;
use crate::cache::aside::Protection;
use crate::cache::policy::PolicyKind;
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::simulate::{Capacity, Curve, Simulation};
use crate::lab::workload::{Fault, FaultKind, Load, Workload};
use crate::progress;

fn rehearsal() -> Rehearsal {
    let workload = Workload::of("", &[], "", Distribution::Zipf { alpha: 0.9 });
    let mut rehearsal = Rehearsal::of(Workload {
        warmup: 20_000,
        requests: 60_000,
        ..workload
    })
    .unwrap();
    rehearsal.keys = Some(5_000);
    rehearsal.policy = PolicyKind::Lru;
    rehearsal.services.database = Duration::from_millis(1);
    rehearsal
}

fn swept(rehearsal: &Rehearsal, written: f64, axes: &[Axis]) -> SweepReport {
    let sweep = Sweep {
        rehearsal,
        data: &Data::Imagined { written },
        axes: axes.to_vec(),
        is_measured: false,
        curve: None,
        seed: 1,
        limit: None,
    };
    let clock = Clock::virtual_at(0);
    rehearse(&sweep, &clock, &Interrupt::new(), &mut progress::ignore).unwrap()
}

fn one(rehearsal: &Rehearsal, written: f64) -> Played {
    swept(rehearsal, written, &[])
        .points
        .remove(0)
        .played
        .unwrap()
}

#[test]
fn the_layer_hits_as_theory_says_for_each_policy_and_size() {
    let axes = [
        vec![
            Setting::Policy(PolicyKind::Lru),
            Setting::Policy(PolicyKind::Fifo),
        ],
        vec![
            Setting::Capacity(Capacity::Percent(2.0)),
            Setting::Capacity(Capacity::Percent(20.0)),
        ],
    ];
    let report = swept(&rehearsal(), 0.0, &axes);
    assert_eq!(report.points.len(), 4);
    for (point, played) in report.played() {
        let expected = played.expected.unwrap();
        assert!((played.hit_ratio - expected).abs() < 0.006, "{point:?}");
    }
}

/// Hits + misses + errors = reads, and database reads are misses - coalesced +
/// early refreshes + fallbacks.
#[test]
fn the_laws_of_a_benchmark_hold() {
    for protection in Protection::ALL {
        let mut rehearsal = rehearsal();
        let rules = &mut rehearsal.workload.caching.rules;
        rules.ttl = Some(Duration::from_millis(500));
        rules.protection = protection;
        rehearsal.workload.faults = vec![Fault {
            at: Duration::from_millis(300),
            lasting: Duration::from_millis(200),
            kind: FaultKind::Down,
        }];
        let played = one(&rehearsal, 0.05);
        let it = played.outcome.unwrap();
        let name = protection.name();
        assert_eq!(
            it.hits + it.early + it.misses + it.shared + it.degraded,
            it.reads,
            "{name}"
        );
        assert_eq!(it.reads + it.writes, 60_000, "{name}");
        assert!(it.degraded > 0, "{name}: {it:?}");
        let least = it.misses + it.early + it.degraded;
        assert!(it.database_reads >= least, "{name}: {it:?}");
        if !matches!(protection, Protection::StaleWhileRevalidate { .. }) {
            assert_eq!(it.database_reads, least, "{name}");
        }
    }
}

/// Clients = requests a second x mean latency, in a closed loop that never
/// thinks: here over the whole run, as virtual time knows no noise.
#[test]
fn a_script_keeps_its_clients_busy_and_its_rounds_apart() {
    let mut rehearsal = rehearsal();
    rehearsal.workload.load = Load::Closed {
        clients: 4,
        think: Duration::ZERO,
    };
    let it = one(&rehearsal, 0.0).outcome.unwrap();
    assert_eq!(it.reads, 60_000);
    let busy = it.mean_latency().as_secs_f64() * it.reads as f64 / 4.0;
    let lasted = it.seconds.len() as f64;
    assert!((busy / lasted - 1.0).abs() < 0.1, "{busy} {lasted}");
    // A round ends when its time is over.
    rehearsal.workload.duration = Some(Duration::from_secs(3));
    let cut = one(&rehearsal, 0.0).outcome.unwrap();
    assert!(cut.reads < it.reads / 2 && cut.seconds.len() <= 4);
}

#[test]
fn an_open_loop_counts_from_the_intended_start() {
    let mut rehearsal = rehearsal();
    rehearsal.set(Setting::Rate(1_000));
    rehearsal.set(Setting::Clients(1));
    rehearsal.workload.requests = 20_000;
    let calm = one(&rehearsal, 0.0).outcome.unwrap();
    rehearsal.services.database = Duration::from_millis(20);
    let late = one(&rehearsal, 0.0).outcome.unwrap();
    // One client cannot keep up: what waits for it grows older and older.
    assert!(calm.latency_at(0.5) < Duration::from_millis(3));
    assert!(late.latency_at(0.5) > Duration::from_secs(1));
    assert_eq!(calm.reads, late.reads);
}

#[test]
fn writes_make_results_old_unless_they_are_dropped() {
    let axis = vec![
        Setting::Invalidation(Invalidation::None),
        Setting::Invalidation(Invalidation::DeleteOnWrite),
        Setting::Invalidation(Invalidation::Versioned),
    ];
    let report = swept(&rehearsal(), 0.001, &[axis]);
    let stale: Vec<u64> = report
        .played()
        .map(|(_, it)| it.outcome.as_ref().unwrap().stale_reads)
        .collect();
    assert!(stale[0] > 100 && stale[1] < stale[0] / 10, "{stale:?}");
    assert_eq!(stale[2], 0);
    assert!(
        report
            .played()
            .all(|(_, it)| it.expected.is_none() || it.hit_ratio > 0.0)
    );
}

#[test]
fn a_sweep_over_requests_and_settings_plays_each_once() {
    let axes = [
        vec![
            Setting::Distribution(Distribution::Zipf { alpha: 0.6 }),
            Setting::Distribution(Distribution::Zipf { alpha: 1.1 }),
        ],
        vec![Setting::Rate(100), Setting::Rate(10_000)],
        vec![
            Setting::Ttl(Duration::from_secs(1)),
            Setting::Ttl(Duration::from_secs(100)),
        ],
    ];
    let mut whole = rehearsal();
    whole.workload.caching.size = Capacity::Percent(100.0);
    let report = swept(&whole, 0.0, &axes);
    let found: Vec<f64> = report.played().map(|(_, it)| it.hit_ratio).collect();
    assert_eq!(found.len(), 8);
    // More skew, more requests and longer lives all hit more; but where all
    // keys are held for long, skew leaves more of them to be met.
    assert!((0..3).all(|at| found[at + 4] > found[at]), "{found:?}");
    assert!(
        (0..8)
            .filter(|at| at & 2 == 0)
            .all(|at| found[at + 2] > found[at])
    );
    assert!((0..8).step_by(2).all(|at| found[at + 1] > found[at]));
    // Where the warm-up is longer than the TTL, theory knows it.
    let at = report.points[0].played.as_ref().unwrap();
    let warmed = 20_000.0 / 100.0;
    assert!(
        warmed > 1.0 && (at.hit_ratio - at.expected.unwrap()).abs() < 0.01,
        "{at:?}"
    );
    // The same again, by another number of threads or not.
    assert_eq!(report, swept(&whole, 0.0, &axes));
}

#[test]
fn eviction_alone_is_swept_over_its_requests() {
    let simulation = Simulation {
        capacities: vec![Capacity::Percent(1.0), Capacity::Percent(10.0)],
        policies: vec![PolicyKind::Lru],
        warmup: 20_000,
        requests: 50_000,
        curve: Some(Curve::Exact),
        ..Simulation::of(Distribution::Uniform, 1_000)
    };
    let alpha = |alpha| Setting::Distribution(Distribution::Zipf { alpha });
    let axes = [vec![alpha(0.8), alpha(0.99)]];
    let clock = Clock::virtual_at(0);
    let report = evictions(
        &simulation,
        &axes,
        &clock,
        &Interrupt::new(),
        &mut progress::ignore,
    )
    .unwrap();
    assert_eq!((report.axes.len(), report.points.len()), (2, 4));
    for (point, played) in report.played() {
        assert!(
            (played.hit_ratio - played.expected.unwrap()).abs() < 0.01,
            "{point:?}"
        );
    }
    assert!(!report.curve.is_empty());
}

#[test]
fn what_means_nothing_is_named() {
    let error = |change: fn(&mut Rehearsal)| {
        let mut rehearsal = rehearsal();
        change(&mut rehearsal);
        let sweep = Sweep {
            rehearsal: &rehearsal,
            data: &Data::Imagined { written: 0.0 },
            axes: Vec::new(),
            is_measured: false,
            curve: None,
            seed: 1,
            limit: None,
        };
        let clock = Clock::virtual_at(0);
        rehearse(&sweep, &clock, &Interrupt::new(), &mut progress::ignore)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(|it| it.keys = Some(0)),
        "a workload needs at least 1 key, not 0"
    );
    assert_eq!(
        error(|it| it.set(Setting::Capacity(Capacity::Objects(9_000)))),
        "a capacity of 9,000 is more than the 5,000 keys: everything would hit"
    );
    assert!(error(|it| it.policy = PolicyKind::Opt).starts_with("opt knows the future"));
    let xfetch = Protection::ALL[3];
    assert_eq!(xfetch.name(), "xfetch");
    assert!(error(|it| it.set(Setting::Protection(Protection::ALL[3]))).contains("needs a TTL"));
}

#[test]
fn an_interrupt_keeps_what_was_played() {
    let interrupt = Interrupt::new();
    interrupt.raise();
    let rehearsal = rehearsal();
    let sweep = Sweep {
        rehearsal: &rehearsal,
        data: &Data::Imagined { written: 0.0 },
        axes: vec![vec![Setting::Samples(1), Setting::Samples(2)]],
        is_measured: false,
        curve: None,
        seed: 1,
        limit: None,
    };
    let clock = Clock::virtual_at(0);
    let report = rehearse(&sweep, &clock, &interrupt, &mut progress::ignore).unwrap();
    assert!(report.stopped.is_some());
    assert_eq!((report.points.len(), report.played().count()), (2, 0));
}
