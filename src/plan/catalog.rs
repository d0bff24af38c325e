//! What the database says about the tables of a plan. Every question costs
//! microseconds; what cannot be answered (a guard forbids it, the table is in
//! an attached file) is simply not known.

use rusqlite::types::Value;
use rusqlite::{Connection, Params, Row};

/// Asks a connection about its schema.
pub(super) struct Catalog<'conn>(pub(super) &'conn Connection);

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    /// Its name.
    pub(super) name: String,
    /// It holds only the rows that fit its WHERE.
    pub(super) partial: bool,
    /// Its key columns; `None` for an expression.
    pub(super) columns: Vec<Option<String>>,
}

impl Catalog<'_> {
    /// Bytes of a page, at least 512.
    pub(super) fn page_size(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT page_size FROM pragma_page_size";
        let bytes: i64 = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(bytes.unsigned_abs().max(512))
    }

    /// The name of the table `name`, as it was created, if there is such an
    /// ordinary table: no view, no virtual table.
    pub(super) fn table(&self, name: &str) -> Option<String> {
        self.rows(
            "SELECT name FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE AND type = 'table'",
            [name],
            |row| row.get(0),
        )
        .pop()
    }

    /// The schema of the table that `name` means: `main`, `temp`, or the name of
    /// an attached database.
    pub(super) fn schema_of(&self, name: &str) -> Option<String> {
        self.rows(
            "SELECT schema FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE
             ORDER BY schema = 'temp', schema = 'main'",
            [name],
            |row| row.get(0),
        )
        .pop()
    }

    /// The table that the index `name` belongs to.
    pub(super) fn table_of_index(&self, name: &str) -> Option<String> {
        self.rows(
            "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE
             UNION ALL
             SELECT tbl_name FROM sqlite_temp_schema
             WHERE type = 'index' AND name = ?1 COLLATE NOCASE",
            [name],
            |row| row.get(0),
        )
        .pop()
    }

    /// Whether something in the main schema is called `name`.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        !self
            .rows(
                "SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE",
                [name],
                |row| row.get::<_, i64>(0),
            )
            .is_empty()
    }

    /// Whether ANALYZE has counted `table`.
    pub(super) fn has_statistics(&self, table: &str) -> bool {
        !self
            .rows(
                "SELECT 1 FROM sqlite_stat1 WHERE tbl = ?1 COLLATE NOCASE LIMIT 1",
                [table],
                |row| row.get::<_, i64>(0),
            )
            .is_empty()
    }

    /// How many rows ANALYZE counted in `table`, if it did.
    pub(super) fn counted_rows(&self, table: &str) -> Option<u64> {
        let stats: Vec<String> = self.rows(
            "SELECT stat FROM sqlite_stat1 WHERE tbl = ?1 COLLATE NOCASE",
            [table],
            |row| row.get(0),
        );
        // A partial index has a count of its own, which is smaller.
        let counts = stats
            .iter()
            .filter_map(|it| it.split(' ').next()?.parse().ok());
        counts.max()
    }

    /// How many rows are in `table`, counted up to `most`: costs as much as
    /// reading so many of them.
    pub(super) fn rows_up_to(&self, table: &str, most: u64) -> Option<u64> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} LIMIT ?1)",
            quoted(table)
        );
        self.rows(&sql, [i64::try_from(most).ok()?], |row| {
            row.get::<_, i64>(0)
        })
        .pop()
        .and_then(|rows| u64::try_from(rows).ok())
    }

    /// A value of a column from the middle of its table, and the most common one
    /// among the first `looked_at` rows: the same where none occurs twice.
    /// `None` for a column without values.
    pub(super) fn sample(
        &self,
        table: &str,
        column: &str,
        looked_at: u64,
    ) -> Option<(Value, Value)> {
        let (table, column) = (quoted(table), quoted(column));
        let one = |sql: String| self.rows(&sql, [], |row| row.get::<_, Value>(0)).pop();
        let common = one(format!(
            "SELECT {column} FROM (SELECT {column} FROM {table} LIMIT {looked_at})
             WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        ));
        let middle = one(format!(
            "SELECT {column} FROM {table}
             WHERE rowid >= (SELECT (min(rowid) + max(rowid)) / 2 FROM {table})
               AND {column} IS NOT NULL LIMIT 1"
        ));
        // A WITHOUT ROWID table has no middle that is quick to find.
        let typical = middle.or_else(|| common.clone()).or_else(|| {
            one(format!(
                "SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1"
            ))
        })?;
        let common = common.unwrap_or_else(|| typical.clone());
        Some((typical, common))
    }

    /// The pages of the tree of a table or index that is called `name`, counted
    /// now by a walk through all of them. `None` where a row does not fit its
    /// page: how much of it a scan fetches depends on the columns it reads.
    pub(super) fn pages(&self, name: &str) -> Option<u64> {
        self.rows(
            "SELECT count(*), sum(pagetype = 'overflow') FROM dbstat('main') WHERE name = ?1",
            [name],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)),
        )
        .pop()
        .filter(|(pages, overflow)| *pages > 0 && *overflow == Some(0))
        .and_then(|(pages, _)| u64::try_from(pages).ok())
    }

    /// Whether values of a column are compared as text when nothing else is
    /// known of them: its type's affinity (<https://sqlite.org/datatype3.html>).
    pub(super) fn is_text(&self, table: &str, column: &str) -> bool {
        let types = self.rows(
            "SELECT upper(type) FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE",
            [table, column],
            |row| row.get::<_, String>(0),
        );
        types.first().is_some_and(|it| {
            !it.contains("INT")
                && ["CHAR", "CLOB", "TEXT"]
                    .iter()
                    .any(|part| it.contains(part))
        })
    }

    /// Whether an index of `table` starts with `column` and ignores case.
    pub(super) fn ignores_case(&self, table: &str, column: &str) -> bool {
        !self
            .rows(
                "SELECT 1 FROM pragma_index_list(?1) AS i, pragma_index_xinfo(i.name) AS c
                 WHERE c.seqno = 0 AND c.name = ?2 COLLATE NOCASE AND c.coll = 'NOCASE'",
                [table, column],
                |row| row.get::<_, i64>(0),
            )
            .is_empty()
    }

    /// Whether SQLite would make the index of `ddl`: nothing in it is unknown or
    /// changes from call to call.
    pub(super) fn can_create(&self, ddl: &str) -> bool {
        self.0.prepare(ddl).is_ok()
    }

    /// The columns of a table.
    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        self.rows("SELECT name FROM pragma_table_xinfo(?1)", [table], |row| {
            row.get(0)
        })
    }

    /// The column that is the rowid by another name (INTEGER PRIMARY KEY).
    pub(super) fn rowid_column(&self, table: &str) -> Option<String> {
        let keys = self.rows(
            "SELECT name, type FROM pragma_table_info(?1) WHERE pk > 0",
            [table],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        );
        match keys.as_slice() {
            [(name, declared)] if declared.eq_ignore_ascii_case("integer") => Some(name.clone()),
            _ => None,
        }
    }

    /// The columns of `table` that refer to `other`, those of foreign keys of
    /// more than one column included.
    pub(super) fn referring_columns(&self, table: &str, other: &str) -> Vec<String> {
        self.rows(
            "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE \"table\" = ?2 COLLATE NOCASE",
            [table, other],
            |row| row.get(0),
        )
    }

    /// The indexes of a table, those of its constraints included.
    pub(super) fn indexes(&self, table: &str) -> Vec<Index> {
        let mut indexes = self.rows(
            "SELECT name, partial FROM pragma_index_list(?1) ORDER BY seq DESC",
            [table],
            |row| {
                Ok(Index {
                    name: row.get(0)?,
                    partial: row.get(1)?,
                    columns: Vec::new(),
                })
            },
        );
        for index in &mut indexes {
            index.columns = self.rows(
                "SELECT name FROM pragma_index_info(?1) ORDER BY seqno",
                [&index.name],
                |row| row.get(0),
            );
        }
        indexes
    }

    /// Whether an index of a table holds only the rows that meet its condition.
    pub(super) fn is_partial(&self, table: &str, index: &str) -> bool {
        self.indexes(table)
            .iter()
            .any(|known| known.partial && known.name.eq_ignore_ascii_case(index))
    }

    /// At most so many rows are in a table, from its lowest and highest rowid:
    /// two short walks, whatever its size.
    pub(super) fn rows_at_most(&self, table: &str) -> Option<u64> {
        let table = quoted(table);
        let end = |which: &str| {
            self.rows(&format!("SELECT {which}(rowid) FROM {table}"), [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .pop()
        };
        match (end("min")?, end("max")?) {
            (Some(low), Some(high)) => Some(high.abs_diff(low).saturating_add(1)),
            _ => Some(0),
        }
    }

    /// Whether a trigger of `table` may start when rows are changed as `verb`
    /// says: its text names that event.
    pub(super) fn has_trigger(&self, table: &str, verb: &str) -> bool {
        let texts: Vec<String> = self.rows(
            "SELECT sql FROM sqlite_schema
             WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE
             UNION ALL
             SELECT sql FROM sqlite_temp_schema
             WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE",
            [table],
            |row| row.get(0),
        );
        texts.iter().any(|sql| {
            let sql = sql.to_ascii_uppercase();
            let head = sql.split_once(" ON ").map_or(sql.as_str(), |it| it.0);
            head.split_ascii_whitespace().any(|word| word == verb)
        })
    }

    /// The columns of `table` that foreign keys of any table refer to, where
    /// foreign keys are checked at all; `None` in the list for one that does not
    /// say which, and so means the primary key.
    pub(super) fn referred_columns(&self, table: &str) -> Vec<Option<String>> {
        self.rows(
            "SELECT f.\"to\" FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f,
               pragma_foreign_keys AS checked
             WHERE s.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE AND checked.foreign_keys",
            [table],
            |row| row.get(0),
        )
    }

    /// The columns of the primary key of `table`.
    pub(super) fn primary_key(&self, table: &str) -> Vec<String> {
        self.rows(
            "SELECT name FROM pragma_table_info(?1) WHERE pk > 0",
            [table],
            |row| row.get(0),
        )
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let Ok(mut statement) = self.0.prepare(sql) else {
            return Vec::new();
        };
        let Ok(rows) = statement.query_map(params, read) else {
            return Vec::new();
        };
        rows.filter_map(Result::ok).collect()
    }
}

/// `name` as it must be written in SQL: quoted only where it has to be.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name));
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Words that SQLite never takes for a name without quotes
/// (<https://sqlite.org/lang_keywords.html>, tried one by one).
const RESERVED: &[&str] = &[
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "default",
    "deferrable",
    "delete",
    "distinct",
    "drop",
    "else",
    "escape",
    "except",
    "exists",
    "foreign",
    "from",
    "group",
    "having",
    "if",
    "in",
    "index",
    "indexed",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "limit",
    "not",
    "nothing",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "references",
    "returning",
    "select",
    "set",
    "table",
    "then",
    "to",
    "transaction",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "when",
    "where",
];
