//! Any text with the cursor anywhere is completed, from a place before the
//! cursor.
#![no_main]

use dbdojo::sql::{ColumnDef, Schema, Table, TableKind, complete, diagnose};
use libfuzzer_sys::fuzz_target;

fn schema() -> Schema {
    let table = |name: &str, columns: &[&str]| Table {
        name: name.to_owned(),
        kind: TableKind::Table,
        columns: columns
            .iter()
            .map(|name| ColumnDef {
                name: (*name).to_owned(),
                declared_type: "TEXT".to_owned(),
                ..ColumnDef::default()
            })
            .collect(),
        ..Table::default()
    };
    Schema {
        tables: vec![
            table("orders", &["id", "customer_id", "total", "größe", "select"]),
            table("order items", &["id", "order id"]),
        ],
        functions: vec!["count".to_owned(), "coalesce".to_owned()],
    }
}

fuzz_target!(|input: (usize, &str)| {
    let (cursor, text) = input;
    let schema = schema();
    let at = cursor % (text.len() + 2);
    let completion = complete(text, at, &schema);
    assert!(completion.start <= at.min(text.len()));
    assert!(text.is_char_boundary(completion.start));
    assert!(completion.candidates.iter().all(|name| !name.is_empty()));
    // The same text as an error's, at the same place.
    let _ = diagnose(text, "near \"x\": syntax error", Some(at), &schema);
    let _ = diagnose(text, text, None, &schema);
});
