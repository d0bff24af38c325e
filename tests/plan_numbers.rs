//! Every number and every word said about a plan is true, also where nothing
//! was read, where a counter is a sum, and where rows are changed.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::{Explanation, Repeat, explain_run};
use dbdojo::sandbox::counters;
use dbdojo::view::{Style, plan};
use proptest::prelude::*;
use rusqlite::Connection;

const TWICE: Repeat = Repeat {
    at_most: 2,
    within: Duration::from_secs(60),
};

/// 500 customers, 5,000 orders, and a table without rows.
fn shop() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn.execute_batch(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, country TEXT);
         CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id),
           status TEXT, total REAL);
         CREATE TABLE empty(id INTEGER PRIMARY KEY, customer_id INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO customers SELECT i, 'name ' || i, substr('ADEFI', i % 5 + 1, 1) FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO orders SELECT i, i * 7 % 500 + 1, iif(i % 25 = 0, 'open', 'done'), i % 90
         FROM n;",
    )
    .unwrap();
    conn
}

fn ran(conn: &Connection, sql: &str) -> Explanation {
    explain_run(conn, sql, &Clock::virtual_at(0), TWICE).unwrap()
}

/// What is said of each node.
fn meanings(conn: &Connection, sql: &str) -> Vec<String> {
    let plan = ran(conn, sql);
    plan.nodes.into_iter().map(|node| node.meaning).collect()
}

/// The titles and reasons of the findings.
fn found(conn: &Connection, sql: &str) -> Vec<String> {
    let plan = ran(conn, sql);
    plan.findings
        .into_iter()
        .map(|it| {
            format!("{}: {} {}", it.code, it.title, it.why)
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_loop_that_never_started_is_told_as_such() {
    let conn = shop();
    conn.execute_batch("CREATE INDEX oc ON orders(customer_id)")
        .unwrap();
    let join = "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = -1";
    assert_eq!(
        meanings(&conn, join),
        [
            "It found no rows of customers by its primary key.",
            "It never started: no row of customers passed.",
        ]
    );
    assert_eq!(
        found(&conn, join),
        ["search: It found no rows of customers by its primary key."]
    );
    for sql in [
        "SELECT * FROM orders WHERE 1 = 0",
        "SELECT * FROM orders WHERE status = 'a' AND status = 'b'",
        "SELECT * FROM orders LIMIT 0",
    ] {
        let told = meanings(&conn, sql);
        assert_eq!(
            told,
            ["It never started: no row of orders was needed."],
            "{sql}"
        );
    }
    let exists = "SELECT * FROM orders WHERE EXISTS (SELECT 1 FROM customers WHERE 0)";
    let told = meanings(&conn, exists).join(" ");
    assert!(
        !told.contains("all no rows") && told.contains("never started"),
        "{told}"
    );
    assert_eq!(
        meanings(
            &conn,
            "SELECT * FROM empty JOIN orders ON orders.id > empty.id"
        ),
        [
            "It looked for rows in empty and found none.",
            "It never started: no row of empty passed.",
        ]
    );
}

/// A condition, some of them never true.
fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "1",
        "0",
        "a.id = -1",
        "a.id = 7",
        "a.id IN (3, 4) OR a.customer_id = 5",
        "b.id = a.customer_id",
        "b.customer_id = a.id",
        "b.id > a.id",
        "b.id IS NULL",
        "a.customer_id = 5 AND a.customer_id = 6",
        "EXISTS (SELECT 1 FROM empty WHERE empty.id = a.id)",
        "a.id IN (SELECT customer_id FROM few WHERE few.id < b.id)",
        "(SELECT max(id) FROM few WHERE few.customer_id = a.customer_id) > 3",
    ])
}

fn query() -> impl Strategy<Value = String> {
    let table = || prop::sample::select(vec!["few", "many", "empty"]);
    let join = prop::sample::select(vec!["JOIN", "LEFT JOIN", "CROSS JOIN", "RIGHT JOIN"]);
    let shown = prop::sample::select(vec![
        "*",
        "count(*)",
        "min(a.id)",
        "a.customer_id, count(*)",
        "DISTINCT a.customer_id",
        "(SELECT count(*) FROM many), a.id",
    ]);
    let ending = prop::sample::select(vec![
        "",
        " LIMIT 0",
        " LIMIT 2",
        " ORDER BY a.customer_id",
        " GROUP BY a.customer_id ORDER BY count(*)",
        " UNION SELECT 1, 2 FROM empty",
    ]);
    (
        table(),
        join,
        table(),
        condition(),
        condition(),
        shown,
        ending,
    )
        .prop_map(|(a, join, b, on, filter, shown, ending)| {
            format!("SELECT {shown} FROM {a} a {join} {b} b ON {on} WHERE {filter}{ending}")
        })
}

/// Tables with 40, 400 and no rows, some with an index.
fn small(indexes: u8) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn.execute_batch(
        "CREATE TABLE few(id INTEGER PRIMARY KEY, customer_id INTEGER);
         CREATE TABLE many(id INTEGER PRIMARY KEY, customer_id INTEGER);
         CREATE TABLE empty(id INTEGER PRIMARY KEY, customer_id INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
         INSERT INTO many SELECT i, i % 50 FROM n;
         INSERT INTO few SELECT * FROM many WHERE id <= 40;",
    )
    .unwrap();
    for (at, table) in ["few", "many", "empty"].iter().enumerate() {
        if indexes & (1 << at) != 0 {
            let sql = format!("CREATE INDEX {table}_customer ON {table}(customer_id)");
            conn.execute_batch(&sql).unwrap();
        }
    }
    conn
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_run_can_be_explained(sql in query(), indexes in 0_u8..8) {
        let conn = small(indexes);
        // A statement with a mistake is none of ours.
        if conn.prepare(&sql).is_ok() {
            let plan = ran(&conn, &sql);
            plan::write(&mut Vec::new(), &Style::PIPED, true, &plan).unwrap();
            for node in &plan.nodes {
                let told = &node.meaning;
                prop_assert!(!told.contains(" 0 ") && !told.contains("all no"), "{sql}: {told}");
                if node.loops == Some(0) && node.operation.as_loop().is_some() {
                    prop_assert!(told.contains("never "), "{sql}: {told}");
                }
            }
        }
    }
}
