//! The sides of a benchmark, for real.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::bound::Bound;
use super::data::Data;
use super::local::LocalCache;
use super::reader::Reader;
use super::requests::{Requests, Statement};
use super::storms::Storms;
use super::truth::{Look, Truth, is_settled};
use super::turns::ServerCounts;
use super::{Answer, Arm, Client, Served, Side};
use crate::cache::{Invalidation, Layer, Outcome, Read};
use crate::lab::keys::Rank;
use crate::sandbox::ResultSet;

/// The database's pages are in memory after this many requests.
const UNCACHED_WARMUP: usize = 200;

/// One side with its clients, and what keeps its cache.
pub struct RealSide {
    /// Which one it is.
    pub arm: Arm,
    /// Its clients.
    pub clients: Vec<Box<dyn Client>>,
    /// Keeps its cache server at its size; without it, nothing does.
    pub bound: Option<Bound>,
    /// What happens to its cache server in each round.
    pub storms: Option<Arc<Storms>>,
    /// Keeps the data, which may be a copy of its own.
    pub _data: Rc<Data>,
}

impl Side for RealSide {
    fn arm(&self) -> Arm {
        self.arm
    }

    fn clients(&mut self) -> &mut [Box<dyn Client>] {
        &mut self.clients
    }

    fn warmup(&self, asked: usize) -> usize {
        if self.arm.has_cache() {
            asked
        } else {
            asked.min(UNCACHED_WARMUP)
        }
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

    fn counts(&mut self) -> Option<ServerCounts> {
        self.bound.as_mut()?.counts()
    }

    fn storms(&self) -> Option<Arc<Storms>> {
        self.storms.clone()
    }
}

/// A client that asks the database.
pub struct Direct(pub Reader);

impl Client for Direct {
    fn request(&mut self, number: Rank) -> Served {
        let reader = &mut self.0;
        let requests = reader.requests().clone();
        let (statement, key) = requests.get(number);
        let started = reader.clock().now();
        let done = reader.run(statement, key);
        let answer = match (done.is_ok(), statement.writes.is_empty()) {
            (true, true) => Answer::Direct,
            (false, true) => Answer::Failed,
            (true, false) => Answer::Written,
            (false, false) => Answer::NotWritten,
        };
        Served::by_database(answer, reader.clock().now() - started)
    }
}

/// A client that asks an LRU in this process first.
pub struct Near {
    /// The database.
    pub reader: Reader,
    /// The LRU, shared by all clients.
    pub cache: Arc<LocalCache>,
    /// What a write does to it.
    pub invalidation: Invalidation,
    /// What the harness knows of the data.
    pub truth: Arc<Truth>,
}

impl Near {
    fn write(&mut self, statement: &Statement, key: usize) -> Served {
        let started = self.reader.clock().now();
        let truth = self.truth.clone();
        let done = truth.writing(statement, key, || self.reader.run(statement, key));
        let database = self.reader.clock().now() - started;
        if done.is_err() {
            return Served::by_database(Answer::NotWritten, database);
        }
        if matches!(
            self.invalidation,
            Invalidation::DeleteOnWrite | Invalidation::Versioned
        ) {
            let requests = self.reader.requests().clone();
            let reads_it = |number| {
                let (read, _) = requests.get(number);
                read.facts.tables.iter().any(|table| {
                    statement
                        .writes
                        .iter()
                        .any(|written| written.eq_ignore_ascii_case(table))
                })
            };
            self.cache.drop_where(reads_it);
        }
        Served::by_database(Answer::Written, database)
    }
}

impl Client for Near {
    fn request(&mut self, number: Rank) -> Served {
        let requests = self.reader.requests().clone();
        let (statement, key) = requests.get(number);
        if !statement.writes.is_empty() {
            return self.write(statement, key);
        }
        let version = self.truth.version(statement, key);
        let started = self.reader.clock().now();
        let found = self.cache.get(number, started);
        let asked = self.reader.clock().now();
        let mut served = Served {
            get: asked - started,
            ..Served::by_database(Answer::Hit, Duration::ZERO)
        };
        match found {
            Some(rows) => judge(
                &mut self.reader,
                &self.truth,
                (statement, key, number),
                version,
                &rows,
                &mut served,
            ),
            None => match self.reader.run(statement, key) {
                Ok(rows) => {
                    let loaded = self.reader.clock().now();
                    let rows = Arc::new(rows);
                    self.cache.set(number, rows.clone(), loaded);
                    served.answer = Answer::Miss;
                    served.database = loaded - asked;
                    served.set = self.reader.clock().now() - loaded;
                    note(&self.truth, (statement, key, number), version, &rows);
                }
                Err(_) => served.answer = Answer::Failed,
            },
        }
        served
    }
}

/// A client of a cached side: the same cache-aside layer that the shell uses.
pub struct Aside {
    reader: Reader,
    layer: Layer,
    truth: Arc<Truth>,
}

impl Aside {
    /// A client with these connections.
    pub fn new(reader: Reader, layer: Layer, truth: Arc<Truth>) -> Aside {
        Aside {
            reader,
            layer,
            truth,
        }
    }

    fn read(
        &mut self,
        statement: &Statement,
        key: usize,
    ) -> Result<crate::cache::Served, crate::sandbox::Error> {
        let reader = &mut self.reader;
        self.layer
            .read(&as_read(statement, key), || reader.run(statement, key))
    }

    /// Reads what this number stands for through the cache and from the
    /// database. Whether they agree; `None` when the cache held nothing.
    pub fn agrees(&mut self, number: Rank) -> Option<bool> {
        let requests = self.reader.requests().clone();
        let (statement, key) = requests.get(number);
        let cached = self.read(statement, key).ok()?;
        let fresh: ResultSet = self.reader.run(statement, key).ok()?;
        let is_held = matches!(cached.outcome, Outcome::Hit { .. } | Outcome::Stale { .. });
        is_held.then(|| cached.rows == fresh)
    }

    /// Loads anew what was answered stale: a backend does so when nobody waits
    /// any more, so it is apart from the latency.
    fn refresh(&mut self, statement: &Statement, key: usize, served: &mut Served) {
        if !self.layer.refresh_due() {
            return;
        }
        let started = self.reader.clock().now();
        let read = as_read(statement, key);
        let reader = &mut self.reader;
        let done = self.layer.refresh(&read, || reader.run(statement, key));
        served.reloaded = u64::from(matches!(done, Ok(Some(_))));
        served.apart += self.reader.clock().now() - started;
    }

    fn write(&mut self, statement: &Statement, key: usize) -> Served {
        let started = self.reader.clock().now();
        let (truth, reader) = (self.truth.clone(), &mut self.reader);
        let done = truth.writing(statement, key, || reader.run(statement, key));
        let database = self.reader.clock().now() - started;
        if done.is_err() {
            return Served::by_database(Answer::NotWritten, database);
        }
        let reader = &mut self.reader;
        let mut reloaded = 0;
        self.layer
            .written_through(&statement.writes, |sql, values| {
                let rows = reader.run_sql(sql, values).ok()?;
                reloaded += 1;
                Some(rows)
            });
        Served {
            reloaded,
            ..Served::by_database(Answer::Written, database)
        }
    }
}

impl Client for Aside {
    fn request(&mut self, number: Rank) -> Served {
        let requests = self.reader.requests().clone();
        let (statement, key) = requests.get(number);
        if !statement.writes.is_empty() {
            return self.write(statement, key);
        }
        let version = self.truth.version(statement, key);
        let Ok(answer) = self.read(statement, key) else {
            return Served::by_database(Answer::Failed, Duration::ZERO);
        };
        let mut served = Served {
            get: answer.times.get.unwrap_or_default(),
            set: answer.times.set.unwrap_or_default(),
            ..Served::by_database(
                match answer.outcome {
                    Outcome::Hit { .. } | Outcome::Stale { .. } => Answer::Hit,
                    Outcome::Miss { .. } => Answer::Miss,
                    Outcome::Shared { .. } => Answer::Coalesced,
                    Outcome::Early { .. } => Answer::Early,
                    Outcome::Bypassed { .. } | Outcome::Degraded { .. } => Answer::Fallback,
                },
                answer.times.database.unwrap_or_default(),
            )
        };
        let asked = (statement, key, number);
        match served.answer {
            // What another reader loaded may be from before a write, too.
            Answer::Hit | Answer::Coalesced => judge(
                &mut self.reader,
                &self.truth,
                asked,
                version,
                &answer.rows,
                &mut served,
            ),
            _ => note(&self.truth, asked, version, &answer.rows),
        }
        self.refresh(statement, key, &mut served);
        served
    }
}

/// As the cache layer is asked for it.
fn as_read(statement: &Statement, key: usize) -> Read<'_> {
    Read {
        sql: &statement.sql,
        params: statement.values(key),
        facts: &statement.facts,
    }
}

/// A statement, one of its keys, and the number of both.
type Asked<'a> = (&'a Statement, usize, Rank);

/// Whether a hit is stale. Where that is not known, the database is asked:
/// apart from the latency.
fn judge(
    reader: &mut Reader,
    truth: &Truth,
    (statement, key, number): Asked<'_>,
    version: Option<u64>,
    rows: &ResultSet,
    served: &mut Served,
) {
    // What is read while a write is under way may be from before it.
    let Some(version) = version.filter(|version| is_settled(*version)) else {
        return;
    };
    let started = reader.clock().now();
    if truth.look(number, version, rows) == Look::Unknown
        && let Ok(fresh) = reader.run(statement, key)
        && truth.version(statement, key) == Some(version)
    {
        served.stale = fresh != *rows;
        truth.note(number, version, &fresh);
    }
    served.apart += reader.clock().now() - started;
}

fn note(truth: &Truth, (statement, key, number): Asked<'_>, before: Option<u64>, rows: &ResultSet) {
    if let Some(version) = before.filter(|version| is_settled(*version))
        && truth.version(statement, key) == Some(version)
    {
        truth.note(number, version, rows);
    }
}

/// How many results the cache still held of the most popular, and how many of
/// those differ from what the database says.
pub fn audit(auditor: &mut Aside, requests: &Requests, most: usize) -> (u64, u64) {
    let (mut compared, mut stale) = (0, 0);
    for number in requests.reads().take(most) {
        if let Some(agrees) = auditor.agrees(number) {
            compared += 1;
            stale += u64::from(!agrees);
        }
    }
    (compared, stale)
}
