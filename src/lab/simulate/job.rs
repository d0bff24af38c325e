//! One cache, or one curve, that plays along.

use std::collections::HashMap;
use std::time::Duration;

use super::policies::{Making, With, boxed_policy, with_policy};
use super::source::Batch;
use super::{MissRatio, ObjectCache, Op, Request, Tally, Unit, ValueCache};
use crate::cache::policy::{Policy, PolicyKind, belady};
use crate::clock::{Clock, Time};
use crate::lab::keys::Rank;

/// A cache of any policy over dense keys; one call plays a whole batch.
pub(super) trait DensePlayer: Send {
    fn play(&mut self, keys: &[Rank], first: u64, gap: u64) -> u64;
}

impl<P: Policy + Send> DensePlayer for ObjectCache<P> {
    fn play(&mut self, keys: &[Rank], first: u64, gap: u64) -> u64 {
        if gap == 1 {
            return self.request_all(keys, Time::from_nanos(first));
        }
        let mut hits = 0;
        for (n, key) in (0..).zip(keys) {
            hits += u64::from(self.request(*key, Time::from_nanos(first + n * gap)));
        }
        hits
    }
}

/// All requests, for who needs the future.
#[derive(Default)]
pub(super) struct Recorded {
    keys: Vec<Rank>,
    numbers: HashMap<u64, Rank, foldhash::fast::FixedState>,
    counts_from: Option<usize>,
    capacity: usize,
}

pub(super) enum Work {
    Dense(Box<dyn DensePlayer>),
    Any(Box<ValueCache>),
    Opt(Recorded),
    Curve(MissRatio),
}

struct Dense {
    keys: usize,
    capacity: usize,
}

impl With for Dense {
    type Output = Box<dyn DensePlayer>;
    fn with(self, policy: impl Policy + Send + 'static) -> Box<dyn DensePlayer> {
        Box::new(ObjectCache::new(policy, self.keys, self.capacity))
    }
}

impl Work {
    pub(super) fn dense(policy: PolicyKind, making: Making, keys: u64) -> Work {
        let capacity = making.capacity as usize;
        let keys = keys as usize;
        with_policy(policy, making, Dense { keys, capacity })
            .map_or_else(|| Work::opt(making), Work::Dense)
    }

    pub(super) fn any(
        policy: PolicyKind,
        making: Making,
        unit: Unit,
        ttl: Option<Duration>,
    ) -> Work {
        match boxed_policy(policy, making) {
            Some(policy) => {
                let cache = ValueCache::new(policy, unit, making.capacity, ttl);
                Work::Any(Box::new(cache))
            }
            None => Work::opt(making),
        }
    }

    fn opt(making: Making) -> Work {
        Work::Opt(Recorded {
            capacity: making.capacity as usize,
            ..Recorded::default()
        })
    }
}

/// Work with what came of it so far.
pub(super) struct Job {
    pub(super) policy: PolicyKind,
    pub(super) capacity: u64,
    pub(super) ttl: Option<Duration>,
    /// On the wall clock.
    pub(super) seconds: f64,
    work: Work,
    tally: Tally,
}

impl Job {
    pub(super) fn new(policy: PolicyKind, capacity: u64, ttl: Option<Duration>, work: Work) -> Job {
        Job {
            policy,
            capacity,
            ttl,
            seconds: 0.0,
            work,
            tally: Tally::default(),
        }
    }

    pub(super) fn play(&mut self, batch: &Batch, counts: bool, clock: &Clock) {
        let before = clock.now();
        let tally = self.work.play(batch, counts);
        if counts {
            self.tally = self.tally.plus(tally);
        }
        self.seconds += clock.now().since(before).as_secs_f64();
    }

    /// The reads and hits, or the curve.
    pub(super) fn finish(self) -> Result<Tally, Box<MissRatio>> {
        match self.work {
            Work::Curve(curve) => Err(Box::new(curve)),
            Work::Opt(recorded) => Ok(recorded.tally()),
            Work::Dense(_) | Work::Any(_) => Ok(self.tally),
        }
    }
}

impl Work {
    fn play(&mut self, batch: &Batch, counts: bool) -> Tally {
        match (self, batch) {
            (Work::Dense(cache), Batch::Ranks { keys, first, gap }) => {
                let (reads, hits) = (keys.len() as u64, cache.play(keys, *first, *gap));
                return Tally {
                    reads,
                    hits,
                    bytes: reads,
                    hit_bytes: hits,
                };
            }
            (Work::Any(cache), Batch::Requests(requests)) => return cache.request_all(requests),
            (Work::Opt(recorded), batch) => recorded.record(batch, counts),
            (Work::Curve(curve), Batch::Ranks { keys, .. }) => curve.request_all(keys, counts),
            (Work::Curve(curve), Batch::Requests(requests)) => {
                for Request { key, .. } in requests.iter().filter(|it| it.op == Op::Read) {
                    match curve {
                        MissRatio::Exact(curve) => curve.request(*key, counts),
                        MissRatio::Sampled(curve) => curve.request(*key, counts),
                    }
                }
            }
            // A source gives one kind of batches, and the jobs are made for it.
            (Work::Dense(_), Batch::Requests(_)) | (Work::Any(_), Batch::Ranks { .. }) => {}
        }
        Tally::default()
    }
}

impl Recorded {
    fn record(&mut self, batch: &Batch, counts: bool) {
        if counts {
            self.counts_from.get_or_insert(self.keys.len());
        }
        match batch {
            Batch::Ranks { keys, .. } => self.keys.extend_from_slice(keys),
            Batch::Requests(requests) => {
                for request in requests.iter().filter(|it| it.op == Op::Read) {
                    let next = self.numbers.len() as Rank;
                    self.keys
                        .push(*self.numbers.entry(request.key).or_insert(next));
                }
            }
        }
    }

    fn tally(&self) -> Tally {
        let counted = self.counts_from.unwrap_or(self.keys.len());
        let hits = &belady::hits(&self.keys, self.capacity)[counted..];
        let (reads, hits) = (
            hits.len() as u64,
            hits.iter().filter(|hit| **hit).count() as u64,
        );
        Tally {
            reads,
            hits,
            bytes: reads,
            hit_bytes: hits,
        }
    }
}
