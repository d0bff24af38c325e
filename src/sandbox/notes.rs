//! What SQLite says about a statement while it compiles it.
//!
//! A connection has one authorizer. It serves two masters: the guard, which
//! may refuse, and these notes, which later decide whether the statement needs
//! a private copy of the data and which cached results it makes stale.

use std::collections::BTreeSet;

use rusqlite::hooks::{AuthAction, AuthContext};

/// The facts of one compiled statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// Tables it reads, views and triggers followed to the tables beneath.
    pub reads: BTreeSet<String>,
    /// Tables whose rows it changes, triggers included.
    pub writes: BTreeSet<String>,
    /// Functions it calls, in lower case.
    pub functions: BTreeSet<String>,
    /// It changes the schema: CREATE, DROP, ALTER, REINDEX, ANALYZE.
    pub changes_schema: bool,
    /// It starts or ends a transaction or savepoint.
    pub transaction: bool,
    /// It reads or makes temporary objects.
    pub touches_temp: bool,
    /// It reads or writes an attached database.
    pub touches_attached: bool,
    /// It reads a table of which SQLite does not say in which database it is:
    /// `count(*)` without a column.
    pub(super) reads_somewhere: bool,
    /// It attaches or detaches a database.
    pub attaches: bool,
    /// It names a PRAGMA with a value: a setting.
    pub sets_pragma: bool,
    /// It is a PRAGMA, with or without a value.
    pub is_pragma: bool,
    /// SQLite itself calls it one that writes: VACUUM asks the authorizer
    /// nothing.
    pub modifies: bool,
    /// It returns columns.
    pub returns_rows: bool,
}

impl Notes {
    /// Whether the statement must not run on data that others share. SQLite's
    /// own `sqlite3_stmt_readonly` is no test: it is true for BEGIN and for
    /// most settings.
    pub fn needs_private_copy(&self) -> bool {
        !self.writes.is_empty()
            || self.changes_schema
            || self.transaction
            || self.touches_temp
            || self.attaches
            || self.sets_pragma
            || (self.modifies && !self.is_pragma)
    }

    /// Adds what the authorizer is told.
    pub(super) fn record(&mut self, context: &AuthContext<'_>) {
        use AuthAction as A;
        match context.database_name {
            None => self.reads_somewhere |= matches!(context.action, A::Read { .. }),
            Some("main") => {}
            Some("temp") => self.touches_temp = true,
            Some(_) => self.touches_attached = true,
        }
        match context.action {
            A::Read { table_name, .. } if is_schema_table(table_name) => {}
            A::Read { table_name, .. } => {
                self.reads.insert(table_name.to_owned());
            }
            A::Insert { table_name } | A::Delete { table_name } | A::Update { table_name, .. } => {
                if is_schema_table(table_name) {
                    self.changes_schema = true;
                } else {
                    self.writes.insert(table_name.to_owned());
                }
            }
            A::Function { function_name } => {
                self.functions.insert(function_name.to_ascii_lowercase());
            }
            A::Transaction { .. } | A::Savepoint { .. } => self.transaction = true,
            A::Attach { .. } | A::Detach { .. } => self.attaches = true,
            A::Pragma {
                pragma_value,
                pragma_name,
            } => {
                self.is_pragma = true;
                self.sets_pragma |=
                    pragma_value.is_some() && !super::guard::pragma_argument_is_a_name(pragma_name);
            }
            A::CreateTempIndex { .. }
            | A::CreateTempTable { .. }
            | A::CreateTempTrigger { .. }
            | A::CreateTempView { .. }
            | A::DropTempIndex { .. }
            | A::DropTempTable { .. }
            | A::DropTempTrigger { .. }
            | A::DropTempView { .. } => self.touches_temp = true,
            A::CreateIndex { .. }
            | A::CreateTable { .. }
            | A::CreateTrigger { .. }
            | A::CreateView { .. }
            | A::CreateVtable { .. }
            | A::DropIndex { .. }
            | A::DropTable { .. }
            | A::DropTrigger { .. }
            | A::DropView { .. }
            | A::DropVtable { .. }
            | A::AlterTable { .. }
            | A::Reindex { .. }
            | A::Analyze { .. } => self.changes_schema = true,
            _ => {}
        }
    }
}

fn is_schema_table(name: &str) -> bool {
    matches!(
        name,
        "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema"
    )
}
