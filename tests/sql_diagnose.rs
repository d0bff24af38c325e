//! Wrong statements, SQLite's own messages about them, and what we draw.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dbdojo::sql::{ColumnDef, Diagnosis, Schema, Table, TableKind, diagnose};
use dbdojo::view::{Style, diagnostic};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error};

const TABLES: &str = "
    create table customers(id integer primary key, name text not null, email text,
                           country text, created_at text);
    create table orders(id integer primary key, customer_id integer references customers(id),
                        status text check(status <> ''), total real, created_at text);
    create table products(id integer primary key, name text, category_id integer,
                          price real, stock integer);
    create unique index customers_email on customers(email);
    create view big_orders as select id, customer_id, total from orders where total > 100;
    insert into customers values (1, 'Ada', 'ada@example.org', 'HU', '2024-01-31');
    insert into orders values (1, 1, 'new', 10, '2024-01-31');
    pragma foreign_keys = on;
";

fn shop() -> (Connection, Schema) {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(TABLES).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)
        .unwrap();
    let schema = schema(&db);
    (db, schema)
}

fn schema(db: &Connection) -> Schema {
    let names = |sql: &str| -> Vec<(String, String)> {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    Schema {
        tables: names("select name, type from sqlite_schema where type in ('table', 'view')")
            .into_iter()
            .map(|(name, kind)| Table {
                kind: match kind.as_str() {
                    "view" => TableKind::View,
                    _ => TableKind::Table,
                },
                columns: names(&format!(
                    "select name, type from pragma_table_info('{name}')"
                ))
                .into_iter()
                .map(|(name, declared_type)| ColumnDef {
                    name,
                    declared_type,
                })
                .collect(),
                name,
            })
            .collect(),
        functions: names("select distinct name, '' from pragma_function_list order by 1")
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    }
}

fn diagnosis_of(db: &Connection, schema: &Schema, sql: &str) -> Option<Diagnosis> {
    let run = || {
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    let (message, offset) = match run() {
        Ok(()) => return None,
        Err(Error::SqlInputError { msg, offset, .. }) => (msg, usize::try_from(offset).ok()),
        Err(Error::SqliteFailure(_, Some(message))) => (message, None),
        Err(other) => panic!("{sql}: {other:?}"),
    };
    Some(diagnose(sql, &message, offset, schema))
}

/// Every statement of the file with the error drawn for it.
fn drawn(statements: &str) -> String {
    let mut out = String::new();
    for sql in statements.split("\n---\n") {
        let (db, schema) = shop();
        let sql = sql.trim_matches('\n');
        let Some(diagnosis) = diagnosis_of(&db, &schema, sql) else {
            {
                println!("this is no error: {sql}");
                continue;
            }
        };
        let mut text = Vec::new();
        diagnostic::write(&mut text, &Style::PIPED, &diagnosis).unwrap();
        out.push_str(&String::from_utf8(text).unwrap());
        out.push('\n');
    }
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
    out
}

#[test]
fn all_of_them() {
    let s = std::fs::read_to_string("/tmp/probe2.sql").unwrap();
    println!("{}", drawn(&s));
}
