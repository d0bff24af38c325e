//! What has happened so far.

/// Counts since the start, or since they were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Reads that found their key.
    pub hits: u64,
    /// Reads that did not.
    pub misses: u64,
    /// Keys whose time was over.
    pub expired: u64,
    /// Keys that went for lack of memory.
    pub evicted: u64,
}
