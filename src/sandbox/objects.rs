//! The objects of a schema, and how one schema differs from another.

use rusqlite::Connection;

use super::{Error, Practice};

/// A table, index, view or trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaObject {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its CREATE statement.
    pub sql: String,
}

impl SchemaObject {
    /// Whether it is a virtual table, whose rows a module keeps.
    pub fn is_virtual(&self) -> bool {
        let mut words = self.sql.split_whitespace();
        ["create", "virtual"]
            .iter()
            .all(|word| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word)))
    }

    /// The statement that takes it away.
    pub fn drop_statement(&self) -> String {
        let name = crate::sql::quote_if_needed(&self.name);
        format!("DROP {} {name}", self.kind)
    }
}

/// What a learner's statements have made of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnWork {
    /// Objects that were not there, in the order in which they can be made
    /// again: tables, indexes, views, triggers.
    pub made: Vec<SchemaObject>,
    /// Objects that have another definition than before, as they are now.
    pub changed: Vec<SchemaObject>,
    /// Objects that are gone. What went with its table is not listed.
    pub dropped: Vec<SchemaObject>,
}

impl OwnWork {
    /// What was done to `before` to make it `now`.
    pub fn between(before: &[SchemaObject], now: &[SchemaObject]) -> OwnWork {
        let find = |all: &[SchemaObject], wanted: &SchemaObject| {
            all.iter()
                .find(|o| o.kind == wanted.kind && o.name.eq_ignore_ascii_case(&wanted.name))
                .cloned()
        };
        let mut work = OwnWork::default();
        for object in now {
            match find(before, object) {
                None => work.made.push(object.clone()),
                Some(old) if old.sql != object.sql => work.changed.push(object.clone()),
                Some(_) => {}
            }
        }
        let is_gone = |o: &&SchemaObject| find(now, o).is_none();
        work.dropped = before.iter().filter(is_gone).cloned().collect();
        work.made.sort_by_key(|o| (rank(&o.kind), o.is_virtual()));
        work.dropped
            .sort_by_key(|o| std::cmp::Reverse(rank(&o.kind)));
        work
    }

    /// Whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty() && self.changed.is_empty() && self.dropped.is_empty()
    }
}

fn rank(kind: &str) -> usize {
    ["table", "index", "view", "trigger"]
        .iter()
        .position(|k| *k == kind)
        .unwrap_or(4)
}

impl Practice {
    /// Tables, indexes, views and triggers, in the order in which they were
    /// made. What SQLite makes by itself is left out, and the tables beneath
    /// a virtual one.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn objects(&self) -> Result<Vec<SchemaObject>, Error> {
        read(self.connection(), "").map_err(|e| self.explain_error(e))
    }

    /// The names of the learner's temporary tables, views and triggers.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn temporary(&self) -> Result<Vec<String>, Error> {
        let read = || {
            self.connection()
                .prepare(
                    "SELECT name FROM temp.sqlite_schema WHERE type <> 'index' ORDER BY rowid",
                )?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|e| self.explain_error(e))
    }

    /// The open databases: their names for SQL, and their files, empty for
    /// those in memory.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn databases(&self) -> Result<Vec<(String, String)>, Error> {
        let read = || {
            self.connection()
                .prepare("SELECT name, coalesce(file, '') FROM pragma_database_list ORDER BY seq")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|e| self.explain_error(e))
    }
}

/// The objects of the main database; those of one table, or one view, if
/// `only` is not empty.
pub(super) fn read(conn: &Connection, only: &str) -> rusqlite::Result<Vec<SchemaObject>> {
    conn.prepare(
        "SELECT type, name, sql FROM main.sqlite_schema AS s
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           AND (?1 = '' OR lower(tbl_name) = lower(?1))
           AND (type <> 'table' OR NOT EXISTS (
                SELECT 1 FROM pragma_table_list AS l
                WHERE l.schema = 'main' AND l.name = s.name AND l.type = 'shadow'))
         ORDER BY rowid",
    )?
    .query_map([only], |row| {
        Ok(SchemaObject {
            kind: row.get(0)?,
            name: row.get(1)?,
            sql: row.get(2)?,
        })
    })?
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, sql: &str) -> SchemaObject {
        SchemaObject {
            kind: kind.to_owned(),
            name: name.to_owned(),
            sql: sql.to_owned(),
        }
    }

    #[test]
    fn what_was_made_changed_and_dropped_is_told_apart() {
        let before = [
            object("table", "orders", "create table orders(id)"),
            object("index", "by_id", "create index by_id on orders(id)"),
        ];
        let now = [
            object("table", "orders", "create table orders(id, more)"),
            object("view", "v", "create view v as select 1"),
            object("table", "mine", "create table mine(a)"),
        ];
        let work = OwnWork::between(&before, &now);
        let names =
            |all: &[SchemaObject]| -> Vec<String> { all.iter().map(|o| o.name.clone()).collect() };
        assert_eq!(names(&work.made), ["mine", "v"]);
        assert_eq!(names(&work.changed), ["orders"]);
        assert_eq!(names(&work.dropped), ["by_id"]);
        assert!(OwnWork::between(&now, &now).is_empty());
    }
}
