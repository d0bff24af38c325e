//! How fast a dataset is built, beside the rate of inserting the same rows made
//! beforehand, into the same schema with the same settings.
//!
//! `cargo bench --bench build_dataset [-- SCALE [ROUNDS]]`
//!
//! The rounds alternate; the ratio is of the medians. The rows made beforehand
//! are taken away before peak memory is read, in a process of its own:
//! `cargo bench --bench build_dataset -- SCALE memory`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may panic"
)]

use std::path::Path;
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Rows, Scale, Spec};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let scale = words.first().map_or(Scale::Small, |w| w.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::new(&Dirs::under(home.path()));
    let spec = catalog.find("shop").unwrap();
    if words.get(1) == Some(&"memory") {
        let (time, rows, bytes) = build(&catalog, &spec, scale);
        println!("shop@{scale}: {rows} rows, {bytes} bytes in {time:.2?}");
        println!("peak memory: {}", peak_memory());
        return;
    }
    let rounds: usize = words.get(1).map_or(7, |word| word.parse().unwrap());
    let made = make(&spec, scale);
    let (mut builds, mut inserts, mut count) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds {
        let inserted = insert(&home.path().join("plain.db"), &spec, &made);
        let (built, rows, _) = build(&catalog, &spec, scale);
        println!("round {round}: insert {inserted:.2?}, build {built:.2?}");
        builds.push(built);
        inserts.push(inserted);
        count = rows;
    }
    let (build, insert) = (median(builds), median(inserts));
    println!("shop@{scale}: {count} rows, medians of {rounds} interleaved rounds");
    println!("insert  {:>10.0} rows/s", rate(count, insert));
    println!("build   {:>10.0} rows/s", rate(count, build));
    println!(
        "ratio   {:>10.2}   (bar: 0.50)",
        insert.as_secs_f64() / build.as_secs_f64()
    );
}

fn rate(rows: u64, time: Duration) -> f64 {
    rows as f64 / time.as_secs_f64()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Everything a first start does: generate, insert, wait for the disk, rename.
fn build(catalog: &Catalog, spec: &Spec, scale: Scale) -> (Duration, u64, u64) {
    let clock = Clock::wall();
    let start = clock.now();
    let built = catalog
        .ensure(spec, scale, 1, &Interrupt::new(), &mut progress::ignore)
        .unwrap();
    let time = clock.now().since(start);
    let (rows, bytes) = (built.rows(), built.bytes);
    std::fs::remove_file(built.path).unwrap();
    (time, rows, bytes)
}

type Made = Vec<(String, Vec<Vec<Value>>)>;

fn make(spec: &Spec, scale: Scale) -> Made {
    let mut rows = Rows::new(spec, scale, 1);
    let tables: Vec<&str> = rows.tables().collect();
    let mut made = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let mut all = Vec::new();
        rows.each::<()>(index, &mut |row| {
            all.push(row.values().map(|v| v.try_into().unwrap()).collect());
            Ok(())
        })
        .unwrap();
        made.push((table.to_owned(), all));
    }
    made
}

/// The fastest plain way: one transaction, prepared statements, nothing logged,
/// nothing checked twice, and the same wait for the disk at the end.
fn insert(path: &Path, spec: &Spec, made: &Made) -> Duration {
    let clock = Clock::wall();
    let start = clock.now();
    let connection = Connection::open(path).unwrap();
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_STMT_SCANSTATUS, false)
        .unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16000; BEGIN;",
        )
        .unwrap();
    connection.execute_batch(spec.schema()).unwrap();
    for (table, rows) in made {
        let marks = vec!["?"; rows[0].len()].join(", ");
        let sql = format!("INSERT INTO {table} VALUES ({marks})");
        let mut statement = connection.prepare(&sql).unwrap();
        for row in rows {
            for (index, value) in row.iter().enumerate() {
                statement.raw_bind_parameter(index + 1, value).unwrap();
            }
            statement.raw_execute().unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    drop(connection);
    std::fs::File::open(path).unwrap().sync_all().unwrap();
    let time = clock.now().since(start);
    std::fs::remove_file(path).unwrap();
    time
}

/// `VmHWM`: the most memory this process has held so far. Linux only.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(
        || "not known here".to_owned(),
        |line| {
            line.split_whitespace()
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        },
    )
}
