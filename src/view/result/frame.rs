//! The lines of a table, and rows between them: the look of every table,
//! whether comfy-table draws it or it streams.

use comfy_table::{ContentLineStyle, LineStyle, TableStyle};

use super::gathered::Cell;
use super::layout::Layout;
use crate::view::Style;
use crate::view::cell::{self, Kind};

const UNICODE: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('╞', '═', '╪', '╡'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

const ASCII: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('+', '-', '+', '+'))
    .header_lines(ContentLineStyle::new('|', '|', '|'))
    .header_separator(LineStyle::new('+', '=', '+', '+'))
    .content_lines(ContentLineStyle::new('|', '|', '|'))
    .bottom_border(LineStyle::new('+', '-', '+', '+'));

/// The lines that the screen can show.
pub(super) fn lines(style: &Style) -> TableStyle {
    if style.unicode { UNICODE } else { ASCII }
}

/// The top of a table: its border, the columns' names, the line below.
pub(super) fn append_head(layout: &Layout, style: &Style, out: &mut String) {
    let lines = lines(style);
    append_rule(lines.top_border, layout, out);
    if !layout.has_head {
        return;
    }
    let names = layout.columns.iter().map(|column| Cell {
        text: &column.name,
        width: cell::width(&column.name),
        kind: Kind::Text,
    });
    append_row(names, layout, style, out);
    append_rule(lines.header_separator, layout, out);
}

/// The bottom border.
pub(super) fn append_foot(layout: &Layout, style: &Style, out: &mut String) {
    append_rule(lines(style).bottom_border, layout, out);
}

/// One row. A cell wider than its column makes the row wider.
pub(super) fn append_row<'a>(
    cells: impl Iterator<Item = Cell<'a>>,
    layout: &Layout,
    style: &Style,
    out: &mut String,
) {
    let bars = lines(style).content_lines;
    out.extend(bars.left);
    for (i, (cell, column)) in cells.zip(&layout.columns).enumerate() {
        if i > 0 {
            out.extend(bars.junction);
        }
        out.push(' ');
        let missing = column.width.saturating_sub(cell.width);
        if column.is_numeric {
            append_spaces(missing, out);
        }
        append_text(cell, column.width, layout, style, out);
        if !column.is_numeric {
            append_spaces(missing, out);
        }
        out.push(' ');
    }
    out.extend(bars.right);
    out.push('\n');
}

fn append_text(cell: Cell<'_>, width: usize, layout: &Layout, style: &Style, out: &mut String) {
    match cell.kind {
        Kind::Null => out.push_str(&style.dim(cell.text)),
        Kind::Text | Kind::Blob if layout.shortens && cell.width > width => {
            let (short, taken) = cell::shortened(cell.text, width, cell::ellipsis(style));
            out.push_str(&short);
            append_spaces(width.saturating_sub(taken), out);
        }
        _ => out.push_str(cell.text),
    }
}

fn append_spaces(n: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', n));
}

fn append_rule(line: LineStyle, layout: &Layout, out: &mut String) {
    out.extend(line.left);
    for (i, column) in layout.columns.iter().enumerate() {
        if i > 0 {
            out.extend(line.junction);
        }
        out.extend(line.fill.into_iter().cycle().take(column.width + 2));
    }
    out.extend(line.right);
    out.push('\n');
}
