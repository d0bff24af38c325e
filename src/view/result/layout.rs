//! How wide each column of a table is.

use super::gathered::Gathered;
use crate::view::cell::{self, Kind};

/// No column is made narrower than this to fit the screen; a table that
/// would need it is drawn line by line instead.
const NARROWEST: usize = 8;

/// One column of a table.
#[derive(Debug, Clone)]
pub(super) struct ColumnLayout {
    pub(super) name: String,
    /// Columns of the screen, without the padding.
    pub(super) width: usize,
    /// Holds only numbers, which are aligned right.
    pub(super) is_numeric: bool,
}

/// The columns of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) columns: Vec<ColumnLayout>,
    /// Whether text that is wider than its column is shortened. Otherwise it
    /// makes its own row wider.
    pub(super) shortens: bool,
    /// Whether the columns' names stand above the rows.
    pub(super) has_head: bool,
}

impl Layout {
    /// As wide as the rows need, and the columns' names if there is a head.
    pub(super) fn natural(names: &[String], rows: &Gathered, has_head: bool) -> Layout {
        let mut columns: Vec<ColumnLayout> = names
            .iter()
            .map(|name| ColumnLayout {
                name: name.clone(),
                // comfy-table has no columns of no width.
                width: if has_head {
                    cell::width(name).max(1)
                } else {
                    1
                },
                is_numeric: false,
            })
            .collect();
        let mut has_other = vec![false; names.len()];
        for (i, cell) in rows.cells().enumerate() {
            let i = i % columns.len();
            let column = &mut columns[i];
            column.width = column.width.max(cell.width);
            match cell.kind {
                Kind::Number => column.is_numeric = true,
                Kind::Text | Kind::Blob => has_other[i] = true,
                Kind::Null => {}
            }
        }
        for (column, has_other) in columns.iter_mut().zip(has_other) {
            column.is_numeric &= !has_other;
        }
        Layout {
            columns,
            shortens: false,
            has_head,
        }
    }

    /// Makes the widest columns narrower until the table is at most `screen`
    /// wide. `None` if text would become unreadably short.
    pub(super) fn fitted(mut self, screen: usize, rows: &Gathered) -> Option<Layout> {
        if self.total_width() <= screen {
            return Some(self);
        }
        // Numbers are never shortened, but the name above them may be.
        let mut needed = vec![0; self.columns.len()];
        for (i, cell) in rows.cells().enumerate() {
            let i = i % self.columns.len();
            if cell.kind == Kind::Number {
                needed[i] = needed[i].max(cell.width);
            }
        }
        let frame = self.total_width() - self.columns.iter().map(|c| c.width).sum::<usize>();
        let total = |cap: usize| -> usize {
            frame
                + self
                    .columns
                    .iter()
                    .zip(&needed)
                    .map(|(column, needed)| column.width.min(cap.max(*needed)))
                    .sum::<usize>()
        };
        let cap = (NARROWEST..=screen)
            .rev()
            .find(|cap| total(*cap) <= screen)?;
        for (column, needed) in self.columns.iter_mut().zip(needed) {
            column.width = column.width.min(cap.max(needed));
        }
        self.shortens = true;
        Some(self)
    }

    /// Columns of the screen that the whole table takes, with its frame.
    pub(super) fn total_width(&self) -> usize {
        self.columns.iter().map(|c| c.width + 3).sum::<usize>() + 1
    }
}
