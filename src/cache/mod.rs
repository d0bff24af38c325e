//! The cache-aside layer and its cache servers.
//!
//! [`aside`] decides (a state machine without I/O), [`layer`] does what it
//! says over a connection, [`server`] finds or starts the server that answers.

pub mod aside;
pub mod builtin;
pub mod cacheable;
pub mod codec;
pub mod connection;
pub mod deferrable;
pub mod invalidation;
pub mod key;
pub mod layer;
pub mod policy;
pub mod raw;
pub mod resilience;
pub mod server;
pub mod stats;
pub mod trace;

pub use cacheable::{StatementFacts, Uncacheable};
pub use deferrable::Undeferrable;
pub use invalidation::Invalidation;
pub use key::Ids;
pub use layer::{Layer, Options, Outcome, Read, Served, Times};
pub use server::{Choice, Server};
pub use stats::Stats;
