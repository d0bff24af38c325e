//! A whole benchmark, small, against each cache server: its figures keep the
//! laws.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;

use dbdojo::cache::Choice;
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::bench::{Arm, Bench};
use dbdojo::lab::report::{BenchReport, Note};
use dbdojo::lab::workload::Workload;
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
        assert_eq!(arm.requests, 3_000);
        assert_eq!(tally.hits + tally.misses + arm.errors, arm.requests);
        assert_eq!(arm.database_reads, tally.misses + tally.fallbacks);
        assert_eq!((arm.errors, arm.stale_reads), (0, 0));
        let clients = report.used.workload.clients as f64;
        // Clients = throughput x mean latency, but for the end of a round, when
        // one client still waits and the others have no more keys: on a busy
        // machine that wait is long. `latencies_add_up_to_the_time_that_passed`
        // holds the sum exactly, on a clock of its own.
        let by_law = arm.throughput * tally.mean().as_secs_f64() / clients;
        assert!((0.5..1.03).contains(&by_law), "{by_law}");
        assert!(tally.min() <= tally.quantile(0.5) && tally.quantile(0.5) <= tally.max());
    }
    let uncached = report.arm(Arm::Uncached).unwrap();
    assert_eq!(uncached.database_reads, 3_000);
    assert!(report.compared > 0);
}

#[test]
fn the_built_in_server_hits_as_predicted() {
    let report = run("builtin");
    keeps_the_laws(&report);
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
    keeps_the_laws(&report);
    let cached = report.arm(Arm::Cached).unwrap();
    assert!(cached.hit_ratio.unwrap() > 0.3);
}

#[test]
fn a_cache_with_room_for_all_misses_each_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "builtin", Interrupt::new());
    bench.keys = Some(50);
    bench.workload.cache = "100%".parse().unwrap();
    bench.workload.clients = 1;
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
        error(&|bench| bench.workload.cache = "0".parse().unwrap()),
        "a cache of 0 holds 0 of 1,000 keys"
    );
    assert_eq!(
        error(&|bench| bench.workload.query = "SELECT :id FROM nowhere".to_owned()),
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
    bench.workload.query = "SELECT random(), id FROM customers WHERE id = :id".to_owned();
    let error = bench.run(&mut progress::ignore).err().unwrap().to_string();
    assert!(error.contains("cannot be cached: random()"), "{error}");
}
