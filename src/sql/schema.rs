//! What is known of a database's schema, as a plain value.

use super::suggest::nearest;

/// The tables and functions that a statement may name. Whoever holds the
/// database fills it in; an empty one only makes for fewer suggestions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// Tables and views, in the order to show them.
    pub tables: Vec<Table>,
    /// Names of SQL functions, without parentheses.
    pub functions: Vec<String>,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as declared.
    pub name: String,
    /// Which of the two it is.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<ColumnDef>,
}

/// Whether rows are stored or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Holds rows.
    Table,
    /// A stored query.
    View,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name as declared.
    pub name: String,
    /// Its type as declared: may be empty.
    pub declared_type: String,
}

impl Schema {
    /// The table or view of this name, in any case, as SQLite finds it.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// The table or view whose name is nearest to a misspelt one.
    pub fn nearest_table(&self, name: &str) -> Option<&str> {
        nearest(name, self.tables.iter().map(|table| table.name.as_str()))
    }
}

impl Table {
    /// Whether it has a column of this name, in any case.
    pub fn has_column(&self, name: &str) -> bool {
        self.column_names()
            .any(|column| column.eq_ignore_ascii_case(name))
    }

    /// The names of its columns, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}
