//! What the dataset `shop` promises its learners and lessons.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::disallowed_methods,
    reason = "estimates need not agree to the last bit"
)]

use std::fmt::Write as _;

use dbdojo::dataset::{Catalog, Error, Rows, Scale, Spec, check, generate_into};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

fn spec() -> Spec {
    let home = tempfile::tempdir().unwrap();
    Catalog::new(&Dirs::under(home.path()))
        .find("shop")
        .unwrap()
}

fn shop(scale: Scale, seed: u64) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let made = generate_into(
        &connection,
        &spec(),
        scale,
        seed,
        &Interrupt::new(),
        &mut progress::ignore,
    );
    for table in made.unwrap() {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        assert_eq!(number(&connection, &sql), table.rows as f64, "{sql}");
    }
    connection
}

fn number(connection: &Connection, sql: &str) -> f64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn numbers(connection: &Connection, sql: &str) -> Vec<f64> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// SHA-256 of the types and values of each table, in the order of the ids.
fn digests(connection: &Connection) -> String {
    let mut lines = String::new();
    for table in spec().shapes() {
        let sql = format!("SELECT * FROM {} ORDER BY id", table.name);
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
                    ValueRef::Blob(_) => panic!("shop has no blobs"),
                }
            }
        }
        let digest: String = (hash.finalize().iter())
            .map(|byte| format!("{byte:02x}"))
            .collect();
        writeln!(lines, "{digest}  {}", table.name).unwrap();
    }
    lines
}

/// When this fails after a change of the generator or of datasets/shop, then
/// every learner's data changes: raise GENERATOR_VERSION if the generator did
/// it, and take the new digests.
#[test]
fn a_seed_is_the_same_data_on_every_machine() {
    let golden = include_str!("golden/shop-tiny-1.sha256");
    let now = digests(&shop(Scale::Tiny, 1));
    assert_eq!(now, golden, "the digests are now:\n{now}");
}

#[test]
fn another_seed_is_other_data() {
    let one = digests(&shop(Scale::Tiny, 1));
    let other = digests(&shop(Scale::Tiny, 2));
    for (one, other) in one.lines().zip(other.lines()) {
        // The tree of categories is written down, not drawn.
        assert_eq!(one == other, one.ends_with("  categories"), "{one}");
    }
}

#[test]
fn the_linter_finds_nothing() {
    for seed in 1..20 {
        let checked = check(&spec(), seed, &Interrupt::new()).unwrap();
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    }
}

#[test]
fn every_promise_about_rows_is_kept() {
    // Each query counts what must not be.
    const NEVER: &[&str] = &[
        "SELECT count(*) FROM pragma_foreign_key_check",
        "SELECT count(*) - count(DISTINCT email) FROM customers",
        "SELECT count(*) FROM customers WHERE email NOT GLOB '[a-z]*.[a-z]*@example.???'",
        "SELECT count(*) FROM orders o WHERE round(total * 100) IS NOT
           (SELECT sum(quantity * cast(round(unit_price * 100) AS INTEGER))
            FROM order_items WHERE order_id = o.id)",
        "SELECT count(*) FROM orders WHERE total IS NOT cast(printf('%.2f', total) AS REAL)",
        "SELECT count(*) FROM order_items i JOIN products p ON p.id = product_id
         WHERE unit_price IS NOT price",
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id
         WHERE o.created_at < c.created_at",
        "SELECT count(*) FROM page_views v JOIN customers c ON c.id = customer_id
         WHERE viewed_at < c.created_at",
        "SELECT count(*) FROM orders
         WHERE created_at NOT BETWEEN '2023-01-01 00:00:00' AND '2025-12-31 23:59:59'
            OR created_at IS NOT datetime(created_at)",
        "SELECT count(*) FROM payments p JOIN orders o ON o.id = order_id
         WHERE paid_at <= created_at OR status = 'pending'",
        "SELECT count(*) FROM (SELECT sum(round(amount * 100)) AS paid, o.total
                               FROM payments JOIN orders o ON o.id = order_id
                               GROUP BY order_id)
         WHERE paid IS NOT round(total * 100)",
        "SELECT count(*) FROM orders WHERE status IN ('paid', 'shipped', 'delivered')
         AND id NOT IN (SELECT order_id FROM payments)",
        "SELECT count(*) FROM reviews r WHERE NOT EXISTS
           (SELECT * FROM orders o JOIN order_items i ON i.order_id = o.id
            WHERE o.customer_id = r.customer_id AND i.product_id = r.product_id
              AND o.created_at < r.created_at)",
        "SELECT count(*) FROM (SELECT 1 FROM order_items
                               GROUP BY order_id, product_id HAVING count(*) > 1)",
        "SELECT count(*) FROM products WHERE category_id IN (SELECT parent_id FROM categories)",
        "SELECT max(n) - 3 FROM (WITH RECURSIVE t(id, n) AS (
           SELECT id, 1 FROM categories WHERE parent_id IS NULL
           UNION ALL SELECT c.id, n + 1 FROM categories c JOIN t ON parent_id = t.id)
         SELECT n FROM t)",
    ];
    for (scale, seed) in [(Scale::Tiny, 1), (Scale::Tiny, 2), (Scale::Small, 1)] {
        let connection = shop(scale, seed);
        let indexes = "SELECT count(*) FROM sqlite_schema WHERE type = 'index'";
        assert_eq!(number(&connection, indexes), 0.0);
        // For the checks, which look rows up.
        connection
            .execute_batch(
                "CREATE INDEX o ON orders (customer_id); CREATE INDEX i ON order_items (order_id);
                 CREATE INDEX p ON payments (order_id);",
            )
            .unwrap();
        for sql in NEVER {
            let count = number(&connection, sql);
            assert_eq!(count, 0.0, "shop@{scale}, seed {seed}: {sql}");
        }
    }
}

#[test]
fn sizes_are_as_announced() {
    let connection = shop(Scale::Small, 1);
    for expected in spec().estimate(Scale::Small) {
        let sql = format!("SELECT count(*) FROM {}", expected.name);
        let ratio = number(&connection, &sql) / expected.rows as f64;
        assert!((0.97..1.03).contains(&ratio), "{}: {ratio}", expected.name);
    }
    assert_eq!(number(&connection, "SELECT count(*) FROM orders"), 20_000.0);
}

#[test]
fn shares_are_as_announced() {
    // A count of what has a share, and bounds of the share.
    let connection = shop(Scale::Small, 1);
    for (sql, low, high) in [
        ("SELECT avg(status = 'returned') FROM orders", 0.008, 0.012),
        ("SELECT avg(country IS NULL) FROM customers", 0.015, 0.025),
        (
            "SELECT avg(customer_id IS NULL) FROM page_views",
            0.145,
            0.155,
        ),
        ("SELECT avg(body IS NULL) FROM reviews", 0.165, 0.195),
        ("SELECT avg(rating >= 4) FROM reviews", 0.76, 0.82),
        ("SELECT avg(stock = 0) FROM products", 0.02, 0.07),
        (
            "SELECT avg(strftime('%m', created_at) IN ('11', '12')) FROM orders",
            0.26,
            0.34,
        ),
        (
            "SELECT avg(strftime('%H', created_at) BETWEEN '02' AND '05') FROM orders",
            0.01,
            0.04,
        ),
        (
            "SELECT avg(later) FROM
               (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS later FROM orders)",
            0.2,
            0.5,
        ),
    ] {
        let share = number(&connection, sql);
        assert!((low..high).contains(&share), "{sql}: {share}");
    }
}

/// The exponent under which the counts are most likely (the score equation
/// solved by bisection), most frequent first.
fn zipf_exponent(counts: &[f64], n: u64) -> f64 {
    let total: f64 = counts.iter().sum();
    let mean_log: f64 = (1..)
        .zip(counts)
        .map(|(rank, count)| count * f64::from(rank).ln())
        .sum::<f64>()
        / total;
    let (mut low, mut high) = (0.0, 3.0);
    for _ in 0..60 {
        let s = (low + high) / 2.0;
        let weights = (1..=n).map(|rank| (rank as f64).powf(-s));
        let sum: f64 = weights.clone().sum();
        let expected = (1..=n)
            .zip(weights)
            .map(|(rank, w)| w * (rank as f64).ln())
            .sum::<f64>()
            / sum;
        if expected > mean_log {
            low = s;
        } else {
            high = s;
        }
    }
    low
}

#[test]
fn popularity_follows_zipf() {
    let connection = shop(Scale::Small, 1);
    for (sql, n, exponent, tolerance) in [
        (
            "SELECT count(*) FROM order_items GROUP BY product_id ORDER BY 1 DESC",
            1000,
            0.99,
            0.05,
        ),
        (
            "SELECT count(*) FROM page_views GROUP BY product_id ORDER BY 1 DESC",
            1000,
            0.99,
            0.05,
        ),
    ] {
        let found = zipf_exponent(&numbers(&connection, sql), n);
        assert!((found - exponent).abs() < tolerance, "{sql}: {found}");
    }
    // Scattered: the best seller is no neighbour of the second best.
    let best = numbers(
        &connection,
        "SELECT product_id FROM order_items GROUP BY 1 ORDER BY count(*) DESC LIMIT 20",
    );
    let near = best
        .windows(2)
        .filter(|w| (w[0] - w[1]).abs() < 10.0)
        .count();
    assert!(near < 3, "{best:?}");
}

#[test]
fn prices_are_lognormal() {
    let spec = spec();
    let mut rows = Rows::new(&spec, Scale::Large, 1);
    let products = rows.tables().position(|table| table == "products").unwrap();
    let price = 3;
    let mut logs = Vec::new();
    rows.each::<()>(products, &mut |row| {
        logs.push(row.values().nth(price).unwrap().as_f64().unwrap().ln());
        Ok(())
    })
    .unwrap();
    assert_eq!(logs.len(), 100_000);
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / n;
    let skew = logs.iter().map(|log| (log - mean).powi(3)).sum::<f64>() / n / variance.powf(1.5);
    assert!((mean - 24.9f64.ln()).abs() < 0.01, "{mean}");
    assert!((variance.sqrt() - 0.9).abs() < 0.01, "{variance}");
    assert!(skew.abs() < 0.05, "{skew}");
}

#[test]
fn a_full_disk_is_told_and_leaves_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("small.db")).unwrap();
    connection
        .execute_batch("PRAGMA max_page_count = 100")
        .unwrap();
    let error = generate_into(
        &connection,
        &spec(),
        Scale::Small,
        1,
        &Interrupt::new(),
        &mut progress::ignore,
    )
    .unwrap_err();
    assert!(matches!(error, Error::DiskFull), "{error}");
    assert_eq!(
        number(&connection, "SELECT count(*) FROM sqlite_schema"),
        0.0
    );
}

#[test]
fn the_connection_is_as_before() {
    for setting in [true, false] {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "foreign_keys", setting)
            .unwrap();
        generate_into(
            &connection,
            &spec(),
            Scale::Tiny,
            1,
            &Interrupt::new(),
            &mut progress::ignore,
        )
        .unwrap();
        let after = number(&connection, "PRAGMA foreign_keys");
        assert_eq!(after, f64::from(u8::from(setting)));
        assert!(connection.is_autocommit());
    }
}
