//! Every number and every word said about a plan is true, also where nothing
//! was read, where a counter is a sum, and where rows are changed.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::compare::compare;
use dbdojo::plan::{Explanation, Repeat, explain_run, explain_run_with, footer};
use dbdojo::sandbox::Bindings;
use dbdojo::sandbox::counters::{self, Counters};
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
            "It found no rows of customers by primary key.",
            "It never started: no row of customers passed.",
        ]
    );
    assert_eq!(
        found(&conn, join),
        ["search: It found no rows of customers by primary key."]
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

/// What is said under the result of a statement that is run and rolled back.
fn footer_of(conn: &Connection, sql: &str) -> String {
    conn.execute_batch("SAVEPOINT before").unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let mut rows = statement.raw_query();
    let mut returned = 0;
    while rows.next().unwrap().is_some() {
        returned += 1;
    }
    drop(rows);
    let counted = Counters::of(&statement, 0);
    let changed = if statement.readonly() {
        returned
    } else {
        conn.changes()
    };
    let told = footer(conn, sql, &counted, changed);
    conn.execute_batch("ROLLBACK TO before; RELEASE before")
        .unwrap();
    told.map_or_else(String::new, |it| it.text)
}

#[test]
fn the_pages_of_a_lookup_are_those_that_were_fetched() {
    let conn = shop();
    let join = "SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id
                WHERE o.status = 'open'";
    let plan = ran(&conn, join);
    let scan: i64 = conn
        .query_row(
            "SELECT count(*) FROM dbstat WHERE name = 'orders'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let rest = plan.counters.unwrap().page_fetches - scan.cast_unsigned();
    let each = (rest as f64 / 200.0).round();
    assert_eq!(
        plan.nodes[1].meaning,
        format!(
            "For each of the 200 orders it looked up customers by primary key: 200 lookups, \
             about {each} page{} each.",
            if each == 1.0 { "" } else { "s" }
        )
    );
    // What else fetched pages cannot be told from the lookups.
    let limited = format!("{join} LIMIT 5");
    let told = meanings(&conn, &limited).join(" ");
    assert!(!told.contains("page"), "{told}");
}

#[test]
fn an_index_that_finds_rows_to_change_is_not_all_that_is_read() {
    let conn = shop();
    conn.execute_batch("CREATE INDEX os ON orders(status)")
        .unwrap();
    let delete = "DELETE FROM orders WHERE status = 'open'";
    let told = found(&conn, delete);
    assert!(
        told.contains(&"search: It found 200 rows of orders by index os.".to_owned()),
        "{told:?}"
    );
    assert_eq!(footer_of(&conn, delete), "Found by index os.");
    let select = "SELECT status FROM orders WHERE status = 'open'";
    let told = found(&conn, select).join(" ");
    assert!(told.contains("by index os alone."), "{told}");
    assert_eq!(
        footer_of(&conn, select),
        "Found in index os, without reading orders itself."
    );
}

#[test]
fn a_footer_names_what_was_read_and_what_can_have_worked_behind() {
    let conn = shop();
    conn.execute_batch(
        "CREATE TABLE big AS SELECT * FROM orders;
         CREATE TABLE items(order_id INTEGER REFERENCES orders(id));
         INSERT INTO items SELECT id FROM orders;
         CREATE TABLE log(a);
         CREATE TRIGGER noted AFTER DELETE ON big BEGIN INSERT INTO log VALUES (1); END;",
    )
    .unwrap();
    for (sql, told) in [
        ("INSERT INTO big SELECT * FROM orders", ""),
        (
            "INSERT INTO customers SELECT 1000 + id, null, 'x' FROM orders",
            "",
        ),
        (
            "UPDATE orders SET total = total + 1 WHERE customer_id = 5",
            "Read all 5,000 orders to change 10.",
        ),
        (
            "DELETE FROM big WHERE customer_id = 5",
            "Took 4,999 steps through big and for triggers.",
        ),
        (
            "UPDATE big SET total = 1 WHERE customer_id = 5",
            "Read all 5,000 rows of big to change 10.",
        ),
    ] {
        assert_eq!(footer_of(&conn, sql), told, "{sql}");
    }
    conn.execute_batch("DELETE FROM items WHERE order_id < 100")
        .unwrap();
    let told = footer_of(&conn, "UPDATE orders SET id = id + 9000 WHERE id < 10");
    assert!(told.ends_with(" for foreign keys."), "{told}");
}

#[test]
fn a_count_in_a_subquery_is_told_as_one() {
    let conn = shop();
    let sql = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM customers)";
    for title in found(&conn, sql) {
        assert!(
            title.contains("every page of ") && !title.contains("will"),
            "{title}"
        );
    }
    assert_eq!(found(&conn, sql).len(), 2);
}

#[test]
fn page_fetches_are_those_of_a_run_within_a_transaction_everywhere() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let conn = Connection::open(file.path()).unwrap();
    let fill = "CREATE TABLE t(id INTEGER PRIMARY KEY, code TEXT UNIQUE, kind TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO t SELECT i, 'c' || i, iif(i % 9 = 0, 'rare', 'often') FROM n;";
    conn.execute_batch(fill).unwrap();
    let clock = Clock::virtual_at(0);
    for sql in [
        "SELECT * FROM t WHERE id = 7",
        "SELECT * FROM t WHERE kind = 'rare'",
    ] {
        let once = ran(&conn, sql).counters.unwrap().page_fetches;
        let pair = compare(&conn, [sql, sql], &clock).unwrap();
        for plan in &pair.plans {
            assert_eq!(plan.counters.unwrap().page_fetches, once, "{sql}");
        }
    }
    let notes = |sql: &str| {
        let given = Bindings::default();
        explain_run_with(&conn, sql, &given, &clock, TWICE)
            .unwrap()
            .notes
            .join(" ")
    };
    // No value of a key is the most common one.
    assert!(!notes("SELECT * FROM t WHERE code = :code").contains("most common"));
    let told = notes("SELECT * FROM t WHERE kind = :kind AND id > 0");
    assert!(told.contains("a typical t.kind"), "{told}");
}

#[test]
fn the_steps_of_several_automatic_indexes_are_told_once() {
    let conn = shop();
    conn.execute_batch(
        "CREATE TABLE a(x, y); CREATE TABLE b(x, y); CREATE TABLE c(x, y);
         INSERT INTO a SELECT id, id FROM customers;
         INSERT INTO b SELECT id % 90, id % 70 FROM orders;
         INSERT INTO c SELECT id % 90, id % 70 FROM orders WHERE id <= 3000;",
    )
    .unwrap();
    let sql = "SELECT count(*) FROM a LEFT JOIN b ON b.x = a.x AND b.y = a.y
               LEFT JOIN c ON c.x = a.x AND c.y = a.y";
    let told = found(&conn, sql);
    let built: Vec<&String> = told
        .iter()
        .filter(|it| it.starts_with("automatic"))
        .collect();
    assert_eq!(built.len(), 2, "{told:?}");
    let summed = built
        .iter()
        .filter(|it| it.contains("7,998 steps for the 2 of"))
        .count();
    assert_eq!(summed, 1, "{built:?}");
    assert_eq!(
        built.iter().filter(|it| it.contains("steps")).count(),
        1,
        "{built:?}"
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
                prop_assert!(!told.contains(" 0 rows") && !told.contains("all no"), "{sql}: {told}");
                if node.loops == Some(0) && node.operation.as_loop().is_some() {
                    prop_assert!(told.contains("never "), "{sql}: {told}");
                }
            }
        }
    }
}
