//! What SQLite says of a database's tables and of how they refer to each other.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::sql::quote_if_needed;

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Entity {
    /// Its name.
    pub name: String,
    /// How many rows it has, if that is known.
    pub rows: Option<u64>,
    /// Its columns, in order.
    pub columns: Vec<EntityColumn>,
    /// Its foreign keys, in the order of their first columns.
    pub references: Vec<Reference>,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct EntityColumn {
    /// Its name.
    pub name: String,
    /// Its declared type, or nothing.
    pub declared_type: String,
    /// Whether it belongs to the primary key.
    pub in_key: bool,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reference {
    /// The columns that refer, by their places among the columns.
    pub columns: Vec<usize>,
    /// The table they refer to, as that table is called.
    pub to: String,
    /// The columns there, by name.
    pub to_columns: Vec<String>,
    /// Whether at most one row refers to each row there.
    pub unique: bool,
}

impl Entity {
    /// The columns, by their places, that are keys or refer to one.
    pub fn is_key_or_reference(&self, column: usize) -> bool {
        self.columns[column].in_key || self.references.iter().any(|r| r.columns.contains(&column))
    }
}

/// The tables of a database, in the order of their creation, without rows.
///
/// # Errors
/// What SQLite says; none is expected.
pub fn read_entities(connection: &Connection) -> rusqlite::Result<Vec<Entity>> {
    let names: Vec<String> = connection
        .prepare(
            "SELECT s.name FROM sqlite_schema AS s
             JOIN pragma_table_list AS t ON t.schema = 'main' AND t.name = s.name
             WHERE s.type = 'table' AND t.type IN ('table', 'virtual')
               AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY s.rowid",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut entities = names
        .iter()
        .map(|name| {
            Ok(Entity {
                name: name.clone(),
                rows: None,
                columns: columns_of(connection, name)?,
                references: Vec::new(),
            })
        })
        .collect::<rusqlite::Result<Vec<Entity>>>()?;
    for index in 0..entities.len() {
        entities[index].references = references_of(connection, &entities, index)?;
    }
    Ok(entities)
}

/// How many rows a table has: it is read from end to end.
///
/// # Errors
/// What SQLite says: an interrupt, a virtual table whose module is missing.
pub fn count_entity(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM main.{}", quote_if_needed(table));
    let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(rows.unsigned_abs())
}

fn columns_of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<EntityColumn>> {
    connection
        .prepare(
            "SELECT name, type, pk > 0, \"notnull\" = 0 AND pk = 0
             FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid",
        )?
        .query_map([table], |row| {
            Ok(EntityColumn {
                name: row.get(0)?,
                declared_type: row.get(1)?,
                in_key: row.get(2)?,
                nullable: row.get(3)?,
            })
        })?
        .collect()
}

fn references_of(
    connection: &Connection,
    entities: &[Entity],
    index: usize,
) -> rusqlite::Result<Vec<Reference>> {
    let entity = &entities[index];
    let place = |name: &str| {
        let mut columns = entity.columns.iter();
        columns.position(|column| column.name.eq_ignore_ascii_case(name))
    };
    let unique = unique_columns(connection, entity)?;
    let mut found: BTreeMap<i64, Reference> = BTreeMap::new();
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1, 'main')
         ORDER BY id, seq",
    )?;
    let mut rows = statement.query([&entity.name])?;
    while let Some(row) = rows.next()? {
        let (to, from): (String, String) = (row.get(1)?, row.get(2)?);
        // Of a table that is not there, nothing can be drawn.
        let parent = entities
            .iter()
            .find(|other| other.name.eq_ignore_ascii_case(&to));
        let (Some(parent), Some(column)) = (parent, place(&from)) else {
            continue;
        };
        let reference = found.entry(row.get(0)?).or_default();
        let at = reference.columns.len();
        let mut key = parent.columns.iter().filter(|column| column.in_key);
        // Without a column, the parent's primary key is meant.
        let to_column = row
            .get::<_, Option<String>>(3)?
            .or_else(|| key.nth(at).map(|column| column.name.clone()));
        reference.to.clone_from(&parent.name);
        reference.columns.push(column);
        reference.to_columns.extend(to_column);
    }
    let mut references: Vec<Reference> = found.into_values().collect();
    for reference in &mut references {
        let mut columns = reference.columns.clone();
        columns.sort_unstable();
        reference.unique = unique.contains(&columns);
    }
    references.sort_by_key(|reference| reference.columns.first().copied());
    Ok(references)
}

/// The sets of columns of which no two rows have the same values.
fn unique_columns(connection: &Connection, entity: &Entity) -> rusqlite::Result<Vec<Vec<usize>>> {
    let key = entity
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.in_key);
    let mut sets = vec![key.map(|(at, _)| at).collect::<Vec<_>>()];
    let mut statement = connection.prepare(
        "SELECT i.name, c.cid FROM pragma_index_list(?1, 'main') AS i, pragma_index_info(i.name, 'main') AS c
         WHERE i.\"unique\" AND NOT i.partial ORDER BY i.seq, c.seqno",
    )?;
    let mut rows = statement.query([&entity.name])?;
    let mut last = String::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        if name != last {
            sets.push(Vec::new());
            last = name;
        }
        if let (Some(set), Ok(column)) = (sets.last_mut(), usize::try_from(row.get::<_, i64>(1)?)) {
            set.push(column);
        }
    }
    sets.iter_mut().for_each(|set| set.sort_unstable());
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_are_as_sqlite_reads_them() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE People (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES people);
                 CREATE TABLE desks (person INTEGER UNIQUE NOT NULL REFERENCES people(id), lost REFERENCES nowhere(id));
                 CREATE TABLE pair (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
                 CREATE TABLE odd (x, y, FOREIGN KEY (y, x) REFERENCES pair);
                 CREATE VIEW v AS SELECT 1;",
            )
            .unwrap();
        let all = read_entities(&connection).unwrap();
        let told: Vec<String> = all
            .iter()
            .flat_map(|entity| {
                entity.references.iter().map(|r| {
                    format!(
                        "{} {:?} -> {} {:?} unique {}",
                        entity.name, r.columns, r.to, r.to_columns, r.unique
                    )
                })
            })
            .collect();
        assert_eq!(all.len(), 4);
        insta::assert_snapshot!(told.join("\n"), @r#"
        People [1] -> People ["id"] unique false
        desks [0] -> People ["id"] unique true
        odd [1, 0] -> pair ["a", "b"] unique false
        "#);
    }
}
