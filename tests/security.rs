//! Walks the tables of `SECURITY.md` and runs each statement in each setting,
//! so that the page cannot say what is not so.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{Budget, Error, Practice, ResultSet, Source, Surroundings};
use dbdojo::sql;
use rusqlite::Connection;
use tempfile::TempDir;

const PAGE: &str = include_str!("../SECURITY.md");

/// A statement stops after so many steps: enough for all but the endless one.
const STEPS: u64 = 20_000_000;

/// One row of a table: what is run, and what must come of it.
#[derive(Debug)]
struct Row {
    statements: String,
    dataset: String,
    db: String,
    first: String,
}

/// The rows of all tables that begin with a column "Statement".
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut in_table = false;
    for line in PAGE.lines() {
        if !line.starts_with('|') {
            in_table = false;
            continue;
        }
        let cells: Vec<String> = line
            .replace("\\|", "\u{1}")
            .split('|')
            .map(|cell| cell.trim().replace('\u{1}', "|"))
            .collect();
        let [_, statements, dataset, db, first, _because, _] = cells.as_slice() else {
            panic!("a row of another width: {line}");
        };
        if statements == "Statement" {
            in_table = true;
        } else if in_table && !statements.starts_with('-') {
            let statements = statements
                .strip_prefix('`')
                .and_then(|s| s.strip_suffix('`'));
            rows.push(Row {
                statements: statements
                    .unwrap_or_else(|| panic!("no code: {line}"))
                    .to_owned(),
                dataset: dataset.clone(),
                db: db.clone(),
                first: first.clone(),
            });
        }
    }
    rows
}

/// `{x*3}` as `xxx`, and the names of the two files.
fn expanded(text: &str, own: &Path, outside: &Path) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let end = at + rest[at..].find('}').unwrap();
        match &rest[at + 1..end] {
            "own" => out.push_str(own.to_str().unwrap()),
            "outside" => out.push_str(outside.to_str().unwrap()),
            repeated => {
                let (what, times) = repeated.rsplit_once('*').unwrap();
                out.push_str(&what.repeat(times.parse().unwrap()));
            }
        }
        rest = &rest[end + 1..];
    }
    out + rest
}

/// A folder with the learner's own file, and one for everything else.
struct Place {
    home: TempDir,
    own: PathBuf,
}

impl Place {
    fn new() -> Place {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("own");
        fs::create_dir(&folder).unwrap();
        let own = folder.join("own.db");
        let conn = Connection::open(&own).unwrap();
        conn.execute_batch(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
             INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL);
             CREATE INDEX by_v ON t(v);",
        )
        .unwrap();
        Place { home, own }
    }

    fn outside(&self) -> PathBuf {
        self.home.path().join("outside.db")
    }

    fn open(&self, source: Source) -> Practice {
        let around = Surroundings {
            sessions: self.home.path().join("sessions"),
            clock: Clock::wall(),
            interrupt: Interrupt::new(),
        };
        Practice::open(source, around, &mut ignore).unwrap()
    }

    /// All files but those of the sessions, with their bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in [self.home.path(), self.own.parent().unwrap()] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() && !path.ends_with("sessions.lock") {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }
}

fn run(practice: &mut Practice, sql: &str) -> Result<(), Error> {
    let budget = Budget {
        time: None,
        steps: Some(STEPS),
    };
    // A parameter needs a value before SQLite is asked.
    if sql.contains("?1000") {
        let value = "?1000=1".parse().unwrap();
        practice.bindings_mut().set(value);
    }
    let mut rows = ResultSet::default();
    practice
        .run(sql, budget, &Clock::wall(), &mut rows, &mut ignore)
        .map(drop)
}

/// What came of the last of `statements`, in the words of the page.
fn outcome(practice: &mut Practice, statements: &str) -> (&'static str, String) {
    let all: Vec<_> = sql::split(statements).collect();
    let (last, before) = all.split_last().unwrap();
    for statement in before {
        // What prepares an attack may be denied, too: then it is over.
        if let Err(error) = run(practice, statement.text) {
            return ("denied", error.to_string());
        }
    }
    match run(practice, last.text) {
        Ok(()) => ("allowed", String::new()),
        Err(
            error @ (Error::Sql { .. } | Error::Refused(_) | Error::TimeLimit(_) | Error::Full),
        ) => ("denied", error.to_string()),
        Err(other) => panic!("{}: {other:?}", last.text),
    }
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

#[test]
fn every_statement_of_the_page_does_what_the_page_says() {
    let rows = rows();
    let denied = rows.iter().filter(|row| row.dataset == "denied").count();
    assert!(denied >= 50, "only {denied} attacks");
    let mut wrong = Vec::new();
    for row in &rows {
        let place = Place::new();
        let before = place.files();
        let statements = expanded(&row.statements, &place.own, &place.outside());
        for (setting, source, expected) in [
            ("dataset", Source::Built(place.own.clone()), &row.dataset),
            ("--db", Source::File(place.own.clone()), &row.db),
        ] {
            let mut practice = place.open(source);
            let (came, why) = outcome(&mut practice, &statements);
            let first = match came {
                "denied" => "denied",
                _ if practice.is_copied() => "copy",
                _ => "in place",
            };
            // Whatever happened, the session goes on.
            let _ = run(&mut practice, "ROLLBACK");
            if let Err(error) = run(&mut practice, "SELECT 1") {
                wrong.push(format!("{}: then {error}", short(&row.statements)));
            }
            drop(practice);
            if came != expected || first != row.first {
                wrong.push(format!(
                    "{} ({setting}): {came}, {first}: {}",
                    short(&row.statements),
                    short(&why)
                ));
            }
            if place.files() != before {
                wrong.push(format!(
                    "{} ({setting}): a file changed",
                    short(&row.statements)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lists_of_the_page_are_lists_of_something() {
    let rows = rows();
    let words = ["allowed", "denied"];
    for row in &rows {
        assert!(
            words.contains(&&*row.dataset) && words.contains(&&*row.db),
            "{row:?}"
        );
        assert!(
            ["in place", "copy", "denied"].contains(&&*row.first),
            "{row:?}"
        );
    }
}

/// The binary in the folder of the learner's file, as in a lecture hall.
fn dbdojo(place: &Place, args: &[&str]) -> (String, String, i32) {
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .current_dir(place.own.parent().unwrap())
        .env("DBDOJO_HOME", place.home.path().join("home"))
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["--db", "own.db"])
        .args(args)
        .output()
        .unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code().unwrap_or(-1),
    )
}

#[test]
fn the_binary_leaves_the_folder_as_it_was() {
    let place = Place::new();
    let before = place.files();
    for (sql, code) in [
        ("SELECT * FROM t", 0),
        ("DELETE FROM t", 0),
        ("CREATE TABLE x(a)", 0),
        ("ATTACH 'new.db' AS n", 1),
        ("ATTACH 'file:new.db?mode=rwc' AS n", 1),
        ("VACUUM INTO 'new.db'", 1),
        ("VACUUM INTO 'own.db'", 1),
        ("PRAGMA journal_mode = wal", 0),
        ("SELECT load_extension('./evil')", 1),
        (".conn b\nDELETE FROM t", 0),
        (".mark here\nDELETE FROM t;\n.back\n.reset", 0),
        ("PRAGMA no_such_pragma = 1", 1),
    ] {
        let (_, err, exit) = dbdojo(&place, &["-c", sql]);
        assert_eq!(exit, code, "{sql}: {err}");
        assert_eq!(place.files(), before, "{sql}");
    }
    let sessions = place.home.path().join("home/cache/sessions");
    assert_eq!(fs::read_dir(sessions).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_private_copy_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mut practice = place.open(Source::File(place.own.clone()));
    run(&mut practice, "DELETE FROM t").unwrap();
    practice.mark(None, &mut ignore).unwrap();
    let sessions = fs::read_dir(place.home.path().join("sessions")).unwrap();
    let mut folders = 0;
    for folder in sessions {
        folders += 1;
        let mode = fs::metadata(folder.unwrap().path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    assert_eq!(folders, 2, "the copy and the marks");
}

#[test]
fn an_endless_statement_ends_with_its_time_and_code_4() {
    let place = Place::new();
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let (_, err, exit) = dbdojo(&place, &["--timeout", "0.2s", "-c", endless]);
    assert_eq!(exit, 4, "{err}");
}

#[test]
fn sqlite_may_take_so_much_memory() {
    let place = Place::new();
    let _practice = place.open(Source::File(place.own.clone()));
    // The limit is the process's: any connection sees it.
    let conn = Connection::open_in_memory().unwrap();
    let limit: i64 = conn
        .query_row("PRAGMA hard_heap_limit", [], |row| row.get(0))
        .unwrap();
    assert_eq!(limit, 1 << 30);
}

#[test]
fn names_and_errors_do_not_reach_the_terminal_raw() {
    let place = Place::new();
    for sql in [
        "SELECT 1 AS \"\u{1b}[2J\"",
        "SELECT \"\u{1b}[2J\" FROM t",
        "SELECT * FROM \"\u{1b}]0;title\u{7}\"",
        "PRAGMA \"\u{1b}[2J\" = 1",
        "SELECT \u{202e}evil\u{202c} FROM t",
        ".\u{1b}[2J",
        ".conn \u{1b}[2J",
        ".back \u{1b}[2J",
        ".mark \u{1b}[2J",
    ] {
        let (_, err, _) = dbdojo(&place, &["--color", "never", "-c", sql]);
        assert!(
            !err.contains('\u{1b}') && !err.contains('\u{202e}'),
            "{sql:?}: {err:?}"
        );
    }
}
