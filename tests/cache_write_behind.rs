//! Write-behind over a real database and real servers: every statement sees the
//! writes before it, and what is lost is what stood in a queue that was lost.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod cached_session;
mod write_behind;

use std::time::Duration;

use cached_session::{QUERIES, SCHEMA, open, run, server};
use dbdojo::cache::{Choice, Invalidation, Outcome};
use dbdojo::clock::Clock;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{ResultSet, Value};
use dbdojo::session::{NotQueued, Session};
use proptest::prelude::*;
use tempfile::TempDir;
use write_behind::{DELAY, QUEUE, flushed, in_database, is_queued, options, stats};

/// The session, and a model of it: a plain database that runs each
/// acknowledged write at once, and that is made anew without what was lost.
struct World {
    session: Session,
    clock: Clock,
    model: rusqlite::Connection,
    /// What the model has run, in order.
    log: Vec<String>,
    /// The transaction that is open, and on which connection.
    open: Option<(&'static str, Vec<String>)>,
    here: &'static str,
    lost: u64,
    _home: TempDir,
}

fn fresh_model() -> rusqlite::Connection {
    let model = rusqlite::Connection::open_in_memory().unwrap();
    model.execute_batch(SCHEMA).unwrap();
    model
}

impl World {
    fn new(invalidation: Invalidation) -> World {
        let clock = Clock::virtual_at(1_700_000_000_000);
        let (session, home) = open(&Choice::Builtin, options(invalidation), &clock);
        World {
            session,
            clock,
            model: fresh_model(),
            log: Vec::new(),
            open: None,
            here: "a",
            lost: 0,
            _home: home,
        }
    }

    fn expected(&self, sql: &str) -> Vec<Vec<Value>> {
        let mut statement = self.model.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|at| row.get_ref(at).map(dbdojo::sandbox::owned))
                .collect()
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// A write of the session's: the model runs it now, or at the commit.
    fn write(&mut self, sql: String) {
        let mut rows = ResultSet::default();
        // A duplicate key fails at once, or is refused later: as in the model.
        let _ = self.session.run(&sql, &mut rows, &mut ignore);
        match &mut self.open {
            Some((owner, writes)) if *owner == self.here => writes.push(sql),
            _ => {
                let _ = self.model.execute(&sql, []);
                self.log.push(sql);
            }
        }
        let waiting = self.session.queued_writes();
        assert!(waiting < QUEUE as usize, "{waiting} wait");
    }

    /// The queue is evicted, and with it all that waits there.
    fn lose_queue(&mut self, everything: bool) {
        // Less those that were lost before, which nobody has noticed.
        let gone = self.lost - stats(&mut self.session).lost;
        let waiting = self.session.queued_writes() - usize::try_from(gone).unwrap();
        let mut server = server(&mut self.session);
        if everything {
            let () = redis::cmd("FLUSHDB").query(&mut server).unwrap();
        } else {
            let keys: Vec<String> = redis::cmd("KEYS")
                .arg("*:queue:*")
                .query(&mut server)
                .unwrap();
            assert_eq!(keys.len(), usize::from(waiting > 0));
            for key in keys {
                let () = redis::cmd("DEL").arg(key).query(&mut server).unwrap();
            }
        }
        self.lost += waiting as u64;
        self.log.truncate(self.log.len() - waiting);
        self.model = fresh_model();
        for sql in &self.log {
            let _ = self.model.execute(sql, []);
        }
    }

    fn step(&mut self, step: &Step) {
        let may_write = self
            .open
            .as_ref()
            .is_none_or(|(owner, _)| *owner == self.here);
        match *step {
            Step::Read(q) => {
                let (rows, answer) = run(&mut self.session, QUERIES[q]);
                if may_write && self.open.is_some() {
                    return; // it sees what is not committed
                }
                let expected = self.expected(QUERIES[q]);
                assert_eq!(rows.rows, expected, "{}: {answer:?}", QUERIES[q]);
            }
            Step::Write(kind, id) if may_write => self.write(match kind % 7 {
                0 => format!("update a set v = v + 1 where id = {}", id % 3 + 1),
                1 => format!("update b set v = v * 2 where id = {}", id % 3 + 1),
                2 => format!("update c set v = v - 1 where id = {}", id % 3 + 1),
                3 => format!("insert or replace into a values ({}, -1)", id % 5 + 1),
                4 => format!("delete from b where id = {}", id % 5 + 1),
                5 => format!(
                    "insert into c select id + 3, v from a where id = {}",
                    id % 5 + 1
                ),
                // A duplicate key takes its whole transaction with it.
                _ => format!("insert or rollback into b values ({}, 0)", id % 5 + 1),
            }),
            Step::Begin if self.open.is_none() => {
                run(&mut self.session, "begin immediate");
                assert_eq!(self.session.queued_writes(), 0);
                self.open = Some((self.here, Vec::new()));
            }
            Step::End(commit) if self.open.as_ref().is_some_and(|(it, _)| *it == self.here) => {
                let in_transaction = self.session.practice().in_transaction();
                let (_, writes) = self.open.take().unwrap();
                if in_transaction {
                    run(
                        &mut self.session,
                        if commit { "commit" } else { "rollback" },
                    );
                }
                if in_transaction && commit {
                    for sql in writes {
                        let _ = self.model.execute(&sql, []);
                        self.log.push(sql);
                    }
                }
            }
            Step::Switch => {
                // As `.conn` does.
                self.session.flush(&mut ignore).unwrap();
                self.here = if self.here == "a" { "b" } else { "a" };
                self.session.switch(self.here, &mut ignore).unwrap();
            }
            Step::Pass(ms) => self.clock.advance(Duration::from_millis(ms)),
            Step::Lose(everything) => self.lose_queue(everything),
            _ => {}
        }
        // OR ROLLBACK has ended it.
        if self.open.as_ref().is_some_and(|(it, _)| *it == self.here)
            && !self.session.practice().in_transaction()
        {
            self.open = None;
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    Write(u8, u8),
    Begin,
    End(bool),
    Switch,
    Pass(u64),
    Lose(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..QUERIES.len()).prop_map(Step::Read),
        12 => (any::<u8>(), any::<u8>()).prop_map(|(kind, id)| Step::Write(kind, id)),
        1 => Just(Step::Begin),
        2 => any::<bool>().prop_map(Step::End),
        1 => Just(Step::Switch),
        2 => (1..8_000_u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Lose),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// As if each write were run when it is acknowledged; but for those in a
    /// queue that is lost, and all of these.
    #[test]
    fn all_see_the_writes_before_them_and_only_a_lost_queue_loses(
        steps in steps(),
        invalidation in prop::sample::select(vec![Invalidation::Versioned, Invalidation::DeleteOnWrite]),
    ) {
        let mut world = World::new(invalidation);
        for step in &steps {
            world.step(step);
        }
        if world.open.is_some() {
            return Ok(());
        }
        world.session.flush(&mut ignore).unwrap();
        for sql in QUERIES {
            let (rows, _) = run(&mut world.session, sql);
            prop_assert_eq!(rows.rows, world.expected(sql), "{}", sql);
        }
        let it = stats(&mut world.session);
        prop_assert_eq!(it.lost, world.lost);
        prop_assert_eq!(it.acknowledged, it.flushed + it.refused + it.lost);
    }
}

#[test]
fn the_database_gets_the_writes_later_and_together() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    let sum = "select sum(v) from a";
    for waiting in 1..=3 {
        let (_, answer) = run(&mut session, "update a set v = v + 1 where id = 1");
        assert_eq!(answer.behind.unwrap().queued.unwrap().waiting, waiting);
        assert_eq!(in_database(&mut session, sum), 60, "it has not seen it");
    }
    // A read of another table does not wait for the database.
    let (_, answer) = run(&mut session, QUERIES[4]);
    assert!(flushed(&answer).is_none());
    // The fourth fills the queue.
    let generation = session.practice().generation();
    let (_, answer) = run(&mut session, "update a set v = v + 1 where id = 2");
    assert_eq!(flushed(&answer).unwrap().writes, 4);
    assert_eq!(in_database(&mut session, sum), 64);
    assert_eq!(
        session.practice().generation(),
        generation + 1,
        "one commit"
    );

    // Waiting for long enough is enough, whatever is asked next.
    run(&mut session, "update a set v = 0 where id = 1");
    clock.advance(DELAY);
    let (_, answer) = run(&mut session, QUERIES[4]);
    assert_eq!(flushed(&answer).unwrap().writes, 1);

    // What is cached of a written table is not answered.
    run(&mut session, QUERIES[3]);
    run(&mut session, "update a set v = -7 where id = 1");
    let (rows, answer) = run(&mut session, QUERIES[3]);
    assert_eq!(rows.rows, [[Value::Integer(-7)]]);
    assert_eq!(flushed(&answer).unwrap().writes, 1);
    assert!(matches!(
        answer.served.unwrap().outcome,
        Outcome::Miss { .. }
    ));
}

#[test]
fn what_must_not_wait_does_not_and_says_why() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    for (sql, why) in [
        (
            "update a set v = random()",
            "random() would give another value later",
        ),
        (
            "update a set v = 1 where id = 1 returning v",
            "RETURNING wants its rows now",
        ),
        (
            "insert into temp.mine values (1)",
            "a temporary or attached table belongs to one connection",
        ),
    ] {
        if sql.contains("temp.mine") {
            run(&mut session, "create temp table mine(x)");
        }
        run(&mut session, "update a set v = v + 1 where id = 2");
        let (_, answer) = run(&mut session, sql);
        assert_eq!(flushed(&answer).unwrap().writes, 1, "{sql}");
        match answer.behind.unwrap().not_queued.unwrap() {
            NotQueued::MayNot(reason) => assert_eq!(reason.to_string(), why),
            other => panic!("{sql}: {other:?}"),
        }
    }
    // What is wrong with a statement itself is told at once, not later.
    let mut rows = ResultSet::default();
    let error = session.run("update a set w = 1", &mut rows, &mut ignore);
    assert_eq!(error.unwrap_err().to_string(), "no such column: w");
    assert_eq!(session.queued_writes(), 0);
}

#[test]
fn a_write_that_the_database_refuses_is_told_and_keeps_no_other_from_it() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    for (duplicate, commits) in [("insert into", 1), ("insert or rollback into", 2)] {
        run(&mut session, "delete from a where id > 3");
        run(&mut session, QUERIES[3]);
        let generation = session.practice().generation();
        run(&mut session, "insert into a values (4, 40)");
        let (_, answer) = run(&mut session, &format!("{duplicate} a values (1, 0)"));
        assert!(is_queued(&answer), "acknowledged all the same");
        run(&mut session, "insert into a values (5, 50)");
        let (rows, answer) = run(&mut session, "select count(*) from a");
        assert_eq!(rows.rows, [[Value::Integer(5)]]);
        let flushed = flushed(&answer).unwrap();
        assert_eq!((flushed.writes, flushed.refused.len()), (3, 1));
        assert_eq!(flushed.refused[0].why, "UNIQUE constraint failed: a.id");
        assert_eq!(session.practice().generation(), generation + commits);
    }
    assert_eq!(stats(&mut session).refused, 2);
}

#[test]
fn clearing_and_looking_leave_the_queue_alone_and_turning_off_empties_it() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let (mut session, _home) = open(&Choice::Builtin, options(Invalidation::default()), &clock);
    run(&mut session, QUERIES[4]);
    run(&mut session, "update a set v = 11 where id = 1");
    let layer = session.cache().unwrap();
    assert_eq!(layer.entries("").unwrap().len(), 1, "results alone");
    assert_eq!(layer.clear().unwrap(), 1);
    let flushed = session.finish_cache(&mut ignore).unwrap();
    assert_eq!((flushed.writes, flushed.lost), (1, 0));
    assert_eq!(
        in_database(&mut session, "select v from a where id = 1"),
        11
    );
}
