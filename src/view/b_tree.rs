//! A b-tree: its size and shape, the pages on the way to a key, and what comes
//! after it.

use std::io::{self, Write};

use super::cell::{self, Reading};
use super::plan::cut;
use super::{Style, prose, sanitize};
use crate::plan::b_tree::{
    Collation, KeyColumn, Kind, Lookup, MOST_ENTRIES, Shape, Step, TableSide, Tree,
};
use crate::sandbox::bindings::written;
use crate::sandbox::{Value, ValueRef};
use crate::units::{bytes, count, counted};

/// Draws `tree`, and the way to a key in it if one was looked up.
///
/// # Errors
/// What writing to `out` met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    tree: &Tree,
    lookup: Option<&Lookup>,
) -> io::Result<()> {
    let drawn = Drawn { style, tree };
    drawn.shape(out)?;
    match lookup {
        Some(lookup) => {
            writeln!(out)?;
            drawn.way(out, lookup)
        }
        None => {
            let text = format!(
                ".btree {} {} shows the way to a key",
                tree.name,
                drawn.example()
            );
            drawn.line(out, &style.dim(&cut(style, &text, style.width)))
        }
    }
}

/// Where the second column begins.
const COLUMN: usize = 12;

struct Drawn<'a> {
    style: &'a Style,
    tree: &'a Tree,
}

impl Drawn<'_> {
    fn line(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        writeln!(out, "{}", text.trim_end())
    }

    /// A name, and a text that is wrapped beside it.
    fn labelled(&self, out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
        let room = self.style.width.saturating_sub(COLUMN);
        for (at, line) in prose::wrapped(text, room, 0).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            let name = self.style.dim(&format!("{name:COLUMN$}"));
            self.line(out, &format!("{name}{line}"))?;
        }
        Ok(())
    }

    fn title(&self) -> String {
        let tree = self.tree;
        let columns: Vec<String> = tree.key().map(column_name).collect();
        let columns = columns.join(", ");
        let some = if tree.partial {
            ", some of its rows"
        } else {
            ""
        };
        match tree.kind {
            Kind::Index => format!("index {} on {}({columns}){some}", tree.name, tree.table),
            Kind::Table => format!("table {}, sorted by its rowid", tree.name),
            Kind::KeyedTable => format!("table {}, sorted by its key ({columns})", tree.name),
        }
    }

    fn entries(&self, n: u64) -> String {
        match self.tree.kind {
            Kind::Index => counted(n, "entry", "entries"),
            _ => counted(n, "row", "rows"),
        }
    }

    fn shape(&self, out: &mut dyn Write) -> io::Result<()> {
        let shape = self.tree.shape;
        let title = cut(
            self.style,
            &sanitize::one_line(&self.title()),
            self.style.width,
        );
        self.line(out, &self.style.bold(&title))?;
        let mut size = format!(
            "{} on {}, {}",
            self.entries(shape.entries),
            counted(pages(shape), "page", "pages"),
            bytes(shape.bytes)
        );
        if shape.bytes > 0 {
            let full = 100.0 * (1.0 - shape.unused as f64 / shape.bytes as f64);
            size += &format!(", {full:.0}% full");
        }
        self.labelled(out, "size", &size)?;
        let mut depth = match shape.depth {
            0 | 1 => "1: the root is the only leaf".to_owned(),
            depth => format!(
                "{depth}: a root, {}{}",
                match shape.interior - 1 {
                    0 => String::new(),
                    below => format!("{} below it, ", counted(below, "page", "pages")),
                },
                counted(shape.leaves, "leaf", "leaves")
            ),
        };
        if shape.overflow > 0 {
            let more = counted(shape.overflow, "page", "pages");
            depth += &format!("; {more} with the rest of long ones");
        }
        self.labelled(out, "depth", &depth)?;
        if shape.interior > 0 {
            let below = shape.interior - 1 + shape.leaves;
            let fan_out = format!(
                "a page points to about {}, a leaf holds about {}",
                counted(rounded(below, shape.interior), "page", "pages"),
                self.entries(rounded(shape.entries, shape.leaves)),
            );
            self.labelled(out, "fan-out", &fan_out)?;
        }
        Ok(())
    }

    fn example(&self) -> String {
        match self.tree.key().next() {
            Some(it) if it.declared_type.to_ascii_uppercase().contains("TEXT") => "'..'".to_owned(),
            _ => "42".to_owned(),
        }
    }

    fn way(&self, out: &mut dyn Write, lookup: &Lookup) -> io::Result<()> {
        let key = self.key_text(&lookup.key);
        self.line(
            out,
            &self.style.bold(&cut(self.style, &key, self.style.width)),
        )?;
        for (depth, step) in lookup.path.iter().enumerate() {
            let last = depth + 1 == lookup.path.len();
            let text = format!(
                "{}{}",
                self.branch(depth),
                self.step(step, depth, last, lookup)
            );
            self.line(out, &cut(self.style, &text, self.style.width))?;
        }
        if lookup.entries == 0 {
            self.labelled(out, "not there", &self.between(lookup))?;
        }
        if let Some(table) = &lookup.table {
            writeln!(out)?;
            self.table(out, lookup, table)?;
        } else if self.tree.kind == Kind::Index && lookup.entries > 0 {
            let text = "not read: the index holds all of its columns";
            self.labelled(out, &self.tree.table, text)?;
        }
        writeln!(out)?;
        self.fetches(out, lookup)
    }

    fn branch(&self, depth: usize) -> String {
        if depth == 0 {
            return String::new();
        }
        let branch = match (self.style.plain, self.style.unicode) {
            (true, _) => "  ",
            (_, true) => "└─ ",
            (_, false) => "`- ",
        };
        format!(
            "{}{branch}",
            " ".repeat((depth - 1) * branch.chars().count())
        )
    }

    fn step(&self, step: &Step, depth: usize, last: bool, lookup: &Lookup) -> String {
        let name = match (depth, step.interior) {
            (0, _) => "root",
            (_, true) => "page",
            (_, false) => "leaf",
        };
        let place = count(step.place as u64 + 1);
        let what = if step.interior && !last {
            format!(
                "{} below it, takes number {place}",
                counted(step.children as u64, "page", "pages")
            )
        } else {
            let entries = self.entries(step.entries as u64);
            match lookup.entries {
                0 => format!("{entries}, it would be number {place}"),
                1 => format!("{entries}, it is number {place}"),
                // The first may be on the next page: this one has ended.
                _ if step.place >= step.entries => format!("{entries}, it begins after them"),
                _ => format!("{entries}, it begins at number {place}"),
            }
        };
        format!("{name} {:<8}  {what}", count(u64::from(step.page)))
    }

    fn between(&self, lookup: &Lookup) -> String {
        let shown = |entry: &Option<Vec<Value>>| {
            entry.as_ref().map(|entry| {
                let columns = lookup.key.len().max(1);
                self.values(&entry[..columns.min(entry.len())])
            })
        };
        match lookup.between.each_ref().map(shown) {
            [Some(before), Some(after)] => format!("it would stand between {before} and {after}"),
            [Some(before), None] => format!("it would stand after {before}"),
            [None, Some(after)] => format!("it would stand before {after}"),
            [None, None] => "there are no entries around it".to_owned(),
        }
    }

    fn found(&self, lookup: &Lookup) -> String {
        if lookup.more {
            format!("the first {} entries", count(MOST_ENTRIES))
        } else {
            self.entries(lookup.entries)
        }
    }

    fn table(&self, out: &mut dyn Write, lookup: &Lookup, table: &TableSide) -> io::Result<()> {
        let style = self.style;
        let text = format!(
            "then table {}, for {}",
            self.tree.table,
            match (lookup.more, lookup.entries) {
                (true, _) => self.found(lookup),
                (_, 1) => "the entry".to_owned(),
                (_, n) => format!("each of the {} entries", count(n)),
            }
        );
        self.line(out, &cut(style, &sanitize::one_line(&text), style.width))?;
        let arrow = if style.unicode { " → " } else { " -> " };
        let widest = table.rows.iter().map(|row| cell::width(&row.row)).max();
        let widest = widest.unwrap_or(0).min(30);
        for row in &table.rows {
            let path: Vec<String> = row
                .path
                .iter()
                .map(|page| count(u64::from(*page)))
                .collect();
            let name = cut(style, &sanitize::one_line(&row.row), widest);
            let gap = " ".repeat(widest - cell::width(&name));
            let text = format!("row {name}{gap}   page {}", path.join(arrow));
            self.line(out, &cut(style, &text, style.width))?;
        }
        let more = lookup.entries.saturating_sub(table.rows.len() as u64);
        if more > 0 {
            let text = format!("and {} more", count(more));
            self.line(out, &style.dim(&text))?;
        }
        Ok(())
    }

    fn fetches(&self, out: &mut dyn Write, lookup: &Lookup) -> io::Result<()> {
        let table = lookup.table.as_ref().map(|it| it.fetches);
        let computed = match table {
            None => counted(lookup.fetches, "page fetch", "page fetches"),
            Some(table) => format!(
                "{} in the index + {} in the table = {}",
                count(lookup.fetches),
                count(table),
                counted(lookup.fetches + table, "page fetch", "page fetches")
            ),
        };
        let of = if lookup.more {
            format!(" for {}", self.found(lookup))
        } else {
            String::new()
        };
        self.labelled(out, "the way", &format!("{computed}{of}"))?;
        if table.is_some() && lookup.entries > 1 {
            let text = "the root of the table stays in hand from row to row";
            self.labelled(out, "", text)?;
        }
        let overflow = lookup.overflow + lookup.table.as_ref().map_or(0, |it| it.overflow);
        if overflow > 0 {
            let (rows, go) = match lookup.entries {
                1 => ("the row itself", "goes"),
                _ => ("the rows themselves", "go"),
            };
            let pages = counted(overflow, "overflow page", "overflow pages");
            let text = format!("and {rows} {go} on over {pages}");
            self.labelled(out, "", &text)?;
        }
        match &lookup.measured {
            Some(measured) => {
                let fetches = counted(measured.fetches, "page fetch", "page fetches");
                let sql = sanitize::one_line(&measured.sql);
                self.labelled(out, "SQLite", &format!("counted {fetches} for {sql}"))
            }
            None => self.labelled(
                out,
                "SQLite",
                "not measured: it takes another way with the statements tried",
            ),
        }
    }

    fn key_text(&self, key: &[Value]) -> String {
        if self.tree.kind == Kind::Table {
            return format!("rowid = {}", self.values(key));
        }
        let parts: Vec<String> = self
            .tree
            .key()
            .zip(key)
            .map(|(column, value)| {
                let is = if *value == Value::Null { "is" } else { "=" };
                let name = column.text.as_deref().unwrap_or("<expression>");
                format!(
                    "{} {is} {}",
                    sanitize::one_line(name),
                    self.values(std::slice::from_ref(value))
                )
            })
            .collect();
        match parts.as_slice() {
            [] => "from the first entry on".to_owned(),
            parts => parts.join(" and "),
        }
    }

    fn values(&self, values: &[Value]) -> String {
        let mut reading = Reading::short(self.style);
        let shown: Vec<String> = values
            .iter()
            .map(|value| {
                if let Value::Real(_) = value {
                    // All digits: what stands beside a key may differ in the last.
                    return written(value);
                }
                let mut text = String::new();
                let kind = reading.append(ValueRef::from(value), &mut text);
                match kind {
                    cell::Kind::Text => format!("'{}'", cut(self.style, &text, 30)),
                    _ => text,
                }
            })
            .collect();
        match shown.as_slice() {
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        }
    }
}

fn column_name(column: &KeyColumn) -> String {
    let name = column.text.as_deref().unwrap_or("<expression>");
    let collation = match column.collation {
        Collation::Binary => String::new(),
        other => format!(" collate {}", other.name()),
    };
    let desc = if column.descending { " desc" } else { "" };
    format!("{name}{collation}{desc}")
}

fn pages(shape: Shape) -> u64 {
    shape.interior + shape.leaves + shape.overflow
}

fn rounded(all: u64, parts: u64) -> u64 {
    (all as f64 / parts.max(1) as f64).round() as u64
}
