//! Each finding has a page, and the SQL on it runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use dbdojo::plan;
use rusqlite::Connection;

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
