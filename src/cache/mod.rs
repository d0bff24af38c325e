//! The cache-aside layer and its cache servers.

pub mod builtin;
pub mod policy;
pub mod server;
pub mod stats;
