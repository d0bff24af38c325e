//! Which answers of a cache are stale: the harness does the writing, so it
//! knows.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::requests::{Requests, Statement};
use crate::lab::keys::Rank;
use crate::sandbox::{ResultSet, Value};

/// What is known of one side's data and results.
#[derive(Debug)]
pub struct Truth {
    /// A counter for each key that is written to: odd while a write is under
    /// way. By [`Statement::keys_of`].
    versions: Vec<Vec<AtomicU64>>,
    /// The version and digest of results that were seen to be true.
    seen: Mutex<HashMap<Rank, (u64, u64)>>,
}

/// What a look at an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is what the database says.
    True,
    /// Nobody knows yet: compare it.
    Unknown,
}

impl Truth {
    /// Nothing was written yet. Without writes nothing is kept at all.
    pub fn of(requests: &Requests) -> Truth {
        let statements = requests.statements();
        let versions = statements.iter().enumerate().map(|(at, statement)| {
            let is_written = statements
                .iter()
                .any(|other| other.keys_of == at && !other.writes.is_empty());
            let keys = if is_written { statement.keys.len() } else { 0 };
            (0..keys).map(|_| AtomicU64::new(0)).collect()
        });
        Truth {
            versions: versions.collect(),
            seen: Mutex::default(),
        }
    }

    /// The version of what this statement reads for this key; `None` when no
    /// statement of the workload writes to such keys.
    pub fn version(&self, statement: &Statement, key: usize) -> Option<u64> {
        let counter = self.versions.get(statement.keys_of)?.get(key)?;
        Some(counter.load(Ordering::SeqCst))
    }

    /// Runs a write of this key: what is read meanwhile proves nothing.
    pub fn writing<T>(&self, statement: &Statement, key: usize, write: impl FnOnce() -> T) -> T {
        let counter = self
            .versions
            .get(statement.keys_of)
            .and_then(|of| of.get(key));
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        let done = write();
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        done
    }

    /// Whether `rows`, which a cache answered when the version was `version`,
    /// are known to be true.
    pub fn look(&self, number: Rank, version: u64, rows: &ResultSet) -> Look {
        let known = self.seen().get(&number).copied();
        if known == Some((version, digest(rows))) {
            Look::True
        } else {
            Look::Unknown
        }
    }

    /// The database said `rows`, and the version was this before and after.
    pub fn note(&self, number: Rank, version: u64, rows: &ResultSet) {
        self.seen().insert(number, (version, digest(rows)));
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<Rank, (u64, u64)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a version is one of settled data: no write is under way.
pub fn is_settled(version: u64) -> bool {
    version.is_multiple_of(2)
}

fn digest(rows: &ResultSet) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in rows.rows.iter().flatten() {
        match value {
            Value::Null => 0u8.hash(&mut hasher),
            Value::Integer(n) => (1u8, n).hash(&mut hasher),
            Value::Real(x) => (2u8, x.to_bits()).hash(&mut hasher),
            Value::Text(text) => (3u8, text).hash(&mut hasher),
            Value::Blob(bytes) => (4u8, bytes).hash(&mut hasher),
        }
    }
    rows.rows.len().hash(&mut hasher);
    hasher.finish()
}
