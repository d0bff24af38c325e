//! What every dataset promises, and what each of them promises besides.
//! (`tests/dataset.rs` looks at `shop` more closely.)

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use dbdojo::dataset::{Catalog, Rows, Scale, Spec, check, check_at, generate_into};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::workload::{Workload, lint};
use dbdojo::progress;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

fn catalog() -> Catalog {
    Catalog::new(&Dirs::under(Path::new("/nowhere")))
}

/// All datasets of the binary.
fn specs() -> Vec<Spec> {
    let catalog = catalog();
    let names = catalog.names();
    names.iter().map(|n| catalog.find(n).unwrap()).collect()
}

fn made(spec: &Spec, scale: Scale, seed: u64) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let (interrupt, watcher) = (Interrupt::new(), &mut progress::ignore);
    generate_into(&connection, spec, scale, seed, &interrupt, watcher).unwrap();
    connection
}

fn make(name: &str, scale: Scale) -> Connection {
    made(&catalog().find(name).unwrap(), scale, 1)
}

fn number(connection: &Connection, sql: &str) -> f64 {
    let number = connection.query_row(sql, [], |row| row.get(0));
    number.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Fails unless each query, which counts what must not be, counts nothing.
fn assert_never(name: &str, queries: &[&str]) {
    for scale in [Scale::Tiny, Scale::Small] {
        let connection = make(name, scale);
        for sql in queries {
            assert_eq!(number(&connection, sql), 0.0, "{name}@{scale}: {sql}");
        }
    }
}

/// Fails unless each number lies between its bounds.
fn assert_within(connection: &Connection, bounds: &[(&str, f64, f64)]) {
    for (sql, low, high) in bounds {
        let found = number(connection, sql);
        assert!((*low..*high).contains(&found), "{sql}: {found}");
    }
}

/// SHA-256 of the types and values of each table, in the order of the keys.
fn digests(spec: &Spec, connection: &Connection) -> String {
    let mut lines = String::new();
    for table in spec.shapes() {
        // Both kinds of tables are stored in the order of their primary key.
        let sql = format!("SELECT * FROM {} NOT INDEXED", table.name);
        let mut statement = connection.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut hash = Sha256::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..table.columns.len() {
                match row.get_ref(column).unwrap() {
                    ValueRef::Null => hash.update(b"n"),
                    ValueRef::Integer(i) => hash.update([b"i", &i.to_le_bytes()[..]].concat()),
                    ValueRef::Real(r) => hash.update([b"r", &r.to_le_bytes()[..]].concat()),
                    ValueRef::Text(t) => {
                        hash.update([b"t", &(t.len() as u64).to_le_bytes()[..], t].concat());
                    }
                    ValueRef::Blob(_) => panic!("no dataset has blobs"),
                }
            }
        }
        let digest = hash.finalize();
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(lines, "{digest}  {}", table.name).unwrap();
    }
    lines
}

/// When this fails after a change of the generator or of a dataset, then every
/// learner's data changes: raise GENERATOR_VERSION if the generator did it, and
/// take the new digests.
#[test]
fn a_seed_is_the_same_data_on_every_machine() {
    let mut changed = String::new();
    for spec in specs() {
        let file = format!("tests/golden/{}-tiny-1.sha256", spec.name());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let golden = fs::read_to_string(path).unwrap_or_default();
        let now = digests(&spec, &made(&spec, Scale::Tiny, 1));
        if now != golden {
            writeln!(changed, "{file} would now be:\n{now}").unwrap();
        }
    }
    assert!(changed.is_empty(), "{changed}");
}

#[test]
fn every_dataset_keeps_its_promises() {
    for spec in specs() {
        for seed in 1..6 {
            let checked = check(&spec, seed, &Interrupt::new()).unwrap();
            assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        }
        let connection = made(&spec, Scale::Tiny, 2);
        // Adding indexes is the learner's.
        let indexes = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL";
        assert_eq!(number(&connection, indexes), 0.0, "{}", spec.name());
        for expected in spec.estimate(Scale::Tiny) {
            let sql = format!("SELECT count(*) FROM {}", expected.name);
            let ratio = number(&connection, &sql) / expected.rows as f64;
            assert!((0.7..1.4).contains(&ratio), "{sql}: {ratio}");
        }
        let large: u64 = spec.estimate(Scale::Large).iter().map(|t| t.rows).sum();
        assert!(
            (8_000_000..20_000_000).contains(&large),
            "{}@large has {large} rows",
            spec.name()
        );
    }
}

#[test]
fn every_workload_can_be_run() {
    for spec in specs() {
        let connection = made(&spec, Scale::Tiny, 1);
        let all = Workload::all().unwrap();
        let own: Vec<_> = all.iter().filter(|w| w.dataset == spec.name()).collect();
        assert!(!own.is_empty(), "{} has no workload", spec.name());
        for workload in own {
            let problems = lint(&connection, workload);
            assert!(problems.is_empty(), "{problems:?}");
        }
    }
}

/// The exponent under which the counts, most frequent first, are most likely
/// among `n` rows: the score equation solved by bisection.
fn zipf(counts: &[u64], n: u64) -> f64 {
    let total: u64 = counts.iter().sum();
    let logs = (1u32..).zip(counts);
    let mean_log = logs
        .map(|(rank, count)| *count as f64 * libm::log(f64::from(rank)))
        .sum::<f64>()
        / total as f64;
    let (mut low, mut high) = (0.0, 3.0);
    for _ in 0..50 {
        let s = (low + high) / 2.0;
        let (mut weights, mut logs) = (0.0, 0.0);
        for rank in 1..=n {
            let log = libm::log(rank as f64);
            weights += libm::exp(-s * log);
            logs += log * libm::exp(-s * log);
        }
        if logs / weights > mean_log {
            low = s;
        } else {
            high = s;
        }
    }
    low
}

/// Of the references whose popularity nothing else bends. (A table with few
/// rows for each of its parents would show chance, not the exponent.)
#[test]
fn popularity_is_what_the_rules_say() {
    for (dataset, scale, table, column, parent, exponent) in [
        ("library", Scale::Medium, "loans", "book_id", "books", 0.8),
        (
            "flights",
            Scale::Small,
            "flights",
            "origin_id",
            "airports",
            0.5,
        ),
        ("metrics", Scale::Small, "logs", "device_id", "devices", 0.8),
        (
            "shop",
            Scale::Small,
            "page_views",
            "product_id",
            "products",
            0.99,
        ),
    ] {
        let spec = catalog().find(dataset).unwrap();
        let mut rows = Rows::new(&spec, scale, 1);
        let index = rows.tables().position(|name| name == table).unwrap();
        let shape = spec.shapes().iter().find(|shape| shape.name == table);
        let columns = &shape.unwrap().columns;
        let at = columns.iter().position(|c| c.name == column).unwrap();
        let mut counts: HashMap<i64, u64> = HashMap::new();
        rows.each::<()>(index, &mut |row| {
            if let ValueRef::Integer(id) = row.values().nth(at).unwrap() {
                *counts.entry(id).or_default() += 1;
            }
            Ok(())
        })
        .unwrap();
        let parents = spec.estimate(scale).into_iter().find(|t| t.name == parent);
        let mut counts: Vec<u64> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let found = zipf(&counts, parents.unwrap().rows);
        let label = format!("{dataset}@{scale} {table}.{column}");
        assert!((found - exponent).abs() < 0.05, "{label}: {found}");
    }
}

#[test]
fn references_hold_at_small_too() {
    for spec in specs() {
        let (interrupt, watcher) = (Interrupt::new(), &mut progress::ignore);
        let checked = check_at(&spec, Scale::Small, 1, &interrupt, watcher).unwrap();
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    }
}

#[test]
fn library() {
    assert_never(
        "library",
        &[
            "SELECT count(*) FROM books b JOIN authors a ON a.id = author_id
             WHERE published_in NOT BETWEEN born_in + 20 AND born_in + 60",
            "SELECT count(*) FROM loans l JOIN members m ON m.id = member_id
             WHERE lent_at < joined_at",
            "SELECT count(*) FROM loans WHERE due_at IS NOT datetime(lent_at, '+28 days')
             OR returned_at >= '2026-01-01'",
            "SELECT count(*) - count(DISTINCT email) FROM members WHERE email NOT NULL",
        ],
    );
    assert_within(
        &make("library", Scale::Small),
        &[
            ("SELECT avg(returned_at > due_at) FROM loans", 0.12, 0.24),
            ("SELECT avg(returned_at IS NULL) FROM loans", 0.01, 0.04),
            ("SELECT avg(email IS NULL) FROM members", 0.06, 0.10),
        ],
    );
}

#[test]
fn flights() {
    assert_never(
        "flights",
        &[
            "SELECT count(*) FROM flights WHERE (departed_at IS NULL) <> (status = 'cancelled')
             OR (arrived_at IS NULL) <> (status <> 'landed')",
            "SELECT count(*) FROM flights WHERE origin_id = destination_id
             OR arrived_at <= departed_at OR scheduled_arrival <= scheduled_departure",
            "SELECT count(*) FROM flights JOIN aircraft a ON a.id = aircraft_id
             WHERE flights.carrier_id <> a.carrier_id",
            "SELECT count(*) FROM flights WHERE strftime('%s', scheduled_departure) % 300
             OR strftime('%s', scheduled_arrival) % 300",
            // One way is as long as the other.
            "SELECT count(*) FROM (SELECT 1 FROM flights
             GROUP BY min(origin_id, destination_id), max(origin_id, destination_id)
             HAVING count(DISTINCT distance_km) > 1)",
            "SELECT count(*) - count(DISTINCT registration) FROM aircraft",
            "SELECT count(*) FROM airports WHERE typeof(latitude) <> 'real' OR length(code) <> 3",
        ],
    );
    let connection = make("flights", Scale::Small);
    connection
        .execute_batch(
            "CREATE TEMP TABLE delays AS SELECT
             (julianday(departed_at) - julianday(scheduled_departure)) * 1440 AS minutes
             FROM flights WHERE departed_at NOT NULL",
        )
        .unwrap();
    assert_within(
        &connection,
        &[
            // A lognormal delay of 12 minutes in the median and sigma 0.95, less
            // 10.2 minutes: that much of it is beyond 15 minutes, and beyond 60.
            ("SELECT avg(minutes > 15) FROM delays", 0.211, 0.221),
            ("SELECT avg(minutes > 60) FROM delays", 0.028, 0.034),
            ("SELECT avg(minutes < 1.8) FROM delays", 0.49, 0.51),
            ("SELECT min(minutes) FROM delays", -10.3, -9.0),
            ("SELECT avg(departed_at IS NULL) FROM flights", 0.016, 0.02),
            ("SELECT count(DISTINCT origin_id) FROM flights", 47.5, 48.5),
            (
                "SELECT distance_km FROM flights
                 JOIN airports o ON o.id = origin_id JOIN airports d ON d.id = destination_id
                 WHERE o.code = 'LHR' AND d.code = 'JFK'",
                5510.0,
                5570.0,
            ),
        ],
    );
}

/// The exponent under which the numbers are most likely, if n (from 0 to `most`)
/// has the weight (n + 1)^-exponent: the score equation solved by bisection.
fn power(numbers: &[f64], most: u32) -> f64 {
    let mean_log = numbers.iter().map(|n| libm::log(n + 1.0)).sum::<f64>() / numbers.len() as f64;
    let (mut low, mut high) = (0.0, 4.0);
    for _ in 0..60 {
        let s = (low + high) / 2.0;
        let (mut weights, mut logs) = (0.0, 0.0);
        for n in 0..=most {
            let log = libm::log(f64::from(n + 1));
            weights += libm::exp(-s * log);
            logs += log * libm::exp(-s * log);
        }
        if logs / weights > mean_log {
            low = s;
        } else {
            high = s;
        }
    }
    low
}

#[test]
fn social() {
    assert_never(
        "social",
        &[
            "SELECT count(*) FROM follows WHERE follower_id = followee_id",
            "SELECT count(*) FROM follows f JOIN users u ON u.id IN (follower_id, followee_id)
             WHERE followed_at <= joined_at",
            "SELECT count(*) FROM posts p JOIN users u ON u.id = user_id
             WHERE posted_at < joined_at",
            "SELECT count(*) FROM likes l JOIN posts p ON p.id = post_id
             WHERE liked_at <= posted_at",
            "SELECT count(*) FROM comments c JOIN comments p ON p.id = c.parent_id
             WHERE p.post_id <> c.post_id OR p.commented_at > c.commented_at",
            "SELECT count(*) FROM comments c JOIN users u ON u.id = user_id
             WHERE commented_at < joined_at",
            "SELECT count(*) - count(DISTINCT handle) FROM users",
            "SELECT count(*) FROM (SELECT followed_at AS moment FROM follows
             UNION ALL SELECT liked_at FROM likes UNION ALL SELECT commented_at FROM comments)
             WHERE moment >= '2026-01-01'",
        ],
    );
    let connection = make("social", Scale::Small);
    connection
        .execute_batch("CREATE INDEX by_parent ON comments (parent_id)")
        .unwrap();
    for (sql, exponent, most) in [
        (
            "SELECT count(follower_id) FROM users LEFT JOIN follows ON follower_id = id GROUP BY id",
            1.25,
            70,
        ),
        (
            "SELECT count(post_id) FROM posts LEFT JOIN likes ON post_id = id GROUP BY id",
            1.4,
            50,
        ),
    ] {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        let found = power(&rows.map(Result::unwrap).collect::<Vec<_>>(), most);
        assert!((found - exponent).abs() < 0.05, "{sql}: {found}");
    }
    assert_within(
        &connection,
        &[
            // How deep the deepest thread goes.
            (
                "WITH RECURSIVE thread(id, depth) AS (
                   SELECT id, 1 FROM comments WHERE parent_id IS NULL
                   UNION ALL SELECT c.id, depth + 1 FROM thread t CROSS JOIN comments c
                   INDEXED BY by_parent ON c.parent_id = t.id)
                 SELECT max(depth) FROM thread",
                6.0,
                20.0,
            ),
            // What the most popular hundredth of all users have of all followers.
            (
                "SELECT sum(n) / (SELECT count(*) FROM follows) FROM
                 (SELECT 1.0 * count(*) AS n FROM follows
                  GROUP BY followee_id ORDER BY 1 DESC LIMIT 20)",
                0.12,
                0.35,
            ),
        ],
    );
}

#[test]
fn metrics() {
    assert_never(
        "metrics",
        &[
            "SELECT count(*) FROM logs WHERE NOT json_valid(details)",
            "SELECT count(*) FROM logs WHERE event = 'upload'
             AND (details ->> '$.server.port' IS NOT 8883 OR details ->> 'ms' < 1)",
            "SELECT count(*) FROM logs WHERE event = 'battery'
             AND typeof(details ->> 'volts') NOT IN ('real', 'integer')",
            "SELECT count(*) <> 1 FROM pragma_table_list WHERE name = 'readings' AND wr",
            "SELECT count(*) FROM (SELECT 1 FROM readings GROUP BY device_id
             HAVING count(*) <> 180 OR max(measured_at) <> '2025-12-31 20:00:00')",
            "SELECT count(*) FROM logs JOIN devices d ON d.id = device_id
             WHERE logged_at < installed_at",
            "SELECT count(*) FROM logs WHERE resolved_at NOT NULL AND level = 'info'",
        ],
    );
    assert_within(
        &make("metrics", Scale::Small),
        &[
            ("SELECT avg(level = 'error') FROM logs", 0.02, 0.035),
            (
                "SELECT avg(resolved_at IS NULL) FROM logs WHERE level = 'error'",
                0.08,
                0.2,
            ),
            (
                "SELECT avg(temperature IS NULL) FROM readings",
                0.008,
                0.012,
            ),
        ],
    );
}
