//! Sessions with the cache on, over a real database and a real server: what
//! each way of invalidation promises, and which statements go past the cache.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod cached_session;

use std::time::Duration;

use cached_session::{QUERIES, server};
use dbdojo::cache::aside::{Jitter, Protection, Rules, Strategy as Pattern};
use dbdojo::cache::codec::Encoding;
use dbdojo::cache::layer::Dropped;
use dbdojo::cache::{Choice, Invalidation, Options, Outcome};
use dbdojo::clock::{Clock, Time};
use dbdojo::progress::ignore;
use dbdojo::sandbox::{Budget, ResultSet};
use dbdojo::session::{Answer, Session};
use proptest::prelude::*;
use tempfile::TempDir;

const TTL: Duration = Duration::from_secs(10);

struct World {
    session: Session,
    clock: Clock,
    /// What each query's answer was, from when on.
    history: Vec<(Time, Vec<ResultSet>)>,
    /// The connection that is in a transaction.
    in_transaction: Option<&'static str>,
    here: &'static str,
    /// Columns that were added so far.
    columns: u32,
    _home: TempDir,
}

fn options(invalidation: Invalidation) -> Options {
    Options {
        rules: Rules {
            invalidation,
            ..Rules::default()
        },
        ..Options::default()
    }
}

impl World {
    fn new(options: Options) -> World {
        let clock = Clock::virtual_at(1_700_000_000_000);
        let (session, home) = cached_session::open(&Choice::Builtin, options, &clock);
        let mut world = World {
            session,
            clock,
            history: Vec::new(),
            in_transaction: None,
            here: "a",
            columns: 0,
            _home: home,
        };
        world.note_truth();
        world
    }

    fn run(&mut self, sql: &str) -> (ResultSet, Answer) {
        cached_session::run(&mut self.session, sql)
    }

    /// What the database says, past the cache.
    fn truth(&mut self, sql: &str) -> ResultSet {
        let mut rows = ResultSet::default();
        let practice = self.session.practice_mut();
        practice
            .run(
                sql,
                Budget::default(),
                &Clock::wall(),
                &mut rows,
                &mut ignore,
            )
            .unwrap();
        rows
    }

    fn note_truth(&mut self) {
        if self.in_transaction == Some(self.here) {
            return;
        }
        let truths: Vec<ResultSet> = QUERIES.iter().map(|sql| self.truth(sql)).collect();
        if self.history.last().is_none_or(|(_, last)| *last != truths) {
            self.history.push((self.clock.now(), truths));
        }
    }

    /// Whether `rows` were the answer to query `q` at some moment after `since`.
    fn was_true(&self, q: usize, rows: &ResultSet, since: Option<Time>) -> bool {
        (0..self.history.len()).any(|i| {
            let until = self.history.get(i + 1).map(|(at, _)| *at);
            let lasted = since.is_none_or(|since| until.is_none_or(|until| until >= since));
            lasted && self.history[i].1[q] == *rows
        })
    }

    /// Evicts one key, or everything as a server that restarts does.
    fn evict(&mut self, which: Option<usize>) {
        let mut server = server(&mut self.session);
        let Some(which) = which else {
            return redis::cmd("FLUSHDB").query(&mut server).unwrap();
        };
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server).unwrap();
        keys.sort_unstable();
        if !keys.is_empty() {
            let key = &keys[which % keys.len()];
            let () = redis::cmd("DEL").arg(key).query(&mut server).unwrap();
        }
    }

    /// A change of the schema; some change what queries answer.
    fn ddl(&mut self, kind: u8) {
        let sums = ["a.v + c.v", "a.v - c.v"];
        let sql = match kind % 8 {
            0 => "create index if not exists a_v on a(v)".to_owned(),
            1 => "drop index if exists a_v".to_owned(),
            2 => "create table if not exists extra as select * from a".to_owned(),
            3 => {
                self.columns += 1;
                format!("alter table a add column more{}", self.columns)
            }
            4 => "drop trigger if exists follow".to_owned(),
            5 => "create trigger if not exists follow after update on c begin
                  update b set v = v + 1 where id = new.id; end"
                .to_owned(),
            way => {
                self.run("drop view w");
                let sum = sums[usize::from(way % 2)];
                format!("create view w as select {sum} as s from a join c using (id) order by id")
            }
        };
        self.run(&sql);
    }

    fn step(&mut self, step: &Step) {
        let may_write = self.in_transaction.is_none_or(|owner| owner == self.here);
        match *step {
            Step::Write(kind, id) if may_write => {
                let sql = match kind % 6 {
                    0 => format!("update a set v = v + 1 where id = {}", id % 3 + 1),
                    1 => format!("update b set v = v * 2 where id = {}", id % 3 + 1),
                    2 => format!("update c set v = v - 1 where id = {}", id % 3 + 1),
                    3 => format!(
                        "insert or replace into a(id, v) values ({}, -1)",
                        id % 5 + 1
                    ),
                    4 => format!("delete from b where id = {}", id % 5 + 1),
                    _ => format!("insert or ignore into c values ({}, 7)", id % 5 + 1),
                };
                self.run(&sql);
            }
            Step::Ddl(kind) if may_write => self.ddl(kind),
            Step::Begin if self.in_transaction.is_none() => {
                self.run("begin immediate");
                self.in_transaction = Some(self.here);
            }
            Step::End(commit) if self.in_transaction == Some(self.here) => {
                self.run(if commit { "commit" } else { "rollback" });
                self.in_transaction = None;
            }
            Step::Switch => {
                self.here = if self.here == "a" { "b" } else { "a" };
                self.session.switch(self.here, &mut ignore).unwrap();
            }
            Step::Pass(ms) => self.clock.advance(Duration::from_millis(ms)),
            Step::Evict(which) => self.evict(which),
            _ => {}
        }
        self.note_truth();
    }
}

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    Write(u8, u8),
    Ddl(u8),
    Begin,
    End(bool),
    Switch,
    Pass(u64),
    Evict(Option<usize>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => (0..QUERIES.len()).prop_map(Step::Read),
        5 => (any::<u8>(), any::<u8>()).prop_map(|(kind, id)| Step::Write(kind, id)),
        1 => any::<u8>().prop_map(Step::Ddl),
        1 => Just(Step::Begin),
        2 => any::<bool>().prop_map(Step::End),
        2 => Just(Step::Switch),
        2 => (1..6_000_u64).prop_map(Step::Pass),
        2 => prop::option::weighted(0.7, any::<usize>()).prop_map(Step::Evict),
    ];
    prop::collection::vec(step, 1..50)
}

/// Runs `steps`, and gives every answer to `check`.
fn play(
    options: Options,
    steps: &[Step],
    mut check: impl FnMut(&mut World, usize, &ResultSet, &Answer),
) {
    let mut world = World::new(options);
    for step in steps {
        if let Step::Read(q) = *step {
            let (rows, answer) = world.run(QUERIES[q]);
            if world.in_transaction == Some(world.here) {
                assert_eq!(rows, world.truth(QUERIES[q]), "in its own transaction");
            } else {
                check(&mut world, q, &rows, &answer);
            }
        } else {
            world.step(step);
        }
    }
}

/// Every combination that promises never to answer what is older than the last
/// commit keeps it.
fn never_stale() -> impl Strategy<Value = Options> {
    let ways = vec![Invalidation::Versioned, Invalidation::DeleteOnWrite];
    (
        prop::sample::select(ways),
        prop::sample::select(Pattern::ALL.to_vec()),
        prop::sample::select(Protection::ALL.to_vec()),
        prop::sample::select(Encoding::ALL.to_vec()),
        prop::option::of(1..5_u64),
        any::<bool>(),
    )
        .prop_map(
            |(invalidation, strategy, protection, encoding, negative, jitter)| Options {
                rules: Rules {
                    ttl: Some(TTL),
                    jitter: Jitter::from_thousandths(if jitter { 500 } else { 0 }).unwrap(),
                    negative: negative.map(Duration::from_secs),
                    strategy,
                    protection,
                    ..options(invalidation).rules
                },
                encoding,
                ..options(invalidation)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_read_after_a_commit_is_older_than_it(steps in steps(), options in never_stale()) {
        play(options, &steps, |world, q, rows, answer| {
            assert_eq!(*rows, world.truth(QUERIES[q]), "{}: {:?}", QUERIES[q], answer.served);
        });
    }

    #[test]
    fn a_ttl_bounds_staleness(steps in steps()) {
        let options = Options {
rules: Rules {
ttl: Some(TTL),
..options(Invalidation::Ttl).rules
},
..options(Invalidation::Ttl)
};
        play(options, &steps, |world, q, rows, _| {
            let now = world.clock.now() - Time::ZERO;
            let since = Time::ZERO + now.saturating_sub(TTL);
            assert!(world.was_true(q, rows, Some(since)), "{}: {rows:?}", QUERIES[q]);
        });
    }

    #[test]
    fn a_stale_window_adds_to_the_ttl_and_no_more(steps in steps()) {
        let window = Duration::from_secs(5);
        let options = Options {
rules: Rules {
ttl: Some(TTL),
protection: Protection::StaleWhileRevalidate { window },
..options(Invalidation::Ttl).rules
},
..options(Invalidation::Ttl)
};
        play(options, &steps, |world, q, rows, _| {
            let now = world.clock.now() - Time::ZERO;
            let since = Time::ZERO + now.saturating_sub(TTL + window);
            assert!(world.was_true(q, rows, Some(since)), "{}: {rows:?}", QUERIES[q]);
        });
    }

    #[test]
    fn without_invalidation_every_answer_was_true_once(steps in steps()) {
        play(options(Invalidation::None), &steps, |world, q, rows, _| {
            assert!(world.was_true(q, rows, None), "{}: {rows:?}", QUERIES[q]);
        });
    }
}

/// The tests above can tell: the weaker ways do answer stale.
#[test]
fn the_weaker_ways_are_weaker() {
    for invalidation in [Invalidation::None, Invalidation::Ttl] {
        let mut world = World::new(Options {
            rules: Rules {
                ttl: Some(TTL),
                ..options(invalidation).rules
            },
            ..options(invalidation)
        });
        world.run(QUERIES[2]);
        world.run("update b set v = 0");
        let (rows, _) = world.run(QUERIES[2]);
        assert_ne!(rows, world.truth(QUERIES[2]), "{invalidation:?}");
    }
}

#[test]
fn write_through_stores_anew_what_a_write_made_old() {
    for invalidation in [Invalidation::DeleteOnWrite, Invalidation::Versioned] {
        let mut world = World::new(Options {
            rules: Rules {
                strategy: Pattern::WriteThrough,
                ..options(invalidation).rules
            },
            ..options(invalidation)
        });
        for sql in QUERIES {
            world.run(sql);
        }
        // The trigger writes b, the view reads c.
        let (_, answer) = world.run("update c set v = 99");
        let (dropped, _) = answer.dropped.unwrap();
        assert!(
            matches!(
                dropped,
                Dropped::Restored {
                    results: 4,
                    deleted: 0,
                    ..
                }
            ),
            "{dropped:?}"
        );
        for sql in QUERIES {
            let (rows, answer) = world.run(sql);
            let outcome = answer.served.unwrap().outcome;
            assert!(matches!(outcome, Outcome::Hit { .. }), "{sql}: {outcome:?}");
            assert_eq!(rows, world.truth(sql));
        }
    }
}

#[test]
fn a_stale_answer_is_loaded_anew_after_it_was_given() {
    let window = Duration::from_secs(5);
    let mut world = World::new(Options {
        rules: Rules {
            ttl: Some(TTL),
            protection: Protection::StaleWhileRevalidate { window },
            ..options(Invalidation::Ttl).rules
        },
        ..options(Invalidation::Ttl)
    });
    let (old, _) = world.run(QUERIES[4]);
    world.run("update c set v = 99");
    world.clock.advance(TTL + Duration::from_secs(1));
    let (stale, answer) = world.run(QUERIES[4]);
    let served = answer.served.unwrap();
    assert_eq!(stale, old);
    let by = Duration::from_secs(1);
    assert!(matches!(served.outcome, Outcome::Stale { by: late, .. } if late == by));
    assert!(served.times.refresh.is_some());
    let (rows, answer) = world.run(QUERIES[4]);
    assert_eq!(rows, world.truth(QUERIES[4]));
    assert!(matches!(
        answer.served.unwrap().outcome,
        Outcome::Hit { .. }
    ));
}

/// One statement of each class that must not be cached, and what its footer
/// says after "not cached:".
#[test]
fn each_class_of_uncacheable_statements_says_why() {
    let mut world = World::new(Options::default());
    let table = [
        (
            "select random(), id from a",
            "random() can answer differently next time",
        ),
        (
            "select hex(randomblob(4)) from a",
            "randomblob() can answer differently next time",
        ),
        (
            "select id from a order by random()",
            "random() can answer differently next time",
        ),
        (
            "select current_timestamp from a",
            "current_timestamp() can answer differently next time",
        ),
        (
            "select date('now'), id from a",
            "date() can answer differently next time",
        ),
        (
            "select strftime('%s') from a",
            "strftime() can answer differently next time",
        ),
        (
            "select unixepoch() from a",
            "unixepoch() can answer differently next time",
        ),
        (
            "select julianday() from a",
            "julianday() can answer differently next time",
        ),
        (
            "select changes() from a",
            "changes() can answer differently next time",
        ),
        (
            "select total_changes() from a",
            "total_changes() can answer differently next time",
        ),
        (
            "select last_insert_rowid() from a",
            "last_insert_rowid() can answer differently next time",
        ),
        (
            "pragma table_info(a)",
            "a PRAGMA tells of this connection, not of the data",
        ),
        (
            "select name from pragma_table_info('a')",
            "a PRAGMA tells of this connection, not of the data",
        ),
        (
            "explain query plan select * from a",
            "a plan is about the planner, not the data",
        ),
        ("select 1 + 1", "it reads no table"),
        ("values (1), (2)", "it reads no table"),
    ];
    for (sql, why) in table {
        for _ in 0..2 {
            let (_, answer) = world.run(sql);
            let said = answer.served.map(|served| match served.outcome {
                Outcome::Bypassed { why } => why.to_string(),
                other => panic!("{sql}: {other:?}"),
            });
            assert_eq!(said.as_deref(), Some(why), "{sql}");
        }
    }
    let said = |world: &mut World, sql: &str| match world.run(sql).1.served.unwrap().outcome {
        Outcome::Bypassed { why } => why.to_string(),
        other => format!("{other:?}"),
    };
    // A write says what it dropped instead.
    world.run("select * from c");
    let (_, answer) = world.run("update c set v = 1 where id = 3 returning v");
    assert!(answer.served.is_none());
    assert_eq!(answer.dropped.unwrap().0, Dropped::Deleted(1));
    world.run("begin");
    assert_eq!(
        said(&mut world, "select * from a"),
        "inside a transaction you may see what others must not"
    );
    world.run("rollback");
    world.run("savepoint s");
    assert!(said(&mut world, "select * from a").starts_with("inside a transaction"));
    world.run("release s");
    world.run("create temp table mine(x)");
    let connection = "a temporary or attached table belongs to one connection";
    assert_eq!(said(&mut world, "select * from mine"), connection);
    assert_eq!(said(&mut world, "select count(*) from mine"), connection);
    assert_eq!(
        said(
            &mut world,
            "select * from a where id in (select x from mine)"
        ),
        connection
    );
    world.run("attach ':memory:' as other");
    world.run("create table other.a(id, v)");
    assert_eq!(said(&mut world, "select * from other.a"), connection);
    world.run("analyze");
    assert_eq!(
        said(&mut world, "select tbl from sqlite_stat1"),
        "SQLite writes sqlite_stat1 by itself"
    );
    let plain = "select v from b";
    let outcomes = [said(&mut world, plain), said(&mut world, plain)];
    assert!(outcomes[0].starts_with("Miss"), "{outcomes:?}");
    assert!(outcomes[1].starts_with("Hit"), "{outcomes:?}");
}

/// What a virtual table shows changes with tables that no statement names: it
/// goes past the cache, and so do the tables where it keeps its data.
#[test]
fn virtual_tables_are_never_stale() {
    for invalidation in [Invalidation::DeleteOnWrite, Invalidation::Versioned] {
        let mut world = World::new(options(invalidation));
        for sql in [
            "create table notes(id integer primary key, text)",
            "insert into notes values (1, 'old')",
            "create virtual table Outside using fts5(text, content = 'notes', content_rowid = 'id')",
            "create virtual table inside using fts5(text)",
            "create virtual table words using fts5vocab('inside', 'row')",
            "create virtual table boxes using rtree(id, low, high)",
        ] {
            world.run(sql);
        }
        let changes = [
            "update notes set text = text || 'er' where id = 1",
            "insert into inside values ('one more')",
            "insert into boxes values (null, 1, 2)",
        ];
        for (sql, table) in [
            ("select text from outside where rowid = 1", "Outside"),
            ("select count(*) from OUTSIDE", "OUTSIDE"),
            ("select count(*) from inside_content", "inside_content"),
            ("select term, cnt from words order by term", "words"),
            ("select id from boxes order by id", "boxes"),
            (
                "select nodeno from boxes_rowid order by rowid",
                "boxes_rowid",
            ),
            ("select sum(pgsize) from dbstat", "dbstat"),
        ] {
            for change in changes {
                let (rows, answer) = world.run(sql);
                assert_eq!(rows.rows, world.truth(sql).rows, "{sql}");
                let served = answer.served.unwrap();
                let said = match served.outcome {
                    Outcome::Bypassed { why } => why.to_string(),
                    other => panic!("{sql}: {other:?}"),
                };
                assert_eq!(
                    said,
                    format!("{table} is a virtual table or part of one, and changes unseen")
                );
                world.run(change);
            }
        }
        // The functions that are called as tables change nothing unseen.
        let each = "select a.id from a, json_each('[1, 2]') as e where e.value = a.id";
        world.run(each);
        let (_, answer) = world.run(each);
        assert!(matches!(
            answer.served.unwrap().outcome,
            Outcome::Hit { .. }
        ));
    }
}

/// A result without rows lives for `--negative`, although a read of it has the
/// server keep it for the sliding TTL.
#[test]
fn what_is_listed_lives_as_long_as_it_answers() {
    let mut world = World::new(Options {
        rules: Rules {
            ttl: Some(10 * TTL),
            sliding: true,
            negative: Some(TTL),
            ..Rules::default()
        },
        ..Options::default()
    });
    let left = |world: &mut World| {
        let entries = world.session.cache().unwrap().entries("").unwrap();
        assert_eq!(entries.len(), 1);
        entries[0].ttl_left.unwrap()
    };
    world.run(QUERIES[3]);
    world.clock.advance(TTL / 2);
    world.run(QUERIES[3]);
    assert_eq!(left(&mut world), TTL / 2);
    world.clock.advance(TTL);
    let entries = world.session.cache().unwrap().entries("").unwrap();
    let listed: Vec<_> = entries.iter().map(|listed| listed.ttl_left).collect();
    assert!(
        listed.is_empty() || listed == [Some(Duration::ZERO)],
        "{listed:?}"
    );
}

#[test]
fn listed_results_are_chosen_by_a_glob_or_a_part() {
    let mut world = World::new(Options::default());
    world.run("select v from a");
    world.run("select V from b where id = 2");
    for (pattern, found) in [
        ("", 2),
        ("FROM", 2),
        ("from b", 1),
        ("*from ?", 1),
        ("select*", 2),
        ("*FROM B*", 1),
        ("from*", 0),
        ("dojo:*", 2),
        ("nothing", 0),
    ] {
        let entries = world.session.cache().unwrap().entries(pattern).unwrap();
        assert_eq!(entries.len(), found, "{pattern}");
    }
}
