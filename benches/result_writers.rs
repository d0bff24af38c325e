//! Rows a second of each result format, and its time against `sqlite3`'s on
//! the same rows where that is installed:
//!
//! ```text
//! cargo bench --bench result_writers [-- ROWS]
//! ```
//!
//! Rounds of both are interleaved; the medians are printed. `sqlite3` pays for
//! its start, too (about 2 ms).

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::sandbox::Column;
use dbdojo::view::result::{Options, writer};
use dbdojo::view::{Format, Style};

const QUERY: &str = "select * from orders";
const ROUNDS: usize = 5;

/// Each format and the mode of `sqlite3` that it is compared with.
const MODES: [(Format, Option<&str>); 6] = [
    (Format::Csv, Some("-csv")),
    (Format::Json, Some("-json")),
    (Format::Jsonl, Some("-json")),
    (Format::Markdown, Some("-markdown")),
    (Format::Line, Some("-line")),
    (Format::Table, Some("-box")),
];

fn main() {
    let rows: u64 = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.db");
    fill(&file, rows);

    let clock = Clock::wall();
    let has_sqlite3 = Command::new("sqlite3")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    println!("{rows} rows, 5 columns, medians of {ROUNDS} interleaved rounds, to /dev/null");
    println!(
        "{:10} {:>12} {:>9} {:>9} {:>7}",
        "", "rows/s", "ms", "sqlite3", "ratio"
    );
    for (format, mode) in MODES {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..ROUNDS {
            ours.push(timed(&clock, || write_all(&file, format)));
            if let Some(mode) = mode.filter(|_| has_sqlite3) {
                theirs.push(timed(&clock, || sqlite3(&file, mode)));
            }
        }
        let name = format!("{format:?}").to_lowercase();
        let time = median(&mut ours);
        let per_second = rows as f64 / time.as_secs_f64();
        print!(
            "{name:10} {per_second:>12.0} {:>9.0}",
            time.as_secs_f64() * 1e3
        );
        if theirs.is_empty() {
            println!();
        } else {
            let other = median(&mut theirs);
            println!(
                " {:>9.0} {:>7.2}",
                other.as_secs_f64() * 1e3,
                time.as_secs_f64() / other.as_secs_f64()
            );
        }
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory of this process, all formats: {peak}");
    }
}

fn fill(file: &Path, rows: u64) {
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch(&format!(
        "create table orders(id integer primary key, customer_id integer, status text,
                             total real, created_at text);
         insert into orders
         select value, value * 7919 % 20000,
                case value % 4 when 0 then 'paid' when 1 then 'shipped'
                               when 2 then 'new, unpaid' end,
                (value * 31337 % 100000) / 100.0,
                datetime(1700000000 + value * 61, 'unixepoch')
         from (with recursive n(value) as (select 1 union all select value + 1 from n limit {rows})
               select value from n)"
    ))
    .unwrap();
}

fn write_all(file: &Path, format: Format) {
    let mut out = BufWriter::with_capacity(64 * 1024, File::create("/dev/null").unwrap());
    let db = rusqlite::Connection::open(file).unwrap();
    let mut statement = db.prepare(QUERY).unwrap();
    let columns: Vec<Column> = statement
        .column_names()
        .map(|name| Column {
            name: name.to_owned(),
            declared_type: None,
        })
        .collect();
    let mut sink = writer(format, &mut out, Style::PIPED, Options::default());
    sink.begin(&columns).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let values: [_; 5] = std::array::from_fn(|i| row.get_ref(i).unwrap());
        sink.row(&values).unwrap();
    }
    sink.end().unwrap();
    drop(sink);
    out.flush().unwrap();
}

fn sqlite3(file: &Path, mode: &str) {
    let status = Command::new("sqlite3")
        .args([mode, "-header"])
        .arg(file)
        .arg(QUERY)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

fn timed(clock: &Clock, work: impl FnOnce()) -> Duration {
    let start = clock.now();
    work();
    clock.now().since(start)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// As Linux tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
