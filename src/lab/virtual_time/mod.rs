//! The cache-aside state machine in virtual time: many reads under way at
//! once, a database with a queue, a cache that evicts, expires and fails.
//!
//! A discrete-event simulation. Whatever happens next is taken from a queue,
//! the clock jumps to its moment, and what follows is put into the queue. The
//! decisions are those of [`cache::aside`](crate::cache::aside), the very code
//! that the shell and the benchmark run; the orders of eviction are those of
//! [`cache::policy`](crate::cache::policy). An hour takes seconds, and one seed
//! gives one course of events, on every machine.

mod asking;
mod behind;
mod cache_server;
mod chance;
mod database;
mod load;
mod outcome;
mod queue;
mod run;
mod script;
mod serving;
#[cfg(test)]
mod tests;

pub use load::{Arrivals, CacheServer, Impossible, Load, Outage, Scan, Services};
pub use outcome::{Outcome, Second};
pub use run::{Stop, run, run_script};
pub use script::{Script, Statement};
