//! Each finding about a plan: statements that get it and statements that do not.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Scale, generate_into};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::{self, Explanation, Finding, Repeat, explain, explain_run};
use dbdojo::progress;
use dbdojo::sandbox::counters;
use rusqlite::Connection;

const ONCE: Repeat = Repeat {
    at_most: 1,
    within: Duration::ZERO,
};

fn shop(ddl: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn.execute_batch(include_str!("own_file/findings.sql"))
        .unwrap();
    conn.execute_batch(ddl).unwrap();
    conn
}

fn ran(conn: &Connection, sql: &str) -> Explanation {
    explain_run(conn, sql, &Clock::virtual_at(0), ONCE).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn found<'a>(plan: &'a Explanation, code: &str) -> Option<&'a Finding> {
    plan.findings.iter().find(|it| it.code == code)
}

/// Each statement after this DDL gets `code`, or does not, run or not.
fn check(code: &str, cases: &[(&str, &str, bool)]) {
    for (ddl, sql, expected) in cases {
        let conn = shop(ddl);
        let plan = ran(&conn, sql);
        let codes: Vec<_> = plan.findings.iter().map(|it| it.code).collect();
        assert_eq!(codes.contains(&code), *expected, "{sql}: {codes:?}");
        assert!(plan::FINDING_CODES.contains(&code));
        for finding in &plan.findings {
            assert!(
                plan::FINDING_CODES.contains(&finding.code),
                "{}",
                finding.code
            );
            assert!(finding.title.ends_with('.'), "{}", finding.title);
        }
    }
}

fn visited(plan: &Explanation) -> u64 {
    plan.nodes.iter().filter_map(|it| it.visited_rows).sum()
}

/// What the finding `code` on `sql` proposes makes it visit fewer rows, or
/// fetch fewer pages.
fn helps(code: &str, ddl: &str, sql: &str) {
    let conn = shop(ddl);
    let before = ran(&conn, sql);
    let finding = found(&before, code).unwrap_or_else(|| panic!("{sql}: {:?}", before.findings));
    assert!(!finding.try_.is_empty(), "{sql}: {finding:?}");
    let mut better = sql;
    for statement in &finding.try_ {
        match statement.starts_with("select") {
            true => better = statement,
            false => conn.execute_batch(statement).unwrap(),
        }
    }
    let after = ran(&conn, better);
    let pages = |it: &Explanation| it.counters.unwrap().page_fetches;
    assert!(
        visited(&after) < visited(&before) || pages(&after) < pages(&before),
        "{sql}: {} rows and {} pages, before {} and {}",
        visited(&after),
        pages(&after),
        visited(&before),
        pages(&before),
    );
    assert!(found(&after, code).is_none(), "{sql}: {:?}", after.findings);
}

#[test]
fn an_or_with_a_side_that_has_no_index() {
    let one = "CREATE INDEX by_date ON orders(created_at)";
    let both = "CREATE INDEX by_date ON orders(created_at); CREATE INDEX t ON orders(total)";
    let or = "SELECT * FROM orders WHERE created_at = '2030-01-01' OR total = 5";
    check(
        "unindexed-or",
        &[
            ("", or, true),
            (one, or, true),
            (both, or, false),
            (
                "",
                "SELECT * FROM orders WHERE status = 'open' AND total = 5",
                false,
            ),
            ("", "SELECT * FROM orders WHERE id = 7 OR total = 5", true),
            ("", "SELECT * FROM orders WHERE id = 7 OR id = 9", false),
            (
                "",
                "SELECT * FROM orders WHERE status = 'done' OR total = 5",
                false,
            ),
        ],
    );
    helps("unindexed-or", "", or);
    helps("unindexed-or", one, or);
    let plan = ran(&shop(one), or);
    let finding = found(&plan, "unindexed-or").unwrap();
    assert_eq!(finding.title, "total = 5, one side of an OR, has no index.");
    assert_eq!(
        finding.try_,
        ["create index orders_total on orders(total);"]
    );
}

#[test]
fn a_function_or_arithmetic_around_a_column() {
    let index = "CREATE INDEX by_mail ON customers(email)";
    let lower = "SELECT * FROM customers AS c WHERE lower(c.email) = 'c7@example.org'";
    check(
        "hidden-column",
        &[
            ("", lower, true),
            (index, lower, true),
            (
                "CREATE INDEX by_mail ON customers(lower(email))",
                lower,
                false,
            ),
            (
                index,
                "SELECT * FROM customers WHERE email = lower('C7@example.org')",
                false,
            ),
            ("", "SELECT * FROM orders WHERE total + 1 = 6", true),
            ("", "SELECT * FROM orders WHERE total = 6 - 1", false),
        ],
    );
    helps("hidden-column", index, lower);
    helps(
        "hidden-column",
        "",
        "SELECT * FROM orders WHERE total + 1 = 6",
    );
    // What changes from call to call can be in no index.
    let plan = ran(
        &shop(""),
        "SELECT * FROM orders WHERE abs(random() + total) < 5",
    );
    assert!(plan.findings.iter().all(|it| it.try_.is_empty()));
}

#[test]
fn like_and_the_case_of_letters() {
    let like = "SELECT * FROM customers WHERE email LIKE 'c7@%'";
    let binary = "CREATE INDEX by_mail ON customers(email)";
    check(
        "like-collation",
        &[
            ("", like, true),
            (binary, like, true),
            (
                "CREATE INDEX m ON customers(email COLLATE NOCASE)",
                like,
                false,
            ),
            (
                binary,
                "SELECT * FROM customers WHERE email GLOB 'c7@*'",
                false,
            ),
            (
                binary,
                "SELECT * FROM customers WHERE email LIKE '%@example.org'",
                false,
            ),
        ],
    );
    check(
        "leading-wildcard",
        &[
            (
                binary,
                "SELECT * FROM customers WHERE email LIKE '%7@example.org'",
                true,
            ),
            (binary, like, false),
        ],
    );
    helps("like-collation", "", like);
    helps("like-collation", binary, like);
    let told = ran(&shop(binary), like);
    assert!(
        found(&told, "like-collation")
            .unwrap()
            .why
            .contains("by_mail")
    );
    // LIKE on a number goes through no index at all.
    let number = ran(&shop(""), "SELECT * FROM orders WHERE total LIKE '77%'");
    assert_eq!(
        found(&number, "like-collation").unwrap().try_,
        Vec::<String>::new()
    );
}

#[test]
fn an_index_that_begins_with_another_column() {
    let index = "CREATE INDEX i ON orders(status, customer_id)";
    check(
        "leading-column-missing",
        &[
            (index, "SELECT * FROM orders WHERE customer_id = 7", true),
            (
                index,
                "SELECT * FROM orders WHERE customer_id = 7 AND status = 'done'",
                false,
            ),
            (
                "CREATE INDEX i ON orders(customer_id, status)",
                "SELECT * FROM orders WHERE customer_id = 7",
                false,
            ),
            ("", "SELECT * FROM orders WHERE customer_id = 7", false),
        ],
    );
}

#[test]
fn a_range_before_an_equality() {
    let wrong = "CREATE INDEX i ON orders(created_at, customer_id)";
    let sql = "SELECT * FROM orders WHERE created_at > '2030' AND customer_id = 7";
    check(
        "range-before-equality",
        &[
            (wrong, sql, true),
            (
                "CREATE INDEX i ON orders(customer_id, created_at)",
                sql,
                false,
            ),
            ("CREATE INDEX i ON orders(created_at)", sql, false),
            (
                wrong,
                "SELECT * FROM orders WHERE created_at = '2030-01-01' AND customer_id = 7",
                false,
            ),
            (
                wrong,
                "SELECT * FROM orders WHERE created_at > '2037-09-01' AND customer_id = 7",
                false,
            ),
        ],
    );
    helps("range-before-equality", wrong, sql);
    let finding = found(&ran(&shop(wrong), sql), "range-before-equality")
        .unwrap()
        .clone();
    assert_eq!(
        finding.try_,
        ["create index orders_customer_id_created_at on orders(customer_id, created_at);"]
    );
}

#[test]
fn an_index_that_leads_to_most_of_the_table() {
    let index = "CREATE INDEX by_total ON orders(total)";
    let wide = "SELECT total, status FROM orders WHERE total > 400 ORDER BY total";
    check(
        "wide-range",
        &[
            (index, wide, true),
            (
                index,
                "SELECT * FROM orders WHERE total > 400 ORDER BY total",
                true,
            ),
            (index, "SELECT total FROM orders WHERE total > 400", false),
            (
                index,
                "SELECT total, status FROM orders WHERE total = 5",
                false,
            ),
            ("", wide, false),
        ],
    );
    helps("wide-range", index, wide);
}

#[test]
fn min_and_max_together() {
    let both = "SELECT min(total), max(total) FROM orders";
    let index = "CREATE INDEX by_total ON orders(total)";
    check(
        "min-max-together",
        &[
            ("", both, true),
            (index, both, true),
            (index, "SELECT max(total) FROM orders", false),
            (
                index,
                "SELECT status, min(total), max(total) FROM orders GROUP BY status",
                false,
            ),
            (
                index,
                "SELECT (SELECT min(total) FROM orders), (SELECT max(total) FROM orders)",
                false,
            ),
        ],
    );
    helps("min-max-together", "", both);
    helps("min-max-together", index, both);
}

#[test]
fn a_subquery_that_runs_for_each_row() {
    let count = "SELECT name, (SELECT count(*) FROM orders WHERE customer_id = c.id)
                 FROM customers AS c";
    check(
        "correlated-subquery",
        &[
            ("", count, true),
            ("CREATE INDEX i ON orders(customer_id)", count, true),
            (
                "",
                "SELECT name, (SELECT count(*) FROM orders) FROM customers",
                false,
            ),
            (
                "",
                "SELECT name, (SELECT count(*) FROM orders WHERE customer_id = c.id)
                  FROM customers AS c WHERE id < 5",
                false,
            ),
        ],
    );
    let plan = ran(&shop(""), count);
    let finding = found(&plan, "correlated-subquery").unwrap();
    assert_eq!(
        finding.title,
        "A subquery ran again for each row of c: 500 times, 2,500,000 rows visited in all."
    );
    assert!(found(&explain(&shop(""), count).unwrap(), "correlated-subquery").is_some());
}

#[test]
fn estimates_that_are_far_off() {
    let join = "SELECT c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
                WHERE o.status = 'open'";
    let by_status = "CREATE INDEX by_status ON orders(status);";
    check(
        "misestimate",
        &[
            ("CREATE INDEX by_country ON customers(country)", join, true),
            ("", join, false),
            // A scan that drops nearly all it reads is not misjudged by that.
            ("ANALYZE", "SELECT * FROM orders WHERE total = 5", false),
            ("", "SELECT * FROM orders WHERE total = 5", false),
            (
                "CREATE INDEX by_status ON orders(status); ANALYZE",
                join,
                false,
            ),
            (
                by_status,
                "SELECT total FROM orders WHERE status = 'done'",
                true,
            ),
        ],
    );
    let plan = ran(
        &shop(by_status),
        "SELECT total FROM orders WHERE status = 'done'",
    );
    let finding = found(&plan, "misestimate").unwrap();
    assert!(
        finding
            .title
            .ends_with("and got 4,950: over 100 times more."),
        "{}",
        finding.title
    );
    assert_eq!(finding.try_, ["analyze orders;"]);
}

#[test]
fn statistics_that_are_missing_or_old() {
    let two = "CREATE INDEX by_status ON orders(status); CREATE INDEX by_total ON orders(total);";
    let sql = "SELECT * FROM orders WHERE status = 'open' AND total = 5";
    for (ddl, expected) in [(two.to_owned(), true), (format!("{two} ANALYZE"), false)] {
        let plan = explain(&shop(&ddl), sql).unwrap();
        assert_eq!(found(&plan, "missing-statistics").is_some(), expected);
    }
    let grown = "CREATE INDEX by_total ON orders(total); ANALYZE;
                 UPDATE sqlite_stat1 SET stat = '500 2' WHERE idx = 'by_total'";
    let shrunk =
        "CREATE INDEX by_total ON orders(total); ANALYZE; DELETE FROM orders WHERE id > 900";
    check(
        "stale-statistics",
        &[
            (grown, "SELECT * FROM orders WHERE total = 5", true),
            (shrunk, "SELECT * FROM orders WHERE total = 5", true),
            (
                "CREATE INDEX by_total ON orders(total); ANALYZE",
                "SELECT * FROM orders WHERE total = 5",
                false,
            ),
            ("", "SELECT * FROM orders WHERE total = 5", false),
        ],
    );
    let gaps = "ANALYZE; INSERT INTO orders(id, total) VALUES (1000000, 1)";
    check(
        "stale-statistics",
        &[(gaps, "SELECT * FROM orders WHERE total = 5", false)],
    );
}

#[test]
fn a_first_column_that_is_skipped() {
    let index = "CREATE INDEX i ON orders(status, total); ANALYZE";
    check(
        "skip-scan",
        &[
            (index, "SELECT * FROM orders WHERE total = 5", true),
            (
                index,
                "SELECT * FROM orders WHERE total = 5 AND status = 'open'",
                false,
            ),
        ],
    );
}

#[test]
fn tables_of_other_kinds() {
    let conn = shop(
        "CREATE TABLE w(a TEXT, b INTEGER, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
         INSERT INTO w SELECT status || id, total, status FROM orders;
         ATTACH ':memory:' AS other;
         CREATE TABLE other.x(a INTEGER, b TEXT);
         INSERT INTO other.x SELECT id, status FROM orders;",
    );
    for sql in [
        "SELECT * FROM w WHERE b = 5",
        "SELECT * FROM other.x WHERE a = 5",
    ] {
        let plan = ran(&conn, sql);
        let finding = found(&plan, "full-scan").unwrap();
        for ddl in &finding.try_ {
            conn.execute_batch(ddl).unwrap();
        }
        assert!(
            visited(&ran(&conn, sql)) < visited(&plan),
            "{:?}",
            finding.try_
        );
    }
    let plan = ran(&conn, "SELECT * FROM w WHERE lower(c) = 'open'");
    assert!(found(&plan, "hidden-column").is_some());
    let key = ran(
        &shop(
            "CREATE TABLE w(a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
                         INSERT INTO w SELECT status || id, total FROM orders",
        ),
        "SELECT * FROM w WHERE b = 5",
    );
    let title = &found(&key, "leading-column-missing").unwrap().title;
    assert_eq!(title, "A key of w holds b, but not as its first column.");
}

#[test]
fn a_long_condition_is_shortened() {
    let sql = format!(
        "SELECT * FROM orders WHERE id = 1{}",
        " OR total = 3".repeat(100)
    );
    for finding in ran(&shop(""), &sql).findings {
        assert!(finding.title.len() + finding.why.len() < 400, "{finding:?}");
    }
}

#[test]
fn a_cause_is_told_once() {
    for sql in [
        "SELECT * FROM orders WHERE status = 'open' OR total = 5",
        "SELECT * FROM customers WHERE email LIKE 'c7@%'",
        "SELECT * FROM customers WHERE lower(email) = 'c7@example.org'",
    ] {
        let plan = ran(&shop(""), sql);
        let scan = found(&plan, "full-scan").unwrap();
        assert_eq!(scan.why, "", "{sql}");
        assert_eq!(plan.findings[0].code, "full-scan", "{sql}");
    }
}

/// The shop that learners have.
fn small() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    let spec = Catalog::new(&Dirs::under(Path::new("/nowhere")))
        .find("shop")
        .unwrap();
    let (interrupt, watcher) = (Interrupt::new(), &mut progress::ignore);
    generate_into(&conn, &spec, Scale::Small, 1, &interrupt, watcher).unwrap();
    conn
}

/// What is proposed for `sql`, one statement a line. Built, it must be used and
/// fetch fewer pages; afterwards the database is as before.
fn proposed(conn: &Connection, sql: &str) -> String {
    let indexes = || -> Vec<String> {
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    };
    let pages = |it: &Explanation| it.counters.unwrap().page_fetches;
    let before = ran(conn, sql);
    let known = indexes();
    let mut all = Vec::new();
    for finding in &before.findings {
        let mut builds = finding.try_.clone();
        builds.retain(|it| !it.starts_with("analyze "));
        if builds.is_empty() {
            continue;
        }
        conn.execute_batch("SAVEPOINT build").unwrap();
        let mut better = sql;
        for statement in &builds {
            match statement.starts_with("select") {
                true => better = statement,
                false => conn.execute_batch(statement).unwrap(),
            }
        }
        let after = ran(conn, better);
        for name in indexes().iter().filter(|it| !known.contains(it)) {
            assert!(after.uses(name), "{sql}: {name} is not used");
        }
        assert!(
            pages(&after) < pages(&before),
            "{sql}: {builds:?}: {} instead of {}",
            pages(&after),
            pages(&before)
        );
        conn.execute_batch("ROLLBACK TO build; RELEASE build")
            .unwrap();
        all.extend(builds);
    }
    all.join("\n")
}

#[test]
fn what_is_proposed_is_used_and_fetches_fewer_pages() {
    let conn = small();
    conn.execute_batch(
        "CREATE TABLE people(id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE, body TEXT);
         INSERT INTO people SELECT id, email, hex(zeroblob(100)) FROM customers;",
    )
    .unwrap();
    for (sql, expected) in [
        (
            "select * from customers where email glob 'mila*'",
            "create index customers_email on customers(email);",
        ),
        ("select * from customers where email glob '*mila'", ""),
        ("select * from orders where customer_id glob '42*'", ""),
        ("select * from orders where customer_id like '42%'", ""),
        (
            "select * from customers where name = 'mila lima' collate nocase",
            "create index customers_name_nocase on customers(name collate nocase);",
        ),
        (
            "select * from people where mail like 'z5%'",
            "create index people_mail on people(mail);",
        ),
        (
            "select * from customers where email = 'x' or lower(name) = 'bob'",
            "create index customers_email on customers(email);\n\
             create index customers_by_name on customers(lower(name));",
        ),
        (
            "select * from customers where name like 'mila l%' or email like 'mila.l%'",
            "create index customers_name_nocase on customers(name collate nocase);\n\
             create index customers_email_nocase on customers(email collate nocase);",
        ),
        (
            "select * from customers where email = 'x' or name like '%bob'",
            "",
        ),
        (
            "select * from customers where email = 'a' or email = 'b'",
            "create index customers_email on customers(email);",
        ),
        (
            "select * from orders where (customer_id, status) = (42, 'delivered')",
            "create index orders_customer_id_status on orders(customer_id, status);",
        ),
        (
            "select * from orders where cast(customer_id as text) = '42'",
            "",
        ),
        ("select * from orders where status = 'returned'", ""),
        (
            "select * from order_items oi, products p where oi.product_id = p.id and p.price > 900",
            "",
        ),
    ] {
        assert_eq!(proposed(&conn, sql), expected, "{sql}");
    }
    for sql in [
        "select * from orders o where o.created_at = \
         (select max(created_at) from orders where customer_id = o.customer_id)",
        "select count(*) from customers c where exists \
         (select 1 from orders o where o.customer_id = c.id and o.total > 1000)",
        "select c.name, count(*) from customers c left join orders o on o.customer_id = c.id \
         group by c.id",
        "select * from orders where customer_id = 42 order by created_at",
        "select * from orders where customer_id in (1, 2, 3) and status = 'paid'",
        "select * from orders where (customer_id, status) in ((1, 'paid'), (2, 'paid'))",
        "select * from orders where (customer_id, total) > (2990, 10)",
        "select * from orders where total between 900 and 905",
        "select * from orders where not (status = 'delivered')",
        "select max(total) from orders where customer_id = 7",
        "select min(total), max(total) from orders",
        "select status, count(*) from orders group by status",
        "select distinct status from orders",
        "select id, created_at from orders order by created_at desc limit 10",
        "select * from customers where lower(email) = 'ada@example.org'",
        "select * from customers where country is null",
        "select * from customers where country collate nocase in ('de', 'fr')",
        "select * from customers where name like 'mila%' and country = 'DE'",
        "select * from orders where customer_id = 7 or total > 2000 or status = 'returned'",
        "select p.name from products p join reviews r on r.product_id = p.id where r.rating = 1",
        "select * from payments where order_id = 77",
        "select * from orders where date(created_at) = '2024-03-01'",
        "select * from orders where total * 2 > 5000",
        "select name from products where category_id = 3 order by price limit 3",
        "update orders set total = total + 1 where customer_id = 42",
        "delete from page_views where product_id = 5",
        "select * from orders where status = 'returned' union all \
         select * from orders where status = 'pending'",
        "select * from customers where id in (select customer_id from orders where total > 2500)",
    ] {
        proposed(&conn, sql);
    }
    let told = ran(&conn, "select * from orders where status = 'returned'");
    let why = &found(&told, "full-scan").unwrap().why;
    assert!(why.contains("An index orders(status) was tried: "), "{why}");
    let number = ran(&conn, "select * from orders where customer_id like '42%'");
    let why = &found(&number, "like-collation").unwrap().why;
    assert!(why.contains("not declared as TEXT"), "{why}");
}

#[test]
fn what_the_planner_believed_is_told_as_it_is() {
    let conn = shop("CREATE INDEX by_customer ON orders(customer_id); ANALYZE");
    let plan = ran(
        &conn,
        "SELECT c.name FROM customers AS c JOIN orders AS o ON o.customer_id = c.id
         WHERE o.status = 'open'",
    );
    for finding in plan.findings.iter().filter(|it| it.code == "misestimate") {
        assert!(!finding.why.contains("go together"), "{}", finding.why);
    }
}
