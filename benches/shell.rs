//! How long a learner waits for the shell: from the command to the first
//! result, against `sqlite3` and `duckdb` where they are installed, and for
//! what happens at every key:
//!
//! ```text
//! cargo bench --bench shell
//! ```
//!
//! Starts are interleaved; medians are printed, and the bars that they are
//! held to.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::sql::{ColumnDef, Schema, Table, TableKind, complete};
use dbdojo::view::{Style, highlight::highlight};

const STARTS: usize = 31;
const KEYS: usize = 201;
const QUERY: &str = "select id, status, total from orders where id = 7";

fn main() {
    let clock = Clock::wall();
    starts(&clock);
    println!();
    println!("{:52} {:>9} {:>8}", "median of 201", "ms", "bar");
    let schema = schema(1000, 20);
    let nested = " from (select *".repeat(1000);
    let joins: String = (0..60).map(|i| format!(" join table_{i} t{i}")).collect();
    for (what, text) in [
        (
            "completion, 1,000 tables: select col",
            "select col".to_owned(),
        ),
        (
            "completion, 1,000 tables: from tab",
            "select * from tab".to_owned(),
        ),
        (
            "completion, 60 tables joined",
            format!("select * from table_9{joins} where col"),
        ),
        (
            "completion, 1,000 nested FROM (select *",
            format!("select *{nested} from table_1 where col"),
        ),
        (
            "completion, 1,000 nested FROM (select *, two each",
            format!(
                "select * from{} where col",
                " (select * from table_1,".repeat(1000)
            ),
        ),
    ] {
        let time = median(KEYS, &clock, || {
            black_box(complete(&text, text.len(), &schema));
        });
        println!("{what:52} {:>9.3} {:>8}", ms(time), "< 5");
    }
    let statement = long_statement(10_000);
    let color = Style {
        color: true,
        ..Style::PIPED
    };
    let time = median(KEYS, &clock, || {
        black_box(highlight(&statement, &color));
    });
    let what = format!("highlighting {} bytes", statement.len());
    println!("{what:52} {:>9.3} {:>8}", ms(time), "< 2");
}

/// Makes the command that starts a shell.
type Start<'a> = Box<dyn Fn() -> Command + 'a>;

/// Start to first result of each shell on the same file.
fn starts(clock: &Clock) {
    let home = tempfile::tempdir().unwrap();
    let dbdojo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
        command.env("DBDOJO_HOME", home.path()).args(args);
        command
    };
    quietly(dbdojo(&["data", "build", "shop@small"]));
    let file = database_in(home.path());
    let file = file.to_str().unwrap();
    let csv = ["-q", "-f", "csv", "-d", "shop@small", "-c", QUERY];
    let table = ["-d", "shop@small", "-c", QUERY];
    let other = |name: &str, args: &[&str]| {
        let mut command = Command::new(name);
        command.args(args);
        command
    };
    let mut shells: Vec<(&str, Start<'_>)> = vec![
        ("dbdojo, csv", Box::new(|| dbdojo(&csv))),
        ("dbdojo, table and footer", Box::new(|| dbdojo(&table))),
    ];
    for (name, args) in [
        ("sqlite3", ["-csv", file, QUERY]),
        // It reads files of SQLite only with an extension that it downloads, so
        // this is its start alone.
        (
            "duckdb",
            [
                "-csv",
                "-c",
                "select 7 as id, 'paid' as status, 1.5 as total",
            ],
        ),
    ] {
        if is_installed(name) {
            shells.push((name, Box::new(move || other(name, &args))));
        } else {
            println!("{name} is not installed here");
        }
    }
    let mut times = vec![Vec::new(); shells.len()];
    for _ in 0..STARTS {
        for ((_, command), times) in shells.iter().zip(&mut times) {
            let start = clock.now();
            quietly(command());
            times.push(clock.now().since(start));
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| middle(times)).collect();
    let sqlite3 = shells
        .iter()
        .zip(&medians)
        .find(|((name, _), _)| *name == "sqlite3")
        .map(|(_, time)| *time);
    println!("start to first result on shop@small, medians of {STARTS} interleaved starts");
    for ((name, _), time) in shells.iter().zip(&medians) {
        let ratio = sqlite3.map_or(String::new(), |it| {
            format!("{:.1}x sqlite3", time.as_secs_f64() / it.as_secs_f64())
        });
        println!("{name:52} {:>9.2} {ratio}", ms(*time));
    }
    println!("bar: within 3x of sqlite3, or under 10 ms");
}

/// The built dataset.
fn database_in(folder: &Path) -> PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path)
                .unwrap()
                .starts_with(b"SQLite format 3")
            {
                return path;
            }
        }
    }
    panic!("no dataset was built");
}

fn is_installed(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn quietly(mut command: Command) {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?}");
}

fn schema(tables: usize, columns: usize) -> Schema {
    let column = |i| ColumnDef {
        name: format!("column_{i}"),
        declared_type: "TEXT".to_owned(),
        ..ColumnDef::default()
    };
    let table = |i| Table {
        name: format!("table_{i}"),
        kind: TableKind::Table,
        columns: (0..columns).map(column).collect(),
        ..Table::default()
    };
    Schema {
        tables: (0..tables).map(table).collect(),
        functions: vec!["count".to_owned(), "coalesce".to_owned()],
    }
}

fn long_statement(bytes: usize) -> String {
    let mut sql = "select id, status from orders where total > 100.5".to_owned();
    while sql.len() < bytes {
        sql += " or status = 'shipped' and id in (1, 2, 3) -- some\n";
    }
    sql
}

fn median(times: usize, clock: &Clock, mut work: impl FnMut()) -> Duration {
    let mut all: Vec<Duration> = (0..times)
        .map(|_| {
            let start = clock.now();
            work();
            clock.now().since(start)
        })
        .collect();
    middle(&mut all)
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
