//! What the practice database says about itself.

use std::collections::BTreeSet;

use super::{Budget, Error, Practice};
use crate::sql;

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The table it belongs to.
    pub table: String,
    /// Its columns in order, expressions as they are written, with ` desc` where
    /// it is.
    pub columns: Vec<String>,
    /// How the texts of each compare, in lower case, where not by their bytes.
    pub collations: Vec<Option<String>>,
    /// Whether it forbids equal keys.
    pub unique: bool,
    /// Whether it holds only rows that meet a condition.
    pub partial: bool,
    /// Whether SQLite made it for a PRIMARY KEY or UNIQUE.
    pub automatic: bool,
}

impl Practice {
    /// How many rows `table` has.
    ///
    /// # Errors
    /// What SQLite says: an unknown table, a budget that is spent.
    pub fn count_rows(&mut self, table: &str, budget: Budget) -> Result<u64, Error> {
        let sql = format!("SELECT count(*) FROM {}", sql::quote_if_needed(table));
        self.with_budget(budget, |conn| {
            conn.query_row(&sql, [], |row| row.get::<_, i64>(0))
        })
        .map(i64::unsigned_abs)
        .map_err(|error| self.explain_error(error))
    }

    /// The first of `tables` that is virtual, or is one of the tables where a
    /// virtual one keeps its data.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn virtual_table_among(&self, tables: &BTreeSet<String>) -> Result<Option<String>, Error> {
        if tables.is_empty() {
            return Ok(None);
        }
        let read = || -> rusqlite::Result<Vec<String>> {
            self.connection()
                .prepare_cached(
                    "SELECT name FROM pragma_table_list
                     WHERE type IN ('virtual', 'shadow') AND schema = 'main'",
                )?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        let listed = read().map_err(|error| self.explain_error(error))?;
        // SQLite lists no virtual table that nobody has created. This one shows
        // the pages of the file.
        let is_virtual = |table: &&String| {
            table.eq_ignore_ascii_case("dbstat")
                || listed.iter().any(|name| name.eq_ignore_ascii_case(table))
        };
        Ok(tables.iter().find(is_virtual).cloned())
    }

    /// The CREATE statements, tables before what belongs to them; those of one
    /// table and its indexes and triggers when `table` is not empty.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn create_statements(&self, table: &str) -> Result<Vec<String>, Error> {
        let read = || -> rusqlite::Result<Vec<String>> {
            self.connection()
                .prepare(
                    "SELECT sql FROM (SELECT rowid AS n, * FROM sqlite_schema
                                      UNION ALL SELECT rowid + 1000000, * FROM temp.sqlite_schema)
                     WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                       AND (?1 = '' OR lower(tbl_name) = lower(?1))
                     ORDER BY type <> 'table', n",
                )?
                .query_map([table], |row| row.get(0))?
                .collect()
        };
        read().map_err(|e| self.explain_error(e))
    }

    /// The indexes of all tables, or of `table` when it is not empty.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn indexes(&self, table: &str) -> Result<Vec<Index>, Error> {
        self.read_indexes(table).map_err(|e| self.explain_error(e))
    }

    fn read_indexes(&self, table: &str) -> rusqlite::Result<Vec<Index>> {
        let mut statement = self.connection().prepare(
            "SELECT l.name, t.name, l.\"unique\", l.partial, l.origin <> 'c',
                    x.name, iif(x.desc, ' desc', ''), nullif(lower(x.coll), 'binary'), x.seqno,
                    (SELECT sql FROM sqlite_schema AS s WHERE s.name = l.name
                     UNION ALL SELECT sql FROM temp.sqlite_schema AS s WHERE s.name = l.name)
             FROM pragma_table_list AS t, pragma_index_list(t.name, t.schema) AS l,
                  pragma_index_xinfo(l.name, t.schema) AS x
             WHERE x.key AND t.type = 'table' AND (?1 = '' OR lower(t.name) = lower(?1))
             ORDER BY t.name, l.seq DESC, x.seqno",
        )?;
        let mut rows = statement.query([table])?;
        let mut indexes: Vec<Index> = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, table): (String, String) = (row.get(0)?, row.get(1)?);
            let (column, create): (Option<String>, Option<String>) = (row.get(5)?, row.get(9)?);
            let written = create.as_deref().and_then(sql::index_text);
            let place: i64 = row.get(8)?;
            let column = column.or_else(|| {
                let place = usize::try_from(place).ok()?;
                Some((*written?.columns.get(place)?).to_owned())
            });
            let column = column.unwrap_or_else(|| "<expression>".to_owned());
            let column = format!("{column}{}", row.get::<_, String>(6)?);
            match indexes.last_mut() {
                Some(last) if last.name == name && last.table == table => {
                    last.columns.push(column);
                    last.collations.push(row.get(7)?);
                }
                _ => indexes.push(Index {
                    name,
                    table,
                    columns: vec![column],
                    collations: vec![row.get(7)?],
                    unique: row.get(2)?,
                    partial: row.get(3)?,
                    automatic: row.get(4)?,
                }),
            }
        }
        Ok(indexes)
    }
}
