//! The diagram as a picture.

use std::fmt::Write as _;
use std::io::{self, Write};

use maud::{Markup, html};

use super::layers::{self, Link, Placed, Size};
use super::order::depths;
use crate::dataset::{Entity, Reference};
use crate::units;
use crate::view::svg::{self, MONO_WIDTH};

/// The height of a column's line.
const LINE: f64 = 20.0;
/// The height of a table's head.
const HEAD: f64 = 30.0;
/// Inside a box, left and right.
const PAD: f64 = 12.0;

/// Writes an SVG file.
///
/// # Errors
/// What `out` returns.
pub fn write(out: &mut dyn Write, title: &str, entities: &[Entity]) -> io::Result<()> {
    let (width, height, body) = drawing(entities);
    writeln!(out, "{}", svg::file(width, height, title, &body))
}

/// Writes a web page with the picture.
///
/// # Errors
/// What `out` returns.
pub fn write_page(out: &mut dyn Write, title: &str, entities: &[Entity]) -> io::Result<()> {
    let (width, height, body) = drawing(entities);
    let picture = svg::figure(width, height, title, &body);
    writeln!(out, "{}", svg::page(title, &picture))
}

/// The width, the height and the content of the picture.
fn drawing(entities: &[Entity]) -> (f64, f64, Markup) {
    let depths = depths(entities);
    let sizes: Vec<Size> = entities
        .iter()
        .zip(depths)
        .map(|(entity, layer)| Size {
            layer,
            width: width(entity),
            height: HEAD + entity.columns.len() as f64 * LINE + 8.0,
        })
        .collect();
    let references: Vec<(usize, &Reference, usize)> = entities
        .iter()
        .enumerate()
        .flat_map(|(index, entity)| entity.references.iter().map(move |r| (index, r)))
        .filter_map(|(index, r)| Some((index, r, entities.iter().position(|e| e.name == r.to)?)))
        .collect();
    let links: Vec<Link> = references
        .iter()
        .map(|(from, reference, to)| Link {
            from: *from,
            from_y: line_middle(reference.columns.first().copied()),
            to: *to,
            to_y: line_middle(key_of(&entities[*to], reference)),
        })
        .collect();
    let placed = layers::place(&sizes, &links);
    let body = html! {
        @for (line, (child, reference, parent)) in placed.lines.iter().zip(&references) {
            (connection(line, &entities[*child], reference, *parent))
        }
        @for (entity, (size, corner)) in entities.iter().zip(sizes.iter().zip(&placed.boxes)) {
            (table(entity, size, *corner))
        }
    };
    let Placed { width, height, .. } = placed;
    (width.max(200.0), height.max(60.0), body)
}

/// The column of the parent at which a line arrives.
fn key_of(parent: &Entity, reference: &Reference) -> Option<usize> {
    let name = reference.to_columns.first()?;
    let mut columns = parent.columns.iter();
    columns.position(|column| column.name.eq_ignore_ascii_case(name))
}

fn line_middle(column: Option<usize>) -> f64 {
    column.map_or(HEAD / 2.0, |at| HEAD + 4.0 + (at as f64 + 0.5) * LINE)
}

fn rows_of(entity: &Entity) -> String {
    let rows = entity.rows.map(|rows| units::counted(rows, "row", "rows"));
    rows.unwrap_or_default()
}

fn letters(text: &str) -> f64 {
    crate::view::cell::width(text) as f64 * MONO_WIDTH
}

fn width(entity: &Entity) -> f64 {
    let head = letters(&entity.name) + letters(&rows_of(entity)) + 24.0;
    let columns = entity.columns.iter().map(|column| {
        letters(&column.name)
            + letters(&column.declared_type)
            + 20.0
            + if column.nullable { MONO_WIDTH } else { 0.0 }
    });
    columns.fold(head, f64::max) + 2.0 * PAD + 30.0
}

fn table(entity: &Entity, size: &Size, (x, y): (f64, f64)) -> Markup {
    let right = x + size.width - PAD;
    html! {
        rect class="box" x=(x) y=(y) width=(size.width) height=(size.height) rx="4" {}
        path class="line" d=(format!("M{x} {}h{}", y + HEAD, size.width)) {}
        text class="ink bold mono" x=(x + PAD) y=(y + HEAD / 2.0 + 4.5) { (entity.name) }
        text class="dim mono" x=(right) y=(y + HEAD / 2.0 + 4.5) text-anchor="end" { (rows_of(entity)) }
        @for (index, column) in entity.columns.iter().enumerate() {
            @let base = y + line_middle(Some(index)) + 4.5;
            @let weight = if column.in_key { "ink mono bold" } else { "ink mono" };
            text class="dim" x=(x + PAD) y=(base) style="font-size:10px" { (mark(entity, index)) }
            text class=(weight) x=(x + PAD + 26.0) y=(base) {
                (column.name) @if column.nullable { tspan class="dim" { "?" } }
            }
            text class="dim mono" x=(right) y=(base) text-anchor="end" { (column.declared_type) }
        }
    }
}

/// What a column is for, in letters, so that nothing is told by colour alone.
fn mark(entity: &Entity, column: usize) -> &'static str {
    let refers = entity
        .references
        .iter()
        .any(|r| r.columns.contains(&column));
    match (entity.columns[column].in_key, refers) {
        (true, true) => "PK FK",
        (true, false) => "PK",
        (false, true) => "FK",
        (false, false) => "",
    }
}

/// A curve with a crow's foot at the table that refers, and at the other end
/// one bar, with a ring where the reference may be NULL.
fn connection(
    points: &[(f64, f64)],
    child: &Entity,
    reference: &Reference,
    parent: usize,
) -> Markup {
    let class = format!("side-{}", parent % 5 + 1);
    let (first, last) = (points[0], points[points.len() - 1]);
    // Which way the line leaves and arrives.
    let out = if points[1].0 < first.0 { -1.0 } else { 1.0 };
    let back = if points[points.len() - 2].0 < last.0 {
        -1.0
    } else {
        1.0
    };
    let (fx, fy) = first;
    let (lx, ly) = last;
    let foot = if reference.unique {
        format!("M{} {}v10", fx + out * 8.0, fy - 5.0)
    } else {
        let tip = fx + out * 10.0;
        format!("M{fx} {}L{tip} {fy}L{fx} {}", fy - 5.0, fy + 5.0)
    };
    let optional = reference.columns.iter().any(|c| child.columns[*c].nullable);
    html! {
        path class=(class) fill="none" stroke-width="1.5" d=(curve(points)) {}
        path class=(class) fill="none" stroke-width="1.5" d=(foot) {}
        path class=(class) fill="none" stroke-width="1.5" d=(format!("M{} {}v10", lx + back * 8.0, ly - 5.0)) {}
        @if optional {
            circle class=(class) style="fill:var(--paper)" stroke-width="1.5" cx=(lx + back * 15.0) cy=(ly) r="4" {}
        }
    }
}

/// A path through points at each of which it is level.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = format!("M{} {}", points[0].0, points[0].1);
    if let [(x, a), (out, _), (to, b)] = points
        && *out < x.min(*to)
    {
        // A loop on the left: out, and back.
        let far = out - 14.0;
        let _ = write!(path, "C{far} {a} {far} {b} {to} {b}");
        return path;
    }
    for pair in points.windows(2) {
        let [(x, y), (u, v)] = [pair[0], pair[1]];
        let middle = f64::midpoint(x, u);
        let _ = write!(path, "C{middle} {y} {middle} {v} {u} {v}");
    }
    path
}
