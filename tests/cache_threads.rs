//! Protections over real connections: several threads, several processes' worth
//! of layers, and a real server that comes back empty.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![cfg(unix)]

mod real_redis;

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use dbdojo::cache::aside::{Protection, Rules, Strategy as Pattern};
use dbdojo::cache::layer::Dropped;
use dbdojo::cache::server::Surroundings;
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, Served, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};
use real_redis::redis;

const READERS: u64 = 4;

fn open(choice: &Choice, protection: Protection) -> Layer {
    open_by(
        choice,
        Rules {
            protection,
            ..Rules::default()
        },
    )
}

fn open_with(choice: &Choice, strategy: Pattern) -> Layer {
    open_by(
        choice,
        Rules {
            strategy,
            ..Rules::default()
        },
    )
}

fn open_by(choice: &Choice, rules: Rules) -> Layer {
    let ids = Ids {
        dataset: "shop".into(),
        practice: 7 << 32,
        schema_version: 1,
    };
    let options = Options {
        rules: Rules {
            ttl: Some(Duration::from_secs(60)),
            ..rules
        },
        ..Options::default()
    };
    let nowhere = Surroundings::default();
    Layer::open_in(choice, options, Clock::wall(), ids, &nowhere).unwrap()
}

fn answer(n: i64) -> ResultSet {
    ResultSet {
        columns: vec![Column {
            name: "n".into(),
            declared_type: None,
        }],
        rows: vec![vec![Value::Integer(n)]],
    }
}

fn read(layer: &mut Layer, query: impl FnMut() -> ResultSet) -> Served {
    read_as(layer, "select n from orders", query)
}

fn read_as(layer: &mut Layer, sql: &str, query: impl FnMut() -> ResultSet) -> Served {
    let facts = StatementFacts {
        readonly: true,
        is_query: true,
        tables: vec!["orders".into()],
        ..StatementFacts::default()
    };
    let request = Read {
        sql,
        params: &[],
        facts: &facts,
    };
    let mut query = query;
    layer
        .read(&request, || Ok::<_, Infallible>(query()))
        .unwrap()
}

/// Reads with all `layers` at once. How often the database was asked: the load
/// ends only after every reader has begun.
fn loads_of(layers: Vec<Layer>) -> (u64, Vec<Outcome>) {
    let (begun, loads) = (AtomicU64::new(0), AtomicU64::new(0));
    let readers = layers.len() as u64;
    let outcomes = thread::scope(|scope| {
        let threads: Vec<_> = layers
            .into_iter()
            .map(|mut layer| {
                let (begun, loads) = (&begun, &loads);
                scope.spawn(move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    let served = read(&mut layer, || {
                        loads.fetch_add(1, Ordering::SeqCst);
                        while begun.load(Ordering::SeqCst) < readers {
                            thread::yield_now();
                        }
                        answer(42)
                    });
                    assert_eq!(served.rows, answer(42));
                    // Its end would take its results off a server of others.
                    (served.outcome, layer)
                })
            })
            .collect();
        let ended: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        ended.into_iter().map(|(outcome, _)| outcome).collect()
    });
    (loads.into_inner(), outcomes)
}

#[test]
fn threads_of_one_process_load_once() {
    for _ in 0..20 {
        let first = open(&Choice::Builtin, Protection::SingleFlight);
        let mut layers: Vec<Layer> = (1..READERS).map(|_| first.sibling().unwrap()).collect();
        layers.push(first);
        let (loads, outcomes) = loads_of(layers);
        assert_eq!(loads, 1, "{outcomes:?}");
    }
}

#[test]
fn layers_that_know_nothing_of_each_other_load_once_by_a_lock() {
    let lease = Duration::from_secs(60);
    let lock = Protection::Lock { lease };
    for _ in 0..5 {
        let owner = open(&Choice::Builtin, Protection::None);
        let choice: Choice = format!("unix://{}", owner.server().address)
            .parse()
            .unwrap();
        let layers = (0..READERS).map(|_| open(&choice, lock)).collect();
        let (loads, outcomes) = loads_of(layers);
        assert_eq!(loads, 1, "{outcomes:?}");
    }
}

/// The thread that loads panics: those that wait for it load themselves.
#[test]
fn readers_outlive_the_one_they_wait_for() {
    let mut first = open(&Choice::Builtin, Protection::SingleFlight);
    let mut second = first.sibling().unwrap();
    let begun = AtomicU64::new(0);
    thread::scope(|scope| {
        let leader = scope.spawn(|| {
            read(&mut first, || {
                begun.store(1, Ordering::SeqCst);
                while begun.load(Ordering::SeqCst) < 2 {
                    thread::yield_now();
                }
                panic!("the database driver has a bug")
            })
        });
        while begun.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        begun.store(2, Ordering::SeqCst);
        let served = read(&mut second, || answer(1));
        assert_eq!(served.rows, answer(1));
        assert!(leader.join().is_err());
    });
}

#[test]
fn a_real_server_that_is_killed_and_restarts_empty_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let Some(server) = redis(&socket) else {
        return;
    };
    let choice: Choice = format!("unix://{}", socket.display()).parse().unwrap();
    let mut layer = open(&choice, Protection::None);
    read(&mut layer, || answer(1));
    let hit = read(&mut layer, || answer(2));
    assert!(matches!(hit.outcome, Outcome::Hit { .. }));
    assert_eq!(hit.rows, answer(1));

    drop(server);
    let served = read(&mut layer, || answer(3));
    assert!(matches!(served.outcome, Outcome::Degraded { .. }));
    assert_eq!(served.rows, answer(3));

    let _again = redis(&socket).unwrap();
    let served = read(&mut layer, || answer(4));
    assert_eq!(served.outcome, Outcome::Miss { not_stored: None });
    assert_eq!(served.rows, answer(4));
    let hit = read(&mut layer, || answer(5));
    assert!(matches!(hit.outcome, Outcome::Hit { .. }));
    assert_eq!(hit.rows, answer(4));
}

/// A write counts what it made old while other threads store results: none of
/// theirs, for nobody reads the table that it changes.
#[test]
fn a_write_does_not_count_what_other_threads_store_meanwhile() {
    for strategy in [Pattern::CacheAside, Pattern::WriteThrough] {
        let mut writer = open_with(&Choice::Builtin, strategy);
        let mut reader = writer.sibling().unwrap();
        let stored = AtomicU64::new(0);
        thread::scope(|scope| {
            let (stored, reads) = (&stored, 2_000);
            scope.spawn(move || {
                for n in 0..reads {
                    let sql = format!("select n from orders where n = {n}");
                    read_as(&mut reader, &sql, || answer(n));
                    stored.fetch_add(1, Ordering::SeqCst);
                }
            });
            while stored.load(Ordering::SeqCst) < reads.unsigned_abs() {
                let dropped = writer.written_through(["notes"], |_, _| None);
                assert_eq!(dropped, Dropped::Deleted(0));
            }
        });
        assert_eq!(writer.stats().dropped, 0);
    }
}
