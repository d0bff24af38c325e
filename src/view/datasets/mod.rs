//! The datasets: which there are, what is in one, what is wrong with one.

mod info;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Format, Style, sanitize};
use crate::dataset::{Built, Checked, Imported, Listed, Removed};
use crate::units;

pub use info::{Known, write_info};

/// All datasets at all scales, a line each, then the imported ones, and the
/// bytes that they and older builds take on the disk.
///
/// # Errors
/// What `out` returns.
pub fn write_list(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    list: &[Listed],
    imported: &[Imported],
    disk_used: u64,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => {
            let imported = imported.iter().map(imported_json);
            write_json(
                out,
                format,
                list.iter().map(listed_json).chain(imported).collect(),
            )
        }
        Format::Csv => {
            let records = list.iter().map(|listed| {
                let bytes = listed.built.as_ref().map(|built| built.bytes.to_string());
                vec![
                    listed.name.to_string(),
                    listed.rows().to_string(),
                    bytes.unwrap_or_default(),
                    listed.built.is_some().to_string(),
                ]
            });
            let imported = imported.iter().map(|imported| {
                let (rows, bytes) = (imported.rows().to_string(), imported.bytes.to_string());
                vec![imported.name.clone(), rows, bytes, true.to_string()]
            });
            write_csv(
                out,
                &["name", "rows", "bytes", "built"],
                records.chain(imported),
            )
        }
        Format::Table | Format::Markdown | Format::Line => {
            let names = list.iter().map(|l| l.name.to_string());
            let name = width(names.chain(imported.iter().map(|i| i.name.clone())));
            let counts = list.iter().map(Listed::rows);
            let rows = width(
                counts
                    .chain(imported.iter().map(Imported::rows))
                    .map(units::count),
            );
            list.iter().try_for_each(|listed| {
                let state = match &listed.built {
                    Some(built) => format!("{:>7}", units::bytes(built.bytes)),
                    None => style.dim("not built, rows estimated"),
                };
                let count = units::count(listed.rows());
                let unit = unit(listed.rows());
                writeln!(
                    out,
                    "{:<name$}  {count:>rows$} {unit}  {state}",
                    listed.name
                )
            })?;
            imported.iter().try_for_each(|imported| {
                let (count, bytes) = (units::count(imported.rows()), units::bytes(imported.bytes));
                let unit = unit(imported.rows());
                let lead = format!(
                    "{:<name$}  {count:>rows$} {unit}  {bytes:>7}",
                    imported.name
                );
                let from = origin(&imported.from, style.width.saturating_sub(lead.len() + 17));
                writeln!(out, "{lead}{}", style.dim(&from))
            })?;
            let used = format!("{} of the disk used in all", units::bytes(disk_used));
            writeln!(out, "{}", style.dim(&used))
        }
    }
}

/// Behind a number in a column of them.
fn unit(rows: u64) -> &'static str {
    if rows == 1 { "row " } else { "rows" }
}

/// Built datasets that were removed, and the bytes that this freed.
///
/// # Errors
/// What `out` returns.
pub fn write_removed(out: &mut dyn Write, format: Format, all: &[Removed]) -> io::Result<()> {
    if format == Format::Csv {
        let records = all
            .iter()
            .map(|removed| vec![removed.name.clone(), removed.bytes.to_string()]);
        return write_csv(out, &["name", "bytes"], records);
    }
    if format.is_for_machines() {
        let all = all
            .iter()
            .map(|removed| json!({ "name": removed.name, "bytes": removed.bytes }));
        return write_json(out, format, all.collect());
    }
    let name = width(all.iter().map(|removed| removed.name.clone()));
    for removed in all {
        let freed = units::bytes(removed.bytes);
        writeln!(out, "{:<name$}  {freed:>7} freed", removed.name)?;
    }
    let sum = all.iter().map(|removed| removed.bytes).sum();
    match all.len() {
        0 => writeln!(out, "nothing to remove: it is not built"),
        1 => Ok(()),
        _ => writeln!(out, "{:<name$}  {:>7} in all", "", units::bytes(sum)),
    }
}

/// Datasets that are ready, and how long each took now, if it was not there
/// before.
///
/// # Errors
/// What `out` returns.
pub fn write_built(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    all: &[(Built, Option<std::time::Duration>)],
) -> io::Result<()> {
    if format == Format::Csv {
        let records = all.iter().map(|(built, _)| {
            vec![
                built.name.to_string(),
                built.rows().to_string(),
                built.bytes.to_string(),
                built.path.display().to_string(),
            ]
        });
        return write_csv(out, &["name", "rows", "bytes", "path"], records);
    }
    if format.is_for_machines() {
        let all = all.iter().map(|(built, took)| {
            let mut object = built_json(built);
            object["seconds"] = json!(took.map(|took| took.as_secs_f64()));
            object
        });
        return write_json(out, format, all.collect());
    }
    for (built, took) in all {
        let how = match took {
            Some(took) => format!("ready in {}", units::duration(*took)),
            None => "was there already".to_owned(),
        };
        let (rows, bytes) = (units::count(built.rows()), units::bytes(built.bytes));
        writeln!(out, "{}  {rows} rows, {bytes}, {how}", built.name)?;
        writeln!(out, "  {}", style.dim(&built.path.display().to_string()))?;
    }
    Ok(())
}

/// What the linter found in some datasets.
///
/// # Errors
/// What `out` returns.
pub fn write_checked(
    out: &mut dyn Write,
    format: Format,
    all: &[(String, Checked)],
) -> io::Result<()> {
    if format == Format::Csv {
        let problems = all.iter().flat_map(|(name, checked)| {
            let problems = checked.problems.iter();
            problems.map(|problem| vec![name.clone(), problem.clone()])
        });
        return write_csv(out, &["name", "problem"], problems);
    }
    if format.is_for_machines() {
        let all = all.iter().map(|(name, checked)| {
            json!({ "name": name, "tables": checked.tables, "problems": checked.problems })
        });
        return write_json(out, format, all.collect());
    }
    for (name, checked) in all {
        let tables = units::counted(checked.tables.len() as u64, "table", "tables");
        let rows: u64 = checked.tables.iter().map(|table| table.rows).sum();
        let rows = units::counted(rows, "row", "rows");
        let verdict = match checked.problems.len() as u64 {
            0 => "no problems".to_owned(),
            n => units::counted(n, "problem", "problems"),
        };
        writeln!(out, "{name}: {tables} with {rows}, {verdict}")?;
        for problem in &checked.problems {
            writeln!(out, "  {problem}")?;
        }
    }
    Ok(())
}

/// `  imported from orders.csv`: the last part of where it comes from, if it has
/// room.
fn origin(from: &str, room: usize) -> String {
    let file = std::path::Path::new(from).file_name().unwrap_or_default();
    let file = sanitize::one_line(&file.to_string_lossy()).into_owned();
    match file.chars().count() {
        n if n > 0 && n <= room => format!("  imported from {file}"),
        _ => "  imported".to_owned(),
    }
}

fn imported_json(imported: &Imported) -> Value {
    json!({
        "name": imported.name,
        "rows": imported.rows(),
        "built": true,
        "seed": null,
        "bytes": imported.bytes,
        "path": imported.path.display().to_string(),
        "from": imported.from,
    })
}

fn listed_json(listed: &Listed) -> Value {
    json!({
        "name": listed.name.to_string(),
        "rows": listed.rows(),
        "built": listed.built.is_some(),
        "seed": listed.built.as_ref().map(|built| built.seed),
        "bytes": listed.built.as_ref().map(|built| built.bytes),
        "path": listed.built.as_ref().map(|built| built.path.display().to_string()),
    })
}

fn built_json(built: &Built) -> Value {
    json!({
        "name": built.name.to_string(),
        "rows": built.rows(),
        "built": true,
        "seed": built.seed,
        "bytes": built.bytes,
        "path": built.path.display().to_string(),
        "tables": built.tables,
    })
}

/// One value, or with `jsonl` each member of an array on a line of its own.
fn write_json(out: &mut dyn Write, format: Format, value: Value) -> io::Result<()> {
    match (format, value) {
        (Format::Jsonl, Value::Array(members)) => members
            .iter()
            .try_for_each(|member| writeln!(out, "{member}")),
        (Format::Jsonl, value) => writeln!(out, "{value}"),
        (_, value) => writeln!(out, "{value:#}"),
    }
}

fn write_csv(
    out: &mut dyn Write,
    header: &[&str],
    records: impl Iterator<Item = Vec<String>>,
) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().from_writer(out);
    csv.write_record(header)?;
    for record in records {
        csv.write_record(record)?;
    }
    csv.flush()
}

fn width(texts: impl Iterator<Item = String>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Catalog, Scale, Spec};
    use crate::dirs::Dirs;

    pub(super) fn shop() -> (Spec, Vec<Listed>) {
        let catalog = Catalog::new(&Dirs::under(std::path::Path::new("/nowhere")));
        let spec = catalog.find("shop").unwrap();
        let mut list = Scale::ALL
            .map(|scale| catalog.listed(&spec, scale, 1))
            .to_vec();
        list[1].built = Some(Built {
            path: "/home/ada/shop.db".into(),
            name: list[1].name.clone(),
            seed: 1,
            tables: list[1].tables.clone(),
            bytes: 6_225_920,
        });
        (spec, list)
    }

    pub(super) fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        text
    }

    #[test]
    fn the_list_tells_what_is_built() {
        let (_, list) = shop();
        let drawn =
            text(|out| write_list(out, &Style::PIPED, Format::Table, &list, &[], 6_225_920));
        insta::assert_snapshot!(drawn, @r#"
        shop@tiny         1,750 rows  not built, rows estimated
        shop@small      163,922 rows   6.2 MB
        shop@medium   1,638,659 rows  not built, rows estimated
        shop@large   16,386,032 rows  not built, rows estimated
        6.2 MB of the disk used in all
        "#);
        let csv = text(|out| write_list(out, &Style::PIPED, Format::Csv, &list[..2], &[], 0));
        insta::assert_snapshot!(csv, @r#"
        name,rows,bytes,built
        shop@tiny,1750,,false
        shop@small,163922,6225920,true
        "#);
    }

    #[test]
    fn programs_read_the_list_as_json() {
        let (_, list) = shop();
        let mut out = Vec::new();
        write_list(&mut out, &Style::PIPED, Format::Json, &list, &[], 0).unwrap();
        let list: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(list[0]["bytes"], Value::Null);
        assert_eq!(list[1]["bytes"], 6_225_920);
    }

    #[test]
    fn what_was_freed_is_told() {
        let (_, list) = shop();
        let all = [(0, 48_000), (2, 61_000_000)].map(|(at, bytes): (usize, u64)| Removed {
            name: list[at].name.to_string(),
            bytes,
        });
        let drawn = text(|out| write_removed(out, Format::Table, &all));
        insta::assert_snapshot!(drawn, @r#"
        shop@tiny      48 kB freed
        shop@medium    61 MB freed
                       61 MB in all
        "#);
        let none = text(|out| write_removed(out, Format::Table, &[]));
        insta::assert_snapshot!(none, @"nothing to remove: it is not built");
        let json = text(|out| write_removed(out, Format::Jsonl, &all[..1]));
        insta::assert_snapshot!(json, @r#"{"name":"shop@tiny","bytes":48000}"#);
    }

    #[test]
    fn problems_are_counted_and_told() {
        let checked = Checked {
            tables: vec![],
            problems: vec!["orders: no rows at @tiny".to_owned()],
        };
        let all = [("mine@tiny".to_owned(), checked)];
        let drawn = text(|out| write_checked(out, Format::Table, &all));
        insta::assert_snapshot!(drawn, @r#"
        mine@tiny: 0 tables with 0 rows, 1 problem
          orders: no rows at @tiny
        "#);
    }
}
