//! Why a statement cannot be explained.

/// Why a statement cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing but space and comments.
    #[error("there is no statement to explain")]
    Empty,
    /// No statement that has a plan.
    #[error("{0} has no query plan: explain a SELECT, WITH, VALUES, INSERT, UPDATE or DELETE")]
    NoQuery(String),
    /// Several statements.
    #[error("there are several statements: explain one at a time")]
    Several,
    /// Running it needs values that nobody gave.
    #[error("{}", crate::sandbox::Error::Unbound(.0.clone()))]
    Parameters(Vec<String>),
    /// What SQLite said about the statement, with its place in it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}
