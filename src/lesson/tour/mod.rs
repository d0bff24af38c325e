//! The tour: one query from a full scan to an index, a cache, and a stale read,
//! each step really run and measured.
//!
//! What is told and typed is data (`tour/tour.toml`, read by `script`). [`Tour`]
//! plays it on a session of its own and keeps what came out (`measured`), from
//! which the sentences are chosen and their numbers filled in.

mod doors;
mod error;
mod guess;
mod measured;
mod play;
mod scene;
mod script;

pub use doors::{Door, doors};
pub use error::Error;
pub use guess::{Guess, read_guess};
pub use play::Tour;
pub use scene::{Against, Read, Scene, Shown, Side, Told};
pub use script::{DATA, SEED};
