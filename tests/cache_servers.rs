//! One session through the cache, against each cache server: the same
//! transcript from all of them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use dbdojo::cache::aside::Rules;
use dbdojo::cache::layer::Dropped;
use dbdojo::cache::server::{Kind, Limits, Surroundings};
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};

fn ids() -> Ids {
    Ids {
        dataset: "shop".into(),
        practice: 0x1f3a_9c2e_5555_0001,
        schema_version: 3,
    }
}

/// A random practice id, so that tests on one server do not meet.
fn own_ids() -> Ids {
    Ids {
        practice: getrandom::u64().unwrap(),
        ..ids()
    }
}

fn options() -> Options {
    Options {
        rules: Rules {
            ttl: Some(Duration::from_secs(60)),
            ..Rules::default()
        },
        ..Options::default()
    }
}

fn open(choice: &Choice, options: Options, path: bool) -> Layer {
    let surroundings = Surroundings {
        url: None,
        path: path.then(|| std::env::var_os("PATH").unwrap()),
    };
    Layer::open_in(choice, options, Clock::wall(), ids(), &surroundings).unwrap()
}

/// A server from PATH; `None`, and a line that says so, where there is none.
fn spawned(options: Options) -> Option<Layer> {
    let layer = open(&Choice::Auto, options, true);
    if layer.server().name != Kind::Builtin {
        return Some(layer);
    }
    assert!(
        std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none(),
        "DBDOJO_REQUIRE_REDIS is set, but PATH has no valkey-server or redis-server"
    );
    // Past the test harness, which shows the output of failed tests only.
    let skipped = "skipped: PATH has no valkey-server or redis-server";
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{skipped}").unwrap();
    None
}

fn reading(tables: &[&str]) -> StatementFacts {
    StatementFacts {
        readonly: true,
        is_query: true,
        tables: tables.iter().map(|t| (*t).to_owned()).collect(),
        ..StatementFacts::default()
    }
}

fn answer(n: i64) -> ResultSet {
    ResultSet {
        columns: vec![Column {
            name: "n".into(),
            declared_type: Some("INTEGER".into()),
        }],
        rows: vec![vec![Value::Integer(n)], vec![Value::Null]],
    }
}

const ORDERS: &str = "select status, count(*) as n from orders group by status";
const BOTH: &str =
    "select o.id from orders o join customers c on c.id = o.customer_id where c.id = ?";
const PRODUCTS: &str = "select name, price from products where price > 100 order by id";

struct Session {
    layer: Layer,
    database: i64,
    transcript: String,
}

impl Session {
    fn new(mut layer: Layer) -> Session {
        layer.trace(true);
        Session {
            layer,
            database: 1,
            transcript: String::new(),
        }
    }

    fn read(&mut self, sql: &str, params: &[Value], tables: &[&str]) -> i64 {
        let facts = reading(tables);
        let read = Read {
            sql,
            params,
            facts: &facts,
        };
        let now = self.database;
        let served = self
            .layer
            .read(&read, || Ok::<_, Infallible>(answer(now)))
            .unwrap();
        let outcome = match &served.outcome {
            Outcome::Hit { ttl_left, .. } => format!("HIT, TTL {}", ttl_left.is_some()),
            Outcome::Miss { not_stored: None } => "MISS".to_owned(),
            other => format!("{other:?}"),
        };
        let Value::Integer(n) = served.rows.rows[0][0] else {
            panic!("{:?}", served.rows);
        };
        assert_eq!(served.rows, answer(n));
        writeln!(self.transcript, "{} -> {n}  {outcome}", &sql[..16]).unwrap();
        self.note_commands();
        n
    }

    fn write(&mut self, tables: &[&str]) {
        self.database += 1;
        let dropped = self.layer.written(tables);
        writeln!(self.transcript, "write {tables:?} -> {dropped:?}").unwrap();
        self.note_commands();
    }

    /// Sizes hold the digits of a time: they differ from run to run.
    fn note_commands(&mut self) {
        for command in self.layer.take_trace() {
            let words: Vec<&str> = command.text.split(' ').collect();
            let text = match words[..] {
                ["SET", key, .., px, ttl] => format!("SET {key} … {px} {ttl}"),
                _ => command.text.clone(),
            };
            let reply = match command.reply.ends_with(" B") {
                true => "a value",
                false => &command.reply,
            };
            writeln!(self.transcript, "    {text} -> {reply}").unwrap();
        }
    }
}

fn transcript(layer: Layer) -> String {
    let mut session = Session::new(layer);
    session.read(ORDERS, &[], &["orders"]);
    session.read(ORDERS, &[], &["orders"]);
    session.read(BOTH, &[Value::Integer(42)], &["orders", "customers"]);
    session.read(BOTH, &[Value::Text("42".into())], &["orders", "customers"]);
    session.read(PRODUCTS, &[], &["products"]);
    session.write(&["customers"]);
    session.read(BOTH, &[Value::Integer(42)], &["orders", "customers"]);
    session.read(ORDERS, &[], &["orders"]);
    session.write(&["reviews"]);
    session.write(&["orders"]);
    session.read(ORDERS, &[], &["orders"]);
    session.read(PRODUCTS, &[], &["products"]);
    let Session {
        mut layer,
        mut transcript,
        ..
    } = session;
    for listed in layer.entries("").unwrap() {
        let entry = listed.entry.unwrap();
        let ttl = listed.ttl_left.unwrap();
        assert!(ttl <= Duration::from_secs(60) && ttl > Duration::from_secs(50));
        writeln!(
            transcript,
            "entry {}: {} rows",
            entry.sql,
            entry.rows.rows.len()
        )
        .unwrap();
    }
    writeln!(
        transcript,
        "of products: {}",
        layer.entries("PRODUCTS").unwrap().len()
    )
    .unwrap();
    writeln!(transcript, "cleared {}", layer.clear().unwrap()).unwrap();
    writeln!(
        transcript,
        "entries left {}",
        layer.entries("").unwrap().len()
    )
    .unwrap();
    let stats = layer.stats();
    writeln!(
        transcript,
        "hits {} misses {} errors {} dropped {}",
        stats.hits, stats.misses, stats.errors, stats.dropped
    )
    .unwrap();
    transcript
}

#[test]
fn the_builtin_server_serves_a_session() {
    let layer = open(&Choice::Builtin, options(), false);
    assert_eq!(layer.server().name, Kind::Builtin);
    assert_eq!(layer.server().to_string(), "built-in server");
    insta::assert_snapshot!(transcript(layer));
}

#[test]
fn a_spawned_server_gives_the_same_transcript() {
    let Some(layer) = spawned(options()) else {
        return;
    };
    assert!(layer.server().private);
    let builtin = transcript(open(&Choice::Builtin, options(), false));
    assert_eq!(transcript(layer), builtin);
}

#[test]
fn a_url_gives_the_same_transcript() {
    let Some(owner) = spawned(options()) else {
        return;
    };
    let url: Choice = format!("unix://{}", owner.server().address)
        .parse()
        .unwrap();
    let layer = open(&url, options(), false);
    assert!(!layer.server().private);
    let builtin = transcript(open(&Choice::Builtin, options(), false));
    assert_eq!(transcript(layer), builtin);
}

#[test]
fn a_cached_answer_ends_with_its_ttl() {
    let short = || Options {
        rules: Rules {
            ttl: Some(Duration::from_millis(1)),
            ..Rules::default()
        },
        ..Options::default()
    };
    for layer in [
        Some(open(&Choice::Builtin, short(), false)),
        spawned(short()),
    ] {
        let Some(layer) = layer else { continue };
        let clock = Clock::wall();
        let mut session = Session::new(layer);
        session.read(ORDERS, &[], &["orders"]);
        let stored = clock.now();
        session.database = 2;
        while session.read(ORDERS, &[], &["orders"]) == 1 {
            assert!(clock.now() - stored < Duration::from_secs(1));
        }
    }
}

#[test]
fn learners_on_one_server_share_nothing_and_leave_nothing() {
    let Some(owner) = spawned(Options::default()) else {
        return;
    };
    let url: Choice = format!("unix://{}", owner.server().address)
        .parse()
        .unwrap();
    let nowhere = Surroundings::default();
    let open_as =
        |ids: Ids| Layer::open_in(&url, Options::default(), Clock::wall(), ids, &nowhere).unwrap();
    let mut ada = Session::new(open_as(own_ids()));
    let mut bob = Session::new(open_as(own_ids()));
    assert_eq!(ada.read(ORDERS, &[], &["orders"]), 1);
    bob.database = 7;
    assert_eq!(bob.read(ORDERS, &[], &["orders"]), 7);
    bob.layer.clear().unwrap();
    assert_eq!(ada.layer.entries("").unwrap().len(), 1);
    // Without a TTL, a foreign server is still given one.
    assert!(ada.layer.entries("").unwrap()[0].ttl_left.is_some());
    let ada_ids = ada.layer.ids().clone();
    drop(ada);
    assert_eq!(open_as(ada_ids).entries("").unwrap(), []);
}

#[test]
fn siblings_see_each_others_writes() {
    let layer = open(&Choice::Builtin, options(), false);
    let mut writer = Session::new(layer.sibling().unwrap());
    let mut reader = Session::new(layer);
    assert_eq!(reader.read(ORDERS, &[], &["orders"]), 1);
    writer.write(&["orders"]);
    reader.database = 2;
    assert_eq!(reader.read(ORDERS, &[], &["orders"]), 2);
    assert_eq!(
        writer.read(ORDERS, &[], &["orders"]),
        2,
        "and their results"
    );
}

#[test]
fn another_practice_database_starts_with_an_empty_cache() {
    let mut session = Session::new(open(&Choice::Builtin, options(), false));
    session.read(ORDERS, &[], &["orders"]);
    session.layer.set_ids(own_ids());
    session.database = 2;
    assert_eq!(session.read(ORDERS, &[], &["orders"]), 2);
    session.layer.set_ids(ids());
    session.database = 3;
    assert_eq!(session.read(ORDERS, &[], &["orders"]), 3, "it was deleted");
}

#[test]
fn limits_of_a_server_of_ours_hold() {
    let limited = || Options {
        limits: Limits {
            maxmemory: Some(3_000_000),
            policy: Some("allkeys-lru".into()),
        },
        ..Options::default()
    };
    for layer in [
        Some(open(&Choice::Builtin, limited(), false)),
        spawned(limited()),
    ] {
        let Some(layer) = layer else { continue };
        let full = layer.server().full.clone().unwrap();
        assert_eq!(full, (3_000_000, "allkeys-lru".to_owned()));
        let mut session = Session::new(layer);
        session.layer.trace(false);
        for i in 0..3000 {
            let text = Value::Text("x".repeat(1000));
            session.read(BOTH, &[Value::Integer(i), text], &["orders"]);
        }
        let left = session.layer.entries("").unwrap().len();
        assert!((100..2900).contains(&left), "{left} of 3000 are left");
        assert_eq!(session.layer.stats().errors, 0);
    }
}

#[test]
fn a_full_server_that_evicts_nothing_is_no_harm() {
    let full = || Options {
        limits: Limits {
            maxmemory: Some(3_000_000),
            policy: Some("noeviction".into()),
        },
        ..Options::default()
    };
    for layer in [Some(open(&Choice::Builtin, full(), false)), spawned(full())] {
        let Some(layer) = layer else { continue };
        let mut session = Session::new(layer);
        for i in 0..3000 {
            let text = Value::Text("x".repeat(1000));
            session.read(BOTH, &[Value::Integer(i), text], &["orders"]);
        }
        let stats = session.layer.stats();
        assert!(stats.errors > 100 && stats.degraded == 0, "{stats:?}");
        assert!(
            session.transcript.contains("OOM"),
            "the server's words are kept"
        );
        session.database = 2;
        session.layer.trace(false);
        assert!(matches!(session.layer.written(["orders"]), Dropped::Deleted(n) if n > 0));
        // There is room again, and it is used without a restart.
        for _ in 0..2 {
            session.read(BOTH, &[Value::Integer(1), Value::Null], &["orders"]);
        }
        let last = session.transcript.lines().last().unwrap();
        assert!(last.contains("HIT"), "{last}");
    }
}
