//! The turns of a join's loops against the rows of the join itself.

use dbdojo::plan::join::{self, Row};
use dbdojo::sandbox::counters;
use proptest::prelude::*;
use rusqlite::Connection;

/// At most so many rows a table: all turns are carried out.
const ROWS: usize = 4;

fn rows() -> impl Strategy<Value = Vec<(Option<i64>, Option<i64>)>> {
    let value = || prop_oneof![1 => Just(None), 4 => (0_i64..3).prop_map(Some)];
    proptest::collection::vec((value(), value()), 0..=ROWS)
}

const JOINS: &[&str] = &[
    "a JOIN b ON a.x = b.x",
    "a, b WHERE a.x = b.x AND a.y < 2",
    "a, b",
    "a CROSS JOIN b WHERE a.y = b.y",
    "a LEFT JOIN b ON a.x = b.x",
    "a LEFT JOIN b ON a.x = b.x AND b.y > 0 WHERE a.y = 1",
    "a LEFT JOIN b ON a.x = b.x WHERE b.y IS NULL",
    "a LEFT JOIN b ON a.x = b.x WHERE b.y = 1",
    "a LEFT JOIN b USING (x) WHERE a.y > 0",
    "a JOIN b USING (x) WHERE x > 0",
    "a NATURAL JOIN b",
    "a AS p JOIN a AS q ON p.x = q.y",
    "a JOIN b ON a.x = b.x OR a.y = b.y",
    "a JOIN b ON a.x = b.x WHERE a.y IN (SELECT c.y FROM c)",
    "a JOIN b ON a.x = b.x WHERE EXISTS (SELECT 1 FROM c WHERE c.x = b.y)",
    "a JOIN b ON a.x = b.x JOIN c ON c.y = b.y",
    "a JOIN b USING (x) JOIN c USING (y)",
    "a LEFT JOIN b ON a.x = b.x LEFT JOIN c ON c.x = b.y",
    "a LEFT JOIN b ON a.x = b.x JOIN c ON c.y = a.y",
    "a JOIN b ON a.x = b.x LEFT JOIN c ON c.x = a.y AND c.y = b.y",
    "a JOIN k ON k.x = a.x AND k.y = a.y",
    "a LEFT JOIN k ON k.x = a.x",
    "k JOIN k AS l ON k.x = l.y",
];

/// Every row of a loop hands as many rows on as are below it.
fn leaves(row: &Row, depth: usize) -> Option<u64> {
    if row.level + 1 == depth {
        return Some(1);
    }
    let nulls = row.inner.iter().any(|it| it.columns.is_none());
    // Only where all of them are kept.
    (row.inner.len() as u64 == row.matched + u64::from(nulls))
        .then(|| {
            row.inner
                .iter()
                .map(|it| leaves(it, depth))
                .sum::<Option<u64>>()
        })
        .flatten()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_turns_have_as_many_rows_as_the_join(
        a in rows(), b in rows(), c in rows(),
        indexes in prop::sample::subsequence(
            vec!["CREATE INDEX ax ON a(x)", "CREATE INDEX bx ON b(x, y)", "CREATE INDEX cy ON c(y)", "ANALYZE"], 0..4,
        ),
    ) {
        let conn = Connection::open_in_memory().unwrap();
        counters::set_scanstatus(&conn, false).unwrap();
        conn.execute_batch(
            "CREATE TABLE a(x, y); CREATE TABLE b(x, y); CREATE TABLE c(id INTEGER PRIMARY KEY, x, y);
             CREATE TABLE k(x, y, PRIMARY KEY (x, y)) WITHOUT ROWID;
             INSERT INTO k VALUES (0, 0), (0, 1), (1, 1), (2, 0);",
        ).unwrap();
        for (name, rows) in [("a", &a), ("b", &b), ("c", &c)] {
            for (x, y) in rows {
                conn.execute(&format!("INSERT INTO {name}(x, y) VALUES (?1, ?2)"), (x, y)).unwrap();
            }
        }
        for index in indexes {
            conn.execute_batch(index).unwrap();
        }
        for from in JOINS {
            let sql = format!("SELECT * FROM {from}");
            let expected: i64 = conn
                .query_row(&format!("SELECT count(*) FROM ({sql})"), [], |row| row.get(0))
                .unwrap();
            let turns = match join::turns(&conn, &sql, &dbdojo::sandbox::Bindings::default()) {
                Ok(turns) => turns,
                // A LEFT JOIN that adds nothing is left out by SQLite.
                Err(join::Error::NoJoin { .. }) => continue,
                Err(error) => panic!("{from}: {error}"),
            };
            prop_assert!(!turns.more, "{}", from);
            let all: u64 = turns.turns.iter().map(|turn| turn.rows).sum();
            prop_assert_eq!(all, expected.unsigned_abs(), "{} {:?}", from, turns);
            for turn in &turns.turns {
                if let Some(leaves) = leaves(&turn.row, turns.tables.len()) {
                    prop_assert_eq!(leaves, turn.rows, "{} {:?}", from, turn);
                }
            }
        }
    }
}
