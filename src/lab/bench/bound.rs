//! Keeps a cache server of our own at a number of results.
//!
//! Redis bounds bytes, not entries, and its own tables and the buffers of its
//! clients count. So the limit is found by trial: fill the server with as many
//! results as it should hold, through the very clients that will be measured,
//! and see what that took. During the warm-up the limit follows the number of
//! results really held.

use std::sync::{Arc, Mutex, PoisonError};

use redis::Value;

use super::turns::ServerCounts;
use crate::cache::connection::{Connection, Fault};
use crate::cache::server::info_field;

/// Below this share of its limit, a server is not full.
const FULL: f64 = 0.98;

/// So many results take less than the buffers of some clients.
const FEW: u64 = 2_000;

/// What is known of a bounded cache; shared with whoever reports it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Held {
    /// Bytes it is limited to.
    pub maxmemory: u64,
    /// How many results it held at the end of each round.
    pub after_rounds: Vec<u64>,
}

impl Held {
    /// The average over the rounds; `None` before the first.
    pub fn average(&self) -> Option<u64> {
        let rounds = self.after_rounds.len() as u64;
        let sum: u64 = self.after_rounds.iter().sum();
        (rounds > 0).then(|| (sum + rounds / 2) / rounds)
    }
}

/// A limit in results on a server of our own.
pub struct Bound {
    control: Connection,
    wanted: u64,
    /// Bytes a result takes, roughly; `None` when there is room for all.
    entry: Option<u64>,
    /// How many times in a row it held too few although it was full.
    short: u32,
    /// Results that it had evicted when this was last looked at.
    evicted: u64,
    held: Arc<Mutex<Held>>,
}

impl Bound {
    /// Limits the server behind `control` to `wanted` results. `fill` stores
    /// that many; they are deleted again. The server holds nothing else, and is
    /// to evict what was used least recently.
    ///
    /// # Errors
    /// The [`Fault`] of the first command that failed.
    pub fn find(
        mut control: Connection,
        wanted: u64,
        mut fill: impl FnMut(),
    ) -> Result<Bound, Fault> {
        if wanted < FEW {
            // So that the buffers of the clients do not count as results.
            fill();
            control.ask(&redis::cmd("FLUSHALL"))?;
        }
        let empty = used_memory(&mut control)?;
        fill();
        let full = used_memory(&mut control)?;
        let stored = held(&mut control)?.max(1);
        let mut bound = Bound {
            control,
            wanted,
            entry: None,
            short: 0,
            evicted: 0,
            held: Arc::default(),
        };
        let entry = (full.saturating_sub(empty) / stored).max(1);
        bound.entry = Some(entry);
        bound.ask(&redis::cmd("FLUSHALL"))?;
        // A trial that an interrupt cut short stored less.
        let missing = wanted.saturating_sub(stored) * entry;
        bound.limit(full + missing)?;
        Ok(bound)
    }

    /// No limit: there is room for all.
    pub fn none(control: Connection, wanted: u64) -> Bound {
        Bound {
            control,
            wanted,
            entry: None,
            short: 0,
            evicted: 0,
            held: Arc::default(),
        }
    }

    /// What the server counted so far; `None` when it does not say.
    pub fn counts(&mut self) -> Option<ServerCounts> {
        let info = info(&mut self.control, "stats").ok()?;
        let number = |name: &str| -> Option<u64> { info_field(&info, name)?.parse().ok() };
        Some(ServerCounts {
            hits: number("keyspace_hits")?,
            misses: number("keyspace_misses")?,
            evicted: number("evicted_keys")?,
            expired: number("expired_keys").unwrap_or(0),
        })
    }

    /// What is known of it, now and later.
    pub fn held(&self) -> Arc<Mutex<Held>> {
        self.held.clone()
    }

    /// Moves the limit by as much as too many or too few results take. A
    /// server that does not answer keeps its limit.
    pub fn settle(&mut self) {
        let Some(entry) = self.entry else { return };
        let (Ok(held), Ok(used)) = (held(&mut self.control), used_memory(&mut self.control)) else {
            return;
        };
        let limit = self.known(|known| known.maxmemory);
        let evicted = self.counts().map_or(0, |counts| counts.evicted);
        let evicts = evicted > std::mem::replace(&mut self.evicted, evicted);
        // The buffers of busy clients may have driven all results out, and be
        // gone by now.
        let is_full = evicts || used as f64 >= limit as f64 * FULL;
        let moved = if held > self.wanted {
            self.short = 0;
            limit.saturating_sub((held - self.wanted) * entry)
        } else if is_full {
            // The buffers of clients count, too, and may take more than a few
            // results do: the steps grow until there is room for both.
            let step = (self.wanted - held) * entry;
            let grown = step.saturating_mul(1 << self.short.min(16));
            self.short += u32::from(held * 2 < self.wanted);
            limit + grown
        } else {
            return;
        };
        let _ = self.limit(moved.max(1));
    }

    /// Notes how many results there are at the end of a round.
    pub fn note_held(&mut self) {
        if let Ok(held) = held(&mut self.control) {
            self.known(|known| known.after_rounds.push(held));
        }
    }

    fn limit(&mut self, bytes: u64) -> Result<(), Fault> {
        self.ask(redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes))?;
        self.known(|known| known.maxmemory = bytes);
        Ok(())
    }

    fn ask(&mut self, command: &redis::Cmd) -> Result<Value, Fault> {
        self.control.ask(command)
    }

    fn known<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn held(control: &mut Connection) -> Result<u64, Fault> {
    match control.ask(&redis::cmd("DBSIZE"))? {
        Value::Int(n) => Ok(u64::try_from(n).unwrap_or(0)),
        _ => Err(Fault::Broken("its DBSIZE is no number".to_owned())),
    }
}

fn used_memory(control: &mut Connection) -> Result<u64, Fault> {
    info_field(&info(control, "memory")?, "used_memory")
        .and_then(|bytes| bytes.parse().ok())
        .ok_or_else(|| Fault::Broken("its INFO names no used_memory".to_owned()))
}

fn info(control: &mut Connection, section: &str) -> Result<String, Fault> {
    Ok(match control.ask(redis::cmd("INFO").arg(section))? {
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::VerbatimString { text, .. } => text,
        _ => String::new(),
    })
}
