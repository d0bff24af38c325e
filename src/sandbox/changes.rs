//! What a learner has made of their copy, as far as it is known without
//! reading the data.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// Changed rows that were committed, and the tables they are in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    rows: u64,
    tables: BTreeSet<String>,
}

impl Tally {
    pub(super) fn add(&mut self, rows: u64, tables: &BTreeSet<String>) {
        self.rows += rows;
        self.tables.extend(tables.iter().cloned());
    }

    /// The tables with such rows.
    pub(super) fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }
}

/// A table, an index, a view or a trigger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    sql: String,
}

/// How a practice database differs from its source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What was made.
    pub made: Vec<Object>,
    /// What was dropped.
    pub dropped: Vec<Object>,
    /// Tables that were altered.
    pub altered: Vec<Object>,
    /// Rows that committed statements inserted, updated or deleted; a row that
    /// changed twice counts twice.
    pub rows: u64,
    /// The tables these are in, triggers followed.
    pub tables: BTreeSet<String>,
    /// Temporary tables and views, of all connections.
    pub temporary: Vec<String>,
}

impl Changes {
    /// Whether nothing is known to differ.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }

    pub(super) fn between(before: &[Object], after: &[Object], tally: &Tally) -> Changes {
        let same = |a: &Object, b: &Object| a.kind == b.kind && a.name == b.name;
        let missing_in = |list: &[Object], object: &Object| !list.iter().any(|o| same(o, object));
        let only_in = |these: &[Object], those: &[Object]| {
            let only = these.iter().filter(|object| missing_in(those, object));
            only.cloned().collect()
        };
        let altered = after.iter().filter(|now| {
            before
                .iter()
                .any(|then| same(then, now) && then.sql != now.sql)
        });
        Changes {
            made: only_in(after, before),
            dropped: only_in(before, after),
            altered: altered.cloned().collect(),
            rows: tally.rows,
            tables: tally.tables.clone(),
            temporary: Vec::new(),
        }
    }
}

/// Everything in the schema that a statement made, in a stable order.
pub(super) fn objects(conn: &Connection) -> rusqlite::Result<Vec<Object>> {
    conn.prepare(
        "SELECT type, name, sql FROM main.sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY type = 'index', type = 'view', type = 'trigger', name",
    )?
    .query_map([], |row| {
        Ok(Object {
            kind: row.get(0)?,
            name: row.get(1)?,
            sql: row.get(2)?,
        })
    })?
    .collect()
}
