//! Why a benchmark could not be run.

use crate::cache::Uncacheable;
use crate::cache::connection::Fault;
use crate::cache::layer::OpenError;
use crate::lab::keys::UnusableKeys;
use crate::lab::simulate::{TraceError, UnusableCapacity};
use crate::sandbox;
use crate::units;

/// A benchmark that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The query or the values of its keys failed.
    #[error("the workload {workload} cannot be run on {data}: {error}")]
    Data {
        /// Its name.
        workload: String,
        /// The label of the data.
        data: String,
        /// Why.
        #[source]
        error: sandbox::Error,
    },
    /// More keys were asked for than there are.
    #[error(
        "{data} has {} for this workload, not {}",
        units::counted(*have as u64, "key", "keys"),
        units::count(*wanted)
    )]
    TooFewKeys {
        /// The label of the data.
        data: String,
        /// How many there are.
        have: usize,
        /// How many were asked for.
        wanted: u64,
    },
    /// A statement has nothing to ask for.
    #[error("{data} has no keys for this workload: {values}")]
    NoKeys {
        /// The label of the data.
        data: String,
        /// The SELECT that had no rows.
        values: String,
    },
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// The cache would hold nothing, or more than there is.
    #[error(transparent)]
    Capacity(#[from] UnusableCapacity),
    /// The clients of a benchmark write to the database themselves.
    #[error(
        "the clients of a benchmark write to the database themselves, which is no write-behind: \
         --strategy cache-aside"
    )]
    WriteBehind,
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The keys of the trace are no values of the data, and more than there are.
    #[error(
        "{data} has {} for this workload, and the trace has {}: take a larger scale, such as \
         @large",
        units::counted(*have, "key", "keys"),
        units::count(*trace)
    )]
    TooFewRows {
        /// The label of the data.
        data: String,
        /// How many keys it has.
        have: u64,
        /// How many the trace has.
        trace: u64,
    },
    /// Nothing is left to count.
    #[error(
        "the trace has {}, and the warm-up takes {}: --warmup 0 counts them all",
        units::counted(*there, "request", "requests"),
        units::count(*warmup)
    )]
    TraceTooShort {
        /// Requests of the trace.
        there: u64,
        /// Requests of the warm-up.
        warmup: u64,
    },
    /// The cache would never be asked.
    #[error("the query of the workload {workload} cannot be cached: {why}")]
    Uncacheable {
        /// Its name.
        workload: String,
        /// Why not.
        why: Uncacheable,
    },
    /// There is no cache server.
    #[error(transparent)]
    Cache(#[from] OpenError),
    /// Its results are not ours to delete.
    #[error(
        "faults need a cache server of our own: {0} is somebody else's; --cache auto starts one"
    )]
    ForeignFaults(String),
    /// The cache server of our own could not be bounded.
    #[error("could not set the size of the cache: {0}")]
    Bound(#[from] Fault),
}
