//! `.btree`, `.join` and `.grow` as a learner meets them.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::dataset::Scale;
use dbdojo::plan::{Repeat, growth};
use dbdojo::sandbox::counters;
use dbdojo::view::Style;
use dbdojo::view::grow::{self, Curve, Measured};

/// What a script prints, and what it says on standard error.
fn script(home: &Path, args: &[&str], input: &str) -> (String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["--color", "never", "--quiet"])
        .args(args)
        .env("DBDOJO_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A file with orders of three customers, one of them without any.
fn own_file(home: &Path) -> String {
    let path = home.join("own.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, total REAL);
         CREATE TABLE lines(order_id INTEGER, product TEXT, PRIMARY KEY (order_id, product)) WITHOUT ROWID;
         CREATE INDEX orders_customer ON orders(customer_id);
         INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo'), (3, 'NULL');
         INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7.5), (12, 1, 9), (13, 1, NULL), (14, 2, 3);
         INSERT INTO lines VALUES (10, 'pen'), (10, 'ink'), (14, 'pen');
         ANALYZE;",
    )
    .unwrap();
    path.display().to_string()
}

#[test]
fn a_left_join_keeps_the_row_that_finds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let (out, err) = script(
        home.path(),
        &["--db", &file],
        ".join select * from customers c left join orders o on o.customer_id = c.id",
    );
    insta::assert_snapshot!(out + &err);
}

#[test]
fn what_is_no_table_is_drawn_as_one() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let input = ".join with many as (select customer_id, count(*) as n from orders group by 1) \
                 select * from many m join customers c on c.id = m.customer_id where n > 1;\n\
                 .join select * from orders o full join lines l on l.order_id = o.id and o.total > 4;";
    let (out, err) = script(home.path(), &["--db", &file], input);
    insta::assert_snapshot!(out + &err);
}

#[test]
fn three_tables_nest_in_the_planners_order() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let sql = "select c.name, count(*) from customers c, orders, lines l where l.order_id = orders.id \
        and +customer_id = c.id and product like 'p%' group by c.name";
    let (out, err) = script(
        home.path(),
        &["--db", &file, "--ascii"],
        &format!(".join {sql}"),
    );
    insta::assert_snapshot!(out + &err);
}

#[test]
fn what_has_no_join_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let said = |sql: &str| script(home.path(), &["--db", &file], &format!(".join {sql}")).1;
    insta::assert_snapshot!(
        [
            said("select * from orders"),
            said("select 1"),
            said("select * from orders a join orders b on a.id = b.id where a.id match 1"),
            said("delete from orders"),
            said("select * from orders join json_each('[10]') j on j.value = orders.id"),
            said(
                "select * from orders a full join orders b on a.id = b.id \
                 join lines on order_id = a.id"
            ),
            said(
                "with both as (select * from orders join lines on order_id = id) \
                 select * from both join customers c on c.id = customer_id"
            ),
            said("select * from orders a join orders b on a.id = b.id where a.id = ?"),
            said(""),
        ]
        .concat()
    );
}

#[test]
fn an_index_and_the_way_to_a_key() {
    let home = tempfile::tempdir().unwrap();
    let input = "create index oc on orders(customer_id, created_at desc);\n\
                 .btree oc\n.btree oc 4\n.btree ORDERS 7\n.btree oc 4 '1999-01-01'";
    let (out, err) = script(home.path(), &["-d", "shop@tiny"], input);
    insta::assert_snapshot!(out + &err);
    let (out, err) = script(
        home.path(),
        &["-d", "shop@tiny", "--plain", "--ascii"],
        input,
    );
    assert!(err.is_empty() && out.is_ascii(), "{out}{err}");
}

#[test]
fn the_pages_of_ones_own_file_and_of_an_open_transaction() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let before = std::fs::read(&file).unwrap();
    let (out, err) = script(
        home.path(),
        &["--db", &file],
        "pragma journal_mode = wal;\ninsert into orders values (99, 3, 1);\n\
         .btree orders_customer 3\n.btree lines 10 'pen'\nbegin;\n.btree orders_customer 3",
    );
    // The row is in the file by now, not only in the log.
    assert!(out.contains("row 99"), "{out}{err}");
    assert!(
        out.contains("order_id = 10 and product = 'pen'"),
        "{out}{err}"
    );
    assert!(err.contains("COMMIT or ROLLBACK first"), "{err}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_query_grows_with_its_data_unless_an_index_helps() {
    let home = tempfile::tempdir().unwrap();
    let file = own_file(home.path());
    let (_, refused) = script(home.path(), &["--db", &file], ".grow select * from orders");
    assert!(
        refused.contains("own.db is a file of your own and has one size only"),
        "{refused}"
    );
    let (_, own) = script(
        home.path(),
        &["-d", "shop@tiny"],
        "create table mine(a);\n.grow select * from mine",
    );
    assert!(
        own.contains("no such table: mine; .grow cannot know how tables"),
        "{own}"
    );
    let (_, wrong) = script(
        home.path(),
        &["-d", "shop@tiny"],
        ".grow create view v as select 1 -- select * from orders",
    );
    assert!(wrong.contains("only an index can be tried"), "{wrong}");
}

#[test]
fn a_curve_is_drawn_to_one_scale() {
    let point = |rows: u64| {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        counters::set_scanstatus(&conn, false).unwrap();
        conn.execute_batch(&format!(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, pad TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO t SELECT i, i / 5, hex(zeroblob(50)) FROM n"
        ))
        .unwrap();
        let ddl = ["create index t_a on t(a)".to_owned()];
        let once = Repeat {
            at_most: 1,
            within: Duration::ZERO,
        };
        let sql = "select max(pad) from t where a = 7";
        let clock = Clock::virtual_at(0);
        let point = growth::measure(&conn, &ddl, sql, &clock, once).unwrap();
        let left: i64 = conn
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'index'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(left, 0, "nothing of the index stays");
        point
    };
    let curve = Curve {
        dataset: "shop".to_owned(),
        ddl: vec!["create index t_a on t(a)".to_owned()],
        points: [
            (Scale::Tiny, 100),
            (Scale::Small, 1_000),
            (Scale::Medium, 10_000),
        ]
        .into_iter()
        .map(|(scale, rows)| Measured {
            scale,
            rows,
            point: Ok(point(rows)),
        })
        .chain([Measured {
            scale: Scale::Large,
            rows: 100_000,
            point: Err("stopped after 60.0 s".to_owned()),
        }])
        .collect(),
        left_out: false,
    };
    let mut out = Vec::new();
    grow::write(&mut out, &Style::PIPED, &curve).unwrap();
    let drawn = String::from_utf8(out).unwrap();
    assert!(
        drawn.lines().all(|line| line.chars().count() <= 80),
        "{drawn}"
    );
    insta::assert_snapshot!(drawn);
}
