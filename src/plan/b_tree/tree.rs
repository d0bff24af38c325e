//! Which b-tree a name means, what it is sorted by, and its shape.

use rusqlite::{Connection, OptionalExtension};

use super::Error;
use super::record::Collation;
use crate::sql;

/// What a b-tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The entries of an index.
    Index,
    /// Rows by their rowid.
    Table,
    /// Rows by their primary key (WITHOUT ROWID).
    KeyedTable,
}

/// A column that a b-tree is sorted by or holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumn {
    /// Its name, or the expression as it is written; `None` for the rowid.
    pub text: Option<String>,
    /// Its place in the table; -1 for the rowid, -2 for an expression.
    pub column: i64,
    /// How its texts compare.
    pub collation: Collation,
    /// Whether it is sorted from high to low.
    pub descending: bool,
    /// Whether it is part of what is asked for, and not only kept to find the
    /// row.
    pub key: bool,
    /// The type it is declared with.
    pub declared_type: String,
}

/// The pages of a b-tree, from SQLite's `dbstat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Levels, the root and the leaves included.
    pub depth: u64,
    /// Pages that point to others.
    pub interior: u64,
    /// Pages at the bottom.
    pub leaves: u64,
    /// Pages with the rest of long rows.
    pub overflow: u64,
    /// Entries or rows.
    pub entries: u64,
    /// Bytes of a page.
    pub page_size: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Bytes of them that are not used.
    pub unused: u64,
}

/// A b-tree of the main database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The index's or table's name.
    pub name: String,
    /// The table's.
    pub table: String,
    /// What it holds.
    pub kind: Kind,
    /// Its root page.
    pub root: u32,
    /// What it is sorted by, in order, with what else its entries hold; empty
    /// for a table by rowid.
    pub columns: Vec<KeyColumn>,
    /// Whether no two entries agree in the key.
    pub unique: bool,
    /// Whether it holds only the rows of a WHERE.
    pub partial: bool,
    /// Its pages.
    pub shape: Shape,
}

impl Tree {
    /// The b-tree of the index or table called `name`, in any case. Counting
    /// its pages reads all of them.
    ///
    /// # Errors
    /// When there is none, or its order is not known here.
    pub fn open(conn: &Connection, name: &str) -> Result<Tree, Error> {
        let mut tree = Tree::named(conn, name)?;
        tree.shape = shape(conn, &tree)?;
        Ok(tree)
    }

    /// The same without its shape.
    pub(super) fn named(conn: &Connection, name: &str) -> Result<Tree, Error> {
        let found = conn
            .query_row(
                // The schema itself is a table, too: it begins on page 1.
                "SELECT name, tbl_name, type, rootpage FROM main.sqlite_schema
                 WHERE name = ?1 COLLATE NOCASE AND type <> 'trigger'
                 UNION ALL
                 SELECT 'sqlite_schema', 'sqlite_schema', 'table', 1
                 WHERE lower(?1) IN ('sqlite_schema', 'sqlite_master')",
                [name],
                |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                        row.get::<_, Option<i64>>(3)?,
                    ))
                },
            )
            .optional()?;
        let Some((name, table, kind, root)) = found else {
            return Err(unknown(conn, name)?);
        };
        let root = root.and_then(|root| u32::try_from(root).ok());
        let Some(root) = root.filter(|root| *root > 0) else {
            return Err(Error::NoTree(name));
        };
        let keyed: bool = conn.query_row(
            "SELECT coalesce(max(wr), 0) FROM pragma_table_list
             WHERE schema = 'main' AND name = ?1",
            [&table],
            |row| row.get(0),
        )?;
        let kind = match (kind.as_str(), keyed) {
            ("index", _) => Kind::Index,
            (_, true) => Kind::KeyedTable,
            (_, false) => Kind::Table,
        };
        let columns = match kind {
            Kind::Table => Vec::new(),
            _ => columns(conn, &name, &table)?,
        };
        let (unique, partial) = conn
            .query_row(
                "SELECT \"unique\", partial FROM pragma_index_list(?1) WHERE name = ?2",
                [&table, &name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?
            .unwrap_or((true, false));
        Ok(Tree {
            name,
            table,
            kind,
            root,
            columns,
            unique,
            partial,
            shape: Shape::default(),
        })
    }

    /// The columns that a key gives values for.
    pub fn key(&self) -> impl Iterator<Item = &KeyColumn> {
        self.columns.iter().filter(|column| column.key)
    }
}

fn unknown(conn: &Connection, name: &str) -> rusqlite::Result<Error> {
    let names: Vec<String> = conn
        .prepare("SELECT name FROM main.sqlite_schema WHERE type IN ('index', 'table')")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let nearest = sql::nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    Ok(Error::Unknown {
        name: name.to_owned(),
        nearest,
    })
}

/// The text of the CREATE INDEX or CREATE TABLE; `None` for an index that a
/// constraint made.
pub(super) fn create_statement(conn: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT sql FROM main.sqlite_schema WHERE name = ?1",
        [name],
        |row| row.get(0),
    )
}

fn columns(conn: &Connection, name: &str, table: &str) -> Result<Vec<KeyColumn>, Error> {
    let create = create_statement(conn, name)?;
    let written = create.as_deref().and_then(sql::index_text);
    let expression = |at: usize| Some((*written.as_ref()?.columns.get(at)?).to_owned());
    let mut statement = conn.prepare(
        "SELECT x.name, x.cid, x.coll, x.desc, x.key, coalesce(t.type, '')
         FROM pragma_index_xinfo(?1) AS x LEFT JOIN pragma_table_xinfo(?2) AS t ON t.cid = x.cid
         ORDER BY x.seqno",
    )?;
    let mut rows = statement.query([name, table])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        let collation: Option<String> = row.get(2)?;
        let collation = collation.unwrap_or_else(|| "BINARY".to_owned());
        columns.push(KeyColumn {
            text: row
                .get::<_, Option<String>>(0)?
                .or_else(|| expression(columns.len())),
            column: row.get(1)?,
            collation: Collation::named(&collation).ok_or_else(|| Error::Collation {
                index: name.to_owned(),
                collation,
            })?,
            descending: row.get(3)?,
            key: row.get(4)?,
            declared_type: row.get(5)?,
        });
    }
    Ok(columns)
}

fn shape(conn: &Connection, tree: &Tree) -> rusqlite::Result<Shape> {
    // A path is /000/01a/: the root is /, and each level below adds a part. The
    // rest of a long row is behind a + in it.
    let keyed = tree.kind != Kind::Table;
    conn.query_row(
        "SELECT max(length(path) - length(replace(path, '/', ''))) FILTER (WHERE pagetype <> 'overflow'),
                count(*) FILTER (WHERE pagetype = 'internal'),
                count(*) FILTER (WHERE pagetype = 'leaf'),
                count(*) FILTER (WHERE pagetype = 'overflow'),
                coalesce(sum(ncell) FILTER (WHERE pagetype = 'leaf' OR ?2 AND pagetype = 'internal'), 0),
                coalesce(max(pgsize), 0), coalesce(sum(pgsize), 0), coalesce(sum(unused), 0)
         FROM dbstat WHERE name = ?1",
        (&tree.name, keyed),
        |row| {
            let count = |at| row.get::<_, Option<i64>>(at).map(|n| n.unwrap_or(0).unsigned_abs());
            Ok(Shape {
                depth: count(0)?,
                interior: count(1)?,
                leaves: count(2)?,
                overflow: count(3)?,
                entries: count(4)?,
                page_size: count(5)?,
                bytes: count(6)?,
                unused: count(7)?,
            })
        },
    )
}
