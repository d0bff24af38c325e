//! What is in one dataset: its story, its tables and how they refer to each other.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::{Format, Style, erd, sanitize};
use super::{imported_json, listed_json, write_csv, write_json};
use crate::dataset::{Entity, Imported, Listed, Spec, TableRows};
use crate::units;

/// A dataset that a learner asks about.
#[derive(Debug)]
pub enum Known {
    /// One with rules, at a scale.
    Scaled(Box<Spec>, Listed),
    /// One that was imported.
    Imported(Imported),
    /// A file of the learner's own, where it is.
    File {
        /// Its name.
        name: String,
        /// Its path.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// Its tables.
        tables: Vec<TableRows>,
    },
}

impl Known {
    /// Its name for people.
    pub fn label(&self) -> String {
        match self {
            Known::Scaled(_, listed) => listed.name.to_string(),
            Known::Imported(imported) => imported.name.clone(),
            Known::File { name, .. } => name.clone(),
        }
    }

    /// Its tables with their rows; where it is not built, expected ones.
    pub fn tables(&self) -> &[TableRows] {
        match self {
            Known::Scaled(_, listed) => &listed.tables,
            Known::Imported(imported) => &imported.tables,
            Known::File { tables, .. } => tables,
        }
    }

    fn story(&self) -> String {
        match self {
            Known::Scaled(spec, _) => spec.story().to_owned(),
            Known::Imported(imported) if imported.from.is_empty() => "Imported.".to_owned(),
            Known::Imported(imported) => {
                format!("Imported from {}", sanitize::one_line(&imported.from))
            }
            Known::File { .. } => "A file of your own, read where it is.".to_owned(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Known::Scaled(_, listed) => listed_json(listed),
            Known::Imported(imported) => imported_json(imported),
            Known::File {
                name, path, bytes, ..
            } => json!({"name": name, "path": path.display().to_string(), "bytes": bytes}),
        }
    }
}

/// The story of a dataset, its tables and how they refer to each other.
///
/// # Errors
/// What `out` returns.
pub fn write_info(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    known: &Known,
    entities: &[Entity],
) -> io::Result<()> {
    if format == Format::Csv {
        let columns = entities.iter().flat_map(|entity| {
            let columns = entity.columns.iter().enumerate();
            columns.map(|(at, column)| {
                vec![
                    entity.name.clone(),
                    column.name.clone(),
                    column.declared_type.clone(),
                    column.nullable.to_string(),
                    referred(entity, at).unwrap_or_default().to_owned(),
                ]
            })
        });
        let header = ["table", "column", "declared_type", "nullable", "references"];
        return write_csv(out, &header, columns);
    }
    if format.is_for_machines() {
        let mut object = known.json();
        object["story"] = json!(known.story());
        object["tables"] = entities.iter().map(entity_json).collect();
        return write_json(out, format, object);
    }
    let state = match known {
        Known::Scaled(_, listed) => listed.built.as_ref().map(|built| built.bytes),
        Known::Imported(imported) => Some(imported.bytes),
        Known::File { bytes, .. } => Some(*bytes),
    };
    writeln!(
        out,
        "{}  {} in {}, {}",
        style.bold(&known.label()),
        units::counted(
            known.tables().iter().map(|table| table.rows).sum(),
            "row",
            "rows"
        ),
        units::counted(entities.len() as u64, "table", "tables"),
        state.map_or("not built, rows estimated".to_owned(), units::bytes),
    )?;
    for line in wrapped(known.story().split_whitespace(), style.width) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    erd::write_text(out, style, entities)
}

/// The table that a column refers to.
fn referred(entity: &Entity, column: usize) -> Option<&str> {
    let mut references = entity.references.iter();
    let found = references.find(|r| r.columns.contains(&column));
    found.map(|reference| reference.to.as_str())
}

fn entity_json(entity: &Entity) -> Value {
    let columns = entity.columns.iter().enumerate().map(|(at, column)| {
        json!({
            "name": column.name,
            "declared_type": column.declared_type,
            "nullable": column.nullable,
            "key": column.in_key,
            "references": referred(entity, at),
        })
    });
    json!({
        "name": entity.name,
        "rows": entity.rows,
        "columns": columns.collect::<Vec<_>>(),
        "foreign_keys": entity.references.iter().map(|reference| json!({
            "columns": reference.columns.iter().map(|c| &entity.columns[*c].name).collect::<Vec<_>>(),
            "to": reference.to,
            "to_columns": reference.to_columns,
            "unique": reference.unique,
        })).collect::<Vec<_>>(),
    })
}

/// Words in lines of at most `width` columns.
fn wrapped<'a>(words: impl Iterator<Item = &'a str>, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words {
        let size = word.chars().count();
        if used > 0 && used + 1 + size > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.len() - 1;
        if used > 0 {
            lines[line].push(' ');
            used += 1;
        }
        lines[line].push_str(word);
        used += size;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::tests::{shop, text};
    use super::*;

    fn known(spec: Spec, listed: &Listed) -> (Known, Vec<Entity>) {
        let mut entities = spec.entities().unwrap();
        for entity in &mut entities {
            let found = listed.tables.iter().find(|table| table.name == entity.name);
            entity.rows = found.map(|table| table.rows);
        }
        (Known::Scaled(Box::new(spec), listed.clone()), entities)
    }

    #[test]
    fn info_tells_the_story_and_the_tables() {
        let (spec, list) = shop();
        let (known, entities) = known(spec, &list[1]);
        let drawn = text(|out| write_info(out, &Style::PIPED, Format::Table, &known, &entities));
        insta::assert_snapshot!(drawn, @r#"
        shop@small  163,922 rows in 8 tables, 6.2 MB
        You look after the database of an online shop for home, kitchen and hobby goods.
        Customers from some twenty-five countries browse a tree of categories, fill
        orders, pay (most of them), and some write a review. A few products sell all the
        time and most hardly ever; November and December are busy; one order in a
        hundred comes back.

        ┌ categories ────────────── 62 rows ┐
        │ id          key                   │◄─┐
        │ parent_id?  → categories          │──┤
        │ name                              │  │
        └───────────────────────────────────┘  │
        ┌ products ───────────── 1,000 rows ┐  │
        │ id           key                  │◄─┼─────┐
        │ category_id  → categories         │──┘     │
        │ name, price, stock                │        │
        └───────────────────────────────────┘        │
        ┌ customers ──────────── 5,000 rows ┐        │
        │ id  key                           │◄────┐  │
        │ name, email, country?, created_at │     │  │
        └───────────────────────────────────┘     │  │
        ┌ orders ────────────── 20,000 rows ┐     │  │
        │ id           key                  │◄─┐  │  │
        │ customer_id  → customers          │──┼──┤  │
        │ status, total, created_at         │  │  │  │
        └───────────────────────────────────┘  │  │  │
        ┌ order_items ───────── 50,800 rows ┐  │  │  │
        │ id          key                   │  │  │  │
        │ order_id    → orders              │──┤  │  │
        │ product_id  → products            │──┼──┼──┤
        │ quantity, unit_price              │  │  │  │
        └───────────────────────────────────┘  │  │  │
        ┌ payments ──────────── 19,046 rows ┐  │  │  │
        │ id        key                     │  │  │  │
        │ order_id  → orders                │──┘  │  │
        │ amount, method, paid_at           │     │  │
        └───────────────────────────────────┘     │  │
        ┌ reviews ────────────── 8,014 rows ┐     │  │
        │ id           key                  │     │  │
        │ product_id   → products           │─────┼──┤
        │ customer_id  → customers          │─────┤  │
        │ rating, body?, created_at         │     │  │
        └───────────────────────────────────┘     │  │
        ┌ page_views ────────── 60,000 rows ┐     │  │
        │ id            key                 │     │  │
        │ customer_id?  → customers         │─────┘  │
        │ product_id    → products          │────────┘
        │ viewed_at                         │
        └───────────────────────────────────┘
        ? may be NULL   → refers to that table's key, where the line leads
        "#);
    }

    #[test]
    fn programs_read_info_as_json() {
        let (spec, list) = shop();
        let mut out = Vec::new();
        let (known, entities) = known(spec, &list[1]);
        write_info(&mut out, &Style::PIPED, Format::Json, &known, &entities).unwrap();
        let info: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(info["name"], "shop@small");
        assert_eq!(info["tables"][3]["name"], "orders");
        assert_eq!(info["tables"][3]["columns"][1]["references"], "customers");
    }
}
