//! How reads are really spread, from a trace of them.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::time::Duration;

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
    /// How many writes, each of which drops its key.
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
}

/// A trace that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadTrace {
    /// The file itself.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    /// A line that is not like the others.
    #[error("line {line}: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Nothing is read in it.
    #[error("there are no reads in it")]
    Empty,
    /// Only one key is.
    #[error(
        "it reads one key only. Every read but the first would hit, whatever the cache, and that \
         says nothing about it"
    )]
    OneKey,
}

/// Where the fields stand.
struct Layout {
    key: usize,
    time: Option<usize>,
    operation: Option<usize>,
    fields: usize,
}

impl Layout {
    /// Of a header such as `time,key,size,op`; `None` when the line is none.
    fn of(line: &str) -> Option<Layout> {
        let names: Vec<String> = line
            .split(',')
            .map(|it| it.trim().to_ascii_lowercase())
            .collect();
        let place = |wanted: &[&str]| names.iter().position(|it| wanted.contains(&it.as_str()));
        Some(Layout {
            key: place(&["key", "id", "obj_id"])?,
            time: place(&["time", "timestamp", "ts"]),
            operation: place(&["op", "operation"]),
            fields: names.len(),
        })
    }
}

impl Reads {
    /// Reads a CSV file with a header (`time,key,size,op` in any order; only
    /// `key` must be there), or a key on each line. Times are seconds and do not
    /// go back; operations are reads unless they are called `set`, `put`,
    /// `write`, `update`, `delete` or `del`.
    ///
    /// # Errors
    /// The first line that is not like that; no reads, or of one key only.
    pub fn of(trace: impl BufRead) -> Result<Reads, BadTrace> {
        let mut layout = Layout {
            key: 0,
            time: None,
            operation: None,
            fields: 1,
        };
        let mut state = State::default();
        let mut first = true;
        for (at, text) in trace.lines().enumerate() {
            let text = text.map_err(|error| match error.kind() {
                std::io::ErrorKind::InvalidData => BadTrace::Line {
                    line: at + 1,
                    why: "it is not UTF-8 text".to_owned(),
                },
                _ => error.into(),
            })?;
            let text = text.trim_start_matches('\u{feff}').trim_end();
            if text.is_empty() {
                continue;
            }
            let is_first = std::mem::replace(&mut first, false);
            if is_first && let Some(found) = Layout::of(text) {
                layout = found;
                continue;
            }
            state
                .line(&layout, text)
                .map_err(|why| BadTrace::Line { line: at + 1, why })?;
        }
        state.result(layout.time.is_some())
    }
}

#[derive(Default)]
struct State {
    reads: u64,
    writes: u64,
    hits: u64,
    hits_with_ttl: [u64; 3],
    held: HashSet<String>,
    /// How often each key was read, and when each TTL ends for it.
    keys: HashMap<String, (u64, [f64; 3])>,
    now: f64,
}

impl State {
    fn line(&mut self, layout: &Layout, text: &str) -> Result<(), String> {
        let fields: Vec<&str> = match layout.fields {
            1 => vec![text.trim()],
            _ => text.split(',').map(str::trim).collect(),
        };
        if fields.len() != layout.fields {
            let found = fields.len();
            return Err(format!(
                "{found} fields where the header names {}",
                layout.fields
            ));
        }
        if let Some(at) = layout.time {
            let time: f64 = fields[at]
                .parse()
                .ok()
                .filter(|it: &f64| it.is_finite())
                .ok_or_else(|| format!("{:?} is no time in seconds", fields[at]))?;
            if time < self.now && self.reads + self.writes > 0 {
                return Err(format!(
                    "the time {time} is before that of the line above it"
                ));
            }
            self.now = time;
        }
        let key = fields[layout.key];
        if key.is_empty() {
            return Err("it has no key".to_owned());
        }
        let operation = layout
            .operation
            .map_or("get", |at| fields[at])
            .to_ascii_lowercase();
        if ["set", "put", "write", "update", "delete", "del"].contains(&operation.as_str()) {
            self.writes += 1;
            self.held.remove(key);
            if let Some((_, ends)) = self.keys.get_mut(key) {
                *ends = [f64::NEG_INFINITY; 3];
            }
            return Ok(());
        }
        self.reads += 1;
        if !self.held.contains(key) {
            self.held.insert(key.to_owned());
        } else {
            self.hits += 1;
        }
        let known = self
            .keys
            .entry(key.to_owned())
            .or_insert((0, [f64::NEG_INFINITY; 3]));
        known.0 += 1;
        for (at, ttl) in TTLS.iter().enumerate() {
            if self.now < known.1[at] {
                self.hits_with_ttl[at] += 1;
            } else {
                known.1[at] = self.now + ttl.as_secs_f64();
            }
        }
        Ok(())
    }

    fn result(self, has_times: bool) -> Result<Reads, BadTrace> {
        let share = |n: u64| n as f64 / self.reads as f64;
        let most = self.keys.values().map(|it| it.0).max();
        match self.keys.len() {
            0 => Err(BadTrace::Empty),
            1 => Err(BadTrace::OneKey),
            keys => Ok(Reads {
                reads: self.reads,
                writes: self.writes,
                keys: keys as u64,
                most_read: share(most.unwrap_or(0)),
                hit_ratio: (share(self.hits) * 1000.0).round() / 1000.0,
                with_ttl: has_times.then(|| self.hits_with_ttl.map(share)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_a_line() {
        let reads = Reads::of("a\nb\na\na\n\n".as_bytes()).unwrap();
        assert_eq!((reads.reads, reads.keys, reads.hit_ratio), (4, 2, 0.5));
        assert_eq!((reads.most_read, reads.with_ttl), (0.75, None));
    }

    #[test]
    fn times_end_ttls_and_writes_drop() {
        let trace = "time,key,size,op\n0,a,1,get\n5,a,1,get\n10,a,1,get\n11,b,1,get\n\
                     12,a,1,set\n13,a,1,get\n90,b,1,get\n";
        let reads = Reads::of(trace.as_bytes()).unwrap();
        // a hits at 5 and 10, and b at 90; the write at 12 makes 13 a miss.
        assert_eq!((reads.reads, reads.writes, reads.hit_ratio), (6, 1, 0.5));
        let [ten, sixty, long] = reads.with_ttl.unwrap();
        // With 10 s, what was stored at 0 has ended at 10.
        assert_eq!((ten, sixty, long), (1.0 / 6.0, 2.0 / 6.0, 0.5));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (trace, told) in [
            (
                "time,key\n1,a\nx,b\n",
                "line 3: \"x\" is no time in seconds",
            ),
            ("time,key\n1,a\n0,b\n", "line 3: the time 0 is before"),
            ("time,key\n1\n", "line 2: 1 fields where the header names 2"),
            ("time,key\n1,\n", "line 2: it has no key"),
            ("key\n", "there are no reads in it"),
            ("a\na\n", "it reads one key only"),
        ] {
            let error = Reads::of(trace.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
