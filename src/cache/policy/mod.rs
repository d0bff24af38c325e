//! Eviction policies behind one trait, shared by the built-in server and the
//! simulator. Each stands in a file of its own, with its source.
//!
//! A policy orders *slots*: small dense numbers that its owner gives to the
//! objects it holds. It knows neither keys nor time-to-live. Policies that
//! remember evicted objects, or weigh parts of the cache against each other,
//! are told of each object before it comes ([`Policy::announce`]); the others
//! need not be. So the same code serves a server that counts bytes and a
//! simulator that counts objects.
//!
//! [`belady`] stands apart: it needs the future.

use crate::clock::Time;

mod arc;
pub mod belady;
mod clock;
mod fifo;
mod ghosts;
mod held;
mod kind;
mod lfu;
mod list;
mod lru;
mod per_slot;
#[cfg(test)]
mod play;
mod pool;
mod queue;
mod random;
mod s3_fifo;
mod sampled_lfu;
mod sampled_lru;
mod sieve;
mod sketch;
mod w_tiny_lfu;

pub use arc::Arc;
pub use clock::ClockHand;
pub use fifo::Fifo;
pub use kind::PolicyKind;
pub use lfu::Lfu;
pub use lru::Lru;
pub use random::Random;
pub use s3_fifo::S3Fifo;
pub use sampled_lfu::{Aging, SampledLfu};
pub use sampled_lru::{DEFAULT_SAMPLES, LruClock, SampledLru};
pub use sieve::Sieve;
pub use w_tiny_lfu::WTinyLfu;

/// An object's number. Dense: owners reuse the slots of removed objects.
pub type Slot = u32;

/// Tells objects apart that are not held: a key's hash, or its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Id(pub u64);

/// An object that is about to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrival {
    /// Who it is.
    pub id: Id,
    /// What it takes of the capacity: 1, or its bytes.
    pub weight: u64,
}

/// Chooses what to evict.
pub trait Policy {
    /// The name in reports, such as `lru`.
    fn name(&self) -> &'static str;

    /// An object that is not held was asked for. Room will be made for it
    /// ([`Policy::victim`]), and the next insertion is its own. Only policies
    /// with a `capacity` of their own want to know.
    #[inline]
    fn announce(&mut self, _arrival: Arrival) {}

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
