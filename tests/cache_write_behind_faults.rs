//! Writes that wait in a cache server that is killed, full, or answers nonsense.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod cached_session;
mod fault_proxy;
mod real_redis;
mod write_behind;

use std::time::Duration;

use cached_session::{QUERIES, open, run, server};
use dbdojo::cache::aside::{Rules, Strategy as Pattern};
use dbdojo::cache::resilience::Timeouts;
use dbdojo::cache::server::Limits;
use dbdojo::cache::{Choice, Invalidation, Options};
use dbdojo::clock::{Clock, Time};
use dbdojo::progress::ignore;
use dbdojo::sandbox::{ResultSet, Value};
use dbdojo::session::NotQueued;
use fault_proxy::{MOODS, Mood, Proxy, SLACK, TIMEOUT};
use real_redis::redis;
use write_behind::{QUEUE, flushed, in_database, is_queued, options, stats};

#[test]
fn a_killed_server_takes_its_queue_with_it_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let Some(redis_server) = redis(&socket) else {
        return;
    };
    let choice: Choice = format!("unix://{}", socket.display()).parse().unwrap();
    let clock = Clock::wall();
    let behind = Options {
        rules: Rules {
            strategy: Pattern::WriteBehind {
                queue: QUEUE,
                delay: Duration::from_secs(600),
            },
            ..Rules::default()
        },
        ..Options::default()
    };
    let (mut session, _home) = open(&choice, behind, &clock);
    let sum = "select sum(v) from a";
    for _ in 0..2 {
        run(&mut session, "update a set v = v + 1 where id = 1");
    }
    assert_eq!(run(&mut session, sum).0.rows, [[Value::Integer(62)]]);
    for _ in 0..3 {
        run(&mut session, "update a set v = v + 100 where id = 1");
    }
    drop(redis_server);

    // Reads are answered, and told what they lack; nothing overtakes the queue.
    let (rows, answer) = run(&mut session, sum);
    assert_eq!(rows.rows, [[Value::Integer(62)]]);
    assert_eq!(
        flushed(&answer).unwrap().out_of_reach.as_ref().unwrap().0,
        3
    );
    for sql in ["update a set v = 0", "begin", "create table d(x)"] {
        let error = session
            .run(sql, &mut rows.clone(), &mut ignore)
            .unwrap_err();
        let said = error.to_string();
        let start = "this would overtake 3 queued writes, which the cache server does not give";
        assert!(said.starts_with(start), "{sql}: {said}");
    }
    // Other tables are read as ever.
    run(&mut session, QUERIES[4]);

    // It comes back empty: the three are lost, exactly these, and that is told.
    let _again = redis(&socket).unwrap();
    let answer = loop {
        let (rows, answer) = run(&mut session, sum);
        assert_eq!(rows.rows, [[Value::Integer(62)]]);
        if flushed(&answer).unwrap().out_of_reach.is_none() {
            break answer;
        }
        // The circuit breaker has it left alone for a while.
        assert!(clock.now() - Time::ZERO < Duration::from_secs(60));
        std::thread::yield_now();
    };
    assert_eq!(flushed(&answer).unwrap().lost, 3);
    let (_, answer) = run(&mut session, "update a set v = v + 1 where id = 1");
    assert!(is_queued(&answer), "it is used again");
    assert_eq!(run(&mut session, sum).0.rows, [[Value::Integer(63)]]);
    let it = stats(&mut session);
    assert_eq!((it.acknowledged, it.flushed, it.lost), (6, 3, 3));
}

#[test]
fn a_server_without_a_queue_to_lose_costs_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let Some(redis_server) = redis(&socket) else {
        return;
    };
    let choice: Choice = format!("unix://{}", socket.display()).parse().unwrap();
    let (mut session, _home) = open(&choice, options(Invalidation::default()), &Clock::wall());
    drop(redis_server);
    for _ in 0..5 {
        let (_, answer) = run(&mut session, "update a set v = v + 1 where id = 1");
        assert_eq!(answer.changed, 1, "the database has it");
        let why = answer.behind.unwrap().not_queued;
        assert!(matches!(why, Some(NotQueued::Failed(_))), "{why:?}");
    }
    assert_eq!(
        in_database(&mut session, "select v from a where id = 1"),
        15
    );
}

/// Full, and not allowed to evict: the write that has no room is the database's
/// at once, after those that had.
#[test]
fn a_full_server_hands_the_writes_over() {
    let full = Options {
        rules: Rules {
            strategy: Pattern::WriteBehind {
                queue: 1_000,
                delay: Duration::from_secs(600),
            },
            ..Rules::default()
        },
        limits: Limits {
            maxmemory: Some(1_500_000),
            policy: Some("noeviction".into()),
        },
        ..Options::default()
    };
    for choice in [Choice::Builtin, Choice::Auto] {
        let (mut session, _home) = open(&choice, full.clone(), &Clock::wall());
        run(&mut session, "create table log(n, text)");
        let text = "x".repeat(8_000);
        let mut at_once = 0;
        for n in 0..400 {
            let (_, answer) = run(
                &mut session,
                &format!("insert into log values ({n}, '{text}')"),
            );
            at_once += u64::from(!is_queued(&answer));
        }
        let (rows, _) = run(&mut session, "select count(*), max(n) from log");
        assert_eq!(rows.rows, [[Value::Integer(400), Value::Integer(399)]]);
        let (rows, _) = run(
            &mut session,
            "select count(*) from log where n <> rowid - 1",
        );
        assert_eq!(rows.rows, [[Value::Integer(0)]], "in their order");
        let it = stats(&mut session);
        assert!(at_once > 0 && it.acknowledged + at_once == 400, "{it:?}");
        assert_eq!((it.lost, it.refused), (0, 0));
    }
}

#[test]
fn what_is_evicted_or_overwritten_is_lost_and_what_is_made_up_is_not_run() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    run(&mut session, "update a set v = 11 where id = 1");
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*:queue:*")
        .query(&mut server(&mut session))
        .unwrap();
    let [key] = <[String; 1]>::try_from(keys).unwrap();
    let made_up = r#"{"write":99,"sql":"delete from a","params":[]}"#;
    for forged in [made_up, "hello", ""] {
        let mut server = server(&mut session);
        let () = redis::cmd("RPUSH")
            .arg(&key)
            .arg(forged)
            .query(&mut server)
            .unwrap();
    }
    let (rows, answer) = run(&mut session, "select sum(v) from a");
    assert_eq!(rows.rows, [[Value::Integer(61)]]);
    assert_eq!(flushed(&answer).unwrap().lost, 0);

    run(&mut session, "update a set v = 12 where id = 1");
    let () = redis::cmd("SET")
        .arg(&key)
        .arg("mine")
        .query(&mut server(&mut session))
        .unwrap();
    let (rows, answer) = run(&mut session, "select sum(v) from a");
    assert_eq!(rows.rows, [[Value::Integer(61)]]);
    assert_eq!(flushed(&answer).unwrap().lost, 1);
}

/// The queue that was given up stays in the server, and the next one counts its
/// writes from 1 again: it must not be taken for the other.
#[test]
fn what_was_given_up_is_never_run_in_place_of_what_was_acknowledged_later() {
    let proxy = Proxy::new();
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&proxy.url(), options(Invalidation::default()), &clock);
    let (_, answer) = run(&mut session, "insert into a values (8, 'given up')");
    assert!(is_queued(&answer));
    proxy.set(Mood::Gone);
    assert_eq!(session.finish_cache(&mut ignore).unwrap().lost, 1);
    proxy.set(Mood::Honest);

    let again = options(Invalidation::default());
    session
        .start_cache(&proxy.url(), again, &mut ignore)
        .unwrap();
    let (_, answer) = run(&mut session, "insert into a values (9, 'acknowledged')");
    assert!(is_queued(&answer));
    let (rows, answer) = run(&mut session, "select id from a where id > 3");
    assert_eq!(rows.rows, [[Value::Integer(9)]]);
    assert_eq!(flushed(&answer).unwrap().lost, 0);
    assert_eq!(stats(&mut session).flushed, 1);
}

/// One of two writes is lost, and the database is locked when the other's turn
/// comes: the loss is told although the flush failed, and once.
#[test]
fn a_flush_that_stops_tells_what_it_found_lost() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    run(&mut session, "update a set v = 11 where id = 1");
    run(&mut session, "update a set v = 21 where id = 2");
    let mut server = server(&mut session);
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*:queue:*")
        .query(&mut server)
        .unwrap();
    let () = redis::cmd("LPOP").arg(&keys).query(&mut server).unwrap();
    let file = session.practice().connection().path().unwrap().to_owned();
    let locker = rusqlite::Connection::open(file).unwrap();
    locker.execute_batch("begin immediate").unwrap();

    let mut rows = ResultSet::default();
    let sum = "select sum(v) from a";
    session.run(sum, &mut rows, &mut ignore).unwrap_err();
    let told = session.take_stopped_flush().unwrap();
    assert_eq!((told.lost, told.writes), (1, 0));
    assert!(session.take_stopped_flush().is_none());

    locker.execute_batch("rollback").unwrap();
    let (rows, answer) = run(&mut session, sum);
    assert_eq!(rows.rows, [[Value::Integer(61)]]);
    let told = flushed(&answer).unwrap();
    assert_eq!((told.lost, told.writes), (0, 1));
}

/// A reply that never comes, one that breaks off, one that makes no sense: no wait beyond the
/// time-outs, and each write is in the database once, or refused and not at all.
#[test]
fn a_failing_server_costs_time_and_no_write_twice() {
    for mood in MOODS {
        let proxy = Proxy::new();
        let clock = Clock::wall();
        let behind = Options {
            rules: Rules {
                strategy: Pattern::WriteBehind {
                    queue: 100,
                    delay: Duration::from_secs(600),
                },
                ..Rules::default()
            },
            timeouts: Timeouts {
                connect: TIMEOUT,
                command: TIMEOUT,
            },
            ..Options::default()
        };
        let (mut session, _home) = open(&proxy.url(), behind, &clock);
        let add = "update a set v = v + 1 where id = 1";
        let mut rows = ResultSet::default();
        let mut done = 0;
        // Nothing waits: the database gets what the server does not take.
        proxy.set(mood);
        let started = clock.now();
        done += u64::from(session.run(add, &mut rows, &mut ignore).is_ok());
        assert!(clock.now() - started < TIMEOUT + SLACK, "{mood:?}");
        assert_eq!(done, 1, "{mood:?}");
        proxy.set(Mood::Honest);
        done += u64::from(session.run(add, &mut rows, &mut ignore).is_ok());
        assert_eq!(done, 2, "{mood:?}");

        // Two wait, and one is refused rather than let past them.
        done += u64::from(session.run(add, &mut rows, &mut ignore).is_ok());
        proxy.set(mood);
        let started = clock.now();
        let third = session.run(add, &mut rows, &mut ignore);
        assert!(clock.now() - started < 2 * TIMEOUT + SLACK, "{mood:?}");
        // The number of a length is a reply even if it comes in drops, or wrong.
        let is_reply = matches!(mood, Mood::Honest | Mood::Trickles | Mood::Mistakes);
        assert_eq!(third.is_ok(), is_reply, "{mood:?}: {third:?}");
        done += u64::from(third.is_ok());
        proxy.set(Mood::Honest);
        let sum = "select v - 10 from a where id = 1";
        let rows = loop {
            let (rows, answer) = run(&mut session, sum);
            let flushed = flushed(&answer);
            // It says so while the breaker keeps it from asking again.
            if flushed.is_none_or(|flushed| flushed.out_of_reach.is_none()) {
                break rows;
            }
            assert!(clock.now() - Time::ZERO < Duration::from_secs(60));
            std::thread::yield_now();
        };
        let expected = i64::try_from(done).unwrap();
        assert_eq!(rows.rows, [[Value::Integer(expected)]], "{mood:?}");
        assert_eq!(stats(&mut session).lost, 0, "{mood:?}");
    }
}

/// A script whose acknowledged writes are lost ends with 1, however the cache
/// that lost them is left.
#[test]
fn a_script_that_lost_writes_says_so_at_its_end() {
    let home = tempfile::tempdir().unwrap();
    let on = ".cache on builtin --strategy write-behind\n";
    let kept = "update orders set total = 1 where id = 1;\n";
    let lost = format!("{kept}.redis --force FLUSHALL\n");
    for end in ["", ".cache off\n", on, ".open shop@tiny\n"] {
        for (write, loses) in [(kept, false), (lost.as_str(), true)] {
            let output = assert_cmd::Command::cargo_bin("dbdojo")
                .unwrap()
                .env("DBDOJO_HOME", home.path())
                .args(["-d", "shop@tiny"])
                .write_stdin(format!("{on}{write}{end}"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let told = said.contains("the database has not all writes that were acknowledged");
            assert_eq!(told, loses, "{end:?}: {said}");
            let code = output.status.code().unwrap();
            assert_eq!(code, i32::from(loses), "{end:?}: {said}");
        }
    }
}
