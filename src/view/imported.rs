//! What an import has made of files, and what it found out about them.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Format, Style, sanitize};
use crate::dataset::Imported;
use crate::dataset::import::Told;
use crate::units;

/// How many tables are told one by one: a folder may hold hundreds.
const MOST: usize = 40;

/// An imported dataset, its tables (those of an SQLite file are counted only),
/// and how to open it.
///
/// # Errors
/// What `out` returns.
pub fn write_imported(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    imported: &Imported,
    tables: &[Told],
) -> io::Result<()> {
    if format == Format::Csv {
        let mut csv = csv::WriterBuilder::new().from_writer(out);
        csv.write_record(["table", "rows"])?;
        for table in &imported.tables {
            csv.write_record([&table.name, &table.rows.to_string()])?;
        }
        return csv.flush();
    }
    if format.is_for_machines() {
        let object = json!({
            "name": imported.name,
            "rows": imported.rows(),
            "bytes": imported.bytes,
            "path": imported.path.display().to_string(),
            "from": imported.from,
            "tables": imported.tables,
            "files": tables.iter().map(told_json).collect::<Vec<_>>(),
        });
        return match format {
            Format::Jsonl => writeln!(out, "{object}"),
            _ => writeln!(out, "{object:#}"),
        };
    }
    writeln!(
        out,
        "{}  {} in {}, {}",
        style.bold(&imported.name),
        units::counted(imported.rows(), "row", "rows"),
        units::counted(imported.tables.len() as u64, "table", "tables"),
        units::bytes(imported.bytes)
    )?;
    for told in tables.iter().take(MOST) {
        write_told(out, style, told)?;
    }
    if tables.len() > MOST {
        writeln!(out, "  and {} tables more", tables.len() - MOST)?;
    }
    let open = format!(
        "dbdojo -d {} opens it; data info {0} draws it",
        imported.name
    );
    writeln!(out, "{}", style.dim(&open))
}

/// One table: its rows, its columns with their types, what is odd.
///
/// # Errors
/// What `out` returns.
pub fn write_told(out: &mut dyn Write, style: &Style, told: &Told) -> io::Result<()> {
    let table = sanitize::one_line(&told.table).into_owned();
    let rows = units::counted(told.rows, "row", "rows");
    writeln!(out, "{}  {rows}", style.accent(&table))?;
    let columns = told.columns.iter().enumerate().map(|(at, column)| {
        let mark = if at + 1 < told.columns.len() { "," } else { "" };
        let name = sanitize::one_line(&column.name);
        format!("{name} {}{mark}", column.kind.declared())
    });
    write_wrapped(out, style, &columns.collect::<Vec<_>>())?;
    let mut notes = Vec::new();
    if let Some(key) = told.key {
        notes.push(format!(
            "{} is the primary key: each row has one, no two the same",
            told.columns[key].name
        ));
    }
    for (at, parent) in &told.references {
        let column = &told.columns[*at].name;
        notes.push(format!("{column} refers to {parent}: every value is there"));
    }
    for column in &told.columns {
        if let Some((line, text)) = &column.odd {
            notes.push(format!(
                "{} is TEXT because of {text:?} on line {line}",
                column.name
            ));
        }
    }
    if !told.has_header {
        notes.push("the first row looks like data, so the columns got names".to_owned());
    }
    for note in notes {
        writeln!(out, "  {}", style.dim(&sanitize::one_line(&note)))?;
    }
    if let (Some(bad), Some(aside)) = (&told.first_bad, &told.aside) {
        let many = units::counted(told.skipped, "bad row", "bad rows");
        writeln!(out, "  {many} set aside in {}", aside.display())?;
        let first = if told.skipped > 1 { "the first: " } else { "" };
        writeln!(out, "  {first}{}", sanitize::one_line(&bad.to_string()))?;
    }
    Ok(())
}

fn write_wrapped(out: &mut dyn Write, style: &Style, words: &[String]) -> io::Result<()> {
    let mut line = String::from(" ");
    for word in words {
        if super::cell::width(&line) + 1 + super::cell::width(word) > style.width && line.len() > 1
        {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(out, "{line}")
}

fn told_json(told: &Told) -> Value {
    json!({
        "file": told.file.display().to_string(),
        "table": told.table,
        "rows": told.rows,
        "delimiter": told.delimiter.to_string(),
        "header": told.has_header,
        "columns": told.columns.iter().enumerate().map(|(at, column)| json!({
            "name": column.name,
            "declared_type": column.kind.declared(),
            "nulls": column.nulls,
            "key": told.key == Some(at),
            "references": told.references.iter().find(|(c, _)| *c == at).map(|(_, parent)| parent),
        })).collect::<Vec<_>>(),
        "bad_rows": told.skipped,
        "bad_rows_file": told.aside.as_ref().map(|path| path.display().to_string()),
    })
}
