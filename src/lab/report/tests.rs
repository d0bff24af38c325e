//! A report from tallies that are made up.

use std::time::Duration;

use super::*;
use crate::cache::stats::CostModel;
use crate::clock::Time;
use crate::lab::bench::{Answer, Served};
use crate::lab::bench::{Arm, Measured, ServerCounts, Tally};
use crate::lab::keys::Distribution;
use crate::lab::workload::{Arrivals, DEFAULT_WORKLOAD, Load, Rate, Workload};

fn micros(n: u64) -> Duration {
    Duration::from_micros(n)
}

/// A side of one client with these numbers of answers: 20 us a get, 400 us
/// in the database, 30 us a set.
fn side(arm: Arm, hits: u64, misses: u64, fallbacks: u64) -> Measured {
    let mut tally = Tally::new();
    let mut elapsed = Duration::ZERO;
    for (answer, n) in [
        (Answer::Hit, hits),
        (Answer::Miss, misses),
        (Answer::Fallback, fallbacks),
    ] {
        let cached = arm == Arm::Cached;
        let database = match answer {
            Answer::Hit => Duration::ZERO,
            _ => micros(400),
        };
        let answer = if cached { answer } else { Answer::Direct };
        let is_miss = answer == Answer::Miss;
        let served = Served {
            get: if cached { micros(20) } else { Duration::ZERO },
            set: if is_miss { micros(30) } else { Duration::ZERO },
            ..Served::by_database(answer, database)
        };
        let latency = served.get + served.database + served.set;
        for _ in 0..n {
            tally.record(latency, served, 0);
            elapsed += latency;
        }
    }
    let throughput = tally.requests() as f64 / elapsed.as_secs_f64();
    Measured {
        arm,
        tally,
        elapsed,
        rounds: vec![throughput * 0.9, throughput * 1.1],
        played: Vec::new(),
        spans: Vec::new(),
        warmup: (Time::ZERO, Duration::ZERO),
        server: (arm == Arm::Cached).then_some(ServerCounts {
            hits,
            misses,
            ..ServerCounts::default()
        }),
    }
}

fn used() -> Used {
    let mut workload = Workload::find(DEFAULT_WORKLOAD).unwrap();
    workload.load.set_clients(1);
    Used {
        workload,
        keys: 5_000,
        seed: 1,
        data: "shop@small".into(),
        machine: Machine {
            processors: Some(2),
            ..Machine::this()
        },
        trace: None,
    }
}

fn cache(coarse_clock: bool) -> CacheUsed {
    CacheUsed {
        name: if coarse_clock { "redis" } else { "builtin" }.into(),
        version: "7.0.15".into(),
        address: "/tmp/cache.sock".into(),
        policy: Some("allkeys-lru".into()),
        coarse_clock,
        wanted: Some(500),
        held: Some(502),
        maxmemory: Some(1 << 20),
    }
}

fn report(cache: CacheUsed, measured: Vec<Measured>) -> BenchReport {
    let zipf = Distribution::Zipf { alpha: 0.99 };
    let p = zipf.probabilities(5_000).unwrap();
    let measurements = Measurements {
        caches: vec![(Arm::Cached, cache)],
        sides: measured,
        indexes: None,
        audits: vec![Audit {
            arm: Arm::Cached,
            compared: 100,
            stale: 0,
        }],
        wanted: 500,
        offered: None,
        curve: Vec::new(),
        with_ttl: Vec::new(),
    };
    BenchReport::new(used(), measurements, Some(&p), false)
}

/// A benchmark as it may come out.
pub(crate) fn example(coarse_clock: bool) -> BenchReport {
    report(cache(coarse_clock), both_sides(7_680))
}

fn both_sides(hits: u64) -> Vec<Measured> {
    vec![
        side(Arm::Uncached, 0, 12_000, 0),
        side(Arm::Cached, hits, 12_000 - hits, 0),
    ]
}

#[test]
fn the_figures_agree_with_each_other() {
    let report = report(cache(false), both_sides(7_680));
    for arm in &report.arms {
        let tally = &arm.tally;
        assert_eq!(
            tally.direct + tally.hits + tally.misses + arm.errors,
            arm.requests
        );
        assert_eq!(
            arm.database_reads,
            tally.direct + tally.misses + tally.fallbacks
        );
        let clients = arm.throughput * tally.mean().as_secs_f64();
        assert!((clients - 1.0).abs() < 1e-6, "{clients}");
    }
    let cached = report.arm(Arm::Cached).unwrap();
    assert_eq!(cached.hit_ratio, Some(0.64));
    let model = report.model.unwrap();
    assert_eq!(model.average(), micros(175) - Duration::from_nanos(200));
    assert_eq!(model.average(), cached.tally.mean());
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    let predicted = cached.predicted.unwrap();
    assert!((predicted.hit_ratio - 0.64).abs() < 0.002, "{predicted:?}");
}

#[test]
fn a_hit_ratio_far_from_the_prediction_is_told() {
    let by = |report: BenchReport| {
        report.notes.iter().find_map(|note| match note {
            Note::Unpredicted { by, .. } => Some(*by),
            _ => None,
        })
    };
    let low = 7_200;
    assert!(by(report(cache(false), both_sides(low))).unwrap() < -0.03);
    // On a server that ages keys in seconds, between RANDOM and LRU is what
    // was to be expected; above LRU is not.
    let coarse = report(cache(true), both_sides(low));
    assert!(
        matches!(coarse.notes[..], [Note::CoarseClock { .. }]),
        "{:?}",
        coarse.notes
    );
    assert!(by(report(cache(true), both_sides(8_400))).unwrap() > 0.03);
}

#[test]
fn fallbacks_are_errors_and_reach_the_database() {
    let measured = vec![
        side(Arm::Uncached, 0, 2_000, 0),
        side(Arm::Cached, 600, 300, 1_100),
    ];
    let report = report(cache(false), measured);
    let cached = report.arm(Arm::Cached).unwrap();
    assert_eq!((cached.errors, cached.database_reads), (1_100, 1_400));
    assert_eq!(report.model, None);
    assert_eq!(
        report.verdict.to_string(),
        "The cache server failed 1,100 of 2,000 reads: there is nothing to compare."
    );
}

#[test]
fn nothing_measured_says_nothing() {
    let report = report(
        cache(false),
        vec![side(Arm::Uncached, 0, 0, 0), side(Arm::Cached, 0, 0, 0)],
    );
    assert_eq!(report.verdict, Verdict::Unknown);
    assert_eq!(report.arms[1].hit_ratio, None);
}

#[test]
fn a_server_that_is_not_bounded_holds_everything() {
    let foreign = CacheUsed {
        wanted: None,
        held: None,
        maxmemory: None,
        ..cache(true)
    };
    let report = report(foreign, both_sides(9_000));
    assert!(report.notes.contains(&Note::EverythingFits));
    let predicted = report.arms[1].predicted.unwrap();
    assert!(predicted.characteristic_time.is_infinite());
    // Not 1: each key misses once.
    assert!(predicted.hit_ratio < 0.95, "{predicted:?}");
}

/// Reads that took these times, one after the other; `waits` of them in line.
fn timed(arm: Arm, reads: &[(u64, Duration)], wait: Duration) -> Measured {
    let mut tally = Tally::new();
    let mut elapsed = Duration::ZERO;
    for (n, took) in reads {
        let served = Served::by_database(Answer::Direct, *took);
        for _ in 0..*n {
            match wait.is_zero() {
                true => tally.record(*took, served, 0),
                false => tally.record_open(*took + wait, *took, served, 0),
            }
            elapsed += *took;
        }
    }
    let rate = tally.requests() as f64 / elapsed.as_secs_f64();
    Measured {
        arm,
        rounds: vec![rate; 3],
        played: Vec::new(),
        spans: Vec::new(),
        warmup: (Time::ZERO, Duration::ZERO),
        server: None,
        tally,
        elapsed,
    }
}

fn noted(used: Used, side: Measured, offered: Option<Duration>) -> String {
    let measurements = Measurements {
        caches: Vec::new(),
        sides: vec![side],
        indexes: None,
        audits: Vec::new(),
        wanted: 500,
        offered,
        curve: Vec::new(),
        with_ttl: Vec::new(),
    };
    let report = BenchReport::new(used, measurements, None, false);
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    notes.join("\n")
}

#[test]
fn what_disturbs_the_figures_is_told() {
    let steady = [(12_000, micros(400))];
    let uncached = Arm::Uncached;
    assert_eq!(
        noted(used(), timed(uncached, &steady, Duration::ZERO), None),
        ""
    );

    let few = timed(uncached, &[(900, micros(400))], Duration::ZERO);
    insta::assert_snapshot!(noted(used(), few, None), @"900 reads are few for a p99: --requests 1k says more");
    let few = timed(uncached, &[(4_000, micros(400))], Duration::ZERO);
    insta::assert_snapshot!(noted(used(), few, None), @"4,000 reads are few for a p99.9: --requests 10k says more");

    let outlier = timed(
        uncached,
        &[(12_000, micros(400)), (1, micros(90_000))],
        Duration::ZERO,
    );
    insta::assert_snapshot!(noted(used(), outlier, None), @"one read of the uncached side took 90.0 ms, while 99.9% took at most 0.40 ms: something interrupted this machine");

    let noisy = Measured {
        rounds: vec![1000.0, 2500.0],
        ..timed(uncached, &steady, Duration::ZERO)
    };
    insta::assert_snapshot!(noted(used(), noisy, None), @"the fastest round of the uncached side did 2.5x as much as the slowest: something else keeps this machine busy");

    let mut crowd = used();
    crowd.workload.load.set_clients(8);
    insta::assert_snapshot!(noted(crowd, timed(uncached, &steady, Duration::ZERO), None), @"8 clients share 2 processors: latencies count the wait for one, and the costs above are those of a busy machine");

    let mut open = used();
    open.workload.load = Load::Open {
        clients: 2,
        arrivals: Arrivals::Poisson,
        rate: Rate::steady(2_500.0),
    };
    let queued = || timed(uncached, &steady, micros(800));
    let as_offered = Some(queued().elapsed);
    insta::assert_snapshot!(noted(open.clone(), queued(), as_offered), @"67% of the latency of the uncached side was waiting for one of 2 clients to be free: --clients 4 tells how fast it is with more");
    let sooner = Some(queued().elapsed / 2);
    insta::assert_snapshot!(noted(open, queued(), sooner), @"5,000 requests a second came to the uncached side, and it answered 2,500: the rest waited, and their latency grows for as long as this lasts");
}

#[test]
fn a_model_that_says_the_opposite_is_told() {
    let report = report(cache(false), both_sides(7_680));
    let [uncached, cached] = [Arm::Uncached, Arm::Cached].map(|it| report.arm(it).unwrap());
    let model = report.model.unwrap();
    assert_eq!(cautions::of_model(uncached, cached, &model), None);
    let quicker = CostModel {
        database: model.get,
        ..model
    };
    let note = cautions::of_model(uncached, cached, &quicker).unwrap();
    assert!(matches!(note, Note::ModelContradicted { .. }), "{note}");
}

#[test]
fn a_short_warm_up_is_told() {
    let mut used = used();
    used.workload.warmup = 10;
    let zipf = Distribution::Zipf { alpha: 0.99 };
    let p = zipf.probabilities(5_000).unwrap();
    let measurements = Measurements {
        caches: vec![(Arm::Cached, cache(false))],
        sides: both_sides(7_680),
        indexes: None,
        audits: Vec::new(),
        wanted: 500,
        offered: None,
        curve: Vec::new(),
        with_ttl: Vec::new(),
    };
    let report = BenchReport::new(used, measurements, Some(&p), false);
    let cold = |note: &Note| matches!(note, Note::ColdStart { warmup: 10, .. });
    assert!(report.notes.iter().any(cold), "{:?}", report.notes);
}
