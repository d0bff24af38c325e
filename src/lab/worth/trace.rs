//! How reads are really spread, from a trace of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Time;
use crate::lab::simulate::{Op, Request, Trace, TraceError};

/// The TTLs that a trace and the theory are asked about.
pub const TTLS: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
];

/// What a trace says of its reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Reads {
    /// How many there are.
    pub reads: u64,
    /// How many writes, each of which drops its own key only.
    pub writes: u64,
    /// Different keys that were read.
    pub keys: u64,
    /// The share of the reads that go to the key that is read most, 0 to 1.
    pub most_read: f64,
    /// The share of the reads that hit in a cache that is empty at first, evicts
    /// nothing and keeps results until they are written, 0 to 1, to a tenth of a
    /// percent: what is computed from it can be recomputed from what is printed.
    pub hit_ratio: f64,
    /// The same with each of [`TTLS`], fixed, where the trace has times.
    pub with_ttl: Option<[f64; 3]>,
    /// Lines that could not be read.
    pub passed_over: u64,
}

/// A trace that says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BadTrace {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] TraceError),
    /// Nothing is read in it.
    #[error("there are no reads in the trace {}", .0.display())]
    Empty(PathBuf),
    /// Only one key is.
    #[error(
        "the trace {} reads one key only. Every read but the first would hit, whatever the cache, \
         and that says nothing about it",
        .0.display()
    )]
    OneKey(PathBuf),
}

impl Reads {
    /// Reads the rest of `trace`.
    ///
    /// # Errors
    /// [`BadTrace`].
    pub fn of(trace: &mut Trace) -> Result<Reads, BadTrace> {
        let mut state = State::default();
        while let Some(request) = trace.next_request()? {
            state.count(&request);
        }
        let most = state.keys.values().map(|it| it.reads).max();
        let share = |n: u64| n as f64 / state.reads as f64;
        match state.keys.len() {
            0 => Err(BadTrace::Empty(trace.path().to_owned())),
            1 => Err(BadTrace::OneKey(trace.path().to_owned())),
            keys => Ok(Reads {
                reads: state.reads,
                writes: state.writes,
                keys: keys as u64,
                most_read: share(most.unwrap_or(0)),
                hit_ratio: (share(state.hits) * 1000.0).round() / 1000.0,
                with_ttl: trace.is_timed().then(|| state.hits_with_ttl.map(share)),
                passed_over: trace.bad_lines().count,
            }),
        }
    }
}

#[derive(Default)]
struct State {
    reads: u64,
    writes: u64,
    hits: u64,
    hits_with_ttl: [u64; 3],
    /// By the hash of the key.
    keys: HashMap<u64, Key>,
}

#[derive(Default)]
struct Key {
    reads: u64,
    /// Whether a cache without TTL holds it.
    is_held: bool,
    /// When each TTL ends for it.
    ends: [Time; 3],
}

impl State {
    fn count(&mut self, request: &Request) {
        if request.op != Op::Read {
            self.writes += 1;
            if let Some(key) = self.keys.get_mut(&request.key) {
                key.is_held = false;
                key.ends = [Time::ZERO; 3];
            }
            return;
        }
        self.reads += 1;
        let key = self.keys.entry(request.key).or_default();
        key.reads += 1;
        self.hits += u64::from(std::mem::replace(&mut key.is_held, true));
        for (at, ttl) in TTLS.into_iter().enumerate() {
            if request.time < key.ends[at] {
                self.hits_with_ttl[at] += 1;
            } else {
                key.ends[at] = request.time + ttl;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::lab::simulate::TraceFile;

    fn reads(text: &str) -> Result<Reads, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_owned();
        let mut trace = Trace::open(&TraceFile::of(path.clone())).unwrap();
        let told = |error: BadTrace| {
            error
                .to_string()
                .replace(&path.display().to_string(), "FILE")
        };
        Reads::of(&mut trace).map_err(told)
    }

    #[test]
    fn a_key_a_line() {
        let reads = reads("a\nb\na\na\n\n").unwrap();
        assert_eq!((reads.reads, reads.keys, reads.hit_ratio), (4, 2, 0.5));
        assert_eq!((reads.most_read, reads.with_ttl), (0.75, None));
    }

    #[test]
    fn times_end_ttls_and_writes_drop() {
        let trace = "time,key,size,op\n0,a,1,get\n5,a,1,get\n10,a,1,get\n11,b,1,get\n\
                     12,a,1,set\n13,a,1,get\n90,b,1,get\n";
        let reads = reads(trace).unwrap();
        // a hits at 5 and 10, and b at 90; the write at 12 makes 13 a miss.
        assert_eq!((reads.reads, reads.writes, reads.hit_ratio), (6, 1, 0.5));
        let [ten, sixty, long] = reads.with_ttl.unwrap();
        // With 10 s, what was stored at 0 has ended at 10.
        assert_eq!((ten, sixty, long), (1.0 / 6.0, 2.0 / 6.0, 0.5));
    }

    #[test]
    fn what_says_nothing_is_told() {
        let error = |text: &str| reads(text).unwrap_err();
        assert_eq!(error("key\n"), "there are no reads in the trace FILE");
        assert!(error("a\na\n").starts_with("the trace FILE reads one key only"));
    }
}
