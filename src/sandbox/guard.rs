//! What a learner's statement may do: everything inside the practice
//! database, nothing outside it.
//!
//! SQLite calls the authorizer while it compiles a statement, and again for
//! the statements that some commands run by themselves (`VACUUM INTO` attaches
//! a file). Refusing here is refusing before anything ran.

use rusqlite::hooks::AuthAction;
use rusqlite::limits::Limit;
use rusqlite::{Connection, config::DbConfig};

use super::counters;

/// The longest text or blob, and the longest statement, in bytes. One opcode
/// that makes a longer one would ignore Ctrl-C for seconds.
pub const MAX_VALUE_BYTES: i32 = 16 * 1024 * 1024;

/// The memory that SQLite may take in this process, in bytes, for all its
/// connections together: an attached `:memory:` database has no other bound.
const HEAP_BYTES: i64 = 1 << 30;

/// The pages of the temporary database, 4 KB each: 1 GB.
const TEMP_PAGES: i64 = 1 << 18;

/// What a statement may be made of. Far more than a person writes, and little
/// enough that compiling the worst statement is soon over.
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_VALUE_BYTES),
    (Limit::SQLITE_LIMIT_COLUMN, 2000),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 1000),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 500),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 127),
    (Limit::SQLITE_LIMIT_ATTACHED, 4),
    // LIKE is one step of the machine, which nothing stops: its time grows
    // with the length of the pattern times that of the text.
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 1000),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 100),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// PRAGMAs that only look, or that set something inside this connection or
/// this copy, where the learner may break what they like.
const PRAGMAS: &[&str] = &[
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "case_sensitive_like",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "defer_foreign_keys",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "freelist_count",
    "function_list",
    "ignore_check_constraints",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "journal_size_limit",
    "locking_mode",
    "module_list",
    "optimize",
    "page_count",
    "page_size",
    "pragma_list",
    "query_only",
    "quick_check",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "schema_version",
    "secure_delete",
    "synchronous",
    "table_info",
    "table_list",
    "table_xinfo",
    "temp_store",
    "threads",
    "user_version",
    "wal_autocheckpoint",
    "wal_checkpoint",
];

/// PRAGMAs whose argument names a table or index to look at: no setting.
const PRAGMAS_OF_A_NAME: &[&str] = &[
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Whether `PRAGMA name(argument)` asks about the argument instead of setting
/// something to it.
pub(super) fn pragma_argument_is_a_name(name: &str) -> bool {
    PRAGMAS_OF_A_NAME
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// When the authorizer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The learner's statement is being compiled.
    Compiling,
    /// A compiled statement runs statements of its own.
    Running,
}

/// Why `action` is refused, as a sentence; `None` when it is allowed.
pub(super) fn refusal(action: &AuthAction<'_>, phase: Phase) -> Option<String> {
    match action {
        AuthAction::Attach { filename } => refuse_attach(filename, phase),
        // ATTACH of an expression arrives without its file name.
        AuthAction::Unknown { .. } => {
            Some("this statement is not known to be safe here, so it was not run".to_owned())
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => refuse_pragma(pragma_name, *pragma_value),
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            matches!(name.as_str(), "load_extension" | "fts3_tokenizer").then(|| {
                format!("{name}() could run code from outside the practice database, so it is off")
            })
        }
        _ => None,
    }
}

fn refuse_attach(filename: &str, phase: Phase) -> Option<String> {
    match (filename, phase) {
        (":memory:", _) => None,
        // VACUUM attaches an unnamed temporary file while it runs.
        ("", Phase::Running) => None,
        (_, Phase::Running) => {
            Some("VACUUM INTO would write a file outside the practice database".to_owned())
        }
        (_, Phase::Compiling) => Some(
            "ATTACH opens ':memory:' only: files outside the practice database stay closed"
                .to_owned(),
        ),
    }
}

fn refuse_pragma(name: &str, value: Option<&str>) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if !PRAGMAS.contains(&lower.as_str()) {
        return Some(format!(
            "PRAGMA {name} is switched off in the practice database"
        ));
    }
    let off = value.is_some_and(|v| v.trim_matches(['\'', '"']).eq_ignore_ascii_case("off"));
    (lower == "journal_mode" && off).then(|| {
        "PRAGMA journal_mode=OFF is switched off: a failed statement could not be undone".to_owned()
    })
}

/// Sets the limits and switches of a fresh connection.
///
/// # Errors
/// What SQLite says; none is expected.
pub(super) fn restrict(conn: &Connection) -> rusqlite::Result<()> {
    for (limit, most) in LIMITS {
        conn.set_limit(*limit, *most)?;
    }
    let set = |sql: &str| conn.query_row(sql, [], |_| Ok(()));
    set(&format!("PRAGMA hard_heap_limit = {HEAP_BYTES}"))?;
    set(&format!("PRAGMA temp.max_page_count = {TEMP_PAGES}"))?;
    // No writes to sqlite_schema, no shadow tables: what could corrupt the file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // "text" in double quotes would silently be a string: an error teaches more.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    counters::set_scanstatus(conn, false)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // With memory-mapped pages the page counters would not count.
    conn.pragma_update(None, "mmap_size", 0)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_tables_are_bounded() {
        let conn = Connection::open_in_memory().unwrap();
        restrict(&conn).unwrap();
        conn.execute_batch("CREATE TEMP TABLE t(x)").unwrap();
        let pages: i64 = conn
            .query_row("PRAGMA temp.max_page_count", [], |row| row.get(0))
            .unwrap();
        assert_eq!(pages, TEMP_PAGES);
    }
}
