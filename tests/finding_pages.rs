//! Each finding has a page, and the SQL on it runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use dbdojo::clock::Clock;
use dbdojo::dataset::{Catalog, Scale, generate_into};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::plan::{self, Repeat, explain_run};
use dbdojo::sandbox::counters;
use dbdojo::{progress, sql};
use rusqlite::Connection;
use rusqlite::backup::Backup;

/// The blocks of SQL in `markdown`.
fn examples(markdown: &str) -> impl Iterator<Item = &str> {
    let blocks = markdown.split("```sql\n").skip(1);
    blocks.map(|it| it.split("```").next().unwrap())
}

#[test]
fn every_code_has_a_page_whose_examples_run() {
    for code in plan::FINDING_CODES {
        let page = plan::page(code).unwrap_or_else(|| panic!("{code} has no page"));
        assert_eq!(page.code, *code);
        assert!(
            page.title.len() > 10 && page.title.len() < 50,
            "{}",
            page.title
        );
        assert!(page.markdown.contains("\n## The way out\n"), "{code}");
        assert!(
            page.markdown.lines().all(|line| line.chars().count() <= 84),
            "{code}"
        );
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../datasets/shop/schema.sql"))
            .unwrap();
        assert!(examples(page.markdown).count() > 1, "{code}");
        for block in examples(page.markdown) {
            db.execute_batch(block)
                .unwrap_or_else(|error| panic!("{code}: {error}: {block}"));
        }
    }
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("findings")).unwrap();
    assert_eq!(
        files.count(),
        plan::pages().count(),
        "a page without its finding"
    );
}

/// Each page shows what it explains: its first example gets its finding on the
/// database that learners have.
#[test]
#[cfg(scanstatus)]
fn every_example_shows_its_finding() {
    let small = Connection::open_in_memory().unwrap();
    let spec = Catalog::new(&Dirs::under(Path::new("/nowhere")))
        .find("shop")
        .unwrap();
    let (interrupt, watcher) = (Interrupt::new(), &mut progress::ignore);
    generate_into(&small, &spec, Scale::Small, 1, &interrupt, watcher).unwrap();
    let mut silent = Vec::new();
    for code in plan::FINDING_CODES {
        let mut db = Connection::open_in_memory().unwrap();
        counters::set_scanstatus(&db, false).unwrap();
        Backup::new(&small, &mut db).unwrap().step(-1).unwrap();
        let page = plan::page(code).unwrap();
        let example = examples(page.markdown).next().unwrap();
        let mut found = Vec::new();
        for statement in sql::split(example).map(|it| it.text) {
            let once = Repeat {
                at_most: 1,
                within: Duration::ZERO,
            };
            if let Ok(plan) = explain_run(&db, statement, &Clock::virtual_at(0), once) {
                found.extend(plan.findings.into_iter().map(|it| it.code));
            }
            db.execute_batch(statement).unwrap();
        }
        if !found.contains(code) {
            silent.push(format!("{code}: {found:?}"));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}
