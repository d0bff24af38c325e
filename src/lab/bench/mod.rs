//! Reads with and without a cache on the wall clock.
//!
//! The sides take turns in rounds on one sequence of requests ([`take_turns`]);
//! within a round, clients ask in a closed or an open loop ([`play`]). What a
//! client asks is behind the trait [`Client`]: the database, a cache in front
//! of it, or in tests a script with a virtual clock.

mod asked;
mod bound;
mod client;
mod data;
mod error;
mod live;
mod local;
mod play;
mod query_time;
mod reader;
mod recorded;
mod replay;
mod requests;
mod run;
mod sides;
mod storms;
mod tally;
mod truth;
mod turns;

pub use asked::Asked;
pub use bound::Held;
pub use client::{Answer, Client, Served};
pub use data::Indexes;
pub use error::BenchError;
pub use live::{Beat, LiveBoard, LiveSide, Moment, Slice};
pub use local::LocalCache;
pub use play::{Play, Round, play};
pub use requests::{Draws, Requests, Statement};
pub use run::Bench;
pub use storms::Storms;
pub use tally::{PARTS, Part, Tally};
pub use turns::{Arm, Measured, Schedule, ServerCounts, Side, UnknownSide, take_turns};
