//! Index advice: what is proposed for statements that everybody knows, when
//! the answer is to build nothing, and that nothing of it stays.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod own_file;

use std::fmt::Write as _;
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::advise::{self, Advice, Error, Failing, Weighted, Workload};
use dbdojo::plan::what_if::Inserts;
use dbdojo::plan::{Elapsed, Verdict, Why};
use dbdojo::sandbox::{Bindings, Budget, counters};
use dbdojo::view::{self, Style};
use insta::assert_snapshot;
use own_file::OwnFile;
use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

fn shop() -> OwnFile {
    OwnFile::of(include_str!("own_file/orders.sql"))
}

/// Advice, and how it reads.
trait Advised {
    fn advise(&self, sql: &str) -> Advice;
    fn said(&self, sql: &str) -> String;
    fn all_said(&self, statements: &[&str]) -> String;
}

impl Advised for OwnFile {
    /// On a clock that stands still: every set is tried, and no time decides.
    fn advise(&self, sql: &str) -> Advice {
        self.unchanged(sql, |conn| {
            let advice = advise::one(conn, sql, &[], &Clock::virtual_at(0)).unwrap();
            assert!(conn.is_autocommit());
            advice
        })
    }

    /// Statements to build, or why not to.
    fn said(&self, sql: &str) -> String {
        let advice = self.advise(sql);
        match advice.recommendations.first() {
            None => "nothing".to_owned(),
            Some(it) => {
                let fetches = format!(
                    "{} -> {}",
                    advice.baseline.page_fetches, it.after.page_fetches
                );
                format!("{:?} {fetches}: {}", it.verdict, it.ddl.join("; "))
            }
        }
    }

    fn all_said(&self, statements: &[&str]) -> String {
        let mut text = String::new();
        for sql in statements {
            writeln!(text, "{sql}\n    {}", self.said(sql)).unwrap();
        }
        text
    }
}

#[test]
fn equality_then_range_or_order_then_what_covers() {
    assert_snapshot!(shop().all_said(&[
        "select count(*) from orders where customer_id = 7",
        "select id, total from orders where customer_id = 7 and total > 400",
        "select id from orders where customer_id = 7 order by created_at desc limit 5",
        "select id, created_at from orders where customer_id in (7, 8) order by created_at",
        "select id, note from orders order by total desc, created_at limit 5",
        "select max(created_at) from orders where customer_id = 7",
        "select customer_id, sum(total) from orders group by customer_id",
        "select distinct customer_id from orders",
        "select taken_by from seats where seat = 7 and row = 3",
        "select row from seats where taken_by = 'guest 7'",
    ]));
}

#[test]
fn partial_expression_and_nocase_indexes() {
    assert_snapshot!(shop().all_said(&[
        "select id, note from orders where status = 'pending' order by created_at limit 5",
        "select id from customers where lower(email) = 'user7@example.com'",
        "select id from orders as o where o.total * 2 > 998",
        "select id from customers where email like 'user77%'",
        "select id from customers where email glob 'User77*'",
        "select id from customers where email = 'USER7@example.com' collate nocase",
        "select id from customers where city = 'CITY 7' and name > 'name 9'",
        "select substr(created_at, 1, 7) as month, count(*) from orders group by month",
    ]));
}

#[test]
fn joins_subqueries_views_and_changes() {
    assert_snapshot!(shop().all_said(&[
        "select id, note from orders where customer_id = 7 or created_at < '2024-01-02'",
        "select c.name, o.total from customers c join orders o on o.customer_id = c.id
         where c.email = 'User7@Example.com'",
        "select name from customers c where exists
           (select 1 from orders o where o.customer_id = c.id and o.total > 499)",
        "with big as (select customer_id from orders where total > 499)
         select name from customers where id in (select customer_id from big)",
        "select total from open_orders where customer_id = 7",
        "update orders set note = '' where customer_id = 7",
        "delete from orders where customer_id = 7 and total < 100",
        "insert into few(word) select note from orders where customer_id = 7",
        "select id from orders where customer_id = 7 union select id from orders where total = 3",
        "select id, row_number() over (order by total) from orders where customer_id = 7",
    ]));
}

#[test]
fn every_way_to_name_a_table_is_followed() {
    let file = OwnFile::of(
        "create table \"order \"\" lines\"(id integer primary key, product int, note text);
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
         insert into \"order \"\" lines\" select i, i % 500, 'n' from n;
         create table log(product int, at text);
         create view Lines as select * from \"order \"\" lines\";
         create view \"of lines\" as select id, product from lines where id > 0;",
    );
    assert_snapshot!(file.all_said(&[
        "select count(*) from \"ORDER \"\" Lines\" where product = 7",
        "select count(*) from [order \" lines] where product = 7",
        "select count(*) from `of lines` where product = 7",
        "insert into log select product, 'now' from LINES where product = 7",
        "with log as (select product from Lines) select count(*) from log where product = 7",
    ]));
}

#[test]
fn when_the_answer_is_to_build_nothing() {
    let shop = shop();
    let why = |sql: &str| {
        let advice = shop.advise(sql);
        assert!(advice.ddl().is_empty(), "{sql}: {:?}", advice.ddl());
        advice.recommendations.first().map(|it| it.verdict)
    };
    // Half of the rows, each looked up in the table again.
    let half = "select * from orders where total > 250 and note <> 'x'";
    assert_eq!(why(half), Some(Verdict::Skip(Why::Slower)));
    // A table of one page.
    let tiny = "select id from few where word = 'b'";
    assert_eq!(why(tiny), Some(Verdict::Skip(Why::Small)));
    // By the primary key, of either kind.
    assert_eq!(why("select * from orders where id = 7"), None);
    assert_eq!(why("select * from seats where row = 7"), None);
    // There is nothing to narrow down.
    assert_eq!(why("select * from orders"), None);
    assert_eq!(why("select 1"), None);
    assert_eq!(why("insert into few(word) values ('d')"), None);
    // Once built, it is not proposed again.
    let by_customer = "select note from orders where customer_id = 7";
    for ddl in shop.advise(by_customer).ddl() {
        shop.conn.execute_batch(ddl).unwrap();
    }
    let again = shop.advise(by_customer);
    assert!(again.recommendations.is_empty(), "{again:#?}");
}

#[test]
fn what_a_new_index_does_the_work_of_is_named() {
    let shop = shop();
    shop.conn
        .execute_batch(
            "CREATE INDEX old ON orders(customer_id);
             CREATE UNIQUE INDEX rule ON orders(customer_id, id);
             CREATE INDEX other ON orders(created_at)",
        )
        .unwrap();
    let sql = "select id from orders where customer_id = 7 and total > 490";
    let advice = shop.advise(sql);
    let best = advice.best().unwrap();
    assert_eq!(
        best.ddl,
        ["create index orders_customer_id_total on orders(customer_id, total)"]
    );
    assert_eq!(best.makes_redundant, ["old"]);
    // What is not built leaves no other without a use.
    for it in advice.recommendations.iter().skip(1) {
        assert!(it.makes_redundant.is_empty(), "{it:?}");
    }
    shop.conn
        .execute_batch("CREATE INDEX older ON orders(customer_id)")
        .unwrap();
    let text = drawn(shop.advise(sql));
    assert!(
        text.contains("old, older: no longer needed, drop them"),
        "{text}"
    );
}

#[test]
fn both_sides_of_an_or_are_thought_of_where_one_is_an_expression() {
    let sql = "select * from orders where total * 2 = 246.8 or customer_id = 7";
    let advice = shop().advise(sql);
    let ddl = advice.ddl();
    assert_eq!(ddl.len(), 2, "{advice:#?}");
    for key in ["on orders(total * 2)", "on orders(customer_id)"] {
        assert!(ddl.iter().any(|it| it.ends_with(key)), "{ddl:?}");
    }
}

#[test]
fn what_only_sqlite_without_statistics_would_use_is_measured() {
    let advice = shop().advise("select * from orders where status = 'delivered'");
    let it = &advice.recommendations[0];
    assert_eq!(it.ddl, ["create index orders_status on orders(status)"]);
    assert_eq!(it.verdict, Verdict::Skip(Why::Slower));
    assert!(it.after.page_fetches > 2 * advice.baseline.page_fetches);
}

#[test]
fn the_key_of_a_table_without_rowid_is_in_each_index_anyway() {
    let file = OwnFile::of(
        "create table wr(a integer, b integer, c integer, d text, e text, primary key (a, b))
           without rowid;
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)
         insert into wr select i / 90, i % 90, i * 7919 % 600, hex(zeroblob(30)), 'e' from n;",
    );
    let ddl = |sql: &str| file.advise(sql).ddl().to_vec();
    assert_eq!(
        ddl("select a, b from wr where c = 7"),
        ["create index wr_c on wr(c)"]
    );
    assert_eq!(
        ddl("select a, e from wr where c = 7"),
        ["create index wr_c_e on wr(c, e)"]
    );
}

#[test]
fn statements_with_parameters_are_advised_for_their_values() {
    let shop = shop();
    let sql = "select count(*) from orders where status = ?1 and customer_id = ?2";
    let values = [Value::from("pending".to_owned()), Value::from(7)];
    let advice = advise::one(&shop.conn, sql, &values, &Clock::virtual_at(0)).unwrap();
    // Another run may bring another value: no partial index.
    assert_eq!(
        advice.ddl(),
        ["create index orders_customer_id_status on orders(customer_id, status)"]
    );
}

#[test]
fn what_cannot_be_advised_on_is_named() {
    let shop = shop();
    let error = |sql: &str| match advise::one(&shop.conn, sql, &[], &Clock::virtual_at(0)) {
        Err(error) => error.to_string(),
        Ok(advice) => panic!("{advice:?}"),
    };
    let all = [
        error(""),
        error("select 1; select 2"),
        error("create index i on orders(total)"),
        error("select nam from customers"),
        error("select * from orders where id = ?1"),
    ];
    assert_snapshot!(all.join("\n"), @r"
there is no statement to explain
there are several statements: explain one at a time
CREATE has no query plan: explain a SELECT, WITH, VALUES, INSERT, UPDATE or DELETE
no such column: nam in select nam from customers at offset 7
there is no value for ?1: --param 1=42 gives one, .param set 1 42 in the shell
");
    shop.conn.execute_batch("BEGIN").unwrap();
    let advice = advise::one(&shop.conn, "select 1", &[], &Clock::virtual_at(0));
    assert!(matches!(advice, Err(Error::InTransaction)));
    assert!(!shop.conn.is_autocommit());
}

fn weighted(statements: &[(&str, f64)]) -> Vec<Weighted> {
    let all = statements.iter().map(|(sql, weight)| Weighted {
        sql: (*sql).to_owned(),
        weight: *weight,
    });
    all.collect()
}

fn worked(
    conn: &Connection,
    statements: &[Weighted],
    failing: Failing,
) -> Result<Workload, (usize, Error)> {
    let mut given = Bindings::default();
    given.set("c=7".parse().unwrap());
    advise::workload(conn, statements, &given, failing, &Clock::virtual_at(0))
}

#[test]
fn a_workload_gets_the_fewest_indexes_that_do_nearly_as_well() {
    let shop = shop();
    let of_customer = "update orders set note = '' where customer_id = 7";
    let mut statements = weighted(&[
        (of_customer, 1.0),
        (
            "select id from orders where customer_id = 9 order by created_at desc limit 5",
            1.0,
        ),
        (
            "select id from customers where email = 'User7@Example.com'",
            1.0,
        ),
        (
            "select customer_id, sum(total) from orders group by customer_id",
            1.0,
        ),
        ("select id from few where word = 'b'", 1.0),
    ]);
    let it = shop.unchanged("a workload", |conn| {
        worked(conn, &statements, Failing::Refused).unwrap()
    });
    let wide = [
        "create index orders_customer_id_created_at on orders(customer_id, created_at)",
        "create index customers_email on customers(email)",
        "create index orders_customer_id_total on orders(customer_id, total)",
    ];
    assert_eq!(it.ddl, wide);
    assert_eq!(it.proposed, 4);
    let [now, with_all, with] = it.page_fetches;
    assert!(
        with <= 1.05 * with_all && 5.0 * with < now,
        "{:?}",
        it.page_fetches
    );
    for one in &it.statements {
        assert!(one.after <= one.before, "{one:?}");
    }
    let tables: Vec<&str> = it.inserts.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(tables, ["orders", "customers"]);

    // What is hardly ever run gets no index of its own.
    statements[2].weight = 0.01;
    let it = worked(&shop.conn, &statements, Failing::Refused).unwrap();
    assert_eq!(it.ddl, [wide[0], wide[2]]);

    // All that was proposed would be dearer than some of it.
    let it = weighted(&[
        ("select * from orders where customer_id = 41", 10.0),
        ("select max(total) from orders", 3.0),
        (
            "update orders set total = total * 1.1 where created_at > '2024-01-01'",
            1.0,
        ),
    ]);
    let it = worked(&shop.conn, &it, Failing::Refused).unwrap();
    let by_customer = "create index orders_customer_id on orders(customer_id)";
    assert_eq!(it.ddl, [by_customer]);
    let [now, with_all, with] = it.page_fetches;
    assert!(with < now && with < with_all, "{:?}", it.page_fetches);

    // Values are given by name, and what fails is left out where that is meant.
    let it = weighted(&[
        ("select * from orders where customer_id = :c", 1.0),
        ("insert into few values (1, 'again')", 1.0),
        ("select * from few where word = :nobody", 1.0),
    ]);
    let (at, error) = worked(&shop.conn, &it, Failing::Refused).unwrap_err();
    assert_eq!(at, 1);
    let it = worked(&shop.conn, &it, Failing::LeftOut).unwrap();
    assert_eq!(it.ddl, [by_customer]);
    assert_eq!((it.statements.len(), it.left_out.len()), (1, 2));
    let first = (
        "insert into few values (1, 'again')".to_owned(),
        error.to_string(),
    );
    assert_eq!(it.left_out[0], first);

    let wrong = weighted(&[("select 1", 1.0), ("select nam from few", 1.0)]);
    let (at, _) = worked(&shop.conn, &wrong, Failing::Refused).unwrap_err();
    assert_eq!(at, 1);
}

/// What a person reads, with times that do not change.
fn drawn(mut advice: Advice) -> String {
    let elapsed = |micros| Elapsed {
        min: Duration::from_micros(micros),
        median: Duration::from_micros(micros),
        runs: 7,
    };
    advice.baseline.elapsed = elapsed(8_240);
    advice.thought = Duration::from_micros(12_300);
    for it in &mut advice.recommendations {
        let more = it.after.page_fetches > advice.baseline.page_fetches;
        it.after.elapsed = elapsed(if more { 61_500 } else { 48 });
        it.build = Duration::from_micros(41_000);
        it.inserts = it.inserts.clone().map(|inserts| Inserts {
            without: Duration::from_micros(1_100),
            with: Duration::from_micros(1_430),
            ..inserts
        });
    }
    let mut text = Vec::new();
    view::advise::write(&mut text, &Style::PIPED, &advice).unwrap();
    let text = String::from_utf8(text).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    text
}

#[test]
fn advice_as_it_is_drawn() {
    let shop = shop();
    assert_snapshot!(drawn(shop.advise(
        "select id, total from orders where customer_id = 7 order by created_at"
    )));
    assert_snapshot!(drawn(
        shop.advise("select * from orders where total > 250 and note <> 'x'")
    ));
    assert_snapshot!(drawn(shop.advise("select * from orders where id = 7")));
}

#[test]
fn json_has_every_field() {
    let sql = "select count(*) from orders where customer_id = 7";
    let json = view::advise_json(&shop().advise(sql));
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&json), ["sql", "baseline", "recommendations"]);
    assert_eq!(
        keys(&json["baseline"]),
        ["page_fetches", "median_us", "plan"]
    );
    let first = &json["recommendations"][0];
    assert_eq!(
        keys(first),
        [
            "ddl",
            "verdict",
            "reason",
            "after",
            "build_ms",
            "size_bytes",
            "insert_slowdown",
            "makes_redundant"
        ]
    );
    assert_eq!(first["verdict"], "build");
    assert!(
        first["after"]["plan"][0]
            .as_str()
            .unwrap()
            .contains("SEARCH")
    );
}

#[test]
fn it_can_be_stopped_anywhere() {
    let shop = shop();
    let mut practice = shop.practice(Interrupt::new());
    let schema = practice.schema_version().unwrap();
    let sql = "select id, note from orders where customer_id = 7 or total > 499";
    for steps in (1_000..400_000).step_by(40_000) {
        let budget = Budget {
            steps: Some(steps),
            time: None,
        };
        practice.with_budget(budget, |conn| {
            drop(advise::one(conn, sql, &[], &Clock::virtual_at(0)));
        });
        assert!(!practice.in_transaction(), "{steps}");
        assert_eq!(practice.schema_version().unwrap(), schema);
    }
}

/// Page fetches of a run, the schema having been read before.
fn fetches(conn: &Connection, ddl: &[String], sql: &str) -> u64 {
    let mut fetched = 0;
    conn.execute_batch("BEGIN").unwrap();
    for statement in ddl {
        conn.execute_batch(statement).unwrap();
    }
    for _ in 0..2 {
        let mut statement = conn.prepare(sql).unwrap();
        let before = counters::page_fetches(conn);
        let mut rows = statement
            .query(params_from_iter(Vec::<Value>::new()))
            .unwrap();
        while rows.next().unwrap().is_some() {}
        fetched = counters::page_fetches(conn) - before;
    }
    conn.execute_batch("ROLLBACK").unwrap();
    fetched
}

fn any_query() -> impl Strategy<Value = String> {
    let condition = prop_oneof![
        (1..1000).prop_map(|n| format!("customer_id = {n}")),
        (0..500).prop_map(|n| format!("total > {n}")),
        (0..500).prop_map(|n| format!("total between {n} and {}", n + 3)),
        (1..13).prop_map(|n| format!("created_at < '2024-{n:02}-15'")),
        Just("status = 'pending'".to_owned()),
        Just("status in ('pending', 'lost')".to_owned()),
        (1..1000).prop_map(|n| format!("customer_id in ({n}, {}, {})", n + 1, n * 2)),
        (0..100).prop_map(|n| format!("total + 1 = {n}")),
    ];
    let joined = prop_oneof![Just(" and "), Just(" or ")];
    let shown = prop_oneof![
        Just("count(*)"),
        Just("*"),
        Just("id, total"),
        Just("max(created_at)"),
    ];
    let ending = prop_oneof![
        Just(""),
        Just(" order by created_at limit 9"),
        Just(" group by customer_id"),
        Just(" order by total desc, id"),
    ];
    (
        shown,
        prop::collection::vec(condition, 1..4),
        joined,
        ending,
    )
        .prop_map(|(shown, conditions, joined, ending)| {
            format!(
                "select {shown} from orders where {}{ending}",
                conditions.join(joined)
            )
        })
}

#[test]
fn advice_never_raises_the_page_fetches_of_its_statement() {
    let shop = shop();
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(sql in any_query())| {
        let before = fetches(&shop.conn, &[], &sql);
        let advice = shop.advise(&sql);
        prop_assert_eq!(advice.baseline.page_fetches, before);
        let after = fetches(&shop.conn, advice.ddl(), &sql);
        prop_assert!(after <= before, "{}: {} became {}", sql, before, after);
        if let Some(best) = advice.best() {
            prop_assert_eq!(best.after.page_fetches, after);
        }
    });
}
