//! One thread with one event loop: accepts, reads, executes, writes.

mod address;
mod connection;
mod eagerness;
mod event_loop;
mod handle;
mod stream;

pub use address::Address;
pub use handle::Server;
