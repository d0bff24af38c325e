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
//! The [`Protection`] in force changes what follows a missing or old result:
//!
//! ```text
//! single-flight   missing ─ Join ··· the leader's Stored ──> Answer(Shared)
//! lock            missing ─ Lock ─> Locked ─ Get ─> Found, missing ─ Query …
//!                             └─> LockTaken ─ Wait ─> Waited ─ Get ─> Found …
//! xfetch          fresh, drawn ─ Query ─> Loaded ─ Set ─> Stored ─> Answer(Early)
//! stale-while-…   stale ─ Answer(Stale), Refresh ─> Loaded ─ Set ─> Stored
//! ```
//!
//! With write-through, `Written` brings `Restore`, and each of its keys a
//! `Reload ─ Query ─> Loaded ─ Set ─> Stored`, which nobody waits for.
//!
//! With write-behind, writes wait in a [`Backlog`] until the database gets them.
//!
//! [`Layer`](crate::cache::Layer) drives it over a connection and the wall
//! clock; in virtual time, many reads are under way at once and their events
//! interleave. Reads are told apart by a [`ReadId`].

mod backlog;
mod chance;
mod fraction;
mod machine;
mod protection;
mod protocol;
pub mod race;
mod rules;
mod strategy;
mod under_way;

pub use backlog::{Backlog, Claim};
pub use fraction::{BadFraction, Beta, Jitter};
pub use machine::Aside;
pub use protection::{Misplaced, Protection, UnknownProtection, recompute_early};
pub use protocol::{Action, Cached, Event, Fault, Source};
pub use rules::{Contradiction, Rules};
pub use strategy::{Strategy, UnknownStrategy};

/// Tells reads apart that are under way at the same time.
pub type ReadId = u64;
