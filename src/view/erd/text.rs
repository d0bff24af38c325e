//! The diagram as text: one box a table, and beside them a lane for each key
//! that others refer to.

use std::io::{self, Write};

use super::lanes::{self, Bundle};
use super::order::parents_first;
use crate::dataset::{Entity, EntityColumn};
use crate::units;
use crate::view::{Style, cell, sanitize};

/// Columns that a lane takes on the screen.
const LANE: usize = 3;

/// The narrowest box.
const NARROWEST: usize = 24;

/// One line of the drawing.
struct Line {
    /// What stands inside the box.
    text: String,
    kind: LineKind,
}

enum LineKind {
    Top { rows: String },
    Key,
    Reference,
    Others,
    Bottom,
}

/// Draws the tables, and below them what the signs mean.
///
/// # Errors
/// What `out` returns.
pub fn write(out: &mut dyn Write, style: &Style, entities: &[Entity]) -> io::Result<()> {
    if entities.is_empty() {
        return writeln!(out, "No tables yet: create table makes one.");
    }
    if style.plain {
        return write_plain(out, entities);
    }
    let order = parents_first(entities);
    // How wide the boxes may be depends on the lanes, and how many lines they
    // take, hence the lanes, on the width: lanes do not depend on line counts
    // but for their order, so two rounds are enough.
    let most = style.width.saturating_sub(NARROWEST + 1) / LANE;
    let mut beside = 0;
    let mut drawn = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..2 {
        let inner = style
            .width
            .saturating_sub(beside * LANE + 6)
            .max(NARROWEST - 4);
        let (lines, places) = boxes(style, entities, &order, inner);
        let mut bundles = bundles(entities, &places);
        let mut found = lanes::lanes(&bundles);
        // What finds no room is told by its arrow alone.
        let fits: Vec<bool> = found.iter().map(|lane| *lane < most).collect();
        let mut keep = fits.iter();
        bundles.retain(|_| *keep.next().unwrap_or(&true));
        found.retain(|lane| *lane < most);
        beside = found.iter().max().map_or(0, |lane| lane + 1);
        drawn = (lines, bundles, found);
    }
    let (lines, bundles, lanes) = drawn;
    let grid = lanes::lines(&bundles, &lanes, lines.len());
    let inner = lines.iter().map(line_width).max().unwrap_or(0);
    for (row, (line, cells)) in lines.iter().zip(&grid).enumerate() {
        let is_key = bundles.iter().any(|bundle| bundle.key == row);
        let mut lane: String = (cells.iter())
            .map(|cell| lanes::character(*cell, style.unicode))
            .collect();
        if is_key {
            // The arrow points at the key.
            let head = if style.unicode { '◄' } else { '<' };
            lane = std::iter::once(head).chain(lane.chars().skip(1)).collect();
        }
        write_line(out, style, line, inner, lane.trim_end())?;
    }
    let arrow = arrow(style);
    let legend =
        format!("? may be NULL   {arrow} refers to that table's key, where the line leads");
    writeln!(out, "{}", style.dim(&legend))
}

fn arrow(style: &Style) -> &'static str {
    if style.unicode { "→" } else { "->" }
}

fn line_width(line: &Line) -> usize {
    let rows = match &line.kind {
        LineKind::Top { rows } => rows.len() + 2,
        _ => 0,
    };
    cell::width(&line.text) + rows
}

fn write_line(
    out: &mut dyn Write,
    style: &Style,
    line: &Line,
    inner: usize,
    lane: &str,
) -> io::Result<()> {
    let [corner, end, low, low_end, bar, side] = if style.unicode {
        ["┌", "┐", "└", "┘", "─", "│"]
    } else {
        ["+", "+", "+", "+", "-", "|"]
    };
    let fill = |n: usize| bar.repeat(n);
    let pad = " ".repeat(inner.saturating_sub(cell::width(&line.text)));
    match &line.kind {
        LineKind::Top { rows } => {
            let (name, gap) = (
                style.accent(&line.text),
                inner.saturating_sub(line_width(line)),
            );
            let rows = match rows.as_str() {
                "" => fill(2),
                rows => format!(" {rows} "),
            };
            writeln!(out, "{corner} {name} {}{rows}{end}{lane}", fill(gap))
        }
        LineKind::Bottom => writeln!(out, "{low}{}{low_end}{lane}", fill(inner + 2)),
        LineKind::Key | LineKind::Reference => {
            writeln!(out, "{side} {}{pad} {side}{lane}", line.text)
        }
        LineKind::Others => writeln!(out, "{side} {}{pad} {side}{lane}", style.dim(&line.text)),
    }
}

/// Where the key and the references of each table stand: (line of the key,
/// line of each reference).
type Places = Vec<(usize, Vec<usize>)>;

/// The lines of all boxes, and where in them each table's keys are.
fn boxes(style: &Style, entities: &[Entity], order: &[usize], inner: usize) -> (Vec<Line>, Places) {
    let mut lines: Vec<Line> = Vec::new();
    let mut places: Places = vec![(0, Vec::new()); entities.len()];
    for index in order {
        let entity = &entities[*index];
        let top = lines.len();
        let rows = entity.rows.map(|rows| units::counted(rows, "row", "rows"));
        let rows = rows.unwrap_or_default();
        lines.push(Line {
            text: fitted(style, &entity.name, inner.saturating_sub(rows.len() + 4)),
            kind: LineKind::Top { rows },
        });
        let shown: Vec<usize> = (0..entity.columns.len())
            .filter(|column| entity.is_key_or_reference(*column))
            .collect();
        let name_width = shown
            .iter()
            .map(|column| cell::width(&named(&entity.columns[*column])))
            .max()
            .unwrap_or(0)
            .min(inner / 2);
        let mut line_of = vec![None; entity.columns.len()];
        for column in shown {
            line_of[column] = Some(lines.len());
            lines.push(key_line(style, entity, column, name_width, inner));
        }
        let others = (0..entity.columns.len()).filter(|column| line_of[*column].is_none());
        let others: Vec<String> = others
            .map(|column| named(&entity.columns[column]))
            .collect();
        for text in wrapped(style, &others, inner) {
            lines.push(Line {
                text,
                kind: LineKind::Others,
            });
        }
        let key = (0..entity.columns.len()).find(|column| entity.columns[*column].in_key);
        places[*index].0 = key.and_then(|column| line_of[column]).unwrap_or(top);
        places[*index].1 = entity
            .references
            .iter()
            .map(|r| r.columns.first().and_then(|c| line_of[*c]).unwrap_or(top))
            .collect();
        lines.push(Line {
            text: String::new(),
            kind: LineKind::Bottom,
        });
    }
    (lines, places)
}

fn key_line(
    style: &Style,
    entity: &Entity,
    column: usize,
    name_width: usize,
    inner: usize,
) -> Line {
    let name = fitted(style, &named(&entity.columns[column]), name_width);
    let pad = " ".repeat(name_width.saturating_sub(cell::width(&name)));
    let key = if entity.columns[column].in_key {
        "  key"
    } else {
        ""
    };
    let to = entity
        .references
        .iter()
        .filter(|r| r.columns.first() == Some(&column));
    let to: Vec<String> = to
        .map(|reference| {
            let also = match reference.columns.len() {
                1 => String::new(),
                _ => " with others".to_owned(),
            };
            format!(
                "  {} {}{also}",
                arrow(style),
                sanitize::one_line(&reference.to)
            )
        })
        .collect();
    let kind = if to.is_empty() {
        LineKind::Key
    } else {
        LineKind::Reference
    };
    let text = fitted(style, &format!("{name}{pad}{key}{}", to.concat()), inner);
    Line { text, kind }
}

fn named(column: &EntityColumn) -> String {
    let null = if column.nullable { "?" } else { "" };
    format!("{}{null}", sanitize::one_line(&column.name))
}

fn fitted(style: &Style, text: &str, width: usize) -> String {
    let text = sanitize::one_line(text);
    if cell::width(&text) <= width {
        return text.into_owned();
    }
    cell::shortened(&text, width, cell::ellipsis(style)).0
}

/// A bundle for each table that others refer to.
fn bundles(entities: &[Entity], places: &Places) -> Vec<Bundle> {
    let mut bundles = Vec::new();
    for (parent, entity) in entities.iter().enumerate() {
        let mut from = Vec::new();
        for (child, other) in entities.iter().enumerate() {
            let lines = other.references.iter().zip(&places[child].1);
            from.extend(
                lines
                    .filter(|(r, _)| r.to == entity.name)
                    .map(|(_, line)| *line),
            );
        }
        if !from.is_empty() {
            let key = places[parent].0;
            bundles.push(Bundle { key, from });
        }
    }
    bundles
}

/// Names with commas, in lines that fit.
fn wrapped(style: &Style, names: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        let word = format!("{}{comma}", fitted(style, name, width.saturating_sub(1)));
        match lines.last_mut() {
            Some(line) if cell::width(line) + 1 + cell::width(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A sentence a table, for screen readers.
fn write_plain(out: &mut dyn Write, entities: &[Entity]) -> io::Result<()> {
    for index in parents_first(entities) {
        let entity = &entities[index];
        let rows = entity
            .rows
            .map(|rows| format!(", {}", units::counted(rows, "row", "rows")));
        writeln!(
            out,
            "{}{}",
            sanitize::one_line(&entity.name),
            rows.unwrap_or_default()
        )?;
        for (at, column) in entity.columns.iter().enumerate() {
            let mut text = format!("  {}", sanitize::one_line(&column.name));
            if column.in_key {
                text.push_str(", key");
            }
            if column.nullable {
                text.push_str(", may be NULL");
            }
            for reference in entity.references.iter().filter(|r| r.columns.contains(&at)) {
                text.push_str(&format!(
                    ", refers to {}",
                    sanitize::one_line(&reference.to)
                ));
            }
            writeln!(out, "{text}")?;
        }
    }
    Ok(())
}
