//! The practice database: what it lets through, what it refuses, and that the
//! source stays as it was.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{
    Budget, Column, Error, Kind, Outcome, Practice, ResultSet, RowSink, Source, Surroundings,
    Value, ValueRef,
};
use dbdojo::sql::TableKind;
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with a small database of the learner's own in it.
struct Bench {
    home: TempDir,
    file: PathBuf,
}

impl Bench {
    fn new(setup: &str) -> Bench {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("own");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("my data?#%.db");
        let conn = Connection::open(&file).unwrap();
        conn.execute_batch(setup).unwrap();
        drop(conn);
        Bench { home, file }
    }

    fn plain() -> Bench {
        Bench::new(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
             INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL);
             CREATE VIEW w AS SELECT v FROM t;",
        )
    }

    fn around(&self) -> Surroundings {
        Surroundings {
            sessions: self.home.path().join("sessions"),
            clock: Clock::wall(),
            interrupt: Interrupt::new(),
        }
    }

    fn open(&self) -> Practice {
        Practice::open(Source::File(self.file.clone()), self.around(), &mut ignore).unwrap()
    }

    fn files_beside(&self) -> usize {
        fs::read_dir(self.file.parent().unwrap()).unwrap().count()
    }

    fn copies(&self) -> usize {
        fs::read_dir(self.home.path().join("sessions")).map_or(0, Iterator::count)
    }
}

fn run(practice: &mut Practice, sql: &str) -> Result<(Outcome, ResultSet), Error> {
    let mut rows = ResultSet::default();
    let outcome = practice.run(
        sql,
        Budget::default(),
        &Clock::wall(),
        &mut rows,
        &mut ignore,
    )?;
    Ok((outcome, rows))
}

fn one(practice: &mut Practice, sql: &str) -> Value {
    run(practice, sql).unwrap().1.rows[0][0].clone()
}

#[test]
fn reading_copies_nothing_and_leaves_nothing() {
    let bench = Bench::plain();
    let before = fs::read(&bench.file).unwrap();
    let mut practice = bench.open();
    let (outcome, rows) = run(&mut practice, "SELECT id, v FROM t ORDER BY id").unwrap();
    assert_eq!(outcome.kind, Kind::Query);
    assert_eq!(outcome.rows, 3);
    assert_eq!(rows.rows[2], vec![Value::Integer(3), Value::Null]);
    assert_eq!(rows.columns[1].declared_type.as_deref(), Some("TEXT"));
    assert!(!practice.is_copied());
    drop(practice);
    assert_eq!(bench.files_beside(), 1);
    assert_eq!(bench.copies(), 0);
    assert_eq!(fs::read(&bench.file).unwrap(), before);
}

#[test]
fn writing_happens_in_a_copy_and_reset_forgets_it() {
    let bench = Bench::plain();
    let before = fs::read(&bench.file).unwrap();
    let mut practice = bench.open();
    let id = practice.id();
    let (outcome, _) = run(&mut practice, "UPDATE t SET v = 'x' WHERE id > 1").unwrap();
    assert_eq!((outcome.kind, outcome.changed), (Kind::Write, 2));
    assert!(practice.is_copied());
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t WHERE v = 'x'"),
        Value::Integer(2)
    );
    practice.reset(&mut ignore).unwrap();
    assert_ne!(practice.id(), id);
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t WHERE v = 'x'"),
        Value::Integer(0)
    );
    assert_eq!(bench.copies(), 0, "the copy is gone at once");
    assert_eq!(fs::read(&bench.file).unwrap(), before);
}

#[test]
fn what_needs_a_copy_gets_one() {
    for (sql, copied) in [
        ("SELECT * FROM w", false),
        ("PRAGMA table_info(t)", false),
        ("PRAGMA page_count", false),
        ("EXPLAIN SELECT 1", false),
        ("BEGIN", true),
        ("SAVEPOINT s", true),
        ("PRAGMA user_version = 7", true),
        ("CREATE TEMP TABLE x(a)", true),
        ("CREATE INDEX i ON t(v)", true),
        ("ATTACH ':memory:' AS m", true),
        ("ANALYZE", true),
        ("DELETE FROM t", true),
    ] {
        let bench = Bench::plain();
        let mut practice = bench.open();
        run(&mut practice, sql).unwrap();
        assert_eq!(practice.is_copied(), copied, "{sql}");
    }
}

#[test]
fn a_transaction_tells_its_tables_when_it_commits() {
    let bench = Bench::plain();
    let mut practice = bench.open();
    run(&mut practice, "BEGIN").unwrap();
    run(&mut practice, "DELETE FROM t WHERE id = 1").unwrap();
    assert!(practice.take_committed().is_empty());
    assert!(matches!(
        practice.reset(&mut ignore),
        Err(Error::InTransaction)
    ));
    run(&mut practice, "COMMIT").unwrap();
    assert_eq!(
        practice.take_committed().into_iter().collect::<Vec<_>>(),
        ["t"]
    );
    let generation = practice.generation();

    run(&mut practice, "BEGIN").unwrap();
    run(&mut practice, "DELETE FROM t").unwrap();
    run(&mut practice, "ROLLBACK").unwrap();
    assert!(practice.take_committed().is_empty());
    assert_eq!(practice.generation(), generation);
    let (outcome, _) = run(&mut practice, "INSERT INTO t VALUES (9, '') RETURNING id").unwrap();
    assert_eq!((outcome.rows, outcome.changed), (1, 1));
    assert_eq!(practice.take_committed().len(), 1);
}

#[test]
fn notes_see_through_views_and_triggers() {
    let bench = Bench::plain();
    let mut practice = bench.open();
    run(&mut practice, "CREATE TABLE log(x)").unwrap();
    run(
        &mut practice,
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END",
    )
    .unwrap();
    let notes = practice.notes("SELECT upper(v) FROM w").unwrap();
    assert!(notes.reads.contains("t"), "{notes:?}");
    assert!(notes.functions.contains("upper"));
    let notes = practice.notes("INSERT INTO t VALUES (7, 'x')").unwrap();
    assert!(notes.writes.contains("log") && notes.writes.contains("t"));
}

#[test]
fn the_guard_keeps_statements_inside() {
    let bench = Bench::plain();
    let outside = bench.home.path().join("outside.db");
    let outside = outside.to_str().unwrap();
    let mut practice = bench.open();
    run(&mut practice, "CREATE TABLE mine(a)").unwrap();
    for sql in [
        format!("ATTACH '{outside}' AS o"),
        format!("ATTACH '{}' || '' AS o", outside),
        format!("VACUUM INTO '{outside}'"),
        format!("VACUUM main INTO '{outside}'"),
        "ATTACH 'file:x?mode=rwc' AS o".to_owned(),
        "SELECT load_extension('x')".to_owned(),
        "PRAGMA writable_schema = 1".to_owned(),
        "PRAGMA mmap_size = 1000000".to_owned(),
        "PRAGMA max_page_count = 1000000000".to_owned(),
        "PRAGMA temp_store_directory = '/'".to_owned(),
        "PRAGMA journal_mode = OFF".to_owned(),
        "PRAGMA hard_heap_limit = 1".to_owned(),
        "SELECT * FROM pragma_mmap_size".to_owned(),
    ] {
        let result = run(&mut practice, &sql);
        assert!(
            matches!(result, Err(Error::Refused(_) | Error::Sql { .. })),
            "{sql} was let through: {result:?}"
        );
        assert!(!Path::new(outside).exists(), "{sql} made a file");
    }
    run(&mut practice, "VACUUM").unwrap();
    let direct = run(&mut practice, "DELETE FROM sqlite_schema");
    assert!(direct.is_err());
    let big = run(&mut practice, "SELECT hex(zeroblob(400000000))");
    assert!(matches!(big, Err(Error::Sql { .. })), "{big:?}");
}

#[test]
fn an_endless_statement_ends_with_the_budget() {
    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let bench = Bench::plain();
    let mut practice = bench.open();
    let mut rows = ResultSet::default();
    let steps = Budget {
        steps: Some(100_000),
        time: None,
    };
    let stopped = practice.run(ENDLESS, steps, &Clock::wall(), &mut rows, &mut ignore);
    assert!(matches!(stopped, Err(Error::TimeLimit(_))), "{stopped:?}");
    let time = Budget {
        steps: None,
        time: Some(Duration::ZERO),
    };
    let stopped = practice.run(ENDLESS, time, &Clock::wall(), &mut rows, &mut ignore);
    assert!(matches!(stopped, Err(Error::TimeLimit(_))), "{stopped:?}");
    assert_eq!(
        one(&mut practice, "SELECT 1"),
        Value::Integer(1),
        "the session goes on"
    );
}

/// A reader who takes five seconds for each row.
struct Slow(Clock);

impl RowSink for Slow {
    fn begin(&mut self, _: &[Column]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &[ValueRef<'_>]) -> io::Result<()> {
        self.0.aside(|| self.0.advance(Duration::from_secs(5)));
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn reading_in_a_pager_is_no_time_of_the_query() {
    let bench = Bench::plain();
    let clock = Clock::virtual_at(0);
    let around = Surroundings {
        clock: clock.clone(),
        ..bench.around()
    };
    let source = Source::File(bench.file.clone());
    let mut practice = Practice::open(source, around, &mut ignore).unwrap();
    let budget = Budget {
        steps: None,
        time: Some(Duration::from_secs(3)),
    };
    // Long enough for the progress handler to look at the time.
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000)
               SELECT i FROM n";
    let ran = practice.run(sql, budget, &clock, &mut Slow(clock.clone()), &mut ignore);
    let outcome = ran.unwrap();
    assert_eq!((outcome.rows, outcome.elapsed), (9000, Duration::ZERO));
}

#[test]
fn a_broken_view_does_not_hide_the_tables() {
    let bench = Bench::new("CREATE TABLE good(a); CREATE VIEW bad AS SELECT * FROM gone");
    let schema = bench.open().schema().unwrap();
    let told: Vec<_> = schema
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.kind, table.columns.len()))
        .collect();
    let expected = [
        ("bad", TableKind::BrokenView, 0),
        ("good", TableKind::Table, 1),
    ];
    assert_eq!(told, expected);
}

#[test]
fn ctrl_c_ends_a_statement_and_not_the_session() {
    let bench = Bench::plain();
    let around = bench.around();
    let interrupt = around.interrupt.clone();
    let mut practice =
        Practice::open(Source::File(bench.file.clone()), around, &mut ignore).unwrap();
    interrupt.raise();
    let sql =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    assert!(matches!(run(&mut practice, sql), Err(Error::Interrupted)));
    interrupt.lower();
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t"),
        Value::Integer(3)
    );
}

#[test]
fn a_wal_database_is_read_whole_and_left_alone() {
    let bench =
        Bench::new("PRAGMA journal_mode = WAL; CREATE TABLE t(v); INSERT INTO t VALUES (1);");
    // Closed cleanly: no WAL file.
    assert_eq!(bench.files_beside(), 1);
    let mut practice = bench.open();
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t"),
        Value::Integer(1)
    );
    assert_eq!(bench.files_beside(), 1);

    // Now another program has it open, with a row in the WAL.
    let writer = Connection::open(&bench.file).unwrap();
    writer
        .execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (2)")
        .unwrap();
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t"),
        Value::Integer(2),
        "it notices"
    );
    let beside = bench.files_beside();
    let mut second = bench.open();
    assert_eq!(
        one(&mut second, "SELECT count(*) FROM t"),
        Value::Integer(2)
    );
    run(&mut second, "DELETE FROM t").unwrap();
    assert_eq!(bench.files_beside(), beside);
    drop((practice, second));
    let rows: i64 = writer
        .query_row("SELECT count(*) FROM t", [], |r| r.get(0))
        .unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn a_wal_that_a_killed_program_left_counts() {
    let bench = Bench::new("PRAGMA journal_mode = WAL; CREATE TABLE t(v);");
    let writer = Connection::open(&bench.file).unwrap();
    writer
        .execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (1), (2)")
        .unwrap();
    // What the disk holds if the writer dies now.
    let dead = bench.home.path().join("dead.db");
    fs::copy(&bench.file, &dead).unwrap();
    let wal = format!("{}-wal", bench.file.display());
    fs::copy(&wal, format!("{}-wal", dead.display())).unwrap();
    let bytes = fs::read(&dead).unwrap();

    let mut practice =
        Practice::open(Source::File(dead.clone()), bench.around(), &mut ignore).unwrap();
    assert_eq!(
        one(&mut practice, "SELECT count(*) FROM t"),
        Value::Integer(2)
    );
    assert_eq!(fs::read(&dead).unwrap(), bytes);
    assert!(!bench.home.path().join("dead.db-shm").exists());
}

#[test]
fn what_is_no_database_is_named() {
    let bench = Bench::plain();
    let text = bench.home.path().join("notes.txt");
    fs::write(&text, "these are no pages, only words, and enough of them to fill a header of a hundred bytes or more...").unwrap();
    for (path, why) in [
        (
            bench.home.path().join("missing.db"),
            "there is no such file",
        ),
        (bench.home.path().to_owned(), "a folder"),
        (text, "no SQLite database"),
    ] {
        let error = Practice::open(Source::File(path.clone()), bench.around(), &mut ignore)
            .err()
            .unwrap();
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_truncated_database_is_an_error() {
    let bench = Bench::plain();
    let bytes = fs::read(&bench.file).unwrap();
    fs::write(&bench.file, &bytes[..bytes.len() / 2]).unwrap();
    if let Ok(mut practice) = Practice::open(
        Source::File(bench.file.clone()),
        bench.around(),
        &mut ignore,
    ) {
        assert!(run(&mut practice, "SELECT * FROM t").is_err());
    }
}

#[test]
fn vacuum_works_on_a_copy_without_asking_for_one_first() {
    let bench = Bench::plain();
    let before = fs::read(&bench.file).unwrap();
    let mut practice = bench.open();
    run(&mut practice, "VACUUM").unwrap();
    assert!(practice.is_copied());
    assert_eq!(fs::read(&bench.file).unwrap(), before);
}

#[test]
fn asking_for_a_setting_copies_nothing() {
    let bench = Bench::plain();
    let mut practice = bench.open();
    run(&mut practice, "PRAGMA journal_mode").unwrap();
    assert!(!practice.is_copied());
}

#[test]
fn a_nul_byte_does_not_hide_the_rest_of_a_statement() {
    let bench = Bench::plain();
    let mut practice = bench.open();
    let error = run(&mut practice, "SELECT 1\0 and more").unwrap_err();
    assert!(error.to_string().contains("NUL byte"), "{error}");
}
