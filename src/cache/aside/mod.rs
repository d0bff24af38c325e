//! Cache-aside, as a state machine: events and the time go in, actions come
//! out. No I/O, no thread, no clock of its own.
//!
//! A driver does what the actions say and reports what came of it:
//!
//! ```text
//! Asked ─ Get ─> Found ── fresh ───────────────────────────> Answer(Hit)
//!                  └─ missing ─ Query ─> Loaded ─ Set ─> Stored ─> Answer(Miss)
//! GetFailed, or paused ─ Query ─> Loaded ──────────────────> Answer(Degraded)
//! Written ─ Delete ─> Deleted | DeleteFailed
//! ```
//!
//! [`Layer`](crate::cache::Layer) drives it over a connection and the wall
//! clock; in virtual time, many reads are under way at once and their events
//! interleave. Reads are told apart by a [`ReadId`].

mod machine;

pub use machine::{Action, Aside, Event, Fault, Rules, Source};

/// Tells reads apart that are under way at the same time.
pub type ReadId = u64;
