//! Makes SQLite write every text of its plans that can be triggered, and shows
//! how each is read. The scripts in `tests/plans/` hold schemas, statements and
//! the trees expected of them; `UPDATE_PLANS=1` rewrites the trees.

#![cfg(scanstatus)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use dbdojo::plan::{Explanation, Node, Operation, explain, explain_run, parse};
use dbdojo::{clock::Clock, plan::Repeat};
use rusqlite::Connection;

/// A script: lines before the first `> ` set up the database; each `> ` begins
/// a statement, and the lines after it are its tree.
fn check(path: &Path) {
    let script = fs::read_to_string(path).unwrap();
    let conn = Connection::open_in_memory().unwrap();
    let mut parts = script.split("\n> ");
    let setup = parts.next().unwrap();
    conn.execute_batch(setup).unwrap();
    let mut rewritten = setup.to_owned();
    for part in parts {
        let (sql, _) = part.split_once('\n').unwrap_or((part, ""));
        let plan = explain(&conn, sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let run = explain_run(&conn, sql, &Clock::virtual_at(0), ONCE)
            .unwrap_or_else(|error| panic!("{sql}\n{error}"));
        assert_eq!(plan.nodes.len(), run.nodes.len(), "{sql}");
        let mut tree = String::new();
        draw(&mut tree, &run, None, 0);
        for node in &plan.nodes {
            assert_ne!(node.operation, Operation::Unknown, "{sql}\n{}", node.detail);
        }
        write!(rewritten, "\n> {sql}\n{tree}").unwrap();
    }
    rewritten.push('\n');
    if std::env::var_os("UPDATE_PLANS").is_some() {
        fs::write(path, &rewritten).unwrap();
    }
    let changed = script
        .lines()
        .zip(rewritten.lines())
        .find(|(expected, found)| expected != found);
    if let Some((expected, found)) = changed {
        panic!("{}\nexpected {expected}\nfound    {found}", path.display());
    }
    assert_eq!(script.len(), rewritten.len(), "{}", path.display());
}

const ONCE: Repeat = Repeat {
    at_most: 1,
    within: std::time::Duration::ZERO,
};

/// `detail [kind table; visited/kept/loops]`, two spaces a level.
fn draw(out: &mut String, plan: &Explanation, parent: Option<i64>, depth: usize) {
    for node in plan.children(parent) {
        let kind = node.operation.kind();
        let table = node.table.as_deref().unwrap_or("-");
        write!(out, "{:depth$}{}  [{kind} {table}", "", node.detail).unwrap();
        if cfg!(scanstatus) || node.visited_rows.is_some() || node.loops.is_some() {
            write!(out, " {}", figures(node)).unwrap();
        }
        out.push_str("]\n");
        draw(out, plan, Some(node.id), depth + 2);
    }
}

fn figures(node: &Node) -> String {
    let show = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    format!(
        "loops {} visited {} kept {}",
        show(node.loops),
        show(node.visited_rows),
        show(node.output_rows)
    )
}

#[test]
fn every_text_that_sqlite_writes_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        check(&entry.unwrap().path());
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_text_of_another_version_stays_visible() {
    for text in [
        "",
        "SCAN",
        "COMPOUND SUBQUERIES 1 AND 2 (UNION)",
        "EXECUTE LIST",
    ] {
        assert_eq!(parse(text), Operation::Unknown, "{text:?}");
    }
}
