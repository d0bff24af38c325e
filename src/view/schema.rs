//! Draws what a database holds.

use std::io::{self, Write};

use super::Style;
use crate::sandbox::Index;
use crate::sql::{Table, TableKind};

/// The longest name that still lines up with the others.
const NAME_WIDTH: usize = 20;

/// One table a line: its name, then its columns, wrapped to the screen.
///
/// # Errors
/// What `out` returns.
pub fn write_tables(out: &mut dyn Write, style: &Style, tables: &[Table]) -> io::Result<()> {
    if tables.is_empty() {
        return writeln!(out, "No tables yet: create table makes one.");
    }
    let longest = tables.iter().map(|t| t.name.chars().count()).max();
    let indent = longest.unwrap_or(0).min(NAME_WIDTH) + 2;
    for table in tables {
        let mut columns: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        let note = match table.kind {
            TableKind::Table => "",
            TableKind::View => "(a view)",
            TableKind::BrokenView => "(a broken view: it reads what is not there)",
        };
        if !note.is_empty() {
            columns.push(note.to_owned());
        }
        let name = format!("{:<indent$}", table.name);
        let mut line = String::new();
        let mut lead = style.accent(&name);
        for (i, column) in columns.iter().enumerate() {
            let comma = if i + 1 < columns.len() && columns[i + 1] != note {
                ","
            } else {
                ""
            };
            let wide = indent + line.chars().count() + column.chars().count() + 2;
            if wide > style.width && !line.is_empty() {
                writeln!(out, "{lead}{}", line.trim_end())?;
                lead = " ".repeat(indent);
                line.clear();
            }
            line.push_str(column);
            line.push_str(comma);
            line.push(' ');
        }
        writeln!(out, "{lead}{}", line.trim_end())?;
    }
    Ok(())
}

/// The CREATE statements as they were written, each ended.
///
/// # Errors
/// What `out` returns.
pub fn write_statements(
    out: &mut dyn Write,
    style: &Style,
    statements: &[String],
) -> io::Result<()> {
    for statement in statements {
        writeln!(
            out,
            "{};",
            super::highlight::highlight(statement.trim_end(), style)
        )?;
    }
    Ok(())
}

/// One index a line. `table` is the one that was asked for, or empty.
///
/// # Errors
/// What `out` returns.
pub fn write_indexes(
    out: &mut dyn Write,
    style: &Style,
    table: &str,
    indexes: &[Index],
) -> io::Result<()> {
    if indexes.is_empty() {
        let on = if table.is_empty() {
            String::new()
        } else {
            format!(" on {table}")
        };
        return writeln!(
            out,
            "No indexes{on}; each table is still found by its primary key."
        );
    }
    for index in indexes {
        let columns = index.columns.iter().zip(&index.collations);
        let columns = columns.map(|(column, collation)| match collation {
            // Before the `desc`, as in SQL.
            Some(it) => match column.strip_suffix(" desc") {
                Some(column) => format!("{column} collate {it} desc"),
                None => format!("{column} collate {it}"),
            },
            None => column.clone(),
        });
        let columns: Vec<String> = columns.collect();
        let columns = format!("{}({})", index.table, columns.join(", "));
        let mut remarks = Vec::new();
        if index.unique {
            remarks.push("unique");
        }
        if index.partial {
            remarks.push("partial");
        }
        if index.automatic {
            remarks.push("made by SQLite for a constraint");
        }
        writeln!(
            out,
            "{}  {columns}  {}",
            style.accent(&index.name),
            style.dim(&remarks.join(", "))
        )?;
    }
    Ok(())
}
