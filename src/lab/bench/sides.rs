//! The sides of a benchmark, for real.

use std::sync::Arc;
use std::time::Duration;

use super::bound::Bound;
use super::reader::{Query, Reader};
use super::{Answer, Arm, Client, Served, Side};
use crate::cache::{Layer, Outcome, Read};
use crate::clock::Clock;
use crate::lab::keys::Rank;
use crate::sandbox::ResultSet;

/// The database's pages are in memory after this many requests.
const UNCACHED_WARMUP: usize = 200;

/// Each read goes to the database.
pub struct Uncached {
    clients: Vec<Box<dyn Client>>,
}

/// Each read asks the cache first.
pub struct Cached {
    clients: Vec<Box<dyn Client>>,
    bound: Option<Bound>,
}

impl Uncached {
    /// A client for each reader.
    pub fn new(readers: Vec<Reader>, clock: &Clock) -> Uncached {
        let client = |reader| Direct {
            reader,
            clock: clock.clone(),
        };
        Uncached {
            clients: readers
                .into_iter()
                .map(|reader| Box::new(client(reader)) as Box<dyn Client>)
                .collect(),
        }
    }
}

impl Cached {
    /// A client for each reader with its layer. `bound` keeps the cache at its
    /// size; without it, nothing does.
    pub fn new(clients: Vec<Aside>, bound: Option<Bound>) -> Cached {
        Cached {
            clients: clients
                .into_iter()
                .map(|client| Box::new(client) as Box<dyn Client>)
                .collect(),
            bound,
        }
    }
}

impl Side for Uncached {
    fn arm(&self) -> Arm {
        Arm::Uncached
    }

    fn clients(&mut self) -> &mut [Box<dyn Client>] {
        &mut self.clients
    }

    fn warmup(&self, asked: usize) -> usize {
        asked.min(UNCACHED_WARMUP)
    }
}

impl Side for Cached {
    fn arm(&self) -> Arm {
        Arm::Cached
    }

    fn clients(&mut self) -> &mut [Box<dyn Client>] {
        &mut self.clients
    }

    fn settle(&mut self) {
        if let Some(bound) = &mut self.bound {
            bound.settle();
        }
    }

    fn round_over(&mut self) {
        if let Some(bound) = &mut self.bound {
            bound.note_held();
        }
    }
}

struct Direct {
    reader: Reader,
    clock: Clock,
}

impl Client for Direct {
    fn request(&mut self, key: Rank) -> Served {
        let started = self.clock.now();
        let answer = match self.reader.read(key) {
            Ok(_) => Answer::Miss,
            Err(_) => Answer::Failed,
        };
        Served {
            answer,
            get: Duration::ZERO,
            database: self.clock.now() - started,
            set: Duration::ZERO,
        }
    }
}

/// A client of the cached side: the same cache-aside layer that the shell uses.
pub struct Aside {
    reader: Reader,
    layer: Layer,
    query: Arc<Query>,
}

impl Aside {
    /// A client with these connections.
    pub fn new(reader: Reader, layer: Layer, query: Arc<Query>) -> Aside {
        Aside {
            reader,
            layer,
            query,
        }
    }

    fn read(&mut self, key: Rank) -> Result<crate::cache::Served, crate::sandbox::Error> {
        let read = Read {
            sql: &self.query.sql,
            params: std::slice::from_ref(self.query.value(key)),
            facts: &self.query.facts,
        };
        let reader = &mut self.reader;
        self.layer.read(&read, || reader.read(key))
    }

    /// Reads `key` through the cache and from the database. Whether they
    /// agree; `None` when the cache held nothing.
    pub fn agrees(&mut self, key: Rank) -> Option<bool> {
        let cached = self.read(key).ok()?;
        let fresh: ResultSet = self.reader.read(key).ok()?;
        matches!(cached.outcome, Outcome::Hit { .. }).then(|| cached.rows == fresh)
    }
}

impl Client for Aside {
    fn request(&mut self, key: Rank) -> Served {
        let Ok(served) = self.read(key) else {
            return Served {
                answer: Answer::Failed,
                get: Duration::ZERO,
                database: Duration::ZERO,
                set: Duration::ZERO,
            };
        };
        Served {
            answer: match served.outcome {
                Outcome::Hit { .. } | Outcome::Stale { .. } => Answer::Hit,
                Outcome::Miss { .. } | Outcome::Early { .. } | Outcome::Shared { .. } => {
                    Answer::Miss
                }
                Outcome::Bypassed { .. } | Outcome::Degraded { .. } => Answer::Fallback,
            },
            get: served.times.get.unwrap_or_default(),
            database: served.times.database.unwrap_or_default(),
            set: served.times.set.unwrap_or_default(),
        }
    }
}
