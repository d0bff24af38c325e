//! Where requests come from: drawn, or read from a trace.

use std::collections::HashMap;
use std::time::Duration;

use super::request::{Op, Request};
use super::run::Simulation;
use super::trace::{Trace, TraceError, TraceFile};
use crate::clock::Time;
use crate::interrupt::Interrupt;
use crate::lab::keys::{KeyStream, Rank, UnusableKeys};
use crate::progress::{Progress, Watcher};

/// The size of each object, in bytes: drawn evenly from a range, and always the
/// same for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The smallest.
    pub from: u64,
    /// The largest.
    pub to: u64,
}

impl Sizes {
    /// All objects have this size.
    pub fn all(size: u64) -> Sizes {
        Sizes {
            from: size,
            to: size,
        }
    }

    fn of(self, key: Rank) -> u64 {
        let mixed = (u64::from(key) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let choices = u128::from(self.to - self.from) + 1;
        self.from + ((u128::from(mixed) * choices) >> 64) as u64
    }

    /// Of all of so many keys.
    pub(super) fn sum(self, keys: u64) -> u64 {
        (0..keys as Rank).map(|key| self.of(key)).sum()
    }
}

/// Some requests in a row.
pub(super) enum Batch {
    /// Reads of equally large objects at equal distances, by rank.
    Ranks {
        keys: Vec<Rank>,
        first: u64,
        gap: u64,
    },
    /// Any requests.
    Requests(Vec<Request>),
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        match self {
            Batch::Ranks { keys, .. } => keys.len(),
            Batch::Requests(requests) => requests.len(),
        }
    }
}

/// Gives batch after batch.
pub(super) enum Source {
    Drawn {
        stream: Box<KeyStream>,
        sizes: Sizes,
        /// Nanoseconds from one request to the next.
        gap: u64,
        drawn: u64,
        /// Whether sizes and times matter.
        whole: bool,
    },
    Trace(Box<Trace>),
}

impl Source {
    pub(super) fn of(simulation: &Simulation, whole: bool) -> Result<Source, TraceOrKeys> {
        if let Some(file) = &simulation.trace {
            return Ok(Source::Trace(Box::new(Trace::open(file)?)));
        }
        let stream = KeyStream::of(simulation.distribution, simulation.keys, simulation.seed)?;
        Ok(Source::Drawn {
            stream: Box::new(stream),
            sizes: simulation.sizes,
            gap: gap_of(simulation.rate),
            drawn: 0,
            whole,
        })
    }

    /// The next requests, at most `most`; none at the end of a trace.
    pub(super) fn next_batch(&mut self, most: usize) -> Result<Batch, TraceError> {
        match self {
            Source::Drawn {
                stream,
                sizes,
                gap,
                drawn,
                whole,
            } => {
                let keys = stream.take(most);
                let first = *drawn;
                *drawn += most as u64;
                if !*whole {
                    return Ok(Batch::Ranks {
                        keys,
                        first: first * *gap,
                        gap: *gap,
                    });
                }
                let requests = (first..).zip(keys).map(|(n, key)| Request {
                    time: Time::from_nanos(n * *gap),
                    key: u64::from(key),
                    size: sizes.of(key),
                    op: Op::Read,
                });
                Ok(Batch::Requests(requests.collect()))
            }
            Source::Trace(trace) => {
                let mut requests = Vec::with_capacity(most);
                while requests.len() < most {
                    match trace.next_request()? {
                        Some(request) => requests.push(request),
                        None => break,
                    }
                }
                Ok(Batch::Requests(requests))
            }
        }
    }
}

/// From one request to the next, in nanoseconds: 1 without a rate, so that
/// virtual time counts requests.
fn gap_of(rate: Option<f64>) -> u64 {
    match rate {
        Some(rate) => Duration::from_secs_f64(1.0 / rate).as_nanos().max(1) as u64,
        None => 1,
    }
}

/// Why a source cannot be opened.
pub(super) enum TraceOrKeys {
    Trace(TraceError),
    Keys(UnusableKeys),
}

impl From<TraceError> for TraceOrKeys {
    fn from(error: TraceError) -> TraceOrKeys {
        TraceOrKeys::Trace(error)
    }
}

impl From<UnusableKeys> for TraceOrKeys {
    fn from(error: UnusableKeys) -> TraceOrKeys {
        TraceOrKeys::Keys(error)
    }
}

/// How many keys a trace has, and their bytes, each at its first size. Reads
/// the whole file; an interrupt ends it with what was seen.
pub(super) fn footprint(
    file: &TraceFile,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(u64, u64), TraceError> {
    let mut trace = Trace::open(file)?;
    let mut sizes: HashMap<u64, u64, foldhash::fast::FixedState> = HashMap::default();
    let mut requests = 0_u64;
    while let Some(request) = trace.next_request()? {
        sizes.entry(request.key).or_insert(request.size);
        requests += 1;
        if requests.is_multiple_of(1 << 16) {
            let (done, total) = trace.progress();
            let what = "counting the keys of the trace";
            watcher(Progress { what, done, total });
            if interrupt.is_raised() {
                break;
            }
        }
    }
    Ok((sizes.len() as u64, sizes.values().sum()))
}
