//! The lints on statements that run but are probably wrong.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::sandbox::{Practice, Source, Surroundings};
use dbdojo::sql::lint::{LINTS, lint, lint_ran, pages};
use dbdojo::sql::{self, Schema};
use proptest::prelude::*;
use rusqlite::Connection;

const GOOD: &str = include_str!("lints/good.sql");

/// The shop's tables and those of `schema.sql`, without rows.
fn database() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../datasets/shop/schema.sql"))
        .unwrap();
    db.execute_batch(include_str!("lints/schema.sql")).unwrap();
    db
}

/// The schema of that database, as a session reads it.
fn schema() -> Schema {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lints.db");
    database()
        .execute("VACUUM INTO ?1", [path.to_str().unwrap()])
        .unwrap();
    let around = Surroundings {
        sessions: folder.path().join("sessions"),
        clock: Clock::wall(),
        interrupt: Interrupt::new(),
    };
    let practice = Practice::open(Source::File(path), around, &mut |_| {}).unwrap();
    practice.schema().unwrap()
}

/// The codes that `sql` is told, with the cache on if `caching`.
fn codes(sql: &str, schema: &Schema, caching: bool) -> Vec<&'static str> {
    let found = lint(sql, schema, caching);
    found.iter().map(|finding| finding.code).collect()
}

fn statements(text: &str) -> Vec<&str> {
    sql::split(text)
        .map(|statement| statement.text)
        .filter(|text| sql::lex(text).any(|token| !token.is_blank() && token.text(text) != ";"))
        .collect()
}

#[test]
fn the_golden_corpus_is_valid_and_half_of_it_published() {
    let db = database();
    for statement in statements(GOOD) {
        if let Err(error) = db.prepare(statement) {
            panic!("{error}: {statement}");
        }
    }
    let (published, shop) = GOOD.split_once("-- ==== On the shop").unwrap();
    let (published, shop) = (statements(published).len(), statements(shop).len());
    assert!(published >= 75 && shop >= 75, "{published} + {shop}");
}

#[test]
fn the_golden_corpus_is_told_nothing() {
    let schema = schema();
    let alarms: Vec<_> = statements(GOOD)
        .into_iter()
        .flat_map(|sql| lint(sql, &schema, false).into_iter().map(move |f| (f, sql)))
        .collect();
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn each_lint_fires_where_it_should_and_only_there() {
    let (db, schema) = (database(), schema());
    let mut wrong = Vec::new();
    for it in LINTS {
        let path = format!("tests/lints/{}.sql", it.code);
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let (fires, silent) = text.split_once("-- silent\n").unwrap();
        for (sql, expected) in statements(fires)
            .into_iter()
            .map(|sql| (sql, true))
            .chain(statements(silent).into_iter().map(|sql| (sql, false)))
        {
            db.prepare(sql).unwrap();
            let found = codes(sql, &schema, it.code == "select-star-cached");
            if found.contains(&it.code) != expected {
                wrong.push(format!("{}: {found:?} for {sql}", it.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_star_matters_only_while_the_cache_is_on() {
    let schema = schema();
    let sql = "SELECT * FROM lineitem WHERE l_orderkey = 1";
    assert_eq!(codes(sql, &schema, false), Vec::<&str>::new());
    assert_eq!(codes(sql, &schema, true), ["select-star-cached"]);
}

#[test]
fn a_limit_that_cut_nothing_is_no_news() {
    let schema = schema();
    let told = |sql, rows| {
        let found = lint_ran(sql, &schema, false, Some(rows));
        found.iter().any(|it| it.code == "limit-without-order")
    };
    assert!(!told("SELECT name FROM categories LIMIT 100", 6));
    assert!(told("SELECT name FROM categories LIMIT 100", 100));
    assert!(told("SELECT name FROM categories LIMIT 100 OFFSET 5", 6));
    assert!(told("SELECT name FROM categories LIMIT 5, 100", 6));
    // Which rows the inner query gave is unknown.
    assert!(told(
        "SELECT count(*) FROM (SELECT id FROM orders LIMIT 100)",
        1
    ));
}

#[test]
fn every_message_is_short() {
    let schema = schema();
    for it in LINTS {
        let path = format!("tests/lints/{}.sql", it.code);
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        for sql in statements(&text) {
            for finding in lint(sql, &schema, true) {
                let length = finding.message.chars().count();
                assert!(
                    length <= 70 && finding.message.ends_with(['.', '?']),
                    "{finding:?}"
                );
            }
        }
    }
}

#[test]
fn deep_statements_do_not_overflow_the_stack() {
    let schema = schema();
    for (part, count) in [(" AND id > 1", 180), (" AND id > 1", 20_000), (" + 1", 700)] {
        let sql = format!("SELECT id FROM orders WHERE id > 1{}", part.repeat(count));
        assert_eq!(codes(&sql, &schema, true), Vec::<&str>::new());
    }
    let nested = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    lint(&nested, &schema, true);
}

proptest! {
    #[test]
    fn any_text_can_be_linted(
        sql in "(select |from |orders|customers|where |not in|\\(|\\)|,|;|=|'x'|left join |on |update |set |delete |limit 5|1|\\*|group by |id|\n| |\\PC){0,24}",
    ) {
        lint(&sql, &Schema::default(), true);
    }
}

/// The blocks of SQL in `markdown`.
fn examples(markdown: &str) -> Vec<&str> {
    let blocks = markdown.split("```sql\n").skip(1);
    blocks.map(|it| it.split("```").next().unwrap()).collect()
}

#[test]
fn every_lint_has_a_page_whose_examples_run_and_that_names_a_way_out() {
    let schema = schema();
    let pages: Vec<_> = pages().collect();
    assert_eq!(pages.len(), LINTS.len());
    for page in &pages {
        let db = database();
        let (problem, way_out) = page.markdown.split_once("\n## The way out\n").unwrap();
        assert!(
            page.title.len() > 10 && page.title.len() < 50,
            "{}",
            page.title
        );
        assert_eq!(examples(problem).len(), 1, "{}", page.code);
        assert!(!examples(way_out).is_empty(), "{}", page.code);
        for block in examples(page.markdown) {
            let widest = block.lines().map(str::len).max().unwrap();
            assert!(widest <= 76, "{}: does not fit: {block}", page.code);
            db.execute_batch(block)
                .unwrap_or_else(|error| panic!("{}: {error}: {block}", page.code));
        }
        // The example of the one makes the index first; that of the other has
        // none, and its plan tells (`finding_pages`).
        if !["leading-wildcard", "hidden-column"].contains(&page.code) {
            let told = codes(
                examples(problem)[0].trim_end().trim_end_matches(';'),
                &schema,
                true,
            );
            assert!(told.contains(&page.code), "{}: {told:?}", page.code);
        }
        for sql in examples(way_out).into_iter().flat_map(statements) {
            assert_eq!(
                codes(sql, &schema, true),
                Vec::<&str>::new(),
                "{}: {sql}",
                page.code
            );
        }
    }
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("lints")).unwrap();
    assert_eq!(files.count(), LINTS.len(), "a page without its lint");
}
