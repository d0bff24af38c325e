//! Tables, views, their columns and indexes, as SQLite tells them.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::sql::{ColumnDef, IndexDef, Schema, Table, TableKind};

/// What SQL can name on `conn`.
pub(super) fn read(conn: &Connection) -> rusqlite::Result<Schema> {
    let mut tables: Vec<Table> = Vec::new();
    let mut statement = conn.prepare(
        "SELECT name, type = 'view', schema FROM pragma_table_list
         WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND type <> 'shadow'
         ORDER BY schema, name",
    )?;
    let mut columns = conn.prepare(
        "SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info(?1, ?2) ORDER BY cid",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, schema): (String, String) = (row.get(0)?, row.get(2)?);
        let read: rusqlite::Result<Vec<ColumnDef>> = columns
            .query_map([&name, &schema], |row| {
                Ok(ColumnDef {
                    name: row.get(0)?,
                    declared_type: row.get(1)?,
                    not_null: row.get(2)?,
                    in_primary_key: row.get(3)?,
                })
            })?
            .collect();
        let (kind, columns) = match (row.get(1)?, read) {
            (true, Ok(columns)) => (TableKind::View, columns),
            // One view over what is gone does not hide all the others.
            (true, Err(_)) => (TableKind::BrokenView, Vec::new()),
            (false, read) => (TableKind::Table, read?),
        };
        tables.push(Table {
            name,
            kind,
            columns,
            indexes: Vec::new(),
        });
    }
    read_indexes(conn, &mut tables)?;
    let mut functions: Vec<String> = conn
        .prepare("SELECT DISTINCT name FROM pragma_function_list ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    functions.retain(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    Ok(Schema { tables, functions })
}

/// Adds the indexes to the tables of the main database.
fn read_indexes(conn: &Connection, tables: &mut [Table]) -> rusqlite::Result<()> {
    let written: HashMap<String, String> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut by_name: HashMap<String, &mut Table> = tables
        .iter_mut()
        .map(|table| (table.name.clone(), table))
        .collect();
    let mut statement = conn.prepare(
        "SELECT t.name, i.name, i.\"unique\", i.partial, c.name
         FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
         WHERE t.type = 'table'
         ORDER BY t.name, i.seq, c.seqno",
    )?;
    let mut rows = statement.query([])?;
    let mut last = String::new();
    while let Some(row) = rows.next()? {
        let (table, index): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(table) = by_name.get_mut(&table) else {
            continue;
        };
        if last != index {
            table.indexes.push(IndexDef {
                unique: row.get(2)?,
                partial: row.get(3)?,
                columns: Vec::new(),
                sql: written.get(&index).cloned().unwrap_or_default(),
            });
            last = index;
        }
        if let Some(index) = table.indexes.last_mut() {
            index.columns.push(row.get(4)?);
        }
    }
    Ok(())
}
