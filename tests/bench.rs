//! A whole benchmark, small, against each cache server: its figures keep the
//! laws.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use dbdojo::cache::Choice;
use dbdojo::cache::aside::{Protection, Strategy};
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::bench::{Arm, Bench};
use dbdojo::lab::report::{BenchReport, Note};
use dbdojo::lab::workload::{Arrivals, Fault, FaultKind, Load, Rate, Template, Workload};
use dbdojo::progress::{self, Progress};
use dbdojo::sandbox::{Source, Surroundings};

const CUSTOMERS: u32 = 1_000;

/// The tables of the default workload, with three orders a customer.
fn shop(folder: &Path) -> Source {
    let path = folder.join("shop.db");
    let mut conn = rusqlite::Connection::open(&path).unwrap();
    let transaction = conn.transaction().unwrap();
    transaction
        .execute_batch(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY);
             CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id, status, total, created_at);",
        )
        .unwrap();
    for id in 1..=CUSTOMERS {
        transaction
            .execute("INSERT INTO customers VALUES (?1)", [id])
            .unwrap();
        for status in ["paid", "shipped", "delivered"] {
            transaction
                .execute(
                    "INSERT INTO orders (customer_id, status, total, created_at)
                     VALUES (?1, ?2, 9.5, '2024-05-01 12:00:00')",
                    rusqlite::params![id, status],
                )
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    Source::File(path)
}

fn bench(folder: &Path, cache: &str, interrupt: Interrupt) -> Bench {
    let mut workload = Workload::find("order-summary").unwrap();
    workload.warmup = 2_000;
    workload.requests = 3_000;
    Bench {
        workload,
        sides: vec![Arm::Uncached, Arm::Cached],
        keys: None,
        seed: 1,
        source: shop(folder),
        label: "shop.db".to_owned(),
        choice: cache.parse::<Choice>().unwrap(),
        around: Surroundings {
            sessions: folder.join("sessions"),
            clock: Clock::wall(),
            interrupt,
        },
    }
}

fn run(cache: &str) -> BenchReport {
    let folder = tempfile::tempdir().unwrap();
    bench(folder.path(), cache, Interrupt::new())
        .run(&mut progress::ignore)
        .unwrap()
}

/// What holds on any machine, however slow and busy.
fn keeps_the_laws(report: &BenchReport) {
    for arm in &report.arms {
        let tally = &arm.tally;
        let name = arm.arm.name();
        assert_eq!(
            arm.requests,
            tally.direct + tally.hits + tally.misses + arm.errors,
            "{name}"
        );
        // What the workload's database was really asked, by who asked it.
        assert_eq!(
            arm.database_reads,
            tally.direct + tally.misses - tally.coalesced
                + (tally.early + tally.refreshed)
                + tally.fallbacks,
            "{name}"
        );
        if arm.arm.has_cache() {
            assert_eq!(tally.direct, 0, "{name}");
        } else {
            assert_eq!(
                (tally.hits, tally.misses, arm.hit_ratio),
                (0, 0, None),
                "{name}"
            );
        }
        let asked: u64 = tally.parts.iter().map(|part| part.asked).sum();
        assert_eq!(asked, tally.hits + tally.misses, "{name}");
        // A result that a write is dropping is found there, and not believed.
        // So is one that expires this very millisecond.
        let rules = &report.used.workload.caching.rules;
        let is_exact = arm.errors == 0 && tally.writes == 0 && rules.ttl.is_none();
        if let Some(server) = arm.server.filter(|_| is_exact) {
            assert_eq!(
                (server.hits, server.misses),
                (tally.hits, tally.misses),
                "{name}"
            );
        }
        if let Load::Closed { clients, think } = report.used.workload.load
            && think.is_zero()
        {
            // Clients = requests a second x mean latency.
            let by_law = tally.busy.as_secs_f64() / arm.elapsed.as_secs_f64() / clients as f64;
            assert!((0.97..1.03).contains(&by_law), "{name}: {by_law}");
            if tally.writes == 0 {
                let by_law = arm.throughput * tally.mean().as_secs_f64() / clients as f64;
                assert!((0.97..1.03).contains(&by_law), "{name}: {by_law}");
            }
        }
        assert!(tally.min() <= tally.quantile(0.5) && tally.quantile(0.5) <= tally.max());
    }
    // A speed-up that hits do not explain says what else changed.
    if let (Some(u), Some(c)) = (report.arm(Arm::Uncached), report.arm(Arm::Cached))
        && let Some(h) = c.hit_ratio.filter(|h| *h < 1.0)
        && c.throughput / u.throughput > 1.0 / (1.0 - h)
        && c.throughput / u.throughput > 1.05
    {
        assert!(
            report
                .verdict
                .to_string()
                .contains("of their uncached time")
        );
    }
}

/// The laws, and that nothing went wrong.
fn all_is_well(report: &BenchReport) {
    keeps_the_laws(report);
    for arm in &report.arms {
        assert_eq!((arm.requests, arm.errors, arm.stale_reads), (3_000, 0, 0));
    }
    assert_eq!(report.arm(Arm::Uncached).unwrap().database_reads, 3_000);
    assert!(report.compared > 0);
}

#[test]
fn the_built_in_server_hits_as_predicted() {
    let report = run("builtin");
    all_is_well(&report);
    let cache = report.cache.as_ref().unwrap();
    assert_eq!(cache.name, "builtin");
    let held = cache.held.unwrap();
    assert!((90..=110).contains(&held), "{held}");
    let cached = report.arm(Arm::Cached).unwrap();
    let (measured, predicted) = (cached.hit_ratio.unwrap(), cached.predicted.unwrap());
    assert!(
        (measured - predicted.hit_ratio).abs() < 0.03,
        "{measured} {predicted:?}"
    );
    let unpredicted = |note: &Note| matches!(note, Note::Unpredicted { .. });
    assert!(!report.notes.iter().any(unpredicted), "{:?}", report.notes);
}

#[test]
fn a_real_server_keeps_the_laws_too() {
    let is_there = ["redis-server", "valkey-server"].iter().any(|program| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !is_there {
        assert!(
            std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none(),
            "DBDOJO_REQUIRE_REDIS is set, and there is no redis-server"
        );
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: no redis-server in PATH").unwrap();
        return;
    }
    let report = run("auto");
    all_is_well(&report);
    let cached = report.arm(Arm::Cached).unwrap();
    assert!(cached.hit_ratio.unwrap() > 0.3);
    // The buffers of its clients take more than a few results do.
    let folder = tempfile::tempdir().unwrap();
    let mut few = bench(folder.path(), "auto", Interrupt::new());
    few.keys = Some(50);
    few.workload.caching.size = "15".parse().unwrap();
    let report = few.run(&mut progress::ignore).unwrap();
    let held = report.cache.as_ref().unwrap().held.unwrap();
    // How many fit beside the buffers is the server's to say; the report tells it.
    assert!(held > 0, "{:?}", report.cache);
    assert!(report.arm(Arm::Cached).unwrap().hit_ratio.unwrap() > 0.03);
}

#[test]
fn a_cache_with_room_for_all_misses_each_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.keys = Some(50);
    bench.workload.caching.size = "100%".parse().unwrap();
    bench.workload.load.set_clients(1);
    bench.workload.warmup = 0;
    let report = bench.run(&mut progress::ignore).unwrap();
    let cached = report.arm(Arm::Cached).unwrap();
    assert_eq!((cached.tally.misses, cached.tally.hits), (50, 2_950));
    assert!(cached.predicted.unwrap().characteristic_time.is_infinite());
}

#[test]
fn ctrl_c_keeps_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let interrupt = Interrupt::new();
    let bench = bench(folder.path(), "builtin", interrupt.clone());
    // 200 requests of warm-up uncached and 2,000 cached come first.
    let mut after_warmup = |progress: Progress<'_>| {
        if progress.done > 2_500 {
            interrupt.raise();
        }
    };
    let report = bench.run(&mut after_warmup).unwrap();
    assert!(report.interrupted);
    let requests: Vec<u64> = report.arms.iter().map(|arm| arm.requests).collect();
    assert!(requests[0] > 0 && requests[0] <= 1_000, "{requests:?}");
    assert_eq!(requests[1], 0);
}

#[test]
fn what_cannot_be_run_is_named() {
    let error = |change: &dyn Fn(&mut Bench)| {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = bench(folder.path(), "builtin", Interrupt::new());
        change(&mut bench);
        bench.run(&mut progress::ignore).unwrap_err().to_string()
    };
    assert_eq!(
        error(&|bench| bench.keys = Some(2_000)),
        "shop.db has 1,000 keys for this workload, not 2,000"
    );
    assert_eq!(
        error(&|bench| bench.workload.caching.size = "0".parse().unwrap()),
        "a cache of 0 holds 0 of 1,000 keys"
    );
    assert_eq!(
        error(&|bench| bench.workload.templates[0].sql = "SELECT :id FROM nowhere".to_owned()),
        "the workload order-summary cannot be run on shop.db: no such table: nowhere"
    );
    let unreachable = error(&|bench| bench.choice = "unix:///nowhere.sock".parse().unwrap());
    assert!(
        unreachable.starts_with("could not reach the cache server at /nowhere.sock"),
        "{unreachable}"
    );
}

#[test]
fn a_query_that_cannot_be_cached_is_no_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.workload.templates[0].sql =
        "SELECT random(), id FROM customers WHERE id = :id".to_owned();
    let error = bench.run(&mut progress::ignore).err().unwrap().to_string();
    assert!(error.contains("cannot be cached: random()"), "{error}");
}

#[test]
fn all_sides_keep_the_laws() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.sides = Arm::ALL.to_vec();
    let report = bench.run(&mut progress::ignore).unwrap();
    let sides: Vec<Arm> = report.arms.iter().map(|arm| arm.arm).collect();
    assert_eq!(sides, Arm::ALL, "{:?}", report.indexes);
    all_is_well(&report);
    let ddl = &report.indexes.as_ref().unwrap().ddl;
    assert!(ddl[0].contains("customer_id"), "{ddl:?}");
    // An exact LRU of 100 results hits as Che's approximation says.
    let local = report.arm(Arm::Local).unwrap();
    let by = local.hit_ratio.unwrap() - local.predicted.unwrap().hit_ratio;
    assert!(by.abs() < 0.03, "{by}");
    // The learner's file is as it was.
    let conn = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    let indexes: i64 = conn
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'index'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(indexes, 0);
}

/// Each tenth request changes an order of the customer.
fn with_writes(bench: &mut Bench) {
    let read = bench.workload.templates[0].clone();
    bench.workload.templates = vec![
        Template {
            weight: 9.0,
            ..read.clone()
        },
        Template {
            sql: "UPDATE orders SET total = total + 1 WHERE customer_id = :id".to_owned(),
            weight: 1.0,
            writes: true,
            ..read
        },
    ];
    bench.workload.warmup = 300;
    bench.workload.requests = 900;
    bench.keys = Some(50);
    bench.workload.caching.size = "50".parse().unwrap();
}

#[test]
fn writes_make_answers_stale_only_where_nothing_invalidates() {
    for (invalidation, is_stale) in [("versioned", false), ("none", true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = bench(folder.path(), "builtin", Interrupt::new());
        with_writes(&mut bench);
        bench.sides = vec![Arm::Uncached, Arm::Cached, Arm::Local];
        bench.workload.caching.rules.invalidation = invalidation.parse().unwrap();
        let report = bench.run(&mut progress::ignore).unwrap();
        keeps_the_laws(&report);
        for arm in &report.arms {
            assert_eq!(arm.requests + arm.tally.writes, 900);
            assert!(arm.tally.writes > 50 && arm.tally.failed_writes == 0);
            assert_eq!(arm.predicted, None);
            // The cache in this process is told of writes, and a reader can
            // still put an old result back after that: the invalidation race.
            if arm.arm == Arm::Local && !is_stale {
                continue;
            }
            assert_eq!(
                arm.stale_reads > 0,
                is_stale && arm.arm.has_cache(),
                "{}",
                arm.arm
            );
        }
    }
}

/// Few keys that expire all the time, and a slow database: readers meet at
/// what has expired.
fn with_stampedes(bench: &mut Bench, protection: Protection) {
    bench.keys = Some(2);
    bench.workload.caching.size = "2".parse().unwrap();
    bench.workload.caching.rules.ttl = Some(Duration::from_millis(8));
    bench.workload.caching.rules.protection = protection;
    bench.workload.round_trips.database = Duration::from_millis(2);
    bench.workload.load.set_clients(4);
    bench.workload.warmup = 20;
    bench.workload.requests = 1_200;
    bench.workload.rounds = 1;
    bench.sides = vec![Arm::Cached];
}

#[test]
fn protections_keep_the_laws() {
    for protection in Protection::ALL {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = bench(folder.path(), "builtin", Interrupt::new());
        with_stampedes(&mut bench, protection);
        let report = bench.run(&mut progress::ignore).unwrap();
        keeps_the_laws(&report);
        let name = protection.name();
        let cached = report.arm(Arm::Cached).unwrap();
        let tally = &cached.tally;
        assert_eq!((cached.requests, cached.errors), (1_200, 0), "{name}");
        assert!(tally.hits > 0, "{name}");
        let [coalesced, early, refreshed] = match protection {
            Protection::None => [false; 3],
            Protection::SingleFlight | Protection::Lock { .. } => [true, false, false],
            Protection::XFetch { .. } => [false, true, false],
            Protection::StaleWhileRevalidate { .. } => [false, false, true],
        };
        assert_eq!(tally.coalesced > 0, coalesced, "{name}: {tally:?}");
        assert_eq!(tally.early > 0, early, "{name}: {tally:?}");
        assert_eq!(tally.refreshed > 0, refreshed, "{name}: {tally:?}");
    }
}

#[test]
fn a_protection_keeps_the_laws_while_the_cache_fails() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    with_stampedes(&mut bench, Protection::SingleFlight);
    bench.workload.faults = vec![Fault {
        at: Duration::ZERO,
        lasting: Duration::from_secs(600),
        kind: FaultKind::Down,
    }];
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    let cached = report.arm(Arm::Cached).unwrap();
    // One reader loads for the others even so.
    assert!(cached.errors > 300 && cached.tally.coalesced > 0);
}

#[test]
fn results_that_expire_hit_as_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.sides = vec![Arm::Cached, Arm::Local];
    bench.keys = Some(40);
    bench.workload.caching.size = "40".parse().unwrap();
    bench.workload.caching.rules.ttl = Some(Duration::from_millis(60));
    // A read each 2 ms or so, however slow the machine is.
    bench.workload.round_trips.database = Duration::from_millis(2);
    bench.workload.warmup = 200;
    bench.workload.load = Load::Open {
        clients: 2,
        arrivals: Arrivals::Constant,
        rate: Rate::steady(500.0),
    };
    bench.workload.requests = 900;
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    for arm in &report.arms {
        let predicted = arm.predicted.unwrap();
        assert!(predicted.from_sequence);
        let (measured, predicted) = (arm.hit_ratio.unwrap(), predicted.hit_ratio);
        assert!(
            predicted < 0.95,
            "most expire before they are read again: {predicted}"
        );
        assert!(
            (measured - predicted).abs() < 0.1,
            "{}: {measured} {predicted}",
            arm.arm
        );
    }
}

#[test]
fn results_without_rows_and_results_of_a_write_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    // Nobody has these ids.
    bench.workload.templates[0].values = "SELECT id + 100000 FROM customers".to_owned();
    bench.keys = Some(50);
    bench.workload.caching.size = "50".parse().unwrap();
    bench.workload.caching.rules.negative = Some(Duration::from_secs(60));
    bench.workload.warmup = 300;
    bench.sides = vec![Arm::Cached];
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    assert!(report.arms[0].hit_ratio.unwrap() > 0.9);

    let folder = tempfile::tempdir().unwrap();
    let mut bench = self::bench(folder.path(), "builtin", Interrupt::new());
    with_writes(&mut bench);
    bench.sides = vec![Arm::Cached];
    bench.workload.load.set_clients(1);
    bench.workload.caching.rules.strategy = Strategy::WriteThrough;
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    let cached = &report.arms[0];
    assert!(cached.tally.restored > 50, "{}", cached.tally.restored);
    assert!(cached.hit_ratio.unwrap() > 0.9 && cached.stale_reads == 0);
}

#[test]
fn an_open_loop_says_what_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.workload.warmup = 100;
    bench.workload.requests = 300;
    bench.sides = vec![Arm::Uncached];
    // No machine answers ten million a second.
    bench.workload.load = Load::Open {
        clients: 2,
        arrivals: Arrivals::Constant,
        rate: Rate::steady(1e7),
    };
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    let unreached = |note: &Note| matches!(note, Note::Unreached { .. });
    assert!(report.notes.iter().any(unreached), "{:?}", report.notes);
    let tally = &report.arms[0].tally;
    assert!(tally.quantile(0.5) > tally.uncorrected(0.5).unwrap() * 5);
}

#[test]
fn a_cache_that_goes_down_costs_errors_and_the_other_sides_finish() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.workload.rounds = 1;
    bench.workload.faults = vec![Fault {
        at: Duration::ZERO,
        lasting: Duration::from_secs(600),
        kind: FaultKind::Down,
    }];
    let report = bench.run(&mut progress::ignore).unwrap();
    keeps_the_laws(&report);
    let cached = report.arm(Arm::Cached).unwrap();
    assert!(cached.errors > 2_500, "{}", cached.errors);
    assert_eq!(cached.requests, 3_000);
    assert_eq!(report.arm(Arm::Uncached).unwrap().requests, 3_000);
}
