//! What the server can do: one small file per family of commands, one table
//! from which errors and `COMMAND` come, and the [`Engine`] that runs a
//! request against the keyspace without knowing of sockets.

mod call;
mod client;
mod command;
mod config;
mod connection;
mod counters;
mod database;
mod debug;
mod decimal;
mod engine;
mod error;
mod expiry;
mod info;
mod introspection;
mod keys;
mod lifetime;
mod object;
mod scan;
mod strings;
mod substrings;
mod table;

pub use call::{Call, Effect};
pub use client::Client;
pub use command::Command;
pub use engine::{Engine, ServerState, Settings};
pub use error::CommandError;
pub use table::Table;
