//! Which cache server answers: one at a URL, one that is spawned, or the
//! built-in one.

mod builtin;
mod choice;
#[cfg(unix)]
mod folder;
mod identity;
mod running;
#[cfg(unix)]
mod spawned;
pub mod url;

pub use choice::{Choice, UnknownChoice};
pub use identity::{Kind, Server, info_field};
pub use running::{Limits, Running, StartError, Surroundings};
