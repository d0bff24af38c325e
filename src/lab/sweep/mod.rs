//! The same question under several settings: one simulation for each
//! combination, on several threads.
//!
//! A [`Rehearsal`] is a workload through the cache layer in virtual time: the
//! statements, keys, order, rounds and faults that `bench` plays on the wall
//! clock, by the code of the layer itself. [`Setting`]s change it; so they
//! change a [`Simulation`](crate::lab::simulate::Simulation) of eviction alone.

mod eviction;
mod rehearsal;
mod report;
mod run;
mod setting;
#[cfg(test)]
mod tests;

pub use eviction::evictions;
pub use rehearsal::{Data, Rehearsal, Unplayable};
pub use report::{Asked, Axis, Played, Point, SweepReport};
pub use run::{Sweep, rehearse};
pub use setting::{Setting, combinations};
