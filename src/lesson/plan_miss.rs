//! What a learner is told about a plan that is outside its bounds.

use std::fmt;

use super::criterion::IndexedColumns;
use crate::units;

/// One bound on the plan that the answer misses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanMiss {
    /// A table is read from end to end.
    FullScan {
        /// The table.
        table: String,
        /// Rows visited there, if they were counted.
        visited: Option<u64>,
    },
    /// No step searches an index that begins with these columns.
    IndexNotUsed {
        /// What was asked for.
        wanted: IndexedColumns,
        /// Such an index exists and the plan passes it by.
        exists: bool,
    },
    /// Rows were sorted more often than allowed.
    Sorted {
        /// Sorts done.
        sorts: u64,
        /// Sorts allowed.
        allowed: u64,
    },
    /// More rows were looked at than needed.
    Visited {
        /// Rows looked at.
        visited: u64,
        /// Rows allowed.
        allowed: u64,
    },
    /// More pages were asked for than needed.
    Fetched {
        /// Pages asked for.
        fetches: u64,
        /// Pages allowed.
        allowed: u64,
    },
    /// It took more steps than needed.
    Steps {
        /// VM steps taken.
        steps: u64,
        /// Steps allowed.
        allowed: u64,
    },
    /// An index of the plan has more entries than needed.
    LargeIndex {
        /// Its name.
        index: String,
        /// Its entries.
        entries: u64,
        /// Entries allowed.
        allowed: u64,
    },
    /// The rows of a table were fetched, and an index could hold it all.
    NotCovered {
        /// The table.
        table: String,
    },
}

impl fmt::Display for PlanMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanMiss::FullScan {
                table,
                visited: Some(rows),
            } => write!(
                f,
                "{table} was read from end to end, {}",
                units::counted(*rows, "row", "rows")
            ),
            PlanMiss::FullScan {
                table,
                visited: None,
            } => write!(f, "{table} was read from end to end"),
            PlanMiss::IndexNotUsed {
                wanted,
                exists: true,
            } => write!(f, "the index on {wanted} was not searched"),
            PlanMiss::IndexNotUsed {
                wanted,
                exists: false,
            } => write!(f, "no index leads to the rows of {}", wanted.table),
            PlanMiss::Sorted { sorts, allowed: 0 } if *sorts == 1 => {
                write!(f, "the rows were sorted after they were read")
            }
            PlanMiss::Sorted { sorts, allowed } => write!(
                f,
                "it sorted {}, and {allowed} will do",
                units::counted(*sorts, "time", "times")
            ),
            PlanMiss::Visited { visited, allowed } => write!(
                f,
                "{} were visited, and {} will do",
                units::counted(*visited, "row", "rows"),
                units::count(*allowed)
            ),
            PlanMiss::Fetched { fetches, allowed } => write!(
                f,
                "{} were fetched, and {} will do",
                units::counted(*fetches, "page", "pages"),
                units::count(*allowed)
            ),
            PlanMiss::Steps { steps, allowed } => write!(
                f,
                "it took {}, and {} will do",
                units::counted(*steps, "step", "steps"),
                units::count(*allowed)
            ),
            PlanMiss::LargeIndex {
                index,
                entries,
                allowed,
            } => write!(
                f,
                "the index {index} has {}, and {} will do",
                units::counted(*entries, "entry", "entries"),
                units::count(*allowed)
            ),
            PlanMiss::NotCovered { table } => {
                write!(f, "the rows of {table} were fetched from the table")
            }
        }
    }
}
