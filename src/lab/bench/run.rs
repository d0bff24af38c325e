//! A whole benchmark: from a workload and a database to a report.

use std::sync::{Arc, Mutex, PoisonError};

use super::bound::{Bound, Held};
use super::reader::{Query, Reader, look_up};
use super::sides::{Aside, Cached, Uncached};
use super::{Client, Schedule, Side, closed_loop, take_turns};
use crate::cache::connection::{Connection, Fault};
use crate::cache::layer::{OpenError, Options};
use crate::cache::server::{Kind, Limits};
use crate::cache::{Choice, Ids, Layer, Server, Uncacheable};
use crate::lab::keys::{KeyStream, Rank, UnusableKeys, shuffle};
use crate::lab::report::{BenchReport, CacheUsed, Used};
use crate::lab::simulate::UnusableCapacity;
use crate::lab::workload::Workload;
use crate::progress::Watcher;
use crate::sandbox::{self, Practice, Source, Surroundings};
use crate::units;

/// So many results of the cache are compared with the database afterwards.
const COMPARED: u64 = 200;

/// What to measure, and on what.
pub struct Bench {
    /// The workload, with what flags changed of it.
    pub workload: Workload,
    /// At most so many keys; all that the data has, if `None`.
    pub keys: Option<u64>,
    /// One seed gives one sequence of requests.
    pub seed: u64,
    /// The data.
    pub source: Source,
    /// Its label, such as `shop@small`.
    pub label: String,
    /// Which cache server.
    pub choice: Choice,
    /// Clock, interrupt and where copies may be made.
    pub around: Surroundings,
}

/// A benchmark that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The query or the values of its keys failed.
    #[error("the workload {workload} cannot be run on {data}: {error}")]
    Data {
        /// Its name.
        workload: String,
        /// The label of the data.
        data: String,
        /// Why.
        #[source]
        error: sandbox::Error,
    },
    /// More keys were asked for than there are.
    #[error(
        "{data} has {} for this workload, not {}",
        units::counted(*have as u64, "key", "keys"),
        units::count(*wanted)
    )]
    TooFewKeys {
        /// The label of the data.
        data: String,
        /// How many there are.
        have: usize,
        /// How many were asked for.
        wanted: u64,
    },
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// The cache would hold nothing, or more than there is.
    #[error(transparent)]
    Capacity(#[from] UnusableCapacity),
    /// The cache would never be asked.
    #[error("the query of the workload {workload} cannot be cached: {why}")]
    Uncacheable {
        /// Its name.
        workload: String,
        /// Why not.
        why: Uncacheable,
    },
    /// There is no cache server.
    #[error(transparent)]
    Cache(#[from] OpenError),
    /// The cache server of our own could not be bounded.
    #[error("could not set the size of the cache: {0}")]
    Bound(#[from] Fault),
}

/// The cached side before it is one.
struct Cache {
    clients: Vec<Aside>,
    auditor: Aside,
    server: Server,
    control: Option<Connection>,
}

impl Bench {
    /// Measures each side and compares it with theory. Ctrl-C ends it early,
    /// with a partial report.
    ///
    /// # Errors
    /// [`BenchError`] before anything is measured.
    pub fn run(&self, watcher: Watcher<'_>) -> Result<BenchReport, BenchError> {
        let query = Arc::new(self.query()?);
        if let Some(why) = Uncacheable::reason(&query.sql, &query.facts) {
            return Err(BenchError::Uncacheable {
                workload: self.workload.name.clone(),
                why,
            });
        }
        let keys = query.values.len() as u64;
        let probabilities = self.workload.distribution.probabilities(keys)?;
        let wanted = self.workload.cache.objects(keys)?;
        let schedule = self.schedule(&probabilities);

        let uncached = Uncached::new(self.readers(&query)?, &self.around.clock);
        let mut cache = self.open_cache(&query)?;
        let bound = match cache.control.take() {
            Some(control) if wanted < keys => {
                Some(self.bound(control, wanted, keys, &mut cache.clients)?)
            }
            _ => None,
        };
        let held = bound.as_ref().map(Bound::held);
        let mut sides: Vec<Box<dyn Side>> = vec![
            Box::new(uncached),
            Box::new(Cached::new(cache.clients, bound)),
        ];
        let (clock, interrupt) = (&self.around.clock, &self.around.interrupt);
        let measured = take_turns(&mut sides, &schedule, clock, interrupt, watcher);
        let audit = audit(&mut cache.auditor, keys);

        Ok(BenchReport::new(
            Used {
                workload: self.workload.clone(),
                keys,
                seed: self.seed,
                data: self.label.clone(),
                processors: std::thread::available_parallelism().ok().map(usize::from),
            },
            Some(cache_used(&cache.server, wanted, held.as_deref())),
            measured,
            &probabilities,
            audit,
            interrupt.is_raised(),
        ))
    }

    /// The query with its keys in the order of their popularity, which the
    /// seed draws: otherwise the first rows of a table would be the popular ones.
    fn query(&self) -> Result<Query, BenchError> {
        let mut practice = self.practice()?;
        let mut query = look_up(&mut practice, &self.workload).map_err(|e| self.failed(e))?;
        let have = query.values.len();
        let wanted = self.keys.unwrap_or(have as u64);
        if wanted > have as u64 {
            return Err(BenchError::TooFewKeys {
                data: self.label.clone(),
                have,
                wanted,
            });
        }
        shuffle(&mut query.values, self.seed);
        query.values.truncate(wanted as usize);
        Ok(query)
    }

    fn schedule(&self, probabilities: &[f64]) -> Schedule {
        let mut stream = KeyStream::new(probabilities, self.seed);
        Schedule {
            warmup: stream.take(self.workload.warmup as usize),
            counted: stream.take(self.workload.requests as usize),
            rounds: self.workload.rounds as usize,
        }
    }

    fn practice(&self) -> Result<Practice, BenchError> {
        let (source, around) = (self.source.clone(), self.around.clone());
        Practice::open(source, around, &mut crate::progress::ignore).map_err(|e| self.failed(e))
    }

    fn failed(&self, error: sandbox::Error) -> BenchError {
        BenchError::Data {
            workload: self.workload.name.clone(),
            data: self.label.clone(),
            error,
        }
    }

    fn reader(&self, query: &Arc<Query>) -> Result<Reader, BenchError> {
        let (source, around) = (self.source.clone(), self.around.clone());
        Reader::open(source, around, query.clone()).map_err(|e| self.failed(e))
    }

    /// A reader for each client. The first has read once, so that a query that
    /// fails is told here.
    fn readers(&self, query: &Arc<Query>) -> Result<Vec<Reader>, BenchError> {
        let readers = (0..self.workload.clients).map(|_| self.reader(query));
        let mut readers: Vec<Reader> = readers.collect::<Result<_, _>>()?;
        if let Some(first) = readers.first_mut().filter(|_| !query.values.is_empty()) {
            first.read(0).map_err(|e| self.failed(e))?;
        }
        Ok(readers)
    }

    fn open_cache(&self, query: &Arc<Query>) -> Result<Cache, BenchError> {
        let practice = self.practice()?;
        let ids = Ids {
            dataset: self.workload.dataset.clone(),
            practice: practice.id(),
            schema_version: practice
                .schema_version()
                .map_err(|e| self.failed(e))?
                .unsigned_abs(),
        };
        let layer = self.open_layer(ids)?;
        let clients = (0..self.workload.clients).map(|_| {
            let (reader, layer) = (self.reader(query)?, layer.sibling()?);
            Ok(Aside::new(reader, layer, query.clone()))
        });
        let clients = clients.collect::<Result<_, BenchError>>()?;
        let server = layer.server().clone();
        let control = if server.private {
            let timeouts = layer.options().timeouts;
            Some(Connection::open(
                layer.endpoint(),
                timeouts,
                &self.around.clock,
            )?)
        } else {
            None
        };
        let auditor = Aside::new(self.reader(query)?, layer, query.clone());
        Ok(Cache {
            clients,
            auditor,
            server,
            control,
        })
    }

    /// A server of our own evicts what was used least recently. One that is
    /// somebody else's is not configured.
    fn open_layer(&self, ids: Ids) -> Result<Layer, OpenError> {
        let clock = &self.around.clock;
        let ours = Options {
            limits: Limits {
                maxmemory: None,
                policy: Some("allkeys-lru".to_owned()),
            },
            ..Options::default()
        };
        match Layer::open(&self.choice, ours, clock.clone(), ids.clone()) {
            Err(OpenError::Start(crate::cache::server::StartError::NotOurs(_))) => {
                Layer::open(&self.choice, Options::default(), clock.clone(), ids)
            }
            opened => opened,
        }
    }

    /// The limit is found with different keys than the most popular: their
    /// results are as large as any.
    fn bound(
        &self,
        control: Connection,
        wanted: u64,
        keys: u64,
        clients: &mut [Aside],
    ) -> Result<Bound, Fault> {
        let step = keys as f64 / wanted as f64;
        let sample: Vec<Rank> = (0..wanted).map(|i| (i as f64 * step) as Rank).collect();
        let mut boxed: Vec<Box<dyn Client + '_>> = clients
            .iter_mut()
            .map(|client| Box::new(client) as Box<dyn Client + '_>)
            .collect();
        let (clock, interrupt) = (&self.around.clock, &self.around.interrupt);
        Bound::find(control, wanted, || {
            closed_loop(&mut boxed, &sample, clock, interrupt, &mut |_| {});
        })
    }
}

/// How many results the cache still held of the most popular keys, and how
/// many of those differ from what the database says.
fn audit(auditor: &mut Aside, keys: u64) -> (u64, u64) {
    let (mut compared, mut stale) = (0, 0);
    for key in 0..keys.min(COMPARED) {
        if let Some(agrees) = auditor.agrees(key as Rank) {
            compared += 1;
            stale += u64::from(!agrees);
        }
    }
    (compared, stale)
}

fn cache_used(server: &Server, wanted: u64, held: Option<&Mutex<Held>>) -> CacheUsed {
    let held = held.map(|held| held.lock().unwrap_or_else(PoisonError::into_inner).clone());
    CacheUsed {
        name: server.name.name().to_owned(),
        version: server.version.clone(),
        address: server.address.clone(),
        policy: server.full.as_ref().map(|(_, policy)| policy.clone()),
        coarse_clock: server.name != Kind::Builtin,
        wanted: server.private.then_some(wanted),
        held: held.as_ref().and_then(Held::average),
        maxmemory: held.map(|held| held.maxmemory),
    }
}
