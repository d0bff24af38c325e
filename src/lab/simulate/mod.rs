//! Eviction policies in virtual time: which requests would have hit.
//!
//! No server, no database, no waiting. Requests are drawn or read from a
//! trace; without a rate, the n-th happens n nanoseconds after the start, so
//! virtual time counts requests. The policies are the ones the built-in cache
//! server uses. A cache counts objects ([`ObjectCache`]) or bytes, and its
//! objects may expire ([`ValueCache`]); [`MissRatio`] finds the hit ratio of
//! LRU at every size in one pass.

mod capacity;
mod index;
mod job;
mod miss_ratio;
mod object_cache;
mod policies;
mod report;
mod request;
mod run;
mod source;
mod stack_distance;
#[cfg(test)]
mod tests;
mod trace;
mod value_cache;

pub use capacity::{BadCapacity, Capacity, UnusableCapacity};
pub use index::{Dense, Hashed, Index};
pub use miss_ratio::{CurvePoint, ExactCurve, MissRatio, SampledCurve};
pub use object_cache::ObjectCache;
pub use policies::{Making, boxed_policy};
pub use report::{PolicyResult, SimulationReport, Stopped};
pub use request::{Op, Request};
pub use run::{CannotSimulate, Curve, Simulation, simulate};
pub use source::Sizes;
pub use stack_distance::StackDistances;
pub use trace::{BadColumns, BadLines, Columns, Trace, TraceError, TraceFile};
pub use value_cache::{Tally, Unit, ValueCache};
