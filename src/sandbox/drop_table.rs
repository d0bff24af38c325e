//! What a DROP TABLE would meet: rows of other tables that refer to it.
//!
//! SQLite empties the table first, row by row, looks for the rows that refer to
//! each, and fails at the end. Where those tables have no index for that it reads
//! them whole, once a row: what one query can tell at once takes minutes.
//! <https://sqlite.org/foreignkeys.html#fk_schemacommands>

use rusqlite::Connection;

use super::Error;
use crate::sql::{self, TokenKind};

/// Refuses `sql` if it drops a table to which rows refer.
///
/// It is silent where SQLite may find otherwise: with keys that are not enforced
/// or are checked at COMMIT, and with those that delete or change what refers.
pub(super) fn refuse_referred(conn: &Connection, sql: &str) -> Result<(), Error> {
    let Some(table) = dropped(sql) else {
        return Ok(());
    };
    // What cannot be looked at is left to SQLite.
    let children = children(conn, &table).unwrap_or_default();
    if children.is_empty() {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "rows of {} refer to {table}: drop {} first, or set PRAGMA foreign_keys = off",
        children.join(", "),
        if children.len() == 1 { "it" } else { "them" },
    )))
}

/// The table that `sql` drops.
fn dropped(sql: &str) -> Option<String> {
    let words: Vec<&str> = sql::lex(sql)
        .filter(|token| !token.is_blank() && token.kind != TokenKind::Parameter)
        .map(|token| token.text(sql))
        .take(8)
        .collect();
    let is = |at: usize, word: &str| {
        words
            .get(at)
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    if !is(0, "drop") || !is(1, "table") {
        return None;
    }
    let at = if is(2, "if") { 4 } else { 2 };
    let at = match words.get(at + 1) {
        Some(&".") if is(at, "main") => at + 2,
        Some(&".") => return None,
        _ => at,
    };
    words.get(at).map(|name| sql::unquote(name).into_owned())
}

/// Pairs of a child's column and the parent's that it refers to.
type Columns = Vec<(String, String)>;

/// The tables with rows that refer to `table`, if those stand in the way.
fn children(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let is_on = |pragma: &str| -> rusqlite::Result<bool> {
        conn.query_row(&format!("SELECT * FROM pragma_{pragma}"), [], |row| {
            row.get(0)
        })
    };
    let hidden: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE)",
        [table],
        |row| row.get(0),
    )?;
    if hidden || !is_on("foreign_keys")? || is_on("defer_foreign_keys")? {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare(
        "SELECT s.name, s.sql, f.id, f.\"from\", coalesce(f.\"to\", k.name), f.on_delete
         FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name, 'main') AS f
         LEFT JOIN pragma_table_info(?1, 'main') AS k ON k.pk = f.seq + 1
         WHERE s.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE
           AND s.name <> ?1 COLLATE NOCASE
         ORDER BY s.rowid, f.id, f.seq",
    )?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<(String, i64, Columns)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (child, written): (String, String) = (row.get(0)?, row.get(1)?);
        let (id, on_delete): (i64, String) = (row.get(2)?, row.get(5)?);
        let waits = written.to_ascii_lowercase().contains("deferr");
        if waits || !["NO ACTION", "RESTRICT"].contains(&on_delete.as_str()) {
            return Ok(Vec::new());
        }
        let pair = (row.get(3)?, row.get(4)?);
        match keys.last_mut() {
            Some((last, at, pairs)) if *last == child && *at == id => pairs.push(pair),
            _ => keys.push((child, id, vec![pair])),
        }
    }
    let mut found: Vec<String> = Vec::new();
    for (child, _, pairs) in keys {
        let same: Vec<String> = pairs
            .iter()
            .map(|(from, to)| {
                let (from, to) = (sql::quote_if_needed(from), sql::quote_if_needed(to));
                format!("c.{from} = p.{to}")
            })
            .collect();
        let (from, to) = (sql::quote_if_needed(&child), sql::quote_if_needed(table));
        // The parent's key has an index: SQLite demands it.
        let refers = format!(
            "SELECT EXISTS (SELECT 1 FROM main.{from} AS c CROSS JOIN main.{to} AS p ON {})",
            same.join(" AND ")
        );
        if conn.query_row(&refers, [], |row| row.get(0))? && !found.contains(&child) {
            found.push(child);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_refer_are_told_where_sqlite_would_fail_in_the_end() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "PRAGMA foreign_keys = on;
             CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
             CREATE TABLE c(p_id REFERENCES p(id), other REFERENCES p); INSERT INTO c VALUES (1, 2);
             CREATE TABLE q(id INTEGER PRIMARY KEY); INSERT INTO q VALUES (1);
             CREATE TABLE d(q_id REFERENCES q ON DELETE CASCADE); INSERT INTO d VALUES (1);
             CREATE TABLE r(id INTEGER PRIMARY KEY); INSERT INTO r VALUES (1);
             CREATE TABLE e(r_id REFERENCES r); INSERT INTO e VALUES (NULL);
             CREATE TABLE s(id INTEGER PRIMARY KEY, up REFERENCES s); INSERT INTO s VALUES (1, 1);",
        )
        .unwrap();
        for (sql, told) in [
            ("DROP TABLE p", true),
            ("drop table if exists main.\"P\" -- now", true),
            ("DROP TABLE q", false),
            ("DROP TABLE r", false),
            ("DROP TABLE s", false),
        ] {
            let refused = refuse_referred(&conn, sql);
            assert_eq!(refused.is_err(), told, "{sql}: {refused:?}");
            // SQLite says the same.
            conn.execute_batch("SAVEPOINT before").unwrap();
            assert_eq!(conn.execute_batch(sql).is_err(), told, "{sql}");
            conn.execute_batch("ROLLBACK TO before; RELEASE before")
                .unwrap();
        }
        assert!(refuse_referred(&conn, "DELETE FROM p").is_ok());
        let told = refuse_referred(&conn, "DROP TABLE p")
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("rows of c refer to p: drop it first"),
            "{told}"
        );
        conn.execute_batch("PRAGMA foreign_keys = off").unwrap();
        assert!(refuse_referred(&conn, "DROP TABLE p").is_ok());
    }
}
