//! The diagram as Mermaid text, which Markdown on many sites draws.

use std::io::{self, Write};

use crate::dataset::{Entity, Reference};

/// Writes an `erDiagram`.
///
/// # Errors
/// What `out` returns.
pub fn write(out: &mut dyn Write, entities: &[Entity]) -> io::Result<()> {
    writeln!(out, "erDiagram")?;
    for entity in entities {
        writeln!(out, "    {} {{", quoted(&entity.name))?;
        for (index, column) in entity.columns.iter().enumerate() {
            let kind = match word(&column.declared_type) {
                kind if kind.is_empty() => "ANY".to_owned(),
                kind => kind,
            };
            let refers = entity.references.iter().any(|r| r.columns.contains(&index));
            let keys = match (column.in_key, refers) {
                (true, true) => " PK, FK",
                (true, false) => " PK",
                (false, true) => " FK",
                (false, false) => "",
            };
            let null = if column.nullable {
                " \"may be NULL\""
            } else {
                ""
            };
            writeln!(out, "        {kind} {}{keys}{null}", word(&column.name))?;
        }
        writeln!(out, "    }}")?;
    }
    for entity in entities {
        for reference in &entity.references {
            let (parent, child) = (quoted(&reference.to), quoted(&entity.name));
            let columns: Vec<&str> = (reference.columns.iter())
                .map(|column| entity.columns[*column].name.as_str())
                .collect();
            let label = quoted(&columns.join(", "));
            writeln!(
                out,
                "    {parent} {} {child} : {label}",
                crow(entity, reference)
            )?;
        }
    }
    Ok(())
}

/// One parent, or none where the reference may be NULL; many children, or one
/// where no two have the same parent.
fn crow(entity: &Entity, reference: &Reference) -> String {
    let optional = reference
        .columns
        .iter()
        .any(|c| entity.columns[*c].nullable);
    let parent = if optional { "|o" } else { "||" };
    let child = if reference.unique { "o|" } else { "o{" };
    format!("{parent}--{child}")
}

/// A name in quotes, which Mermaid gives no way to escape.
fn quoted(name: &str) -> String {
    let inside: String = name
        .chars()
        .map(|c| if c == '"' || c.is_control() { '\'' } else { c })
        .collect();
    format!("\"{inside}\"")
}

/// A type or a column, which cannot be quoted.
fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        word.insert(0, '_');
    }
    word
}
