//! Why there is no advice.

use crate::plan::error::Error as PlanError;

/// Why there is no advice.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A transaction is open, which would be rolled back.
    #[error("a transaction is open: COMMIT or ROLLBACK first, then ask for advice")]
    InTransaction,
    /// What is wrong with the statement.
    #[error(transparent)]
    Statement(PlanError),
    /// There is nothing in the workload.
    #[error("there is no statement to advise on")]
    NoStatement,
    /// What SQLite said otherwise.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}
