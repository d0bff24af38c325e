//! What every dataset promises, and what each of them promises besides.
//! (`tests/dataset.rs` looks at `shop` more closely.)

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use dbdojo::dataset::{Catalog, Scale, Spec, check, generate_into};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::workload::Workload;
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
    for spec in specs() {
        let file = format!("tests/golden/{}-tiny-1.sha256", spec.name());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let golden = fs::read_to_string(path).unwrap_or_default();
        let now = digests(&spec, &made(&spec, Scale::Tiny, 1));
        assert_eq!(now, golden, "{file} would now be:\n{now}");
    }
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
            let key: i64 = connection
                .query_row(&workload.values, [], |row| row.get(0))
                .unwrap();
            let mut query = connection.prepare(&workload.query).unwrap();
            assert!(query.readonly(), "{}", workload.name);
            let bound = &[(workload.parameter.as_str(), &key as &dyn rusqlite::ToSql)];
            let mut rows = query.query(bound).unwrap();
            while rows.next().unwrap().is_some() {}
        }
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
