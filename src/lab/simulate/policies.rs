//! Policies by name.

use super::Unit;
use crate::cache::policy::{
    Aging, Arc, ClockHand, Fifo, Lfu, Lru, LruClock, Policy, PolicyKind, Random, S3Fifo,
    SampledLfu, SampledLru, Sieve, WTinyLfu,
};

/// What a policy must know besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Making {
    /// In objects or bytes, as [`Unit`] says.
    pub capacity: u64,
    /// How many objects Redis's policies look at for each eviction.
    pub samples: usize,
    /// What Redis's LRU reads ages off.
    pub clock: LruClock,
    /// Of what is drawn.
    pub seed: u64,
}

/// Does something with a policy of any type.
pub(super) trait With {
    type Output;
    fn with(self, policy: impl Policy + Send + 'static) -> Self::Output;
}

/// Makes a policy and hands it over; `None` for the one that needs the future.
pub(super) fn with_policy<W: With>(kind: PolicyKind, it: Making, with: W) -> Option<W::Output> {
    Some(match kind {
        PolicyKind::Lru => with.with(Lru::new()),
        PolicyKind::Fifo => with.with(Fifo::new()),
        PolicyKind::Random => with.with(Random::new(it.seed)),
        PolicyKind::Lfu => with.with(Lfu::new()),
        PolicyKind::Clock => with.with(ClockHand::new()),
        PolicyKind::Arc => with.with(Arc::new(it.capacity)),
        PolicyKind::Sieve => with.with(Sieve::new()),
        PolicyKind::S3Fifo => with.with(S3Fifo::new(it.capacity)),
        PolicyKind::WTinyLfu => with.with(WTinyLfu::new(it.capacity)),
        PolicyKind::RedisLru => with.with(SampledLru::new(it.samples, it.clock, it.seed)),
        PolicyKind::RedisLfu => with.with(SampledLfu::new(it.samples, Aging::default(), it.seed)),
        PolicyKind::Opt => return None,
    })
}

struct Boxed;

impl With for Boxed {
    type Output = Box<dyn Policy + Send>;
    fn with(self, policy: impl Policy + Send + 'static) -> Box<dyn Policy + Send> {
        Box::new(policy)
    }
}

/// A policy behind a pointer; `None` for [`PolicyKind::Opt`], which needs the
/// future.
pub fn boxed_policy(kind: PolicyKind, making: Making) -> Option<Box<dyn Policy + Send>> {
    with_policy(kind, making, Boxed)
}

impl Unit {
    /// `objects` or `bytes`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Objects => "objects",
            Unit::Bytes => "bytes",
        }
    }
}
