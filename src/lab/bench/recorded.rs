//! A trace in the place of drawn requests: which keys, in which order, when.

use std::collections::HashMap;
use std::time::Duration;

use super::requests::{Requests, Statement};
use crate::clock::Time;
use crate::interrupt::Interrupt;
use crate::lab::keys::{KeyStream, Rank};
use crate::lab::report::Traced;
use crate::lab::simulate::{BadLines, Op, Trace, TraceError, TraceFile};
use crate::sandbox::Value;

/// A trace that was read.
pub struct Recorded {
    /// Its keys as they are written, in the order in which they first come.
    keys: Vec<String>,
    lines: Vec<Line>,
    is_timed: bool,
    bad: BadLines,
}

struct Line {
    time: Time,
    key: u32,
    op: Op,
}

/// The requests of a trace, in their order.
pub struct Sequence {
    /// Their numbers.
    pub numbers: Vec<Rank>,
    /// When each comes, from the first; empty where the trace does not say.
    pub times: Vec<Duration>,
    /// Writes that the workload has no statement for.
    pub left_out: u64,
}

impl Recorded {
    /// Reads the first `most` requests; an interrupt ends it with what was read.
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn read(
        file: &TraceFile,
        most: u64,
        interrupt: &Interrupt,
    ) -> Result<Recorded, TraceError> {
        let mut trace = Trace::open(file)?;
        let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
        let (mut keys, mut lines) = (Vec::new(), Vec::new());
        while (lines.len() as u64) < most
            && !interrupt.is_raised()
            && let Some(request) = trace.next_request()?
        {
            let text = trace.key();
            let key = match numbers.get(text) {
                Some(key) => *key,
                None => {
                    let next = keys.len() as u32;
                    keys.push(String::from_utf8_lossy(text).into_owned());
                    numbers.insert(text.to_vec(), next);
                    next
                }
            };
            let (time, op) = (request.time, request.op);
            lines.push(Line { time, key, op });
        }
        if lines.is_empty() {
            return Err(TraceError::Empty(file.path.clone()));
        }
        Ok(Recorded {
            keys,
            lines,
            is_timed: trace.is_timed(),
            bad: trace.bad_lines().clone(),
        })
    }

    /// How many different keys it has.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The values that its keys stand for among those of a statement: what they
    /// say, if most of them are such values; else the values in their order.
    /// `None` when there are too few values for that.
    pub fn values_of(&self, statement: &Statement) -> Option<(Vec<Vec<Value>>, bool)> {
        if let Some(values) = self.by_name(statement) {
            return Some((values, true));
        }
        let enough = statement.keys.get(..self.keys.len())?;
        Some((enough.to_vec(), false))
    }

    /// Half of the keys at least are values of the statement's parameter; the
    /// others are asked for as well, and nobody has them.
    fn by_name(&self, statement: &Statement) -> Option<Vec<Vec<Value>>> {
        if statement.parameters.len() != 1 {
            return None;
        }
        let spelt: HashMap<String, &Value> = statement
            .keys
            .iter()
            .filter_map(|key| Some((written(key.first()?)?, key.first()?)))
            .collect();
        let known = self.keys.iter().filter(|key| spelt.contains_key(*key));
        if known.count() * 2 < self.keys.len() {
            return None;
        }
        let is_text = spelt.values().any(|value| matches!(value, Value::Text(_)));
        let absent = |key: &String| match key.parse() {
            Ok(number) if !is_text => Value::Integer(number),
            _ => Value::Text(key.as_str().into()),
        };
        let value = |key| spelt.get(key).map_or_else(|| absent(key), |v| (*v).clone());
        Some(self.keys.iter().map(|key| vec![value(key)]).collect())
    }

    /// Its requests as those of the statements, which have its keys. Of several
    /// reads or writes, the seed draws which it is, by their weights.
    pub fn sequence(&self, requests: &Requests, speed: f64, seed: u64) -> Sequence {
        let of_kind = |writes: bool| -> Vec<&Statement> {
            let all = requests.statements().iter();
            all.filter(|it| it.writes.is_empty() != writes).collect()
        };
        let (reads, writes) = (of_kind(false), of_kind(true));
        let stream = |statements: &[&Statement]| {
            let sum: f64 = statements.iter().map(|it| it.weight()).sum();
            let shares: Vec<f64> = statements.iter().map(|it| it.weight() / sum).collect();
            (!shares.is_empty()).then(|| KeyStream::new(&shares, seed))
        };
        let (mut next_read, mut next_write) = (stream(&reads), stream(&writes));
        let mut sequence = Sequence {
            numbers: Vec::with_capacity(self.lines.len()),
            times: Vec::new(),
            left_out: 0,
        };
        let first = self.lines.first().map_or(Time::ZERO, |line| line.time);
        for line in &self.lines {
            let (statements, stream) = match line.op {
                Op::Read => (&reads, &mut next_read),
                Op::Write | Op::Delete => (&writes, &mut next_write),
            };
            let Some(stream) = stream else {
                sequence.left_out += 1;
                continue;
            };
            let statement = statements[stream.take_one() as usize];
            sequence.numbers.push(statement.number(line.key as usize));
            if self.is_timed {
                let since = line.time.since(first).as_secs_f64() / speed;
                sequence.times.push(Duration::from_secs_f64(since.min(1e9)));
            }
        }
        sequence
    }

    /// What a report says of it.
    pub fn told(&self, sequence: &Sequence, is_open: bool, by_name: bool) -> Traced {
        Traced {
            requests: sequence.numbers.len() as u64,
            left_out: sequence.left_out,
            bad: self.bad.clone(),
            is_open,
            by_name,
        }
    }
}

/// A value as a trace may write it.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Integer(n) => Some(n.to_string()),
        Value::Real(x) => Some(x.to_string()),
        Value::Text(text) => Some(text.to_string()),
        Value::Null | Value::Blob(_) => None,
    }
}
