//! The pages of b-trees: what is read from the file against what SQLite
//! returns, and the way to a key against the pages that SQLite fetches.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use dbdojo::plan::b_tree::{Error, Kind, Lookup, MOST_ENTRIES, Tree, lookup};
use dbdojo::sandbox::counters;
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;

fn open(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn
}

fn look(conn: &Connection, tree: &str, key: &str) -> (Tree, Lookup) {
    let tree = Tree::open(conn, tree).unwrap();
    let found = lookup(conn, &tree, key).unwrap();
    (tree, found)
}

/// Orders of 500 customers; a table by its key; long texts that overflow.
const SCHEMA: &str = "
    PRAGMA page_size = 1024;
    CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, total REAL, created TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO orders SELECT i * 3, i * 31 % 500, iif(i % 10, 'paid', NULL), i * 0.25,
      date('2024-01-01', i % 365 || ' days') FROM n;
    CREATE INDEX by_customer ON orders(customer_id);
    CREATE INDEX by_both ON orders(customer_id, created DESC);
    CREATE INDEX by_status ON orders(status COLLATE NOCASE);
    CREATE INDEX by_half ON orders(total / 2);
    CREATE UNIQUE INDEX by_total ON orders(total);
    CREATE TABLE stock(place TEXT, product INTEGER, n INTEGER, note TEXT, PRIMARY KEY (place, product)) WITHOUT ROWID;
    INSERT INTO stock SELECT iif(id % 2, 'north', 'south'), id, customer_id, '' FROM orders;
    CREATE INDEX stock_all ON stock(n DESC, note);
    CREATE INDEX stock_n ON stock(n);
    CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT);
    INSERT INTO notes SELECT id, printf('%06d', id) || hex(zeroblob(700)) FROM orders LIMIT 300;
    CREATE INDEX by_body ON notes(body);
    CREATE TABLE shadowed(rowid, oid); INSERT INTO shadowed VALUES (9, 9), (8, 8);
    CREATE VIEW few AS SELECT 1;
    CREATE TABLE empty(a);
    CREATE INDEX by_a ON empty(a);";

#[test]
fn the_way_is_the_one_that_sqlite_goes() {
    let home = tempfile::tempdir().unwrap();
    let conn = open(&home.path().join("shop.db"));
    conn.execute_batch(SCHEMA).unwrap();
    for (name, key, entries) in [
        ("by_customer", "42", 40),
        ("by_customer", "0", 40),
        ("by_customer", "499", 40),
        ("by_customer", "-1", 0),
        ("by_customer", "1000", 0),
        ("by_customer", "'42'", 40),
        ("by_both", "42", 40),
        ("by_both", "42 '2024-03-01'", 0),
        ("by_total", "2500", 1),
        ("by_total", "2500.1", 0),
        ("by_a", "1", 0),
        ("orders", "30000", 1),
        ("orders", "30001", 0),
        ("orders", "999999999", 0),
        ("stock", "'north' 3003", 1),
        ("stock", "'south' 3003", 0),
        ("stock_n", "7", 40),
        ("stock_all", "7", 40),
        ("sqlite_master", "3", 1),
        ("shadowed", "2", 1),
    ] {
        let (tree, found) = look(&conn, name, key);
        assert_eq!(found.entries, entries, "{name} {key}");
        assert_eq!(found.path.len() as u64, tree.shape.depth, "{name} {key}");
        let measured = found.measured.clone().unwrap();
        let computed = found.fetches + found.table.as_ref().map_or(0, |it| it.fetches);
        assert_eq!(
            computed, measured.fetches,
            "{name} {key}: {measured:?}\n{found:?}"
        );
    }
}

#[test]
fn a_null_a_collation_and_an_expression() {
    let home = tempfile::tempdir().unwrap();
    let conn = open(&home.path().join("shop.db"));
    conn.execute_batch(SCHEMA).unwrap();
    let (_, null) = look(&conn, "by_status", "NULL");
    assert_eq!(null.entries, 2000);
    let (_, paid) = look(&conn, "by_status", "'PAID'");
    assert!(paid.more && paid.entries == MOST_ENTRIES);
    // The column compares otherwise, so the statement says how.
    let sql = paid.measured.unwrap().sql;
    assert!(sql.ends_with("status = 'PAID' collate nocase"), "{sql}");
    let (tree, half) = look(&conn, "by_half", "1250");
    assert_eq!(half.entries, 1);
    let sql = half.measured.unwrap().sql;
    assert!(sql.ends_with("WHERE total / 2 = 1250"), "{sql}");
    assert_eq!(
        tree.key().next().unwrap().text.as_deref(),
        Some("total / 2")
    );
    let (_, long) = look(&conn, "by_body", "'000300'");
    assert_eq!(long.entries, 0);
    assert!(long.between.iter().all(Option::is_some));
}

#[test]
fn what_has_no_b_tree_is_told() {
    let home = tempfile::tempdir().unwrap();
    let conn = open(&home.path().join("shop.db"));
    conn.execute_batch(SCHEMA).unwrap();
    let said = |name: &str| Tree::open(&conn, name).unwrap_err().to_string();
    assert_eq!(
        said("by_custmer"),
        "there is no index or table by_custmer; did you mean by_customer?"
    );
    assert!(said("few").contains("it is a view"));
    let tree = Tree::open(&conn, "BY_BOTH").unwrap();
    let said = |key: &str| lookup(&conn, &tree, key).unwrap_err().to_string();
    assert_eq!(
        said("1 2 3"),
        "by_both has 2 columns: customer_id, created; the key has 3 values"
    );
    assert!(said("DE").contains("texts in quotes"));
    let orders = Tree::open(&conn, "orders").unwrap();
    let no_rowid = lookup(&conn, &orders, "'x'");
    assert!(matches!(no_rowid, Err(Error::NoRowid(_))), "{no_rowid:?}");
    conn.execute_batch("BEGIN").unwrap();
    assert!(matches!(
        lookup(&conn, &tree, "1"),
        Err(Error::InTransaction)
    ));
}

#[test]
fn the_shape_is_that_of_the_file() {
    let home = tempfile::tempdir().unwrap();
    let conn = open(&home.path().join("shop.db"));
    conn.execute_batch(SCHEMA).unwrap();
    for (name, rows) in [
        ("by_customer", 20_000),
        ("orders", 20_000),
        ("stock", 20_000),
        ("empty", 0),
    ] {
        let tree = Tree::open(&conn, name).unwrap();
        let shape = tree.shape;
        assert_eq!(shape.entries, rows, "{name}");
        assert_eq!(
            (shape.interior + shape.leaves + shape.overflow) * shape.page_size,
            shape.bytes,
            "{name}"
        );
    }
    assert!(Tree::open(&conn, "by_body").unwrap().shape.overflow > 0);
    assert_eq!(Tree::open(&conn, "stock").unwrap().kind, Kind::KeyedTable);
}

/// A damaged file may give any answer, but gives one.
#[test]
fn a_damaged_file_is_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shop.db");
    let conn = open(&path);
    conn.execute_batch(SCHEMA).unwrap();
    let trees: Vec<Tree> = ["by_customer", "by_both", "orders", "stock_n", "by_body"]
        .iter()
        .map(|name| Tree::open(&conn, name).unwrap())
        .collect();
    let whole = std::fs::read(&path).unwrap();
    for (turn, tree) in (0..60_usize).zip(trees.iter().cycle()) {
        let mut bytes = whole.clone();
        let page = (tree.root as usize - 1) * 1024;
        for at in 0..40 {
            let place = page + (turn * 37 + at * 61) % 1024;
            bytes[place] ^= (turn * 13 + at) as u8;
        }
        bytes.truncate(whole.len() - turn * 1024);
        let copy = home.path().join("damaged.db");
        std::fs::write(&copy, &bytes).unwrap();
        let damaged = Connection::open(&copy).unwrap();
        let _ = lookup(&damaged, tree, "42");
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (-20_i64..20).prop_map(Value::Integer),
        any::<i64>().prop_map(Value::Integer),
        (-9.0_f64..9.0).prop_map(Value::Real),
        "[a-cA-C ]{0,3}".prop_map(Value::Text),
        "[x]{300,900}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(Value::Blob),
    ]
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(i64::MIN) => "-1".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => format!("{x:?}"),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => {
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Random rows, random types, every collation, both directions, all three
    /// encodings: as many entries as SQLite has rows.
    #[test]
    fn a_key_has_as_many_entries_as_the_query_has_rows(
        rows in proptest::collection::vec((value(), value()), 1..400),
        keys in proptest::collection::vec((value(), value()), 1..12),
        encoding in prop::sample::select(vec!["UTF-8", "UTF-16le", "UTF-16be"]),
        collation in prop::sample::select(vec!["BINARY", "NOCASE", "RTRIM"]),
        desc in prop::sample::select(vec!["", "DESC"]),
        declared in prop::sample::select(vec!["", "TEXT", "INTEGER", "REAL", "NUMERIC"]),
    ) {
        let home = tempfile::tempdir().unwrap();
        let conn = open(&home.path().join("t.db"));
        conn.execute_batch(&format!(
            "PRAGMA encoding = '{encoding}'; PRAGMA page_size = 512;
             CREATE TABLE t(a {declared} COLLATE {collation}, b, c);
             CREATE INDEX i ON t(a {desc}, b);"
        )).unwrap();
        conn.execute_batch("BEGIN").unwrap();
        for (a, b) in &rows {
            conn.execute("INSERT INTO t VALUES (?1, ?2, 0)", (a, b)).unwrap();
        }
        conn.execute_batch("COMMIT").unwrap();
        let tree = Tree::open(&conn, "i").unwrap();
        prop_assert_eq!(tree.shape.entries, rows.len() as u64);
        for (a, b) in rows.iter().take(20).chain(&keys) {
            let (a, b) = (written(a), written(b));
            for (key, condition) in [
                (a.clone(), format!("a IS {a}")),
                (format!("{a} {b}"), format!("a IS {a} AND b IS {b}")),
            ] {
                let expected: i64 = conn
                    .query_row(&format!("SELECT count(*) FROM t WHERE {condition}"), [], |row| row.get(0))
                    .unwrap();
                let found = lookup(&conn, &tree, &key).unwrap();
                prop_assert_eq!(found.entries, expected.unsigned_abs(), "{}", condition);
                if let Some(measured) = &found.measured {
                    let computed = found.fetches + found.table.as_ref().map_or(0, |it| it.fetches);
                    // Long rows have pages of their own in the table, which
                    // only the measured figure holds.
                    prop_assert!(computed <= measured.fetches, "{} {:?}", condition, found);
                }
            }
        }
    }
}

#[test]
fn a_partial_index_is_measured_and_overflow_pages_are_counted() {
    let home = tempfile::tempdir().unwrap();
    let conn = open(&home.path().join("shop.db"));
    conn.execute_batch(SCHEMA).unwrap();
    conn.execute_batch("CREATE INDEX by_few ON orders(customer_id) WHERE status IS NULL;")
        .unwrap();
    let (_, few) = look(&conn, "by_few", "0");
    let measured = few.measured.unwrap();
    assert!(
        measured.sql.ends_with("AND (status IS NULL)"),
        "{measured:?}"
    );
    assert_eq!(
        few.fetches + few.table.map_or(0, |it| it.fetches),
        measured.fetches
    );
    // 1,406 bytes on pages of 1,024.
    let (_, note) = look(&conn, "notes", "30");
    assert_eq!(note.overflow, 1);
}
