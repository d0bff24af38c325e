//! Our advice against that of SQLite's own `.expert`, on the corpus in
//! `tests/advice/corpus`: page fetches of each query after building what each
//! side says.
//!
//!     DBDOJO_ADVICE_TABLE=docs/advice.md cargo test --test advise_expert
//!
//! compares all of it and writes the page; otherwise it is every third query.
//! Without the sqlite3 shell there is nothing to compare
//! with, and the test says so.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Scale};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::{Verdict, Why, advise};
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

/// Rows that are inserted to see what an index costs.
const INSERTED: u64 = 100;

/// How many pages more it fetches to insert rows into the table of the index
/// that `ddl` makes. The rows are copies of some from all over the table.
fn fetches_of_inserting(conn: &Connection, ddl: &str) -> u64 {
    let (_, rest) = ddl.split_once(" ON ").unwrap();
    let table = rest.split_once('(').unwrap().0.trim();
    let columns: String = conn
        .query_row(
            "SELECT group_concat(name) FROM pragma_table_xinfo(?1) WHERE hidden = 0 AND pk = 0",
            [table.trim_matches('"')],
            |row| row.get(0),
        )
        .unwrap();
    let insert = format!(
        "INSERT INTO {table}({columns}) SELECT {columns} FROM
         (SELECT *, row_number() OVER () AS n FROM {table})
         WHERE n % (SELECT count(*) / {INSERTED} FROM {table}) = 0 LIMIT {INSERTED}"
    );
    let with = fetches(conn, &[ddl.to_owned()], &insert, false);
    with - fetches(conn, &[], &insert, false)
}

/// What both sides make of one query.
struct Compared {
    case: Case,
    now: u64,
    expert: u64,
    ours: u64,
    /// What we say to build.
    ddl: Vec<String>,
    /// How many pages more each [`INSERTED`] rows would fetch with the indexes
    /// of `.expert`, where we say that these spare too little.
    inserting: Option<u64>,
}

impl Compared {
    /// We may say that what little can be spared is not worth an index, where
    /// a hundred inserts already cost more than a run spares.
    fn is_too_little(&self) -> bool {
        self.expert as f64 > 0.8 * self.ours as f64
            && self.inserting.is_some_and(|more| more > self.spared())
    }

    fn spared(&self) -> u64 {
        self.ours.saturating_sub(self.expert)
    }

    fn word(&self) -> &'static str {
        match self.ours.cmp(&self.expert) {
            Ordering::Less => "better",
            Ordering::Equal => "the same",
            Ordering::Greater if self.is_too_little() => "skip: spares too little",
            Ordering::Greater => "WORSE",
        }
    }
}

fn compare(every: usize) -> Vec<Compared> {
    let home = tempfile::tempdir().unwrap();
    let mut compared = Vec::new();
    for corpus in ["shop", "tpch", "chinook", "sakila", "luke"] {
        let path = database(corpus, home.path());
        let conn = Connection::open(&path).unwrap();
        counters::set_scanstatus(&conn, false).unwrap();
        let file = Path::new("tests/advice/corpus").join(format!("{corpus}.sql"));
        for case in cases(&file).into_iter().step_by(every) {
            let advice = advise::one(&conn, &case.sql, &[], &Clock::virtual_at(0)).unwrap();
            let theirs = expert(&path, &case.sql).unwrap();
            let skip = advice
                .recommendations
                .first()
                .and_then(|it| match it.verdict {
                    Verdict::Build => None,
                    Verdict::Skip(why) => Some(why),
                });
            let ours = fetches(&conn, advice.ddl(), &case.sql, false);
            let expert = fetches(&conn, &theirs, &case.sql, true);
            let is_skipped = matches!(skip, Some(Why::TooLittle | Why::Small)) && expert < ours;
            let each = theirs.iter().map(|ddl| fetches_of_inserting(&conn, ddl));
            compared.push(Compared {
                now: fetches(&conn, &[], &case.sql, false),
                inserting: is_skipped.then(|| each.sum()),
                ours,
                expert,
                ddl: advice.ddl().to_vec(),
                case,
            });
        }
    }
    compared
}

#[test]
fn our_advice_is_at_least_as_good_as_experts() {
    if Command::new("sqlite3").arg("-version").output().is_err() {
        eprintln!("skipped: there is no sqlite3 shell here to compare with");
        return;
    }
    let table = std::env::var("DBDOJO_ADVICE_TABLE");
    let compared = compare(if table.is_ok() { 1 } else { 3 });
    let mut worse = Vec::new();
    for it in &compared {
        assert!(
            it.ours <= it.now,
            "{}: {} became {}",
            it.case.name,
            it.now,
            it.ours
        );
        if it.word() == "WORSE" {
            worse.push((&it.case.name, it.expert, it.ours, &it.ddl));
        }
    }
    if let Ok(to) = table {
        fs::write(to, document(&compared)).unwrap();
    }
    assert!(worse.is_empty(), "{worse:#?}");
    let better = compared.iter().filter(|it| it.ours < it.expert).count();
    assert!(
        2 * better > compared.len(),
        "{better} of {}",
        compared.len()
    );
}

/// The page in `docs`.
fn document(compared: &[Compared]) -> String {
    let with = |word: &str| compared.iter().filter(|it| it.word() == word).count();
    let published = compared
        .iter()
        .filter(|it| it.case.source != "our own")
        .count();
    let mut text = format!(
        "# Index advice beside SQLite's `.expert`

{} queries, {published} of them in the manner of published sources: TPC-H, Chinook,
Sakila, *Use The Index, Luke!*, SQLite's documentation. They were fixed in
`tests/advice/corpus` before the advisor was written. Each figure counts the
page fetches of one run of the query: as the database is, after building what
`.expert` of the sqlite3 shell proposes (the better of with and without
ANALYZE), and after building what `dbdojo advise` proposes.

better {}, the same {}, skipped because it would spare less than a fifth {}, worse {}

    DBDOJO_ADVICE_TABLE=docs/advice.md cargo test --test advise_expert

makes this page; without the variable the test compares every third query.
Page fetches do not depend on the machine, and here the clock stands still, so
that no set is left out because a busy machine takes long to build it.

*spares too little* stands where one run would fetch a few pages less, and a
hundred inserts into the table would fetch more pages for it than that.

| query | now | .expert | advise | | what advise proposes |
|---|--:|--:|--:|---|---|
",
        compared.len(),
        with("better"),
        with("the same"),
        with("skip: spares too little"),
        with("WORSE"),
    );
    for it in compared {
        let ddl = if let Some(more) = it.inserting {
            format!(
                "nothing: spares {} a run, and {INSERTED} inserts would fetch {more} more",
                it.spared()
            )
        } else if it.ddl.is_empty() {
            "nothing".to_owned()
        } else {
            format!("`{}`", it.ddl.join("`<br>`").replace('|', "\\|"))
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {ddl} |",
            it.case.name,
            it.now,
            it.expert,
            it.ours,
            it.word()
        )
        .unwrap();
    }
    text
}
