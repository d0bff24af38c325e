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
    "a CROSS JOIN b ON a.x = b.x",
    "a CROSS JOIN b USING (x) JOIN c ON c.y = b.y WHERE a.y > 0",
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
    "a RIGHT JOIN b ON a.x = b.x",
    "a RIGHT JOIN b ON a.x = b.x WHERE b.y > 0",
    "a RIGHT JOIN b ON a.x = b.x WHERE a.y IS NULL",
    "a FULL JOIN b ON a.x = b.x AND b.y = 1",
    "a FULL JOIN k USING (x)",
    "a JOIN (SELECT x, count(*) AS n FROM b GROUP BY x) AS s ON s.x = a.x",
    "a LEFT JOIN (SELECT DISTINCT x FROM b) AS s ON s.x = a.x",
    "a JOIN (SELECT x FROM b WHERE y > 0) AS s ON s.x = a.x",
    "a JOIN (SELECT x AS z FROM b LIMIT 2) ON z = a.x",
    "v JOIN c ON c.x = v.x",
    "a JOIN v ON v.x = a.x WHERE a.y IN (SELECT y FROM v)",
    "a RIGHT JOIN (SELECT x, max(y) AS y FROM b GROUP BY x) AS s ON s.x = a.x",
];

/// In front of each of those that read a CTE.
const WITH: &str = "WITH few AS (SELECT x, sum(y) AS y FROM b GROUP BY x), \
                    mine AS (SELECT x, y FROM a WHERE y > 0), \
                    n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 3) ";

const JOINS_OF_CTES: &[&str] = &[
    "a JOIN few ON few.x = a.x",
    "few LEFT JOIN mine ON few.x = mine.x",
    "n JOIN a ON a.x = n.x JOIN mine AS s ON s.y = n.x",
    "a JOIN c ON c.x = a.x WHERE a.y IN (SELECT few.y FROM few)",
    "mine RIGHT JOIN n ON n.x = mine.x",
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
             CREATE VIEW v AS SELECT x, y FROM b WHERE y IS NOT NULL;
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
        let with = JOINS_OF_CTES.iter().map(|from| (WITH, from));
        for (with, from) in JOINS.iter().map(|from| ("", from)).chain(with) {
            let sql = format!("{with}SELECT * FROM {from}");
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
            let turned: u64 = turns.turns.iter().map(|turn| turn.rows).sum();
            let all = turned + turns.unmatched.as_ref().map_or(0, |it| it.rows);
            prop_assert_eq!(all, expected.unsigned_abs(), "{} {:?}", from, turns);
            for turn in &turns.turns {
                if let Some(leaves) = leaves(&turn.row, turns.tables.len()) {
                    prop_assert_eq!(leaves, turn.rows, "{} {:?}", from, turn);
                }
            }
        }
        let kept: i64 = conn
            .query_row("SELECT count(*) FROM sqlite_temp_schema", [], |row| row.get(0))
            .unwrap();
        prop_assert_eq!(kept, 0);
    }
}

#[test]
fn one_row_that_fits_is_drawn_however_late_it_comes() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE one(id INTEGER PRIMARY KEY); INSERT INTO one VALUES (7);
         CREATE TABLE many(id INTEGER PRIMARY KEY, last INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000)
         INSERT INTO many SELECT i, i FROM n;
         CREATE TABLE few(id INTEGER PRIMARY KEY, of_one INTEGER);
         INSERT INTO few VALUES (10900, 7);",
    )
    .unwrap();
    let sql = "SELECT * FROM one CROSS JOIN many CROSS JOIN few \
               WHERE few.id = many.last AND few.of_one = one.id";
    let turns = join::turns(&conn, sql, &Default::default()).unwrap();
    let row = &turns.turns[0].row;
    assert_eq!((turns.turns[0].rows, row.matched), (1, join::MOST_ROWS));
    let last = row.inner.last().unwrap();
    assert!(last.later && row.inner.len() == 3);
    assert_eq!(last.inner.len(), 1);
    let mut drawn = Vec::new();
    let style = dbdojo::view::Style::PIPED;
    dbdojo::view::join::write(&mut drawn, &style, &turns).unwrap();
    let drawn = String::from_utf8(drawn).unwrap();
    assert!(drawn.contains("further on: many  id 10900"), "{drawn}");
    assert!(drawn.contains("and 9,997 or more of many"), "{drawn}");
}
