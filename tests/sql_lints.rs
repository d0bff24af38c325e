//! The lints on statements that run but are probably wrong.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dbdojo::sql;
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
