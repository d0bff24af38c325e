//! The tables that advice is about, as plain values.

use rusqlite::Connection;

/// The tables and views of a database.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    /// Ordinary tables.
    pub(super) tables: Vec<Table>,
    /// Its views, in the order they were made.
    pub(super) views: Vec<Made>,
    /// The statements of its virtual tables.
    pub(super) virtual_tables: Vec<String>,
    /// Tables and indexes, in the order they were made.
    pub(super) made: Vec<Made>,
    /// Names that are taken.
    pub(super) names: Vec<String>,
    /// The indexes there are.
    pub(super) indexes: Vec<Index>,
}

/// What a CREATE made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// The table it is or belongs to, or the view it is.
    pub(super) of: String,
    /// The statement that made it; empty for what a constraint made.
    pub(super) sql: String,
}

/// An ordinary table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The column that is the rowid.
    pub(super) rowid: Option<usize>,
    /// The primary key of a table without rowid; empty otherwise.
    pub(super) key: Vec<usize>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) declared_type: String,
    pub(super) not_null: bool,
    pub(super) collation: String,
    /// Computed from others, so nobody writes it.
    pub(super) generated: bool,
}

/// An index, those of constraints included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) unique: bool,
    pub(super) partial: bool,
    /// Made by CREATE INDEX, so that it can be dropped.
    pub(super) own: bool,
    /// Its key: column (`None` for an expression), collation, descending.
    pub(super) key: Vec<(Option<String>, String, bool)>,
}

impl Schema {
    /// What `conn`'s main database holds.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub(super) fn of(conn: &Connection) -> rusqlite::Result<Schema> {
        let mut schema = Schema::default();
        let mut statement = conn.prepare(
            "SELECT type, name, tbl_name, sql FROM main.sqlite_schema
             WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
            let of: String = row.get(2)?;
            let sql: String = row.get::<_, Option<String>>(3)?.unwrap_or_default();
            schema.names.push(name);
            match kind.as_str() {
                "view" => schema.views.push(Made { of, sql }),
                "table" | "index" => {
                    let start = sql.get(..14).unwrap_or_default();
                    if start.eq_ignore_ascii_case("create virtual") {
                        schema.virtual_tables.push(sql.clone());
                    }
                    schema.made.push(Made { of, sql });
                }
                _ => {}
            }
        }
        schema.tables = tables(conn)?;
        schema.indexes = indexes(conn)?;
        Ok(schema)
    }

    /// Only what `sql` could read or write: SQLite reads a schema whole after
    /// every change, so a small one is planned on many times faster. All of it
    /// where a view is mentioned, which may stand for any table.
    pub(super) fn concerning(mut self, sql: &str) -> Schema {
        let sql = sql.to_lowercase();
        // A quoted name with a quote in it is written in another way.
        let is_mentioned =
            |name: &str| name.contains(['"', '`', '\'']) || sql.contains(&name.to_lowercase());
        if self.views.iter().any(|it| is_mentioned(&it.of)) {
            return self;
        }
        self.views.clear();
        self.tables.retain(|it| is_mentioned(&it.name));
        self.made.retain(|it| is_mentioned(&it.of));
        self
    }

    /// The table called `name`.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }
}

impl Table {
    /// The place of the column `name`.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|it| it.name.eq_ignore_ascii_case(name))
    }
}

impl Column {
    /// As in a CREATE TABLE.
    pub(super) fn declared(&self) -> String {
        let not_null = if self.not_null { " NOT NULL" } else { "" };
        format!(
            "{} {}{not_null} COLLATE {}",
            quoted(&self.name),
            quoted_type(&self.declared_type),
            self.collation
        )
    }
}

/// A type may be any words; in quotes it is one name with the same affinity.
fn quoted_type(declared: &str) -> String {
    if declared.is_empty() {
        String::new()
    } else {
        format!("\"{}\"", declared.replace('"', "\"\""))
    }
}

/// A name for SQL, in quotes where it needs them.
pub(super) fn quoted(name: &str) -> String {
    crate::sql::quote_if_needed(name).into_owned()
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = conn.prepare(
        "SELECT t.name, t.wr, c.name, c.type, c.\"notnull\", c.pk, c.hidden
         FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
         WHERE t.schema = 'main' AND t.type = 'table'
           AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY t.name, c.cid",
    )?;
    let mut rows = statement.query([])?;
    let mut tables: Vec<Table> = Vec::new();
    let mut keys: Vec<Vec<(i64, usize)>> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, without_rowid): (String, bool) = (row.get(0)?, row.get(1)?);
        if tables.last().is_none_or(|it| it.name != name) {
            tables.push(Table {
                name,
                columns: Vec::new(),
                // For now whether it may have one.
                rowid: (!without_rowid).then_some(0),
                key: Vec::new(),
            });
            keys.push(Vec::new());
        }
        let (Some(table), Some(key)) = (tables.last_mut(), keys.last_mut()) else {
            continue;
        };
        let place = row.get::<_, i64>(5)?;
        if place > 0 {
            key.push((place, table.columns.len()));
        }
        table.columns.push(Column {
            name: row.get(2)?,
            declared_type: row.get(3)?,
            not_null: row.get(4)?,
            collation: "BINARY".to_owned(),
            generated: row.get::<_, i64>(6)? > 0,
        });
    }
    for (table, mut key) in tables.iter_mut().zip(keys) {
        key.sort_unstable();
        let key: Vec<usize> = key.into_iter().map(|it| it.1).collect();
        let is_rowid = |at: &usize| {
            let declared = &table.columns[*at].declared_type;
            key.len() == 1 && declared.eq_ignore_ascii_case("integer")
        };
        match table.rowid.take() {
            Some(_) => table.rowid = key.first().copied().filter(is_rowid),
            None => table.key = key,
        }
    }
    Ok(tables)
}

fn indexes(conn: &Connection) -> rusqlite::Result<Vec<Index>> {
    let mut statement = conn.prepare(
        "SELECT t.name, i.name, i.\"unique\", i.partial, i.origin = 'c', x.name, x.coll, x.\"desc\"
         FROM pragma_table_list AS t, pragma_index_list(t.name) AS i,
              pragma_index_xinfo(i.name) AS x
         WHERE t.schema = 'main' AND t.type = 'table' AND x.key
         ORDER BY t.name, i.seq DESC, x.seqno",
    )?;
    let mut rows = statement.query([])?;
    let mut indexes: Vec<Index> = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        if indexes.last().is_none_or(|it| it.name != name) {
            indexes.push(Index {
                name,
                table: row.get(0)?,
                unique: row.get(2)?,
                partial: row.get(3)?,
                own: row.get(4)?,
                key: Vec::new(),
            });
        }
        if let Some(index) = indexes.last_mut() {
            index.key.push((row.get(5)?, row.get(6)?, row.get(7)?));
        }
    }
    Ok(indexes)
}
