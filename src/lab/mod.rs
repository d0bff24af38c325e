//! Workloads, and what happens to them with and without a cache: on the wall
//! clock and in virtual time.
//!
//! One description of which keys are asked for ([`keys`]) feeds both halves:
//! [`simulate`] plays it against eviction policies alone, in virtual time.
//! [`theory`] says beforehand what should come out.

pub mod keys;
pub mod simulate;
pub mod theory;
