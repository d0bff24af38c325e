//! Which statements may be cached, and why the others may not.

use std::fmt;

use crate::sandbox::{Error, Notes, Practice};

/// What SQLite says of a prepared statement: the sandbox fills it in from the
/// authorizer's callbacks and the statement's own flags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementFacts {
    /// `sqlite3_stmt_readonly`: it changes no table.
    pub readonly: bool,
    /// It returns columns.
    pub is_query: bool,
    /// The tables it reads, through views, too.
    pub tables: Vec<String>,
    /// The tables whose rows it changes, triggers included; none if it does
    /// anything else besides, to the schema or a transaction.
    pub writes: Vec<String>,
    /// The SQL functions it calls.
    pub functions: Vec<String>,
    /// It runs inside an explicit transaction.
    pub in_transaction: bool,
    /// It reads a temporary table or view, or an attached database.
    pub reads_temp: bool,
    /// A virtual table that it reads, or a table where one keeps its data.
    pub reads_virtual: Option<String>,
}

impl StatementFacts {
    /// What `practice` has noted of a statement. Inside a transaction, where
    /// nothing is cached, it does not look for virtual tables: that would fix
    /// the state of the data that the transaction reads.
    ///
    /// # Errors
    /// What SQLite says of the schema; none is expected.
    pub fn of(practice: &Practice, notes: Notes) -> Result<StatementFacts, Error> {
        let in_transaction = practice.in_transaction();
        let only_rows = !notes.changes_schema && !notes.transaction;
        Ok(StatementFacts {
            reads_virtual: match in_transaction {
                true => None,
                false => practice.virtual_table_among(&notes.reads)?,
            },
            readonly: notes.writes.is_empty() && only_rows,
            is_query: notes.returns_rows,
            reads_temp: notes.touches_temp || notes.touches_attached,
            writes: notes.writes.into_iter().filter(|_| only_rows).collect(),
            tables: notes.reads.into_iter().collect(),
            functions: notes.functions.into_iter().collect(),
            in_transaction,
        })
    }
}

/// Why a statement goes past the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncacheable {
    /// It changes data or returns no rows.
    NotARead,
    /// `PRAGMA` and the tables that wrap it: answers about the connection.
    Pragma,
    /// `EXPLAIN`: an answer about the planner.
    Explain,
    /// The named function gives another answer each time, or another tomorrow.
    Function(String),
    /// Temporary tables and attached databases belong to one connection.
    TemporaryTable,
    /// The named table is written by SQLite itself, unseen.
    InternalTable(String),
    /// The named table is virtual, or holds the data of one. SQLite names the
    /// table that a statement writes, not the others that change with it: a
    /// full-text index shows the rows of its content table.
    VirtualTable(String),
    /// Other readers must not see what is not committed.
    InTransaction,
    /// It reads no table, so there is nothing to save.
    NoTable,
}

/// Not a function of their arguments: chance, the clock, or the connection's
/// history. The date functions are here although most calls of them are
/// harmless: `'now'` can come from a parameter or a column, where it is not seen.
const CHANGING: &[&str] = &[
    "changes",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "julianday",
    "last_insert_rowid",
    "random",
    "randomblob",
    "strftime",
    "time",
    "timediff",
    "total_changes",
    "unixepoch",
];

/// The first function that gives another answer later, if it calls one.
pub(super) fn changing_function(facts: &StatementFacts) -> Option<&str> {
    let changing = |name: &&String| CHANGING.iter().any(|c| name.eq_ignore_ascii_case(c));
    facts.functions.iter().find(changing).map(String::as_str)
}

impl Uncacheable {
    /// Why the statement with these facts must not be cached; `None` if it may.
    pub fn reason(sql: &str, facts: &StatementFacts) -> Option<Uncacheable> {
        let first = first_word(sql);
        if first.eq_ignore_ascii_case("pragma") {
            return Some(Uncacheable::Pragma);
        }
        if first.eq_ignore_ascii_case("explain") {
            return Some(Uncacheable::Explain);
        }
        if !facts.readonly || !facts.is_query {
            return Some(Uncacheable::NotARead);
        }
        if facts.in_transaction {
            return Some(Uncacheable::InTransaction);
        }
        if facts.reads_temp {
            return Some(Uncacheable::TemporaryTable);
        }
        if let Some(table) = &facts.reads_virtual {
            return Some(Uncacheable::VirtualTable(table.clone()));
        }
        if let Some(function) = changing_function(facts) {
            return Some(Uncacheable::Function(function.to_ascii_lowercase()));
        }
        for table in &facts.tables {
            let starts = |with: &str| {
                table
                    .get(..with.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(with))
            };
            if starts("pragma_") {
                return Some(Uncacheable::Pragma);
            }
            // The schema itself is named in the key, by its version.
            let schema = ["sqlite_master", "sqlite_schema"];
            if starts("sqlite_") && !schema.iter().any(|s| table.eq_ignore_ascii_case(s)) {
                return Some(Uncacheable::InternalTable(table.clone()));
            }
        }
        facts.tables.is_empty().then_some(Uncacheable::NoTable)
    }
}

/// The first word after white space and comments.
fn first_word(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        let after = if let Some(line) = rest.strip_prefix("--") {
            line.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(block) = rest.strip_prefix("/*") {
            block.split_once("*/").map_or("", |(_, after)| after)
        } else {
            break;
        };
        rest = after.trim_start();
    }
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    &rest[..end]
}

impl fmt::Display for Uncacheable {
    /// A reason that reads on after `not cached: `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uncacheable::NotARead => f.write_str("only reads are"),
            Uncacheable::Pragma => {
                f.write_str("a PRAGMA tells of this connection, not of the data")
            }
            Uncacheable::Explain => f.write_str("a plan is about the planner, not the data"),
            Uncacheable::Function(name) => {
                write!(f, "{name}() can answer differently next time")
            }
            Uncacheable::TemporaryTable => {
                f.write_str("a temporary or attached table belongs to one connection")
            }
            Uncacheable::InternalTable(name) => write!(f, "SQLite writes {name} by itself"),
            Uncacheable::VirtualTable(name) => {
                write!(
                    f,
                    "{name} is a virtual table or part of one, and changes unseen"
                )
            }
            Uncacheable::InTransaction => {
                f.write_str("inside a transaction you may see what others must not")
            }
            Uncacheable::NoTable => f.write_str("it reads no table"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(tables: &[&str]) -> StatementFacts {
        StatementFacts {
            readonly: true,
            is_query: true,
            tables: tables.iter().map(|t| (*t).to_owned()).collect(),
            ..StatementFacts::default()
        }
    }

    #[test]
    fn a_plain_read_may_be_cached() {
        let facts = StatementFacts {
            functions: vec!["count".into(), "max".into()],
            ..read_of(&["orders"])
        };
        assert_eq!(
            Uncacheable::reason("select max(id) from orders", &facts),
            None
        );
        let schema = read_of(&["sqlite_master"]);
        assert_eq!(
            Uncacheable::reason("select * from sqlite_master", &schema),
            None
        );
    }

    #[test]
    fn each_reason_is_named() {
        let orders = || read_of(&["orders"]);
        let because = |sql: &str, facts: StatementFacts| Uncacheable::reason(sql, &facts);
        let function = |name: &str| StatementFacts {
            functions: vec![name.into()],
            ..orders()
        };
        assert_eq!(
            because("select RANDOM() from orders", function("RANDOM")),
            Some(Uncacheable::Function("random".into()))
        );
        assert_eq!(
            because("select current_date from orders", function("current_date")),
            Some(Uncacheable::Function("current_date".into()))
        );
        let mut facts = orders();
        facts.readonly = false;
        assert_eq!(
            because("delete from orders returning id", facts),
            Some(Uncacheable::NotARead)
        );
        let mut facts = orders();
        facts.in_transaction = true;
        assert_eq!(because("select 1", facts), Some(Uncacheable::InTransaction));
        let mut facts = orders();
        facts.reads_temp = true;
        assert_eq!(
            because("select 1", facts),
            Some(Uncacheable::TemporaryTable)
        );
        assert_eq!(
            because("/* a */ -- b\n pragma user_version", read_of(&[])),
            Some(Uncacheable::Pragma)
        );
        assert_eq!(
            because(
                "select * from pragma_table_info('a')",
                read_of(&["pragma_table_info"])
            ),
            Some(Uncacheable::Pragma)
        );
        assert_eq!(
            because("explain query plan select 1", orders()),
            Some(Uncacheable::Explain)
        );
        assert_eq!(
            because("select * from sqlite_stat1", read_of(&["sqlite_stat1"])),
            Some(Uncacheable::InternalTable("sqlite_stat1".into()))
        );
        assert_eq!(
            because("select 1", read_of(&[])),
            Some(Uncacheable::NoTable)
        );
    }
}
