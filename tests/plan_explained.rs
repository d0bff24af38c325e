//! What a learner reads about a plan: the tree, the findings, the footer.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::{Explanation, Repeat, explain, explain_run, footer};
use dbdojo::sandbox::counters::{self, Counters};
use dbdojo::view::{Style, plan, plan_json};
use insta::assert_snapshot;
use rusqlite::Connection;

/// 500 customers, 5,000 orders, 20,000 order items, no index.
fn shop() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn.execute_batch(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, email TEXT, country TEXT);
         CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, price REAL);
         CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id),
           status TEXT, total REAL, created_at TEXT);
         CREATE TABLE order_items(id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER,
           quantity INTEGER);
         CREATE TABLE empty(a INTEGER);
         CREATE TABLE small(a INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO customers
         SELECT i, 'name ' || i, 'c' || i || '@example.org', substr('ADEFI', i % 5 + 1, 1) FROM n;
         INSERT INTO products SELECT id, 'product ' || id, id % 90 FROM customers;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO orders SELECT i, i * 7 % 500 + 1, iif(i % 100 = 0, 'open', 'done'),
           i * 13 % 1000, date('2024-01-01', i || ' days') FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO order_items SELECT i, i % 5000 + 1, i * 31 % 500 + 1, 1 FROM n;
         INSERT INTO small SELECT id FROM customers LIMIT 150;
         CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
         CREATE VIEW first_orders AS SELECT * FROM orders LIMIT 3000;",
    )
    .unwrap();
    conn
}

const ONCE: Repeat = Repeat {
    at_most: 9,
    within: Duration::from_secs(1),
};

/// Explained by running it. Times differ from run to run, so shares are
/// replaced by those of the rows visited.
fn ran(conn: &Connection, sql: &str) -> Explanation {
    let mut plan = explain_run(conn, sql, &Clock::virtual_at(0), ONCE).unwrap();
    let total: u64 = plan.nodes.iter().filter_map(|it| it.visited_rows).sum();
    for node in &mut plan.nodes {
        node.time_share = node.visited_rows.map(|n| n as f64 / total.max(1) as f64);
    }
    plan
}

fn drawn(style: &Style, verbose: bool, explanation: &Explanation) -> String {
    let mut out = Vec::new();
    plan::write(&mut out, style, verbose, explanation).unwrap();
    let text = String::from_utf8(out).unwrap();
    for line in text.lines() {
        let wide = line.chars().count() > 80;
        assert!(!wide, "wider than 80 columns: {line}");
    }
    text
}

fn text(explanation: &Explanation) -> String {
    drawn(&Style::PIPED, false, explanation)
}

#[test]
fn a_filter_without_an_index() {
    let conn = shop();
    let sql = "SELECT p.name, i.quantity FROM order_items i JOIN products p ON p.id = i.product_id
               WHERE i.order_id = 17";
    assert_snapshot!(text(&ran(&conn, sql)));
    assert_snapshot!(text(&explain(&conn, sql).unwrap()));
}

#[test]
fn a_proposed_index_is_used() {
    let conn = shop();
    let sql = "SELECT * FROM orders WHERE customer_id = 5 AND status = 'done' ORDER BY created_at";
    let before = ran(&conn, sql);
    assert_snapshot!(text(&before));
    conn.execute_batch(&before.findings[0].try_[0]).unwrap();
    assert_snapshot!(text(&ran(&conn, sql)));
}

#[test]
fn a_join_without_an_index() {
    let conn = shop();
    let sql = "SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id
               WHERE c.country = 'A' GROUP BY c.name";
    assert_snapshot!(text(&ran(&conn, sql)));
    let sql = "SELECT o.total FROM orders o JOIN customers c ON c.id = o.customer_id
               WHERE c.email = 'c7@example.org'";
    assert_snapshot!(text(&ran(&conn, sql)));
}

#[test]
fn a_scan_inside_a_loop() {
    let conn = shop();
    let sql = "SELECT name, (SELECT max(total) FROM orders WHERE customer_id = c.id)
               FROM customers c WHERE country = 'A'";
    assert_snapshot!(text(&ran(&conn, sql)));
    assert_snapshot!(text(&explain(&conn, sql).unwrap()));
}

#[test]
fn sorting_grouping_and_distinct() {
    let conn = shop();
    let mut all = String::new();
    for sql in [
        "SELECT * FROM orders ORDER BY created_at DESC LIMIT 10",
        "SELECT * FROM orders ORDER BY created_at",
        "SELECT status, sum(total) FROM orders GROUP BY status",
        "SELECT DISTINCT status FROM orders",
    ] {
        all.push_str(&format!("> {sql}\n{}\n", text(&ran(&conn, sql))));
    }
    assert_snapshot!(all);
}

#[test]
fn what_no_index_can_help() {
    let conn = shop();
    let mut all = String::new();
    for sql in [
        "SELECT * FROM orders",
        "SELECT * FROM customers WHERE lower(email) = 'c7@example.org'",
        "SELECT * FROM customers WHERE email LIKE '%7@example.org'",
        "SELECT * FROM customers WHERE email LIKE 'c7@%'",
        "SELECT * FROM orders WHERE status <> 'open'",
        "SELECT * FROM orders WHERE status = 'done'",
        "SELECT * FROM orders WHERE status = 'open' OR total = 5",
        "SELECT * FROM small WHERE a = 7",
        "SELECT max(id) FROM orders",
        "SELECT * FROM empty WHERE a = 1",
    ] {
        let plan = ran(&conn, sql);
        all.push_str(&format!("> {sql}\n"));
        for finding in plan.findings {
            all.push_str(&format!("{}: {}\n", finding.code, finding.title));
            for line in std::iter::once(&finding.why).chain(&finding.try_) {
                all.push_str(&format!("  {line}\n"));
            }
        }
    }
    assert_snapshot!(all);
}

#[test]
fn whatever_is_proposed_is_used_and_visits_no_more() {
    let visits =
        |plan: &Explanation| -> u64 { plan.nodes.iter().filter_map(|it| it.visited_rows).sum() };
    for sql in [
        "SELECT * FROM orders WHERE customer_id = 5",
        "SELECT * FROM orders WHERE customer_id = 5 AND total > 900 AND created_at > '2030'",
        "SELECT * FROM orders WHERE customer_id IN (5, 6) ORDER BY created_at",
        "SELECT * FROM orders WHERE customer_id = 5 ORDER BY created_at DESC LIMIT 3",
        "SELECT * FROM orders WHERE total BETWEEN 5 AND 6",
        "SELECT * FROM orders ORDER BY created_at DESC LIMIT 10",
        "SELECT status, sum(total) FROM orders GROUP BY status",
        "SELECT DISTINCT status FROM orders",
        "SELECT max(total) FROM orders",
        "SELECT min(total) FROM orders WHERE customer_id = 7",
        "SELECT max(total) FROM orders WHERE status = 'open'",
        "SELECT name, (SELECT max(total) FROM orders WHERE customer_id = c.id) FROM customers c",
        "SELECT o.total FROM orders o JOIN customers c ON c.id = o.customer_id
         WHERE c.email = 'c7@example.org'",
        "SELECT name FROM customers c WHERE NOT EXISTS
         (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = 'open')",
        "UPDATE orders SET total = 0 WHERE customer_id = 7",
        "DELETE FROM order_items WHERE order_id = 7",
        "WITH x AS (SELECT * FROM orders WHERE customer_id = 3) SELECT count(*) FROM x",
    ] {
        let conn = shop();
        let before = ran(&conn, sql);
        let proposed: Vec<&String> = before.findings.iter().flat_map(|it| &it.try_).collect();
        assert!(!proposed.is_empty(), "nothing proposed: {sql}");
        for ddl in &proposed {
            conn.execute_batch(ddl).unwrap();
        }
        let after = ran(&conn, sql);
        let used = proposed.iter().any(|ddl| {
            let name = ddl.split(' ').nth(2).unwrap();
            after.nodes.iter().any(|node| node.detail.contains(name))
        });
        assert!(used, "{sql}\n{proposed:?}\n{}", text(&after));
        assert!(visits(&after) <= visits(&before), "{sql}\n{}", text(&after));
    }
}

#[test]
fn the_same_in_plain_ascii_and_verbose() {
    let conn = shop();
    let plan = ran(
        &conn,
        "SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id < 9",
    );
    let ascii = Style {
        unicode: false,
        ..Style::PIPED
    };
    assert_snapshot!(drawn(&ascii, false, &plan));
    let plain = Style {
        plain: true,
        ..Style::PIPED
    };
    assert_snapshot!(drawn(&plain, false, &plan));
    assert_snapshot!(drawn(&Style::PIPED, true, &plan));
}

#[test]
fn json_has_every_field() {
    let conn = shop();
    conn.execute_batch("CREATE INDEX orders_total ON orders(total)")
        .unwrap();
    let sql = "SELECT total FROM orders WHERE total = 7";
    let planned = serde_json::to_string_pretty(&plan_json(&explain(&conn, sql).unwrap())).unwrap();
    assert_snapshot!(planned);
    let ran = serde_json::to_string_pretty(&plan_json(&ran(&conn, sql))).unwrap();
    assert_snapshot!(ran);
}

/// Runs `sql` as the shell does, and gives its footer.
fn after(conn: &Connection, sql: &str) -> String {
    let mut statement = conn.prepare(sql).unwrap();
    let returns_rows = statement.column_count() > 0;
    let mut found = 0;
    let mut rows = statement.raw_query();
    while rows.next().unwrap().is_some() {
        found += 1;
    }
    drop(rows);
    if !returns_rows {
        found = conn.changes();
    }
    let counted = Counters::of(&statement, 0);
    match footer(conn, sql, &counted, found) {
        Some(summary) => summary.text,
        None => "-".to_owned(),
    }
}

#[test]
fn footers_claim_only_what_the_counters_prove() {
    let conn = shop();
    conn.execute_batch(
        "CREATE INDEX orders_customer ON orders(customer_id);
         CREATE INDEX items_order ON order_items(order_id, quantity);",
    )
    .unwrap();
    let mut all = String::new();
    for sql in [
        "SELECT * FROM orders",
        "SELECT name FROM customers WHERE email = 'c7@example.org'",
        "SELECT name FROM customers WHERE email = 'nobody'",
        "SELECT * FROM orders WHERE status = 'open'",
        "SELECT * FROM orders WHERE status = 'open' LIMIT 10",
        "SELECT * FROM (SELECT * FROM orders LIMIT 3000) WHERE status = 'open'",
        "SELECT * FROM open_orders",
        "SELECT * FROM first_orders AS orders WHERE status = 'open'",
        "SELECT EXISTS (SELECT 1 FROM orders WHERE total = 999)",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM orders WHERE total = 999)",
        "SELECT max(total) FROM orders",
        "SELECT max(id) FROM orders",
        "SELECT sum(total) FROM orders",
        "SELECT count(*) FROM orders",
        "SELECT * FROM orders ORDER BY total",
        "SELECT * FROM orders WHERE status = 'open' ORDER BY total",
        "SELECT status, count(*) FROM orders GROUP BY status",
        "SELECT * FROM orders WHERE customer_id = 7",
        "SELECT quantity FROM order_items WHERE order_id = 7",
        "SELECT * FROM orders WHERE customer_id = -7",
        "SELECT * FROM orders WHERE id = 7",
        "SELECT count(*) FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.quantity > 1",
        "SELECT count(*) FROM order_items i CROSS JOIN products p ON p.price = i.quantity + 1000 WHERE i.id > 19000",
        "SELECT count(*) FROM customers c CROSS JOIN products p WHERE p.price + c.id = 5",
        "SELECT count(*) FROM small s CROSS JOIN empty e",
        "SELECT count(*) FROM order_items JOIN products p ON p.price = product_id",
        "UPDATE orders SET total = 1 WHERE status = 'open'",
        "DELETE FROM customers WHERE id = 1000",
        "DELETE FROM products WHERE price = 1234",
        "INSERT INTO empty SELECT id FROM orders WHERE status = 'none'",
        "SELECT * FROM small WHERE a = 7",
        "PRAGMA foreign_keys",
        "SELECT 1",
    ] {
        all.push_str(&format!("> {sql}\n{}\n", after(&conn, sql)));
    }
    assert_snapshot!(all);
}

#[test]
fn bad_input_is_named() {
    let conn = shop();
    let clock = Clock::virtual_at(0);
    let mut all = String::new();
    for sql in [
        "",
        " -- nothing\n;",
        "SELECT 1; SELECT 2",
        "PRAGMA foreign_keys",
        "CREATE TABLE x(a)",
        "BEGIN",
        "SELECT * FROM orders WHERE id = ?1 AND total = :total",
        "SELECT nam FROM customers",
        "SELEC 1",
    ] {
        let error = explain_run(&conn, sql, &clock, ONCE).unwrap_err();
        all.push_str(&format!("{sql:?}: {error}\n"));
    }
    assert_snapshot!(all);
    let open = explain(&conn, "SELECT * FROM orders WHERE id = ?1").unwrap();
    assert_eq!(open.nodes.len(), 1);
    assert!(open.notes[0].contains("?1"));
    let again = explain(&conn, "EXPLAIN QUERY PLAN SELECT * FROM orders;").unwrap();
    assert_eq!(again.sql, "SELECT * FROM orders");
}

#[test]
fn running_leaves_everything_as_it_was() {
    let conn = shop();
    let sum = |conn: &Connection| -> (i64, f64) {
        conn.query_row("SELECT count(*), sum(total) FROM orders", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap()
    };
    let before = sum(&conn);
    for scanned in [false, cfg!(scanstatus)] {
        counters::set_scanstatus(&conn, scanned).unwrap();
        for sql in [
            "DELETE FROM orders WHERE id > 100",
            "UPDATE orders SET total = 0 RETURNING id",
            "INSERT INTO orders(total) VALUES (1), (2)",
        ] {
            let plan = ran(&conn, sql);
            assert!(plan.rows.unwrap() >= 2, "{sql}");
            assert_eq!(sum(&conn), before, "{sql}");
            assert!(conn.is_autocommit(), "{sql}");
            assert_eq!(counters::scanstatus(&conn).unwrap(), scanned);
        }
        let failed = explain_run(
            &conn,
            "INSERT INTO orders(id) VALUES (0), (1)",
            &Clock::virtual_at(0),
            ONCE,
        );
        assert!(failed.is_err());
        assert_eq!(sum(&conn), before);
        assert!(conn.is_autocommit());
        assert_eq!(counters::scanstatus(&conn).unwrap(), scanned);
    }
    conn.execute_batch("BEGIN; DELETE FROM orders WHERE id = 1")
        .unwrap();
    let inside = ran(&conn, "DELETE FROM orders");
    assert_eq!(inside.rows, Some(4999));
    assert!(!conn.is_autocommit());
    assert_eq!(sum(&conn).0, 4999);
}

#[test]
fn a_foreign_key_check_is_no_loop_of_the_statement() {
    let conn = shop();
    conn.execute_batch(
        "PRAGMA foreign_keys = ON;
         INSERT INTO customers VALUES (9999, 'nobody', 'n@example.org', 'A');",
    )
    .unwrap();
    let sql = "DELETE FROM customers WHERE id = 9999";
    let plan = ran(&conn, sql);
    assert_snapshot!(text(&plan));
    let advice: Vec<&String> = plan.findings.iter().flat_map(|it| &it.try_).collect();
    for statement in advice {
        conn.execute_batch(statement).unwrap();
    }
    let after = ran(&conn, sql);
    assert!(after.nodes.iter().all(|node| node.visited_rows <= Some(1)));
    // Named twice and read twice: these loops are the statement's own.
    let own = "INSERT INTO customers SELECT a.id + 20000, b.name, 'e', 'A'
               FROM customers a JOIN customers b ON b.id = a.id WHERE a.id < 3";
    let plan = ran(&conn, own);
    assert_eq!(plan.nodes[0].output_rows, Some(2));
    assert!(!plan.nodes[1].checks_foreign_key);
}

#[test]
fn a_limit_after_a_sort_says_nothing_about_the_loops() {
    let conn = shop();
    let plan = ran(
        &conn,
        "WITH t AS (SELECT customer_id, sum(total) s FROM orders GROUP BY 1)
         SELECT c.name, t.s FROM t JOIN customers c ON c.id = t.customer_id
         ORDER BY t.s DESC LIMIT 3",
    );
    let last = plan
        .nodes
        .iter()
        .find(|it| it.table.as_deref() == Some("customers"));
    assert_eq!(last.unwrap().output_rows, Some(500));
}

#[test]
fn a_scan_for_the_first_rows_in_order_is_worth_an_index() {
    let conn = shop();
    let sql = "SELECT * FROM orders WHERE created_at > '2026' ORDER BY created_at LIMIT 10";
    let plan = ran(&conn, sql);
    assert_eq!(
        plan.findings[0].try_,
        ["create index orders_created_at on orders(created_at);"]
    );
    conn.execute_batch(&plan.findings[0].try_[0]).unwrap();
    let after = ran(&conn, sql);
    assert_eq!(after.nodes[0].visited_rows, Some(10));
}

#[test]
fn counting_unequal_recursive_and_compound() {
    let conn = shop();
    conn.execute_batch("CREATE INDEX by_mail ON customers(lower(email))")
        .unwrap();
    let mut all = String::new();
    for sql in [
        "SELECT count(*) FROM orders",
        "SELECT * FROM orders WHERE status <> 'done'",
        "SELECT * FROM orders WHERE total IS NOT NULL LIMIT 3",
        "WITH RECURSIVE n(i) AS (SELECT id FROM customers WHERE id = 1
           UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT sum(i) FROM n",
        "SELECT id FROM orders WHERE customer_id = 1
         UNION SELECT id FROM orders WHERE customer_id = 2",
        "SELECT id FROM customers WHERE lower(email) = 'c7@example.org'",
    ] {
        all.push_str(&format!("> {sql}\n{}\n", text(&ran(&conn, sql))));
    }
    all.push_str(&text(
        &explain(&conn, "SELECT count(*) FROM orders").unwrap(),
    ));
    assert_snapshot!(all);
}

#[test]
fn a_walk_through_a_partial_index_is_no_full_scan() {
    let conn = shop();
    conn.execute_batch("CREATE INDEX of_seven ON orders(created_at) WHERE customer_id = 7")
        .unwrap();
    let sql = "SELECT id, status FROM orders WHERE customer_id = 7 ORDER BY created_at";
    let explanation = ran(&conn, sql);
    let codes: Vec<_> = explanation.findings.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["partial-index"]);
    let held: i64 = conn
        .query_row(
            "SELECT count(*) FROM orders WHERE customer_id = 7",
            [],
            |r| r.get(0),
        )
        .unwrap();
    let title = &explanation.findings[0].title;
    assert!(
        title.contains(&format!("partial index of_seven: {held} row")),
        "{title}"
    );
}
