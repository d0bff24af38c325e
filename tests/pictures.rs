//! Plans as pictures: what they say, that they are well-formed whatever the
//! names in them, and where they are written.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::plan::{self, Explanation, Repeat, compare, what_if};
use dbdojo::sandbox::counters;
use dbdojo::view::picture::{mermaid, page, svg};
use proptest::prelude::*;
use rusqlite::Connection;

fn shop() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    counters::set_scanstatus(&conn, false).unwrap();
    conn.execute_batch(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, country TEXT);
         CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, total REAL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
         INSERT INTO orders SELECT i, i % 20 + 1, i FROM n;
         INSERT INTO customers SELECT id, 'c' || id, iif(id % 4, 'FR', 'DE') FROM orders WHERE id <= 20;",
    )
    .unwrap();
    conn
}

/// Run once, its times left out: they differ from run to run.
fn explained(conn: &Connection, sql: &str) -> Explanation {
    let once = Repeat {
        at_most: 1,
        within: Duration::ZERO,
    };
    let mut plan = plan::explain_run(conn, sql, &Clock::virtual_at(0), once).unwrap();
    for node in &mut plan.nodes {
        node.time_share = None;
    }
    plan
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const JOIN: &str =
    "select c.name, sum(o.total) from orders o join customers c on c.id = o.customer_id
    where c.country = 'DE' group by c.id order by 2 desc";

#[test]
fn a_join_as_mermaid() {
    let plan = explained(&shop(), JOIN);
    insta::assert_snapshot!(text(|out| mermaid::write(out, &plan)));
}

#[test]
fn a_join_as_svg() {
    let plan = explained(&shop(), JOIN);
    let drawn = text(|out| svg::write(out, &plan));
    // The theme is told elsewhere.
    let body = drawn
        .split("</style>")
        .nth(1)
        .unwrap()
        .replace("><", ">\n<");
    insta::assert_snapshot!(body);
}

#[test]
fn a_plan_that_was_not_run_says_what_is_expected() {
    let plan = plan::explain(&shop(), "select * from orders where id = 7").unwrap();
    let drawn = text(|out| mermaid::write(out, &plan));
    insta::assert_snapshot!(drawn, @r#"
    flowchart TD
      query["select * from orders where id = 7"]
      step1["search orders by primary key<br>planner expects about 1 of each turn"]
      query --> step1
    "#);
}

#[test]
fn a_page_sets_before_and_after_beside_each_other() {
    let conn = shop();
    let clock = Clock::virtual_at(0);
    let sql = "select sum(total) from orders where customer_id = 7";
    let ddl = "create index by_customer on orders(customer_id)";
    let weighed = what_if::what_if(&conn, ddl, sql, &clock).unwrap();
    let html = text(|out| page::write_what_if(out, &weighed, "shop@tiny"));
    for part in [
        "scan orders",
        "search orders by index by_customer",
        "With it",
        ">400<",
        ">20<",
        "Verdict",
        "Measured by dbdojo on shop@tiny",
    ] {
        assert!(html.contains(part), "{part}");
    }
    // 20 of the 400 rows: both bars have the same scale.
    assert!(
        html.contains("width:5.0%") && html.contains("width:100.0%"),
        "{html}"
    );
    let other = "select sum(total) from orders where customer_id + 0 = 7";
    let compared = compare::compare(&conn, [sql, other], &clock).unwrap();
    let html = text(|out| page::write_comparison(out, &compared, "shop@tiny"));
    assert!(html.contains("Answers: the same"), "{html}");
    for word in ["<script", "<link", "url(", "src="] {
        assert!(!html.contains(word), "{word}");
    }
}

/// Each text of a picture with the line it stands on and where it ends.
fn texts(svg: &roxmltree::Document<'_>) -> Vec<(f64, f64, f64)> {
    svg.descendants()
        .filter(|it| it.has_tag_name("text") && it.attribute("text-anchor").is_none())
        .map(|it| {
            let number = |name| it.attribute(name).unwrap().parse::<f64>().unwrap();
            let columns = unicode_width::UnicodeWidthStr::width(it.text().unwrap_or_default());
            (number("y"), number("x"), number("x") + 8.0 * columns as f64)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the tables are called, the picture is XML, every text is inside
    /// it, and no two lines stand on each other.
    #[test]
    fn names_cannot_break_a_picture(
        name in "(\\PC|[<>&\"'`;#%\\]\\[{}\u{0}-\u{1f}\u{202e}\u{ffff}\u{fffe}]){1,90}",
    ) {
        prop_assume!(!name.contains('\0') && !name.to_ascii_lowercase().starts_with("sqlite_"));
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!("CREATE TABLE {quoted}(a); INSERT INTO {quoted} VALUES (1)")).unwrap();
        let sql = format!("SELECT * FROM {quoted} AS {quoted} WHERE a IN (SELECT a FROM {quoted})");
        let plan = explained(&conn, &sql);
        let drawn = text(|out| svg::write(out, &plan));
        let parsed = roxmltree::Document::parse(&drawn);
        prop_assert!(parsed.is_ok(), "{:?}\n{}", parsed.err(), drawn);
        let parsed = parsed.unwrap();
        let root = parsed.root_element();
        let (width, height): (f64, f64) = (
            root.attribute("width").unwrap().parse().unwrap(),
            root.attribute("height").unwrap().parse().unwrap(),
        );
        let mut lines = texts(&parsed);
        for (y, _, right) in &lines {
            prop_assert!(*right <= width && *y <= height, "{}", drawn);
        }
        lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in lines.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= 15.0, "{}", drawn);
        }
        let chart = text(|out| mermaid::write(out, &plan));
        for line in chart.lines().filter(|line| line.contains('[')) {
            let label = line.split_once("[\"").unwrap().1.strip_suffix("\"]").unwrap();
            prop_assert!(!label.contains(['"', '`']), "{}", chart);
        }
        let html = text(|out| page::write(out, &plan, "shop <tiny>"));
        prop_assert_eq!(html.matches("<main>").count(), 1);
        prop_assert_eq!(html.matches("<script").count(), 0);
    }
}

fn dbdojo(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny", "--color", "never"])
        .args(args)
        .env("DBDOJO_HOME", home)
        .current_dir(home)
        .output()
        .unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_picture_goes_where_it_is_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let sql = "select count(*) from orders where status = 'paid'";
    let explain = |args: &[&str]| dbdojo(home.path(), &[&["explain", sql], args].concat());
    let printed = explain(&["--format", "svg"]);
    assert!(
        printed.status.success() && printed.stdout.starts_with(b"<svg"),
        "{}",
        err(&printed)
    );
    let saved = explain(&["--format", "svg", "-o", "plan.svg"]);
    assert!(
        saved.status.success() && saved.stdout.is_empty(),
        "{}",
        err(&saved)
    );
    assert_eq!(
        fs::read(home.path().join("plan.svg")).unwrap(),
        printed.stdout
    );
    let again = explain(&["--format", "svg", "-o", "plan.svg"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("plan.svg exists already; --force writes over it"));
    let forced = explain(&["--run", "--format", "html", "-o", "plan.svg", "--force"]);
    assert!(forced.status.success());
    assert!(
        fs::read(home.path().join("plan.svg"))
            .unwrap()
            .starts_with(b"<!DOCTYPE html>")
    );
    let lost = explain(&["--format", "html", "-o", "no/such/plan.html"]);
    assert_eq!(lost.status.code(), Some(3));
    assert!(err(&lost).contains("no/such/plan.html: there is no such folder"));
    let words = explain(&["-o", "plan.txt"]);
    assert!(words.status.success());
    assert!(
        fs::read_to_string(home.path().join("plan.txt"))
            .unwrap()
            .starts_with("scan orders")
    );
}

#[test]
fn two_plans_are_a_page_or_text() {
    let home = tempfile::tempdir().unwrap();
    let sql = "select count(total) from orders where status = 'paid'";
    let explain = |args: &[&str]| dbdojo(home.path(), &[&["explain", sql], args].concat());
    let index = "create index by_status on orders(status)";
    let html = explain(&["--with", index, "--format", "html"]);
    assert!(
        html.stdout.starts_with(b"<!DOCTYPE html>"),
        "{}",
        err(&html)
    );
    let words = explain(&["--with", index]);
    assert!(String::from_utf8_lossy(&words.stdout).contains("verdict"));
    let other = explain(&[
        "--against",
        "select count(*) from orders",
        "--format",
        "html",
    ]);
    assert!(
        String::from_utf8_lossy(&other.stdout).contains("Two queries"),
        "{}",
        err(&other)
    );
    let svg = explain(&["--with", index, "--format", "svg"]);
    assert_eq!(svg.status.code(), Some(2));
    let wrong = explain(&["--with", "create table t(a)", "--format", "html"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("only an index can be tried"));
}

#[test]
fn what_draws_no_plan_says_so() {
    let home = tempfile::tempdir().unwrap();
    let rows = dbdojo(home.path(), &["-c", "select 1", "--format", "svg"]);
    assert_eq!(rows.status.code(), Some(2));
    assert!(err(&rows).contains("dbdojo explain --format svg"));
}
