//! Why a connection could not be opened, found or closed.

/// A connection's name is no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// No word, or one that commands use themselves.
    #[error("{0:?} is no name: up to 16 letters, digits, - and _, as in .conn b")]
    BadName(String),
    /// Nothing to close.
    #[error("there is no connection {name}; open: {open}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that are open.
        open: String,
    },
    /// Closing the only one.
    #[error("{0} is the only connection; .quit leaves")]
    Last(String),
    /// Each costs a page cache of its own.
    #[error("{0} connections are open, the most there can be; .conn close NAME closes one")]
    TooMany(usize),
}
