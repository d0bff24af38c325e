//! What the server can do: one small file per family of commands, one table
//! from which errors and `COMMAND` come, and the [`Engine`] that runs a
//! request against the keyspace without knowing of sockets.

mod call;
mod client;
mod clients;
mod command;
mod config;
mod connection;
mod counters;
mod database;
mod debug;
mod decimal;
mod docs;
mod engine;
mod errand;
mod error;
mod expiry;
mod hashes;
mod help;
mod info;
mod introspection;
mod keys;
mod lifetime;
mod list_ends;
mod lists;
mod monitor;
mod object;
mod pubsub;
mod roster;
mod scan;
mod set_algebra;
mod sets;
mod several_keys;
mod sorted_algebra;
mod sorted_pops;
mod sorted_ranges;
mod sorted_sets;
mod stream_groups;
mod stream_ids;
mod stream_info;
mod stream_pending;
mod stream_reads;
mod streams;
mod strings;
mod substrings;
mod table;
mod transactions;
mod waiting;

pub use call::{Call, Effect};
pub use client::Client;
pub use command::Command;
pub use engine::{Engine, ServerState, Settings};
pub use errand::Errand;
pub use error::CommandError;
pub use pubsub::Message;
pub use table::Table;
