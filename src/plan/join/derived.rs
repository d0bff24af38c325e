//! Sources of a FROM that are no tables: a CTE, a subquery, a view. Their rows
//! are written into a temporary table, so that each can be found again.

use rusqlite::Connection;

use super::Error;
use crate::plan::catalog::quoted;
use crate::plan::explain::explain;

/// The rows of such a source, written down until the caller rolls back.
pub(super) struct Derived {
    /// The temporary table.
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// The only table it reads. SQLite may merge such a source into the query
    /// around it, and then loops over this one instead.
    pub(super) inner: Option<String>,
}

impl Derived {
    /// Writes down the rows of `source`, the `place`-th of a FROM; `with` is
    /// the WITH clause that it may refer to. It takes as long as the source.
    pub(super) fn of(
        conn: &Connection,
        with: &str,
        source: &str,
        place: usize,
    ) -> Result<Derived, Error> {
        let table = format!("dbdojo_join_{place}");
        let sql = format!("{with}SELECT * FROM {source}");
        // What refers to a table before it in the FROM means nothing by itself.
        let statement = conn.prepare(&sql).map_err(|_| Error::Unread)?;
        drop(statement);
        conn.execute_batch(&format!("CREATE TEMP TABLE {} AS {sql}", quoted(&table)))?;
        let columns = conn
            .prepare("SELECT name FROM pragma_table_info(?1)")?
            .query_map([&table], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let inner = match super::loops(&explain(conn, &sql)?).as_slice() {
            [only] => Some(only.name.clone()),
            _ => None,
        };
        Ok(Derived {
            table,
            columns,
            inner,
        })
    }
}
