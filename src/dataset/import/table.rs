//! The columns of a table that rows go into, and how fields are bound to them.

use rusqlite::Connection;

use super::infer::Column;
use super::value::Kind;

/// A column of a table that is there.
pub(super) struct There {
    pub(super) name: String,
    /// Whether it keeps a text as it is
    /// (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
    pub(super) is_text: bool,
}

/// The columns that an INSERT may fill; none if there is no such table.
pub(super) fn columns_of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<There>> {
    connection
        .prepare("SELECT name, upper(type) FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([table], |row| {
            let declared: String = row.get(1)?;
            let says = |word: &str| declared.contains(word);
            Ok(There {
                name: row.get(0)?,
                is_text: !says("INT") && ["CHAR", "CLOB", "TEXT", "BLOB"].into_iter().any(says)
                    || declared.is_empty(),
            })
        })?
        .collect()
}

pub(super) fn position(columns: &[There], name: &str) -> Option<usize> {
    columns
        .iter()
        .position(|column| column.name.eq_ignore_ascii_case(name))
}

/// How the fields of a column are bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) kind: Kind,
    /// Whether `""` is the empty text; it is NULL among numbers.
    pub(super) keeps_empty: bool,
}

impl Bound {
    /// Those of a column that is made for them.
    pub(super) fn of(column: &Column) -> Bound {
        Bound {
            kind: column.kind,
            keeps_empty: column.kind == Kind::Text,
        }
    }
}
