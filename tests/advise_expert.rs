//! Our advice against that of SQLite's own `.expert`, on the corpus in
//! `tests/advice/corpus`: page fetches of each query after building what each
//! side says.
//!
//!     DBDOJO_ADVICE_TABLE=docs/advice.md cargo test --test advise_expert
//!
//! writes the table. Without the sqlite3 shell there is nothing to compare
//! with, and the test says so.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Scale};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::advise;
use dbdojo::progress;
use dbdojo::sandbox::counters;
use rusqlite::Connection;

struct Case {
    name: String,
    source: String,
    sql: String,
}

/// The queries of one file of the corpus.
fn cases(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).unwrap();
    let parts = text.split("-- name: ").skip(1);
    let cases = parts.map(|part| {
        let (head, sql) = part.split_once('\n').unwrap();
        let (name, source) = head.split_once("source:").unwrap_or((head, "our own"));
        Case {
            name: name.trim().to_owned(),
            source: source.trim().to_owned(),
            sql: sql.trim().trim_end_matches(';').to_owned(),
        }
    });
    cases.collect()
}

/// Makes the database that a file of the corpus is about.
fn database(corpus: &str, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{corpus}.db"));
    let schema = Path::new("tests/advice/schemas").join(format!("{corpus}.sql"));
    if schema.exists() {
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(&format!(
            "BEGIN; {}; COMMIT",
            fs::read_to_string(schema).unwrap()
        ))
        .unwrap();
    } else {
        let catalog = Catalog::new(&Dirs::under(folder));
        let spec = catalog.find(corpus).unwrap();
        let built = catalog
            .ensure(
                &spec,
                Scale::Small,
                1,
                &Interrupt::new(),
                &mut progress::ignore,
            )
            .unwrap();
        fs::copy(&built.path, &path).unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
        permissions.set_readonly(false);
        fs::set_permissions(&path, permissions).unwrap();
    }
    path
}

/// What `.expert` proposes: its CREATE INDEX statements.
fn expert(database: &Path, sql: &str) -> Option<Vec<String>> {
    let output = Command::new("sqlite3")
        .arg(database)
        .args([".expert", sql])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let statements = text.lines().filter(|line| line.starts_with("CREATE INDEX"));
    Some(statements.map(str::to_owned).collect())
}

/// Page fetches of `sql` after `ddl`, which is taken back; the fewer of those
/// with and without ANALYZE.
fn fetches(conn: &Connection, ddl: &[String], sql: &str, may_analyze: bool) -> u64 {
    conn.execute_batch("BEGIN").unwrap();
    for statement in ddl {
        conn.execute_batch(statement).unwrap();
    }
    let mut best = run(conn, sql);
    if may_analyze {
        conn.execute_batch("ANALYZE").unwrap();
        best = best.min(run(conn, sql));
    }
    conn.execute_batch("ROLLBACK").unwrap();
    best
}

fn run(conn: &Connection, sql: &str) -> u64 {
    // The first run after a change reads the schema again.
    run_once(conn, sql);
    run_once(conn, sql)
}

fn run_once(conn: &Connection, sql: &str) -> u64 {
    conn.execute_batch("SAVEPOINT one").unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let before = counters::page_fetches(conn);
    let mut rows = statement.raw_query();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    let fetched = counters::page_fetches(conn) - before;
    drop(statement);
    conn.execute_batch("ROLLBACK TO one; RELEASE one").unwrap();
    fetched
}

#[test]
fn our_advice_is_at_least_as_good_as_experts() {
    if Command::new("sqlite3").arg("-version").output().is_err() {
        eprintln!("skipped: there is no sqlite3 shell here to compare with");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let mut table = String::new();
    let mut worse = Vec::new();
    let (mut all, mut better, mut compared) = (0, 0, 0);
    for corpus in ["shop", "tpch", "chinook", "sakila", "luke"] {
        let path = database(corpus, home.path());
        let conn = Connection::open(&path).unwrap();
        counters::set_scanstatus(&conn, false).unwrap();
        for case in cases(&Path::new("tests/advice/corpus").join(format!("{corpus}.sql"))) {
            all += 1;
            let advice = advise::one(&conn, &case.sql, &[], &Clock::wall()).unwrap();
            let theirs = expert(&path, &case.sql).unwrap();
            let now = fetches(&conn, &[], &case.sql, false);
            let ours = fetches(&conn, advice.ddl(), &case.sql, false);
            let their_fetches = fetches(&conn, &theirs, &case.sql, true);
            assert!(
                ours <= now,
                "{}: {now} page fetches became {ours}",
                case.name
            );
            compared += 1;
            let word = match ours.cmp(&their_fetches) {
                std::cmp::Ordering::Less => {
                    better += 1;
                    "better"
                }
                std::cmp::Ordering::Equal => "as good",
                std::cmp::Ordering::Greater => {
                    worse.push(case.name.clone());
                    "WORSE"
                }
            };
            writeln!(
                table,
                "| {} | {} | {now} | {their_fetches} | {ours} | {word} | {} |",
                case.name,
                case.source,
                advice.ddl().join("; ").replace('|', "\\|"),
            )
            .unwrap();
        }
    }
    let _ = (all, compared, better);
    if let Ok(to) = std::env::var("DBDOJO_ADVICE_TABLE") {
        fs::write(to, &table).unwrap();
    }
    assert!(worse.is_empty(), "{worse:?}\n{table}");
}
