//! Servers that hang, trickle, babble, hang up or die: never a wrong row,
//! never a wait beyond the time-out, each failure counted, and recovery.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod fault_proxy;

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use dbdojo::cache::layer::{Degradation, Dropped, NotStored, OpenError};
use dbdojo::cache::resilience::Timeouts;
use dbdojo::cache::server::{Kind, StartError, Surroundings};
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, Served, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};
use fault_proxy::{MOODS, Mood, Proxy, SLACK, TIMEOUT};

const SQL: &str = "select total from orders where id = ?";

fn ids() -> Ids {
    Ids {
        dataset: "shop".into(),
        practice: 1 << 40,
        schema_version: 1,
    }
}

fn options() -> Options {
    Options {
        timeouts: Timeouts {
            connect: TIMEOUT,
            command: TIMEOUT,
        },
        ..Options::default()
    }
}

fn answer(n: i64) -> ResultSet {
    ResultSet {
        columns: vec![Column {
            name: "total".into(),
            declared_type: None,
        }],
        rows: vec![vec![Value::Integer(n)]],
    }
}

fn read(layer: &mut Layer, id: i64, truth: i64) -> Served {
    let facts = StatementFacts {
        readonly: true,
        is_query: true,
        tables: vec!["orders".into()],
        ..StatementFacts::default()
    };
    let params = [Value::Integer(id)];
    let read = Read {
        sql: SQL,
        params: &params,
        facts: &facts,
    };
    let served = layer
        .read(&read, || Ok::<_, Infallible>(answer(truth)))
        .unwrap();
    assert_eq!(served.rows, answer(truth), "{:?}", served.outcome);
    served
}

fn layer(proxy: &Proxy, clock: Clock) -> Layer {
    let nowhere = Surroundings::default();
    Layer::open_in(&proxy.url(), options(), clock, ids(), &nowhere).unwrap()
}

fn is_hit(served: &Served) -> bool {
    matches!(served.outcome, Outcome::Hit { .. })
}

fn is_degraded(served: &Served) -> bool {
    matches!(served.outcome, Outcome::Degraded { .. })
}

#[test]
fn whatever_the_cache_does_the_rows_are_right_and_soon() {
    for mood in MOODS {
        if matches!(mood, Mood::Honest) {
            continue;
        }
        let proxy = Proxy::new();
        let clock = Clock::wall();
        let mut layer = layer(&proxy, clock.clone());
        read(&mut layer, 1, 10);
        assert!(is_hit(&read(&mut layer, 1, 10)));

        proxy.set(mood);
        let started = clock.now();
        let served = read(&mut layer, 1, 10);
        let took = clock.now() - started;
        assert!(is_degraded(&served), "{mood:?}: {:?}", served.outcome);
        assert!(took < TIMEOUT + SLACK, "{mood:?} took {took:?}");
        assert_eq!(layer.stats().errors, 1, "{mood:?}");
        assert_eq!(layer.stats().degraded, 1, "{mood:?}");

        // The deletion fails, too; nothing old may be answered for that.
        let dropped = layer.written(["orders"]);
        assert!(
            matches!(dropped, Dropped::Unused { results: 1, .. }),
            "{mood:?}: {dropped:?}"
        );
        proxy.set(Mood::Honest);
        read(&mut layer, 1, 11);
        assert!(
            is_hit(&read(&mut layer, 1, 11)),
            "{mood:?}: it recovers by itself"
        );
    }
}

#[test]
fn a_failure_in_mid_read_is_no_wrong_row_either() {
    let proxy = Proxy::new();
    let clock = Clock::wall();
    let mut layer = layer(&proxy, clock.clone());
    for (truth, mood) in (1..).zip([Mood::Babbles, Mood::HangsUp, Mood::Hangs]) {
        let facts = StatementFacts {
            readonly: true,
            is_query: true,
            tables: vec!["orders".into()],
            ..StatementFacts::default()
        };
        let request = Read {
            sql: SQL,
            params: &[Value::Integer(5)],
            facts: &facts,
        };
        let served = layer
            .read(&request, || {
                proxy.set(mood); // the GET went well, the SET will not
                Ok::<_, Infallible>(answer(truth))
            })
            .unwrap();
        assert_eq!(served.rows, answer(truth));
        assert!(
            matches!(
                served.outcome,
                Outcome::Miss {
                    not_stored: Some(NotStored::Failed(_))
                }
            ),
            "{mood:?}: {:?}",
            served.outcome
        );
        // The SET may have been carried out all the same.
        proxy.set(Mood::Honest);
        layer.written(["orders"]);
        read(&mut layer, 5, truth + 1);
        assert!(is_hit(&read(&mut layer, 5, truth + 1)));
        layer.written(["orders"]);
    }
}

#[test]
fn repeated_failures_stop_costing_time() {
    let proxy = Proxy::new();
    let mut layer = layer(&proxy, Clock::wall());
    read(&mut layer, 1, 10);
    proxy.set(Mood::Hangs);
    let mut paused = 0;
    for _ in 0..6 {
        let served = read(&mut layer, 1, 10);
        if let Outcome::Degraded {
            why: Degradation::Paused { left },
        } = served.outcome
        {
            assert!(left <= Duration::from_secs(1));
            assert_eq!(served.times.get, None, "it was not asked");
            paused += 1;
        }
    }
    assert_eq!(paused, 3);
    assert_eq!(layer.stats().errors, 3);
    let dropped = layer.written(["orders"]);
    assert!(matches!(
        dropped,
        Dropped::Unused {
            results: 1,
            why: Degradation::Paused { .. }
        }
    ));
    read(&mut layer, 1, 11);
}

/// An old entry of somebody else's making, or damaged bytes, are misses.
#[test]
fn foreign_values_under_our_key_are_misses() {
    let proxy = Proxy::new();
    let mut layer = layer(&proxy, Clock::wall());
    layer.trace(true);
    read(&mut layer, 1, 10);
    let text = layer.take_trace()[0].text.clone();
    let key = text.strip_prefix("GET ").unwrap().to_owned();
    let mut client = redis::Client::open(format!("redis://127.0.0.1:{}", proxy.port)).unwrap();
    let other = layer.entries("").unwrap().remove(0).entry.unwrap();
    let swapped = dbdojo::cache::codec::encode(
        dbdojo::cache::codec::Encoding::Json,
        &other.sql,
        &[Value::Integer(2)],
        other.stamp,
        &answer(666),
    );
    for value in [b"hello".to_vec(), b"{}".to_vec(), Vec::new(), swapped] {
        let errors = layer.stats().errors;
        let () = redis::cmd("SET")
            .arg(&key)
            .arg(value)
            .query(&mut client)
            .unwrap();
        let served = read(&mut layer, 1, 10);
        assert_eq!(served.outcome, Outcome::Miss { not_stored: None });
        assert_eq!(layer.stats().errors, errors + 1);
        assert!(is_hit(&read(&mut layer, 1, 10)));
    }
}

#[test]
fn the_first_contact_failing_is_an_error() {
    let nowhere = Surroundings::default();
    let open = |url: &str| {
        let url = url.parse().unwrap();
        let opened = Layer::open_in(&url, options(), Clock::wall(), ids(), &nowhere);
        opened.err().unwrap()
    };
    // Nobody listens; one who listens and says nothing; one of another protocol.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = open(&format!("redis://:s3cret@127.0.0.1:{port}/0"));
    assert!(matches!(
        &error,
        OpenError::Start(StartError::Unreachable { .. })
    ));
    assert!(!error.is_usage());
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let clock = Clock::wall();
    let error = open(&format!("redis://127.0.0.1:{port}"));
    assert!(clock.now().since(dbdojo::clock::Time::ZERO) < TIMEOUT + SLACK);
    assert!(error.to_string().contains("no answer"), "{error}");

    let proxy = Proxy::new();
    proxy.set(Mood::Babbles);
    open(&format!("redis://127.0.0.1:{}", proxy.port));

    let error = open("unix:///nonexistent/cache.sock");
    assert!(
        error.to_string().contains("/nonexistent/cache.sock"),
        "{error}"
    );
}

fn spawned() -> Option<Layer> {
    let path = Surroundings {
        url: None,
        path: Some(std::env::var_os("PATH").unwrap()),
    };
    let layer = Layer::open_in(&Choice::Auto, options(), Clock::wall(), ids(), &path).unwrap();
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

fn signal(process: u32, name: &str) {
    let status = Command::new("kill")
        .args([name, &process.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_real_server_that_is_killed_costs_no_row() {
    let Some(mut layer) = spawned() else { return };
    read(&mut layer, 1, 10);
    assert!(is_hit(&read(&mut layer, 1, 10)));
    signal(layer.server_process().unwrap(), "-KILL");
    for truth in 10..20 {
        assert!(!is_hit(&read(&mut layer, 1, truth)));
        layer.written(["orders"]);
    }
    assert!(is_degraded(&read(&mut layer, 1, 20)));
    assert!(layer.stats().errors >= 3);
}

#[test]
fn a_real_server_that_is_stopped_and_continued_answers_nothing_old() {
    let Some(mut layer) = spawned() else { return };
    let process = layer.server_process().unwrap();
    read(&mut layer, 1, 10);
    signal(process, "-STOP");
    assert!(is_degraded(&read(&mut layer, 1, 10)));
    assert!(matches!(
        layer.written(["orders"]),
        Dropped::Unused { results: 1, .. }
    ));
    signal(process, "-CONT");
    for _ in 0..3 {
        read(&mut layer, 1, 11);
    }
    assert!(is_hit(&read(&mut layer, 1, 11)));
}

#[test]
fn a_spawned_server_ends_with_its_layer() {
    let Some(layer) = spawned() else { return };
    let socket = layer.server().address.clone();
    let folder = std::path::Path::new(&socket).parent().unwrap().to_owned();
    assert!(UnixStream::connect(&socket).is_ok());
    drop(layer);
    assert!(UnixStream::connect(&socket).is_err());
    assert!(!folder.exists());
}

/// This test runs itself as a child that spawns a server and is then killed.
#[test]
fn a_spawned_server_ends_with_a_killed_parent() {
    const ROLE: &str = "DBDOJO_TEST_SPAWNS_AND_WAITS";
    if std::env::var_os(ROLE).is_some() {
        if let Some(layer) = spawned() {
            let socket = &layer.server().address;
            writeln!(std::io::stdout(), "socket={socket}").unwrap();
            let _ = std::io::stdin().read(&mut [0]);
        }
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_spawned_server_ends_with_a_killed_parent",
            "--nocapture",
        ])
        .env(ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let socket = std::io::BufRead::lines(stdout).find_map(|line| {
        let line = line.unwrap();
        line.split_once("socket=")
            .map(|(_, socket)| socket.to_owned())
    });
    let Some(socket) = socket else {
        assert!(child.wait().unwrap().success());
        return; // no server to spawn
    };
    assert!(UnixStream::connect(&socket).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    let clock = Clock::wall();
    while UnixStream::connect(&socket).is_ok() || std::path::Path::new(&socket).exists() {
        let waited = clock.now().since(dbdojo::clock::Time::ZERO);
        assert!(
            waited < Duration::from_secs(10),
            "the server outlives its parent"
        );
        thread::yield_now();
    }
}
