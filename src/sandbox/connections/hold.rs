//! What one connection holds, and since which statement.

use rusqlite::{Connection, MAIN_DB, TransactionState};

/// Longer statements are cut when they are quoted, in characters.
const QUOTED: usize = 74;

/// The transaction and the locks of one connection, each with the statement
/// that began it. SQLite itself is asked what is held; only the statement is
/// remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hold {
    /// The statement that opened the transaction, if one is open.
    pub began: Option<String>,
    /// The statement since which it reads one state of the data.
    pub reads: Option<String>,
    /// The statement since which it holds the write lock.
    pub writes: Option<String>,
    /// The statement that wanted to change the file and found readers: no new
    /// reader may start until it is repeated or rolled back. Rollback journal
    /// only.
    pub waits: Option<String>,
}

impl Hold {
    /// Takes note of what `conn` holds after `sql` has run.
    pub(super) fn observe(&mut self, conn: &Connection, sql: &str) {
        let state = conn
            .transaction_state(Some(MAIN_DB))
            .unwrap_or(TransactionState::None);
        let writes = matches!(state, TransactionState::Write);
        let reads = writes || matches!(state, TransactionState::Read);
        since(&mut self.began, !conn.is_autocommit(), sql);
        since(&mut self.reads, reads, sql);
        since(&mut self.writes, writes, sql);
        if !writes {
            self.waits = None;
        }
    }

    /// `sql` held the write lock already and could not change the file.
    pub(super) fn waits_since(&mut self, sql: &str) {
        if self.writes.is_some() {
            self.waits.get_or_insert_with(|| quoted(sql));
        }
    }
}

fn since(statement: &mut Option<String>, holds: bool, sql: &str) {
    if !holds {
        *statement = None;
    } else if statement.is_none() {
        *statement = Some(quoted(sql));
    }
}

/// `sql` on one line, cut when it is long.
pub(super) fn quoted(sql: &str) -> String {
    let mut line = String::new();
    for word in sql.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > QUOTED {
        line = line.chars().take(QUOTED - 3).collect();
        line.truncate(line.trim_end().len());
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_statement_is_one_short_line() {
        assert_eq!(quoted("select\n  1\t+ 1\x1b[2J"), "select 1 + 1 [2J");
        let long = quoted(&format!("select {}", "x".repeat(100)));
        assert_eq!(long.chars().count(), QUOTED);
        assert!(long.ends_with("..."));
    }

    #[test]
    fn each_lock_is_told_with_the_statement_that_took_it() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t(a)").unwrap();
        let mut hold = Hold::default();
        for sql in [
            "BEGIN",
            "SELECT * FROM t",
            "INSERT INTO t VALUES (1)",
            "SELECT 1",
        ] {
            conn.execute_batch(sql).unwrap();
            hold.observe(&conn, sql);
        }
        assert_eq!(hold.began.as_deref(), Some("BEGIN"));
        assert_eq!(hold.reads.as_deref(), Some("SELECT * FROM t"));
        assert_eq!(hold.writes.as_deref(), Some("INSERT INTO t VALUES (1)"));
        conn.execute_batch("COMMIT").unwrap();
        hold.observe(&conn, "COMMIT");
        assert_eq!(hold, Hold::default());
    }
}
