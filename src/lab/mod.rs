//! Workloads, and what happens to them with and without a cache: on the wall
//! clock and in virtual time.
//!
//! One description of which keys are asked for ([`keys`]) feeds both halves:
//! [`mod@bench`] plays a [`workload`] against a real database and a real cache
//! server, [`simulate`] plays requests against eviction policies alone, and
//! [`virtual_time`] against the whole cache-aside pattern.
//! [`theory`] says beforehand what should come out, and [`report`] puts both
//! beside each other, with a verdict. [`scenario`] holds the second to known
//! answers, and [`sweep`] plays either under several settings.

pub mod bench;
pub mod keys;
pub mod report;
pub mod scenario;
pub mod simulate;
pub mod sweep;
pub mod theory;
pub mod virtual_time;
pub mod workload;
pub mod worth;
