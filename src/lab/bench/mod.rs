//! Reads with and without a cache on the wall clock.
//!
//! The sides take turns in rounds on one sequence of requests ([`take_turns`]);
//! within a round, clients ask one request after the other ([`closed_loop`]).
//! What a client asks is behind the trait [`Client`]: the database, the cache
//! in front of it, or in tests a script with a virtual clock.

mod bound;
mod client;
mod closed_loop;
mod reader;
mod run;
mod sides;
mod tally;
mod turns;

pub use bound::Held;
pub use client::{Answer, Client, Served};
pub use closed_loop::{Round, closed_loop};
pub use run::{Bench, BenchError};
pub use tally::Tally;
pub use turns::{Arm, Measured, Schedule, Side, take_turns};
