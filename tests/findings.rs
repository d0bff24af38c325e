//! Each finding about a plan: statements that get it and statements that do not.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::{self, Explanation, Finding, Repeat, explain, explain_run};
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
    let one = "CREATE INDEX by_status ON orders(status)";
    let both = "CREATE INDEX by_status ON orders(status); CREATE INDEX t ON orders(total)";
    let or = "SELECT * FROM orders WHERE status = 'open' OR total = 5";
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
