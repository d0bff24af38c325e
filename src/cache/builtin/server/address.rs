//! Where a server listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A TCP address, with the port that was taken.
    Tcp(SocketAddr),
    /// A socket file.
    Unix(PathBuf),
}

impl Address {
    /// As the `redis` crate reads it, without a password: `redis://127.0.0.1:6380/`
    /// or `redis+unix:///run/cache.sock`.
    pub fn url(&self) -> String {
        match self {
            Address::Tcp(address) => format!("redis://{address}/"),
            Address::Unix(path) => format!("redis+unix://{}", escaped(path)),
        }
    }
}

/// The path with what has a meaning in URLs escaped. A path that is no UTF-8
/// cannot be said in the URL, and is shown as well as it goes.
fn escaped(path: &std::path::Path) -> String {
    let mut out = String::new();
    for c in path.to_string_lossy().chars() {
        match c {
            '%' | '?' | '#' | ' ' => out.push_str(&format!("%{:02X}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => path.display().fmt(f),
        }
    }
}
