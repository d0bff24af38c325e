//! Eviction policies behind one trait, shared by the built-in server and the
//! simulator.
//!
//! A policy orders *slots*: small dense numbers that its owner gives to the
//! objects it holds. It knows neither keys nor sizes nor time-to-live, so the
//! same code serves a server that counts bytes and a simulator that counts
//! objects.

use crate::clock::Time;

mod fifo;
mod kind;
mod list;
mod lru;

pub use fifo::Fifo;
pub use kind::PolicyKind;
pub use lru::Lru;

/// An object's number. Dense: owners reuse the slots of removed objects.
pub type Slot = u32;

/// Chooses what to evict.
pub trait Policy {
    /// The name in reports, such as `lru`.
    fn name(&self) -> &'static str;

    /// A new object. The slot must not be held already.
    fn insert(&mut self, slot: Slot, now: Time);

    /// A held object was read or overwritten.
    fn touch(&mut self, slot: Slot, now: Time);

    /// A held object is gone: deleted, expired, or evicted by its owner.
    fn remove(&mut self, slot: Slot);

    /// What to evict next; `None` when nothing is held. The object stays held
    /// until it is removed.
    fn victim(&mut self, now: Time) -> Option<Slot>;
}
