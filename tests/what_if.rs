//! An index, weighed: what is measured on a table that is known, what a learner
//! reads of it, and that nothing of it stays.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod own_file;

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::what_if::{Error, Inserts, WhatIf, what_if};
use dbdojo::plan::{self, Elapsed, Verdict, Why};
use dbdojo::progress::ignore;
use dbdojo::sandbox::counters;
use dbdojo::sandbox::{Budget, Practice, ResultSet};
use dbdojo::view::{self, Style};
use insta::assert_snapshot;
use own_file::OwnFile;

/// 20,000 order items, 40 of each of 500 products; every table has an index or
/// a rule that could stand in the way of inserting copies of its rows.
const SCHEMA: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT UNIQUE, note TEXT);
    CREATE TABLE order_items(id INTEGER PRIMARY KEY, product_id INTEGER REFERENCES products(id),
      quantity INTEGER, note TEXT);
    CREATE TABLE stock(product_id INTEGER REFERENCES products(id), place TEXT, n INTEGER,
      doubled AS (2 * n), PRIMARY KEY (place, product_id)) WITHOUT ROWID;
    CREATE TABLE few(a INTEGER CHECK (a < 10) UNIQUE);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO products SELECT i, 'product ' || i, hex(zeroblob(20)) FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO order_items SELECT i, i * 31 % 500 + 1, i % 4, hex(zeroblob(20)) FROM n;
    INSERT INTO stock SELECT id, iif(id % 2, 'north', 'south'), id FROM products;
    INSERT INTO few VALUES (1), (2), (9);";

const BY_PRODUCT: &str = "create index by_product on order_items(product_id)";
const ONE_PRODUCT: &str = "select sum(quantity) from order_items where product_id = 7";

fn shop() -> OwnFile {
    OwnFile::of(SCHEMA)
}

trait Weigh {
    fn weigh(&self, ddl: &str, sql: &str) -> Result<WhatIf, Error>;
}

impl Weigh for OwnFile {
    fn weigh(&self, ddl: &str, sql: &str) -> Result<WhatIf, Error> {
        let weighed = self.unchanged(ddl, |conn| what_if(conn, ddl, sql, &Clock::wall()));
        assert_eq!(counters::scanstatus(&self.conn).ok(), Some(false));
        weighed
    }
}

#[test]
fn an_equality_visits_what_it_finds_and_every_page_is_as_before() {
    let shop = shop();
    let weighed = shop.weigh(BY_PRODUCT, ONE_PRODUCT).unwrap();
    assert!(shop.conn.is_autocommit());
    assert_eq!(
        (weighed.index.as_str(), weighed.table.as_str()),
        ("by_product", "order_items")
    );
    assert_eq!(weighed.before.visited_rows(), Some(20_000));
    assert_eq!(weighed.after.visited_rows(), Some(40));
    assert_eq!(weighed.verdict, Verdict::Build);
    let runs = [&weighed.before, &weighed.after].map(|it| it.elapsed.unwrap().runs);
    assert!(runs.iter().all(|runs| (3..=9).contains(runs)), "{runs:?}");
    assert_eq!(weighed.inserts.unwrap().rows, 1_000);

    // Kept, it is as large as was said, and costs as many page fetches.
    let (before, after) = (weighed.before.counters, weighed.after.counters);
    assert!(before.unwrap().page_fetches > 2 * after.unwrap().page_fetches);
    shop.conn.execute_batch(BY_PRODUCT).unwrap();
    let size: i64 = shop
        .conn
        .query_row(
            "SELECT sum(pgsize) FROM dbstat WHERE name = 'by_product'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(weighed.size_bytes, size.unsigned_abs());
    let repeat = plan::Repeat::default();
    let kept = plan::explain_run(&shop.conn, ONE_PRODUCT, &Clock::wall(), repeat).unwrap();
    assert_eq!(kept.counters, after);
}

#[test]
fn it_says_skip_and_why() {
    let shop = shop();
    let why = |ddl, sql| shop.weigh(ddl, sql).unwrap().verdict;
    assert_eq!(
        why(BY_PRODUCT, "select count(note) from order_items"),
        Verdict::Skip(Why::Unused)
    );
    assert_eq!(
        why(
            "create index i on products(note)",
            "select * from products where note = 'x'"
        ),
        Verdict::Skip(Why::Small)
    );
    // 2 microseconds, then 1.
    assert_eq!(
        why(
            "create index i on order_items(quantity)",
            "select count(*) from order_items"
        ),
        Verdict::Skip(Why::TooLittle)
    );
    // Half of the rows, each looked up in the table again.
    assert_eq!(
        why(
            "create index i on order_items(quantity)",
            "select sum(length(note)) from order_items where quantity >= 2"
        ),
        Verdict::Skip(Why::Slower)
    );
}

#[test]
fn writes_are_weighed_and_taken_back() {
    let shop = shop();
    let delete = "delete from order_items where product_id = 7";
    let weighed = shop.weigh(BY_PRODUCT, delete).unwrap();
    assert_eq!(weighed.after.rows, Some(40));
    assert_eq!(weighed.after.visited_rows(), Some(40));
}

#[test]
fn inserts_are_measured_past_unique_columns_and_foreign_keys() {
    let shop = shop();
    let inserts = |ddl| shop.weigh(ddl, ONE_PRODUCT).unwrap().inserts;
    for ddl in [
        "create index i on products(note)",
        "create index i on stock(n, doubled)",
        "create unique index i on order_items(product_id, id)",
    ] {
        assert!(inserts(ddl).unwrap().rows >= 500, "{ddl}");
    }
    assert!(!inserts("create index i on stock(n)").unwrap().unchecked);
    let why = inserts("create index i on few(a)").unwrap_err();
    assert!(why.contains("CHECK constraint failed"), "{why}");
}

/// One account for each user, many entries for each account.
const ACCOUNTS: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE accounts(id INTEGER PRIMARY KEY,
      user_id INTEGER NOT NULL UNIQUE REFERENCES users(id), plan TEXT);
    CREATE TABLE entries(id INTEGER PRIMARY KEY,
      account_id INTEGER NOT NULL REFERENCES accounts(id), amount INTEGER);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO users SELECT i, 'user ' || i FROM n;
    INSERT INTO accounts SELECT id, id, 'plan' || (id % 9) FROM users;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO entries SELECT i, i % 2000 + 1, i FROM n;";

#[test]
fn inserts_search_no_child_rows_where_a_unique_column_points_at_a_row() {
    let file = OwnFile::of(ACCOUNTS);
    let ddl = "create index by_plan on accounts(plan)";
    let sql = "select id from accounts where plan = 'plan7'";
    let inserts = file.weigh(ddl, sql).unwrap().inserts.unwrap();
    assert_eq!((inserts.rows, inserts.unchecked), (1_000, true));
    // A child without its row is refused again.
    let orphan = "insert into accounts(user_id) values (9999)";
    assert!(file.conn.execute(orphan, []).is_err());
    file.conn
        .execute("delete from users where id = 7", [])
        .unwrap_err();

    // 20,000 entries for each of 6,000 inserts would be 120 million rows.
    let mut practice = file.practice(Interrupt::new());
    let budget = Budget {
        steps: Some(10_000_000),
        time: None,
    };
    practice.with_budget(budget, |conn| {
        what_if(conn, ddl, sql, &Clock::wall()).unwrap();
    });
    // Also after an error.
    let mut stopped = 0;
    for steps in (10_000..70_000).step_by(10_000) {
        let steps = Some(steps);
        practice.with_budget(Budget { steps, time: None }, |conn| {
            let weighed = what_if(conn, ddl, sql, &Clock::wall());
            stopped += usize::from(weighed.is_err());
        });
        let on: bool = practice
            .connection()
            .pragma_query_value(None, "foreign_keys", |row| row.get(0))
            .unwrap();
        assert!(on);
    }
    assert!(stopped > 0);
}

#[test]
fn what_cannot_be_tried_is_named() {
    let shop = shop();
    let said = |ddl: &str, sql: &str| match shop.weigh(ddl, sql) {
        Err(error) => error.to_string(),
        Ok(weighed) => panic!("{weighed:?}"),
    };
    shop.conn
        .execute_batch("CREATE INDEX there ON stock(n); CREATE TEMP TABLE mine(a)")
        .unwrap();
    let all = [
        said("", ONE_PRODUCT),
        said("drop table products", ONE_PRODUCT),
        said(
            "create index a on few(a); create index b on few(a)",
            ONE_PRODUCT,
        ),
        said("create index there on few(a)", ONE_PRODUCT),
        said("create index if not exists there on few(a)", ONE_PRODUCT),
        said("create index temp.i on mine(a)", ONE_PRODUCT),
        said("create index i on order_items(product)", ONE_PRODUCT),
        said(
            "create unique index i on order_items(product_id, quantity)",
            ONE_PRODUCT,
        ),
        said(
            "create unique index i on order_items(quantity + 1)",
            ONE_PRODUCT,
        ),
        said(BY_PRODUCT, "select nam from products"),
        said(BY_PRODUCT, "select * from products where id = ?1"),
        said(BY_PRODUCT, "pragma page_count"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
only an index can be tried: write create index NAME on TABLE(COLUMN, ..)
only an index can be tried: write create index NAME on TABLE(COLUMN, ..)
try one index at a time
index there already exists
there is an index of this name already; .indexes lists them
only an index on a table of the practice database itself can be tried
no such column: product in create index i on order_items(product) at offset 30
order_items.product_id, order_items.quantity is not unique: 1, 0 occurs 40 times, so this index cannot be built.
the values of index 'i' are not unique, so it cannot be built.
no such column: nam in select nam from products at offset 7
there is no value for ?1: --param 1=42 gives one, .param set 1 42 in the shell
PRAGMA has no query plan: explain a SELECT, WITH, VALUES, INSERT, UPDATE or DELETE
"#);
    shop.conn.execute_batch("BEGIN; DELETE FROM few").unwrap();
    assert!(matches!(
        what_if(&shop.conn, BY_PRODUCT, ONE_PRODUCT, &Clock::wall()),
        Err(Error::InTransaction)
    ));
    assert!(!shop.conn.is_autocommit());
}

/// What a person reads, with times that do not change.
fn drawn(mut it: WhatIf, with_micros: u64, guess: Option<f64>) -> String {
    let elapsed = |micros| {
        Some(Elapsed {
            min: Duration::from_micros(micros),
            median: Duration::from_micros(micros),
            runs: 9,
        })
    };
    it.before.elapsed = elapsed(8_240);
    it.after.elapsed = elapsed(with_micros);
    it.build = Duration::from_micros(41_000);
    it.inserts = it.inserts.map(|inserts| Inserts {
        without: Duration::from_micros(1_100),
        with: Duration::from_micros(1_430),
        ..inserts
    });
    let mut text = Vec::new();
    view::what_if::write(&mut text, &Style::PIPED, &it, guess).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn the_comparison_as_it_is_drawn() {
    let shop = shop();
    let sql = "select p.name from order_items o join products p on p.id = o.product_id
               where o.product_id = 7";
    assert_snapshot!(drawn(shop.weigh(BY_PRODUCT, sql).unwrap(), 48, Some(10.0)), @"
now       search products p by primary key
          └─ scan order_items o
with it   search products p by primary key
          └─ search order_items o in index by_product alone

                        now    with it
rows visited         20,001         41    488x fewer
page fetches            261          4    65x fewer
time, median of 9   8.24 ms   0.048 ms    172x faster, you said 10x
1,000 inserts       1.10 ms    1.43 ms    1.3x slower
it costs            201 kB (18% of the data), 41.0 ms to build
verdict             worth it for this query.
");
    let sql = "select sum(length(note)) from order_items where quantity >= 2";
    let ddl = "create index by_quantity on order_items(quantity)";
    assert_snapshot!(drawn(shop.weigh(ddl, sql).unwrap(), 61_500, None), @"
now       scan order_items
with it   search order_items by index by_quantity

                        now   with it
rows visited         20,000    10,000    2.0x fewer
page fetches            259    10,025    39x more
time, median of 9   8.24 ms   61.5 ms    7.5x slower
1,000 inserts       1.10 ms   1.43 ms    1.3x slower
it costs            176 kB (15% of the data), 41.0 ms to build
verdict             skip it: 10,025 page fetches instead of 259, because each
                    row found is looked up in order_items again.
");
}

/// The numbers of a line: `1,204`, `8.24 ms`, `25x`, each without its unit.
fn numbers(line: &str) -> Vec<f64> {
    line.split(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.'))
        .filter_map(|word| word.replace(',', "").parse().ok())
        .collect()
}

#[test]
fn the_printed_figures_agree_with_each_other() {
    let shop = shop();
    let text = drawn(shop.weigh(BY_PRODUCT, ONE_PRODUCT).unwrap(), 48, None);
    for start in [
        "rows visited",
        "page fetches",
        "time, median of 9",
        "1,000 inserts",
    ] {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(start))
            .unwrap();
        let [now, with, ratio] = numbers(line)[..] else {
            panic!("{line}");
        };
        let real = (now / with).max(with / now);
        let rounding = if ratio >= 10.0 { 0.5 } else { 0.05 };
        assert!((real - ratio).abs() <= rounding, "{line}: {real}");
    }
}

#[test]
fn it_can_be_stopped_and_the_next_write_counts() {
    let shop = shop();
    let interrupt = Interrupt::new();
    let mut practice = shop.practice(interrupt.clone());
    let schema = practice.schema_version().unwrap();
    let weigh = |practice: &mut Practice, steps| {
        let budget = Budget { steps, time: None };
        practice.with_budget(budget, |conn| {
            what_if(conn, BY_PRODUCT, ONE_PRODUCT, &Clock::wall()).is_ok()
        })
    };
    // In the first run, in a build, among the inserts: never to the end.
    for steps in (10_000..400_000).step_by(30_000) {
        assert!(!weigh(&mut practice, Some(steps)), "{steps}");
        assert!(!practice.in_transaction());
        assert_eq!(practice.schema_version().unwrap(), schema);
    }
    interrupt.raise();
    assert!(!weigh(&mut practice, None));
    assert!(!practice.in_transaction());
    interrupt.lower();
    assert!(weigh(&mut practice, None));

    // What .try rolled back is not taken for a rollback of the learner's.
    let budget = Budget::default();
    let mut rows = ResultSet::default();
    let insert = "insert into few values (5)";
    practice
        .run(insert, budget, &Clock::wall(), &mut rows, &mut ignore)
        .unwrap();
    assert!(practice.take_committed().contains("few"));
}
