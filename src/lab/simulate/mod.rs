//! Eviction policies in virtual time: which requests would have hit.
//!
//! No server, no database, no waiting: the n-th request happens n nanoseconds
//! after the start, so virtual time counts requests. The policies are the ones
//! the built-in cache server uses.

mod capacity;
mod index;
mod miss_ratio;
mod object_cache;
mod run;
mod stack_distance;

pub use capacity::{BadCapacity, Capacity, UnusableCapacity};
pub use index::{Dense, Hashed, Index};
pub use miss_ratio::{CurvePoint, ExactCurve, MissRatio, SampledCurve};
pub use object_cache::ObjectCache;
pub use run::{CannotSimulate, PolicyResult, Simulation, SimulationReport, simulate};
pub use stack_distance::StackDistances;
