//! Two statements beside each other: what each costs, and whether they answer
//! the same.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::Elapsed;
use dbdojo::plan::compare::{Answers, compare};
use dbdojo::view::{self, Style};
use insta::assert_snapshot;
use rusqlite::Connection;

/// 5,000 orders of 500 customers, with an index by customer.
fn shop() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, total REAL, note TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO orders SELECT i, i % 500 + 1, i % 90, hex(zeroblob(20)) FROM n;
         CREATE INDEX by_customer ON orders(customer_id);",
    )
    .unwrap();
    conn
}

fn answers(conn: &Connection, first: &str, second: &str) -> Option<Answers> {
    compare(conn, [first, second], &Clock::wall())
        .unwrap()
        .answers
}

#[test]
fn answers_are_compared_by_rows_order_type_and_columns() {
    let conn = shop();
    let all = "select id from orders where id < 9";
    for (second, expected) in [
        (
            "select id from orders where id between 1 and 8",
            Answers::Same,
        ),
        (
            "select id from orders where id < 9 order by id desc",
            Answers::OtherOrder,
        ),
        ("select id from orders where id < 10", Answers::Different),
        (
            "select id * 1.0 from orders where id < 9",
            Answers::Different,
        ),
        (
            "select id, null from orders where id < 9",
            Answers::Different,
        ),
        ("select 1 from orders where id < 9", Answers::Different),
    ] {
        assert_eq!(answers(&conn, all, second), Some(expected), "{second}");
    }
    // Twice one row is not once two.
    let (a, b) = ("values (1), (1), (2)", "values (1), (2), (2)");
    assert_eq!(answers(&conn, a, b), Some(Answers::Different));
}

#[test]
fn what_is_changed_is_taken_back_and_the_mistaken_side_is_named() {
    let conn = shop();
    let delete = "delete from orders where customer_id = 7";
    assert_eq!(answers(&conn, delete, "select count(*) from orders"), None);
    let left: i64 = conn
        .query_row("SELECT count(*) FROM orders", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 5_000);
    let wrong = "select nam from orders";
    for (sql, at) in [([wrong, delete], 0), ([delete, wrong], 1)] {
        assert_eq!(compare(&conn, sql, &Clock::wall()).unwrap_err().0, at);
    }
}

#[test]
fn the_comparison_as_it_is_drawn() {
    let conn = shop();
    let sql = [
        "select sum(total) from orders where customer_id + 0 = 7",
        "select sum(total) from orders where customer_id = 7",
    ];
    let mut compared = compare(&conn, sql, &Clock::wall()).unwrap();
    for (plan, micros) in compared.plans.iter_mut().zip([812, 9]) {
        assert!((3..=9).contains(&plan.elapsed.unwrap().runs));
        plan.elapsed = Some(Elapsed {
            min: Duration::from_micros(micros),
            median: Duration::from_micros(micros),
            runs: 9,
        });
    }
    let mut text = Vec::new();
    view::compare::write(&mut text, &Style::PIPED, &compared).unwrap();
    assert_snapshot!(String::from_utf8(text).unwrap(), @"
first     scan orders
second    search orders by index by_customer

                      first     second
rows visited          5,000         10    500x fewer
page fetches             66         13    5.1x fewer
time, median of 9   0.81 ms   0.009 ms    90x faster
answers             the same: 1 row
");
}
