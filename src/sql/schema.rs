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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name as declared.
    pub name: String,
    /// Which of the two it is.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<ColumnDef>,
    /// Its indexes; an `INTEGER PRIMARY KEY` has none, and needs none.
    pub indexes: Vec<IndexDef>,
}

/// Whether rows are stored or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TableKind {
    /// Holds rows.
    #[default]
    Table,
    /// A stored query.
    View,
    /// A stored query over what is gone: its columns cannot be told.
    BrokenView,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnDef {
    /// Its name as declared.
    pub name: String,
    /// Its type as declared: may be empty.
    pub declared_type: String,
    /// Whether it is declared `NOT NULL`.
    pub not_null: bool,
    /// Whether it is the primary key or a part of it.
    pub in_primary_key: bool,
}

/// One index of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexDef {
    /// Whether no two rows agree in its columns.
    pub unique: bool,
    /// Whether it holds only the rows of a WHERE.
    pub partial: bool,
    /// Its columns, in order; `None` for an expression.
    pub columns: Vec<Option<String>>,
    /// The `CREATE INDEX`; empty for one that a constraint made.
    pub sql: String,
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

    /// The column of this name, in any case.
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The sets of columns that single out a row: the primary key and the
    /// unique indexes.
    pub fn keys(&self) -> Vec<Vec<&str>> {
        let primary = self.columns.iter().filter(|c| c.in_primary_key);
        let mut keys = vec![primary.map(|c| c.name.as_str()).collect::<Vec<_>>()];
        for index in self.indexes.iter().filter(|i| i.unique && !i.partial) {
            keys.extend(
                index
                    .columns
                    .iter()
                    .map(Option::as_deref)
                    .collect::<Option<_>>(),
            );
        }
        keys.retain(|key| !key.is_empty());
        keys
    }

    /// Whether rows can be looked up by this column alone: an index, or the
    /// primary key, begins with it.
    pub fn is_indexed(&self, column: &str) -> bool {
        let is_it = |name: &str| name.eq_ignore_ascii_case(column);
        let mut keys = self.columns.iter().filter(|c| c.in_primary_key);
        let alone = keys.next().is_some_and(|c| is_it(&c.name)) && keys.next().is_none();
        alone
            || self.indexes.iter().any(|index| {
                !index.partial && matches!(index.columns.first(), Some(Some(first)) if is_it(first))
            })
    }

    /// The names of its columns, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}
