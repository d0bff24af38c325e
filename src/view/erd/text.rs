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

/// What a box takes besides its text.
const FRAME: usize = 4;

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
    // How wide the boxes may be depends on the lanes, and the lanes depend on
    // where lines break: the first round counts lanes, the second draws.
    let most = style.width.saturating_sub(NARROWEST + 1) / LANE;
    let (_, _, lanes) = laid_out(style, entities, &order, style.width, most);
    let beside = lanes.iter().max().map_or(0, |lane| lane + 1);
    let room = style.width.saturating_sub(beside * LANE);
    let (lines, bundles, lanes) = laid_out(style, entities, &order, room, most);
    let grid = lanes::lines(&bundles, &lanes, lines.len());
    let inner = inner_width(&lines);
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

/// The lines of the boxes, what leads where, and in which lanes, for boxes of at
/// most `room` columns. What finds no room beside them is told by its arrow
/// alone.
fn laid_out(
    style: &Style,
    entities: &[Entity],
    order: &[usize],
    room: usize,
    most: usize,
) -> (Vec<Line>, Vec<Bundle>, Vec<usize>) {
    let inner = room.saturating_sub(FRAME).max(NARROWEST - FRAME);
    let (lines, places) = boxes(style, entities, order, inner);
    let beside = style.width.saturating_sub(inner_width(&lines) + FRAME) / LANE;
    let most = if room < style.width {
        most.min(beside)
    } else {
        most
    };
    let bundles = bundles(entities, &places);
    let lanes = lanes::lanes(&bundles);
    let fitting = bundles.into_iter().zip(lanes);
    let (bundles, lanes) = fitting.filter(|(_, lane)| *lane < most).unzip();
    (lines, bundles, lanes)
}

fn inner_width(lines: &[Line]) -> usize {
    lines.iter().map(line_width).max().unwrap_or(0)
}

fn arrow(style: &Style) -> &'static str {
    if style.unicode { "→" } else { "->" }
}

fn line_width(line: &Line) -> usize {
    let rows = match &line.kind {
        // Two bars and the spaces around them.
        LineKind::Top { rows } => rows.len() + 4,
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
            let name = style.accent(&line.text);
            let gap = (inner + 2).saturating_sub(line_width(line));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::Reference;

    fn drawn(style: &Style, entities: &[Entity]) -> String {
        let mut out = Vec::new();
        write(&mut out, style, entities).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn entity(name: &str, columns: &[&str], references: &[(usize, &str)]) -> Entity {
        let columns = columns.iter().enumerate().map(|(at, name)| EntityColumn {
            name: (*name).to_owned(),
            declared_type: "INTEGER".to_owned(),
            in_key: at == 0,
            nullable: at > 1,
        });
        let references = references.iter().map(|(column, to)| Reference {
            columns: vec![*column],
            to: (*to).to_owned(),
            ..Reference::default()
        });
        Entity {
            name: name.to_owned(),
            rows: Some(1),
            columns: columns.collect(),
            references: references.collect(),
        }
    }

    #[test]
    fn tables_that_refer_to_each_other_in_a_circle() {
        let all = [
            entity("a", &["id", "b_id", "note"], &[(1, "b")]),
            entity("b", &["id", "a_id"], &[(1, "a")]),
            entity("alone", &["k"], &[]),
        ];
        insta::assert_snapshot!(drawn(&Style::PIPED, &all), @r"
        ┌ alone ── 1 row ┐
        │ k  key         │
        └────────────────┘
        ┌ a ────── 1 row ┐
        │ id    key      │◄────┐
        │ b_id  → b      │──┐  │
        │ note?          │  │  │
        └────────────────┘  │  │
        ┌ b ────── 1 row ┐  │  │
        │ id    key      │◄─┘  │
        │ a_id  → a      │─────┘
        └────────────────┘
        ? may be NULL   → refers to that table's key, where the line leads
        ");
        let plain = Style {
            plain: true,
            ..Style::PIPED
        };
        insta::assert_snapshot!(drawn(&plain, &all[..1]), @r"
        a, 1 row
          id, key
          b_id, refers to b
          note, may be NULL
        ");
    }

    proptest! {
        #[test]
        fn it_fits_the_screen(
            tables in proptest::collection::vec((".{1,60}", proptest::collection::vec(".{1,60}", 1..6), proptest::collection::vec((0usize..6, 0usize..30), 0..4)), 1..30),
            width in 40usize..120,
            unicode: bool,
        ) {
            let names: Vec<String> = tables.iter().enumerate().map(|(i, (name, ..))| format!("{name}{i}")).collect();
            let all: Vec<Entity> = tables.iter().zip(&names).map(|((_, columns, references), name)| {
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                let references: Vec<(usize, &str)> = references.iter().map(|(column, to)| (column % columns.len(), names[to % names.len()].as_str())).collect();
                entity(name, &columns, &references)
            }).collect();
            let style = Style { width, unicode, ..Style::PIPED };
            let text = drawn(&style, &all);
            let legend = text.lines().count() - 1;
            for line in text.lines().take(legend) {
                prop_assert!(cell::width(line) <= width, "{} > {width}: {line}", cell::width(line));
            }
        }
    }
}
