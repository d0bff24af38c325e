//! What the schema says, as SQLite reads it.

use rusqlite::Connection;

/// A table of a dataset's schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<ColumnShape>,
}

/// A column of a dataset's schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ColumnShape {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub declared_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The table that its foreign key points to.
    pub references: Option<String>,
}

/// The tables that a schema creates, in its order.
pub fn read_schema(schema: &str) -> rusqlite::Result<Vec<TableShape>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(schema)?;
    let mut columns = connection.prepare(
        "SELECT m.name, c.name, c.type, c.\"notnull\" = 0 AND c.pk = 0,
                (SELECT f.\"table\" FROM pragma_foreign_key_list(m.name) f
                 WHERE f.\"from\" = c.name)
         FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'
         ORDER BY m.rowid, c.cid",
    )?;
    let mut tables: Vec<TableShape> = Vec::new();
    let mut rows = columns.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let column = ColumnShape {
            name: row.get(1)?,
            declared_type: row.get(2)?,
            nullable: row.get(3)?,
            references: row.get(4)?,
        };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(TableShape {
                name,
                columns: vec![column],
            }),
        }
    }
    Ok(tables)
}
