//! The hidden databases that an answer must be right on, too: other seeds, and
//! the rows that naive answers forget.
//!
//! Each is made at the smallest scale from the lesson's dataset, which brings
//! its schema; what is done to the rows is read off that schema, so any
//! dataset will do.

use rusqlite::Connection;
use serde::Deserialize;

/// A database that differs from the one the learner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Other rows: another seed of the generator.
    Seed(u64),
    /// NULLs in every column that allows them.
    Nulls,
    /// No rows at all.
    Empty,
    /// Every third row twice, under a key of its own.
    Duplicates,
    /// The rows stored in another order: keys dealt out anew, references
    /// followed.
    Shuffled,
}

/// The generator's seed of the variants that change rows afterwards.
const EDGE_SEED: u64 = 11;

impl Variant {
    /// What an exercise is graded on unless it says otherwise.
    pub fn all() -> Vec<Variant> {
        vec![
            Variant::Seed(7),
            Variant::Seed(8),
            Variant::Nulls,
            Variant::Empty,
            Variant::Duplicates,
            Variant::Shuffled,
        ]
    }

    /// The seed to generate its rows with.
    pub fn seed(self) -> u64 {
        match self {
            Variant::Seed(seed) => seed,
            _ => EDGE_SEED,
        }
    }

    /// The same rows before they were changed, where that tells what the
    /// change does: an answer that fails there fails for other rows alone.
    pub(super) fn unchanged(self) -> Option<Variant> {
        match self {
            Variant::Seed(_) | Variant::Empty => None,
            Variant::Nulls | Variant::Duplicates | Variant::Shuffled => {
                Some(Variant::Seed(EDGE_SEED))
            }
        }
    }

    /// Where an answer failed, in a learner's words. The rows are never those
    /// that the learner sees.
    pub fn description(self) -> &'static str {
        match self {
            Variant::Seed(_) => "on the same tables with other rows",
            Variant::Nulls => "on tables like yours with NULLs in them",
            Variant::Empty => "on the same tables without rows",
            Variant::Duplicates => "on tables like yours with some rows twice",
            Variant::Shuffled => "on tables like yours with the ids dealt out anew",
        }
    }

    /// Changes the generated rows in `conn` into this variant's.
    ///
    /// # Errors
    /// What SQLite says, such as a CHECK that the changed rows break.
    pub fn apply(self, conn: &Connection) -> rusqlite::Result<()> {
        conn.pragma_update(None, "foreign_keys", false)?;
        // Two references of one row are renumbered one after the other, and
        // in between a CHECK that compares them need not hold.
        conn.pragma_update(None, "ignore_check_constraints", self == Variant::Shuffled)?;
        conn.execute_batch("BEGIN")?;
        for table in tables(conn)? {
            match self {
                Variant::Seed(_) => {}
                // Rows are picked by their rowid; without one, none are.
                Variant::Nulls | Variant::Duplicates if !table.has_rowid => {}
                Variant::Nulls => sprinkle_nulls(conn, &table)?,
                Variant::Empty => {
                    conn.execute(&format!("DELETE FROM {}", table.name), [])?;
                }
                Variant::Duplicates => repeat_rows(conn, &table)?,
                Variant::Shuffled => deal_keys_anew(conn, &table)?,
            }
        }
        conn.execute_batch("COMMIT")?;
        conn.pragma_update(None, "ignore_check_constraints", false)?;
        conn.pragma_update(None, "foreign_keys", true)
    }
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Variant::Seed(seed) => write!(f, "seed={seed}"),
            Variant::Nulls => write!(f, "nulls"),
            Variant::Empty => write!(f, "empty"),
            Variant::Duplicates => write!(f, "duplicates"),
            Variant::Shuffled => write!(f, "shuffled"),
        }
    }
}

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Variant, D::Error> {
        let text = String::deserialize(from)?;
        let seed = text
            .strip_prefix("seed=")
            .and_then(|seed| seed.parse().ok())
            .map(Variant::Seed);
        let named = Variant::all()
            .into_iter()
            .find(|variant| variant.to_string() == text);
        seed.or(named).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is none of: seed=N, nulls, empty, duplicates, shuffled"
            ))
        })
    }
}

/// A table whose rows can be changed; names are quoted.
struct TableShape {
    name: String,
    /// It is no WITHOUT ROWID table.
    has_rowid: bool,
    columns: Vec<ColumnShape>,
}

struct ColumnShape {
    name: String,
    nullable: bool,
    /// Its place in the primary key, from 1; 0 outside.
    key: i64,
}

impl TableShape {
    /// The column that is the whole primary key, if there is one.
    fn single_key(&self) -> Option<&ColumnShape> {
        let mut keys = self.columns.iter().filter(|column| column.key > 0);
        keys.next().filter(|_| keys.next().is_none())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<TableShape>> {
    let mut statement = conn.prepare(
        "SELECT t.name, c.name, c.\"notnull\", c.pk, t.wr
         FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
         WHERE t.schema = 'main' AND t.type = 'table'
           AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY t.name, c.cid",
    )?;
    let mut found: Vec<TableShape> = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let table = quoted(&row.get::<_, String>(0)?);
        let key = row.get(3)?;
        let column = ColumnShape {
            name: quoted(&row.get::<_, String>(1)?),
            nullable: !row.get::<_, bool>(2)? && key == 0,
            key,
        };
        match found.last_mut() {
            Some(last) if last.name == table => last.columns.push(column),
            _ => found.push(TableShape {
                name: table,
                has_rowid: !row.get::<_, bool>(4)?,
                columns: vec![column],
            }),
        }
    }
    Ok(found)
}

fn sprinkle_nulls(conn: &Connection, table: &TableShape) -> rusqlite::Result<()> {
    for (at, column) in table.columns.iter().enumerate().filter(|(_, c)| c.nullable) {
        // Each column on other rows, so that rows with one NULL exist.
        conn.execute(
            &format!(
                "UPDATE OR IGNORE {} SET {} = NULL WHERE rowid % 5 = {}",
                table.name,
                column.name,
                at % 5
            ),
            [],
        )?;
    }
    Ok(())
}

fn repeat_rows(conn: &Connection, table: &TableShape) -> rusqlite::Result<()> {
    let key = table.single_key().map(|column| &column.name);
    let columns: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| Some(&column.name) != key)
        .map(|column| column.name.as_str())
        .collect();
    let columns = columns.join(", ");
    conn.execute(
        &format!(
            "INSERT OR IGNORE INTO {0} ({columns}) SELECT {columns} FROM {0} WHERE rowid % 3 = 0",
            table.name
        ),
        [],
    )?;
    Ok(())
}

/// Rows are stored in the order of their integer key, which is also the order
/// in which they happened: so an answer that forgets ORDER BY looks right.
fn deal_keys_anew(conn: &Connection, table: &TableShape) -> rusqlite::Result<()> {
    let Some(key) = table.single_key().map(|column| &column.name) else {
        return Ok(());
    };
    let name = &table.name;
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE dealt(old INTEGER PRIMARY KEY, new);
         INSERT INTO dealt
           SELECT mixed.id, sorted.id
           FROM (SELECT {key} AS id, row_number() OVER (ORDER BY {key} * 2654435761 % 4294967296) AS n
                 FROM {name}) AS mixed
           JOIN (SELECT {key} AS id, row_number() OVER (ORDER BY {key}) AS n
                 FROM {name}) AS sorted USING (n);
         -- By way of negative keys, so that no two rows meet.
         UPDATE {name} SET {key} = -1 - (SELECT new FROM dealt WHERE old = {key});
         UPDATE {name} SET {key} = -1 - {key};"
    ))?;
    for (child, column) in references_to(conn, name)? {
        // By way of negative keys here, too: the column may be part of a key.
        conn.execute_batch(&format!(
            "UPDATE {child} SET {column} = -1 - (SELECT new FROM dealt WHERE old = {column})
             WHERE {column} IS NOT NULL;
             UPDATE {child} SET {column} = -1 - {column} WHERE {column} IS NOT NULL;"
        ))?;
    }
    conn.execute_batch("DROP TABLE dealt")
}

/// The columns that reference the key of `table`: (table, column), quoted.
fn references_to(conn: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare(
        "SELECT t.name, f.\"from\", f.\"table\"
         FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f
         WHERE t.schema = 'main' AND t.type = 'table'",
    )?
    .query_map([], |row| {
        let name = |at| row.get::<_, String>(at).map(|name| quoted(&name));
        Ok((name(0)?, name(1)?, name(2)?))
    })?
    .filter(|found| {
        found
            .as_ref()
            .map_or(true, |(_, _, parent)| parent.eq_ignore_ascii_case(table))
    })
    .map(|found| found.map(|(child, column, _)| (child, column)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT NOT NULL, country TEXT);
             CREATE TABLE orders(id INTEGER PRIMARY KEY,
               customer_id INTEGER NOT NULL REFERENCES customers(id), day INTEGER NOT NULL);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
             INSERT INTO customers SELECT i, 'c' || i, 'DE' FROM n;
             INSERT INTO orders SELECT id, 31 - id, id FROM customers;",
        )
        .unwrap();
        conn
    }

    fn number(conn: &Connection, sql: &str) -> i64 {
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn nulls_come_only_where_they_may() {
        let conn = shop();
        Variant::Nulls.apply(&conn).unwrap();
        assert_eq!(
            number(
                &conn,
                "SELECT count(*) FROM customers WHERE country IS NULL"
            ),
            6
        );
        assert_eq!(number(&conn, "SELECT count(email) FROM customers"), 30);
    }

    #[test]
    fn duplicates_repeat_all_but_the_key() {
        let conn = shop();
        Variant::Duplicates.apply(&conn).unwrap();
        assert_eq!(number(&conn, "SELECT count(*) FROM customers"), 40);
        assert_eq!(
            number(&conn, "SELECT count(*) FROM customers WHERE email = 'c3'"),
            2
        );
    }

    #[test]
    fn shuffling_breaks_the_order_of_keys_and_keeps_what_belongs_together() {
        let conn = shop();
        let together =
            "SELECT group_concat(email || day) FROM (SELECT email, day FROM customers AS c
             JOIN orders AS o ON o.customer_id = c.id ORDER BY day)";
        let before: String = conn.query_row(together, [], |r| r.get(0)).unwrap();
        Variant::Shuffled.apply(&conn).unwrap();
        let after: String = conn.query_row(together, [], |r| r.get(0)).unwrap();
        assert_eq!(after, before);
        let in_order = number(
            &conn,
            "SELECT count(*) FROM orders AS a JOIN orders AS b ON b.id = a.id + 1 AND b.day > a.day",
        );
        assert!(
            in_order < 25,
            "{in_order} of 29 neighbours are still in order"
        );
        assert_eq!(
            number(&conn, "SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
        assert_eq!(number(&conn, "SELECT max(id) FROM orders"), 30);
    }

    #[test]
    fn empty_is_empty() {
        let conn = shop();
        Variant::Empty.apply(&conn).unwrap();
        assert_eq!(
            number(
                &conn,
                "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM orders)"
            ),
            0
        );
    }
}
