//! A cache server inside this process that speaks the Redis protocol, for
//! machines without Redis. It never calls itself Redis.
//!
//! # The life of a command
//!
//! 1. The one thread of the [`Server`] reads bytes from a connection.
//! 2. [`wire`] finds the arguments in them, in place, across half requests and
//!    pipelines.
//! 3. [`commands`] looks up the name, checks what the table says of it (number
//!    of arguments, memory, password) and calls its handler.
//! 4. The handler works on [`keyspace`]: values, time-to-live, memory,
//!    eviction. It is given `now`; there is no clock below the server.
//! 5. The reply is appended to the connection's output in its own dialect,
//!    RESP2 or RESP3, and written when all connections that were ready have
//!    been read.

pub mod commands;
mod config;
pub(in crate::cache) mod glob;
pub mod keyspace;
mod server;
pub mod wire;

pub use config::{Config, Listen, MaxmemoryPolicy, UnknownPolicy};
pub use server::{Address, Server};

/// The most connections at a time, as Redis has by default.
const MAX_CLIENTS: usize = 10_000;
