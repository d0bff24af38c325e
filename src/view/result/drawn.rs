//! A table that a person looks at, drawn by comfy-table.

use comfy_table::{Attribute, CellAlignment, ColumnConstraint, Row, Table, Width};

use super::frame;
use super::gathered::{Cell, Gathered};
use super::layout::Layout;
use crate::view::Style;
use crate::view::cell::{self, Kind};

/// comfy-table counts columns of the screen in 16 bits; a table with wider
/// text must be drawn without it.
pub(super) const WIDEST: usize = 30_000;

/// Appends the whole table.
pub(super) fn append(layout: &Layout, rows: &Gathered, style: &Style, out: &mut String) {
    let mut table = Table::new();
    table.load_style(frame::lines(style)).force_no_tty();
    if style.color {
        table.enforce_styling().style_text_only();
    }
    let names = layout.columns.iter().map(|column| Cell {
        text: &column.name,
        width: cell::width(&column.name),
        kind: Kind::Text,
    });
    if layout.has_head {
        table.set_header(row(names, layout, style));
    }
    let mut cells = rows.cells().peekable();
    while cells.peek().is_some() {
        let next = cells.by_ref().take(layout.columns.len());
        table.add_row(row(next, layout, style));
    }
    for (drawn, column) in table.column_iter_mut().zip(&layout.columns) {
        // The padding counts, and WIDEST keeps the sum within 16 bits.
        let width = u16::try_from(column.width + 2).unwrap_or(u16::MAX);
        drawn.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        if column.is_numeric {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        out.push_str(&line);
        out.push('\n');
    }
}

fn row<'a>(cells: impl Iterator<Item = Cell<'a>>, layout: &Layout, style: &Style) -> Row {
    cells
        .zip(&layout.columns)
        .map(|(cell, column)| {
            let drawn = if cell.width > column.width {
                let (short, _) = cell::shortened(cell.text, column.width, cell::ellipsis(style));
                comfy_table::Cell::new_owned(short)
            } else {
                comfy_table::Cell::new(cell.text)
            };
            if cell.kind == Kind::Null {
                drawn.add_attribute(Attribute::Dim)
            } else {
                drawn
            }
        })
        .collect::<Vec<_>>()
        .into()
}
