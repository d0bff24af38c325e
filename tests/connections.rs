//! Several connections to one practice database: what transactions do to each
//! other in each journal mode, who is in the way, and marks.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::PathBuf;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{
    Budget, Conflict, ConnectionError, Error, MarkError, Practice, ResultSet, Source, Surroundings,
    Switched, Value,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// A learner's file with two accounts, and the practice database on it.
struct Bank {
    home: TempDir,
    file: PathBuf,
    practice: Practice,
}

impl Bank {
    fn open() -> Bank {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("bank.db");
        let conn = Connection::open(&file).unwrap();
        conn.execute_batch(
            "CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
             INSERT INTO accounts VALUES (1, 100), (2, 50);",
        )
        .unwrap();
        drop(conn);
        let around = Surroundings {
            sessions: home.path().join("sessions"),
            clock: Clock::wall(),
            interrupt: Interrupt::new(),
        };
        let practice = Practice::open(Source::File(file.clone()), around, &mut ignore).unwrap();
        Bank {
            home,
            file,
            practice,
        }
    }

    /// Two connections on a rollback journal.
    fn with_rollback_journal() -> Bank {
        let mut bank = Bank::open();
        assert_eq!(bank.text("a", "PRAGMA journal_mode = delete"), "delete");
        bank
    }

    fn try_on(&mut self, name: &str, sql: &str) -> Result<ResultSet, Error> {
        self.practice.switch(name, &mut ignore)?;
        let mut rows = ResultSet::default();
        let budget = Budget::default();
        self.practice
            .run(sql, budget, &Clock::wall(), &mut rows, &mut ignore)?;
        Ok(rows)
    }

    fn on(&mut self, name: &str, sql: &str) -> ResultSet {
        self.try_on(name, sql)
            .unwrap_or_else(|error| panic!("{name}: {sql}: {error}"))
    }

    fn text(&mut self, name: &str, sql: &str) -> String {
        match &self.on(name, sql).rows[0][0] {
            Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn balance(&mut self, name: &str, id: i64) -> i64 {
        let rows = self.on(
            name,
            &format!("SELECT balance FROM accounts WHERE id = {id}"),
        );
        match rows.rows[0][0] {
            Value::Integer(balance) => balance,
            ref other => panic!("{other:?}"),
        }
    }

    fn conflict(&mut self, name: &str, sql: &str) -> (Conflict, String) {
        match self.try_on(name, sql) {
            Err(Error::Locked(conflict)) => {
                let told = conflict.to_string();
                for line in told.lines() {
                    assert!(
                        line.len() <= 80 - "error: ".len() || line.starts_with(' '),
                        "{line}"
                    );
                    assert!(line.chars().count() <= 80, "{line}");
                }
                (*conflict, told)
            }
            other => panic!("{name}: {sql}: {other:?}"),
        }
    }

    fn committed(&mut self) -> Vec<String> {
        self.practice.take_committed().into_iter().collect()
    }

    fn folders(&self) -> usize {
        fs::read_dir(self.home.path().join("sessions")).map_or(0, Iterator::count)
    }
}

#[test]
fn an_uncommitted_change_is_seen_by_its_own_connection_only() {
    let mut bank = Bank::open();
    bank.on("a", "BEGIN");
    bank.on("a", "UPDATE accounts SET balance = 0 WHERE id = 1");
    assert_eq!(bank.balance("a", 1), 0);
    assert_eq!(bank.balance("b", 1), 100);
    bank.on("a", "COMMIT");
    assert_eq!(bank.balance("b", 1), 0);
}

#[test]
fn a_copy_uses_a_wal_and_a_transaction_keeps_the_state_of_its_first_read() {
    let mut bank = Bank::open();
    bank.on("b", "BEGIN");
    bank.on("a", "UPDATE accounts SET balance = 99 WHERE id = 1");
    assert_eq!(bank.text("a", "PRAGMA journal_mode"), "wal");
    // BEGIN alone fixed nothing; the first read does.
    assert_eq!(bank.balance("b", 1), 99);
    bank.on("a", "UPDATE accounts SET balance = 98 WHERE id = 1");
    assert_eq!(bank.balance("b", 1), 99);
    bank.on("b", "COMMIT");
    assert_eq!(bank.balance("b", 1), 98);
}

#[test]
fn the_second_writer_is_told_who_holds_the_lock_since_when() {
    let mut bank = Bank::open();
    bank.on("a", "BEGIN");
    bank.on("a", "UPDATE accounts\n  SET balance = 0 WHERE id = 1");
    bank.on("a", "SELECT 1");
    let (_, told) = bank.conflict("b", "UPDATE accounts SET balance = 1");
    insta::assert_snapshot!(told, @r"
    connection a holds the write lock since:
        UPDATE accounts SET balance = 0 WHERE id = 1
      There is one write lock. Commit or roll back there, then try again.
    ");
    let (immediate, _) = bank.conflict("b", "BEGIN IMMEDIATE");
    assert!(matches!(immediate, Conflict::WriteLock(holder) if holder.connection == "a"));
    assert!(!bank.practice.in_transaction());
    // Asking to wait does not help, and does not wait.
    bank.on("b", "PRAGMA busy_timeout = 3600000");
    bank.conflict("b", "UPDATE accounts SET balance = 1");
    bank.on("a", "ROLLBACK");
    bank.on("b", "UPDATE accounts SET balance = 1");
}

#[test]
fn begin_immediate_takes_the_lock_at_once_and_a_plain_begin_does_not() {
    let mut bank = Bank::open();
    bank.on("a", "BEGIN");
    bank.on("b", "BEGIN IMMEDIATE");
    bank.on("b", "COMMIT");
    bank.on("a", "COMMIT");
    bank.on("a", "BEGIN IMMEDIATE");
    let (_, told) = bank.conflict("b", "DELETE FROM accounts");
    assert!(told.contains("since:\n    BEGIN IMMEDIATE\n"), "{told}");
}

#[test]
fn a_read_that_others_have_overtaken_may_not_be_written_on() {
    let mut bank = Bank::open();
    bank.on("b", "BEGIN");
    bank.on("b", "SELECT balance FROM accounts WHERE id = 1");
    bank.on("a", "BEGIN");
    bank.on(
        "a",
        "UPDATE accounts SET balance = balance - 10 WHERE id = 1",
    );
    let (waiting, told) = bank.conflict("b", "UPDATE accounts SET balance = 90 WHERE id = 1");
    assert!(matches!(waiting, Conflict::Upgrade { wal: true, .. }));
    insta::assert_snapshot!(told, @r"
    connection a holds the write lock since:
        UPDATE accounts SET balance = balance - 10 WHERE id = 1
      This transaction reads since:
        SELECT balance FROM accounts WHERE id = 1
      Once the other commits, what was read here is out of date, and nothing may
      be written on it. Roll back here; BEGIN IMMEDIATE takes the lock first.
    ");
    bank.on("a", "COMMIT");
    let (_, told) = bank.conflict("b", "UPDATE accounts SET balance = 90 WHERE id = 1");
    insta::assert_snapshot!(told, @r"
    the data has changed since this transaction read it, so it may not write
      It reads the data as of:
        SELECT balance FROM accounts WHERE id = 1
      Then connection a committed:
        UPDATE accounts SET balance = balance - 10 WHERE id = 1
      Roll back here and try again; BEGIN IMMEDIATE takes the write lock first.
    ");
    // The transaction can still read, and the update is not lost.
    assert_eq!(bank.balance("b", 1), 100);
    bank.on("b", "ROLLBACK");
    bank.on(
        "b",
        "UPDATE accounts SET balance = balance - 10 WHERE id = 1",
    );
    assert_eq!(bank.balance("a", 1), 80);
}

#[test]
fn with_a_rollback_journal_a_reader_is_in_the_way_of_a_commit() {
    let mut bank = Bank::with_rollback_journal();
    bank.on("b", "BEGIN");
    bank.on("b", "SELECT balance FROM accounts WHERE id = 2");
    bank.on("a", "BEGIN");
    bank.on("a", "UPDATE accounts SET balance = 0 WHERE id = 1");
    let (_, told) = bank.conflict("a", "COMMIT");
    insta::assert_snapshot!(told, @r"
    with a rollback journal nothing changes while others read
      Connection b reads since:
        SELECT balance FROM accounts WHERE id = 2
      Commit or roll back there, then try again; the transaction here is still open.
    ");
    assert!(bank.practice.in_transaction());
    assert!(bank.committed().is_empty());
    // The commit that waits keeps new readers out, so that it comes to its turn.
    let (_, told) = bank.conflict("c", "SELECT * FROM accounts");
    assert!(
        told.starts_with("connection a waits until nobody reads, since:\n    COMMIT\n"),
        "{told}"
    );
    bank.on("b", "COMMIT");
    bank.on("a", "COMMIT");
    assert_eq!(bank.committed(), ["accounts"]);
    assert_eq!(bank.balance("c", 1), 0);
}

#[test]
fn with_a_rollback_journal_two_that_read_and_want_to_write_are_a_deadlock() {
    let mut bank = Bank::with_rollback_journal();
    for name in ["a", "b"] {
        bank.on(name, "BEGIN");
        bank.on(name, "SELECT * FROM accounts");
    }
    bank.on("a", "UPDATE accounts SET balance = 0 WHERE id = 1");
    let (conflict, told) = bank.conflict("b", "UPDATE accounts SET balance = 0 WHERE id = 2");
    assert!(matches!(conflict, Conflict::Upgrade { wal: false, .. }));
    assert!(told.contains("deadlock"), "{told}");
    bank.on("b", "ROLLBACK");
    bank.on("a", "COMMIT");
}

#[test]
fn the_journal_mode_is_chosen_while_one_connection_is_open() {
    let mut bank = Bank::open();
    bank.on("b", "SELECT * FROM accounts");
    let (conflict, told) = bank.conflict("a", "PRAGMA journal_mode = delete");
    assert!(matches!(conflict, Conflict::JournalMode { .. }), "{told}");
    assert!(told.contains("Also open: b."), "{told}");
    bank.practice.close("b").unwrap();
    assert_eq!(bank.text("a", "PRAGMA journal_mode = delete"), "delete");
    assert_eq!(bank.balance("b", 1), 100);
    assert_eq!(bank.text("a", "PRAGMA journal_mode = wal"), "wal");
}

#[test]
fn one_that_keeps_the_file_to_itself_is_named() {
    let mut bank = Bank::with_rollback_journal();
    bank.on("a", "PRAGMA locking_mode = exclusive");
    bank.on("a", "UPDATE accounts SET balance = 1");
    let (conflict, _) = bank.conflict("b", "SELECT * FROM accounts");
    assert!(matches!(conflict, Conflict::Exclusive { connection } if connection == "a"));
}

#[test]
fn only_what_is_committed_makes_cached_results_stale() {
    let mut bank = Bank::open();
    bank.on("b", "BEGIN");
    bank.on("b", "UPDATE accounts SET balance = 0");
    assert!(bank.committed().is_empty());
    bank.practice.switch("a", &mut ignore).unwrap();
    assert!(bank.committed().is_empty());
    bank.on("b", "ROLLBACK");
    assert!(bank.committed().is_empty());
    bank.on("b", "UPDATE accounts SET balance = 0");
    assert_eq!(bank.committed(), ["accounts"]);
    assert_eq!(bank.practice.generation(), 1);
}

#[test]
fn closing_rolls_back_and_the_last_stays() {
    let mut bank = Bank::open();
    bank.on("b", "BEGIN");
    bank.on("b", "UPDATE accounts SET balance = 0");
    let closed = bank.practice.close("B").unwrap();
    assert_eq!(closed.hold.began.as_deref(), Some("BEGIN"));
    assert!(closed.current);
    assert_eq!(bank.practice.connections().current(), "a");
    assert_eq!(bank.balance("a", 1), 100);
    bank.on("a", "UPDATE accounts SET balance = 1");
    let last = bank.practice.close("a").unwrap_err();
    assert!(
        matches!(last, Error::Connection(ConnectionError::Last(_))),
        "{last}"
    );
    let unknown = bank.practice.close("z").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no connection z; open: a");
}

#[test]
fn names_are_short_words_and_connections_have_an_end() {
    let mut bank = Bank::open();
    for bad in [
        "",
        "two words",
        "-b",
        "a/b",
        "list",
        "abcdefghijklmnopq",
        "é",
    ] {
        let error = bank.practice.switch(bad, &mut ignore).unwrap_err();
        assert!(
            matches!(error, Error::Connection(ConnectionError::BadName(_))),
            "{bad}"
        );
    }
    assert_eq!(
        bank.practice.switch("B", &mut ignore).unwrap(),
        Switched::Opened
    );
    assert_eq!(
        bank.practice.switch("b", &mut ignore).unwrap(),
        Switched::Known
    );
    let mut opened = 2;
    let error = loop {
        match bank.practice.switch(&format!("c{opened}"), &mut ignore) {
            Ok(_) => opened += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(opened, 16);
    assert!(matches!(
        error,
        Error::Connection(ConnectionError::TooMany(16))
    ));
}

#[test]
fn every_connection_is_guarded_alike() {
    let mut bank = Bank::open();
    bank.on("a", "CREATE TABLE t(x)");
    for name in ["a", "b"] {
        assert!(matches!(
            bank.try_on(name, "PRAGMA max_page_count = 1000000000"),
            Err(Error::Refused(_))
        ));
        assert!(bank.try_on(name, "ATTACH 'other.db' AS o").is_err());
        assert!(bank.try_on(name, "DELETE FROM sqlite_schema").is_err());
    }
}

#[test]
fn reset_waits_for_every_transaction_and_closes_all() {
    let mut bank = Bank::open();
    bank.on("b", "BEGIN");
    bank.practice.switch("a", &mut ignore).unwrap();
    let error = bank.practice.reset(&mut ignore).unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection b is in a transaction: COMMIT or ROLLBACK there first"
    );
    bank.on("b", "COMMIT");
    bank.practice.reset(&mut ignore).unwrap();
    assert_eq!(bank.practice.connections().len(), 1);
    assert_eq!(bank.folders(), 0);
}

#[test]
fn what_was_changed_is_known_without_reading_it() {
    let mut bank = Bank::open();
    assert!(bank.practice.changes().unwrap().is_empty());
    bank.on("a", "CREATE INDEX by_balance ON accounts(balance)");
    bank.on("a", "UPDATE accounts SET balance = 0");
    bank.on("b", "BEGIN");
    bank.on("b", "DELETE FROM accounts");
    bank.on("b", "ROLLBACK");
    bank.on("b", "CREATE TEMP TABLE scratch(x)");
    bank.on("a", "ALTER TABLE accounts ADD COLUMN note TEXT");
    let changes = bank.practice.changes().unwrap();
    let made: Vec<_> = changes.made.iter().map(|o| (&*o.kind, &*o.name)).collect();
    assert_eq!(made, [("index", "by_balance")]);
    assert_eq!(changes.altered.len(), 1);
    assert_eq!((changes.rows, changes.tables.len()), (2, 1));
    assert_eq!(changes.temporary, ["scratch"]);
}

#[test]
fn a_mark_brings_rows_and_indexes_back() {
    let mut bank = Bank::open();
    let before = fs::read(&bank.file).unwrap();
    bank.on("a", "CREATE INDEX mine ON accounts(balance)");
    bank.on("a", "UPDATE accounts SET balance = 7 WHERE id = 1");
    let mark = bank.practice.mark(Some("Before"), &mut ignore).unwrap();
    assert_eq!((mark.name.as_str(), mark.changes.rows), ("before", 1));
    bank.on("a", "DROP INDEX mine");
    bank.on("b", "DELETE FROM accounts");
    let id = bank.practice.id();
    assert_eq!(bank.practice.back(None, &mut ignore).unwrap(), "before");
    assert_ne!(bank.practice.id(), id, "cached results are of other data");
    let names: Vec<_> = bank.practice.connections().names().collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(bank.practice.connections().current(), "b");
    assert_eq!(bank.balance("b", 1), 7);
    assert_eq!(bank.practice.changes().unwrap().made.len(), 1);
    assert_eq!(bank.practice.changes().unwrap().rows, 1);

    // It outlives .reset, can be gone back to twice, and ends with the session.
    bank.practice.reset(&mut ignore).unwrap();
    assert_eq!(bank.balance("a", 1), 100);
    bank.practice.back(Some("before"), &mut ignore).unwrap();
    assert_eq!(bank.balance("a", 1), 7);
    assert_eq!(fs::read(&bank.file).unwrap(), before);
    let Bank { home, practice, .. } = bank;
    drop(practice);
    assert_eq!(
        fs::read_dir(home.path().join("sessions")).unwrap().count(),
        0
    );
}

#[test]
fn a_mark_holds_what_the_wal_holds_and_nothing_that_is_not_committed() {
    let mut bank = Bank::open();
    bank.on("a", "BEGIN");
    let error = bank.practice.mark(None, &mut ignore).unwrap_err();
    assert!(matches!(error, Error::InTransaction));
    bank.on("a", "UPDATE accounts SET balance = 1 WHERE id = 1");
    bank.on("a", "COMMIT");
    bank.practice.mark(None, &mut ignore).unwrap();
    bank.on("a", "UPDATE accounts SET balance = 2 WHERE id = 1");
    bank.practice.mark(None, &mut ignore).unwrap();
    bank.practice.back(Some("1"), &mut ignore).unwrap();
    assert_eq!(bank.balance("a", 1), 1);
    bank.practice.back(Some("2"), &mut ignore).unwrap();
    assert_eq!(bank.balance("a", 1), 2);
    bank.on("b", "BEGIN");
    let error = bank.practice.back(None, &mut ignore).unwrap_err();
    assert!(matches!(error, Error::InTransaction));
}

#[test]
fn a_mark_keeps_the_journal_mode() {
    let mut bank = Bank::with_rollback_journal();
    bank.practice.mark(None, &mut ignore).unwrap();
    bank.practice.back(None, &mut ignore).unwrap();
    assert_eq!(bank.text("a", "PRAGMA journal_mode"), "delete");
}

#[test]
fn marks_are_named_dropped_and_told_apart() {
    let mut bank = Bank::open();
    let practice = &mut bank.practice;
    let none = practice.back(None, &mut ignore).unwrap_err();
    assert!(matches!(none, Error::Mark(MarkError::NoneYet)));
    practice.mark(Some("before"), &mut ignore).unwrap();
    let twice = practice.mark(Some("BEFORE"), &mut ignore).unwrap_err();
    assert!(matches!(twice, Error::Mark(MarkError::Exists(_))));
    let bad = practice.mark(Some("../x"), &mut ignore).unwrap_err();
    assert!(matches!(bad, Error::Mark(MarkError::BadName(_))));
    let near = practice.back(Some("befor"), &mut ignore).unwrap_err();
    assert_eq!(
        near.to_string(),
        "there is no mark befor; did you mean before?"
    );
    practice.drop_mark("before").unwrap();
    for n in 1..=20 {
        assert_eq!(
            practice.mark(None, &mut ignore).unwrap().name,
            n.to_string()
        );
    }
    let many = practice.mark(None, &mut ignore).unwrap_err();
    assert!(matches!(many, Error::Mark(MarkError::TooMany(20))));
}
