//! A whole benchmark: from a workload and a database to a report.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::bound::{Bound, Held};
use super::data::{Data, Indexes};
use super::local::LocalCache;
use super::reader::Reader;
use super::requests::Requests;
use super::sides::{Aside, Direct, Near, RealSide, audit};
use super::storms::Storms;
use super::truth::Truth;
use super::{Arm, BenchError, Client, Moment, Play, Side, play, take_turns};
use crate::cache::aside::{Rules, Strategy};
use crate::cache::connection::{Connection, Fault};
use crate::cache::layer::{OpenError, Options, Weather};
use crate::cache::server::{Kind, Limits, StartError};
use crate::cache::{Choice, Ids, Layer, Server};
use crate::lab::keys::Rank;
use crate::lab::report::{Audit, BenchReport, CacheUsed, Machine, Measurements, Used};
use crate::lab::workload::Workload;
use crate::progress::{Progress, Watcher};
use crate::sandbox::{self, Practice, Source, Surroundings};

/// So many results of the cache are compared with the database afterwards.
const COMPARED: usize = 200;

/// What to measure, and on what.
pub struct Bench {
    /// The workload, with what flags changed of it.
    pub workload: Workload,
    /// Which sides, in the order of their columns.
    pub sides: Vec<Arm>,
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

/// The parts of a side with a cache server that outlive its clients.
struct Kept {
    arm: Arm,
    auditor: Aside,
    server: Server,
    held: Option<Arc<Mutex<Held>>>,
    /// The side reads a copy of its own.
    _data: Rc<Data>,
}

/// What all sides have in common.
struct Ground {
    requests: Arc<Requests>,
    wanted: u64,
    keys: u64,
    data: Rc<Data>,
    indexed: Option<Rc<Data>>,
}

impl Bench {
    /// Measures each side and compares it with theory. Ctrl-C ends it early,
    /// with a partial report.
    ///
    /// # Errors
    /// [`BenchError`] before anything is measured.
    pub fn run(&self, watcher: Watcher<'_>) -> Result<BenchReport, BenchError> {
        self.watched(false, &mut |moment| watcher(moment.progress))
    }

    /// As [`run`](Bench::run), for somebody who wants to see latencies, too.
    ///
    /// # Errors
    /// As `run`.
    pub fn run_live(&self, watch: &mut dyn FnMut(Moment<'_>)) -> Result<BenchReport, BenchError> {
        self.watched(true, watch)
    }

    fn watched(
        &self,
        watched: bool,
        watch: &mut dyn FnMut(Moment<'_>),
    ) -> Result<BenchReport, BenchError> {
        if let Strategy::WriteBehind { .. } = self.workload.caching.rules.strategy {
            return Err(BenchError::WriteBehind);
        }
        let mut asked = self.asked()?;
        asked.schedule.watched = watched;
        let requests = asked.requests.clone();
        let keys = requests.reads().count() as u64;
        let wanted = self.workload.caching.size.objects(keys)?;
        watch(Moment {
            progress: Progress {
                what: "looking for an index",
                done: 0,
                total: 1,
            },
            turn: None,
            counts: false,
        });
        let (sides, indexes) = self.sides_with_indexes(&requests)?;
        let ddl = indexes.as_ref().map_or(&[][..], |indexes| &indexes.ddl);
        let has_indexed = sides.iter().any(|arm| arm.is_indexed());
        let mut ground = Ground {
            data: Rc::new(Data::as_it_is(self.source.clone())),
            indexed: None,
            requests,
            wanted,
            keys,
        };
        if has_indexed && !self.workload.writes() {
            ground.indexed = Some(Rc::new(self.copy(ddl)?));
        }
        let (mut real, mut kept) = (Vec::new(), Vec::new());
        for arm in sides {
            let ddl = if arm.is_indexed() { ddl } else { &[] };
            let (side, its) = self.side(arm, &ground, ddl)?;
            real.push(Box::new(side) as Box<dyn Side>);
            kept.extend(its);
        }
        let (clock, interrupt) = (&self.around.clock, &self.around.interrupt);
        let measured = take_turns(&mut real, &asked.schedule, clock, interrupt, watch);
        let audits: Vec<Audit> = kept
            .iter_mut()
            .map(|kept| {
                let (compared, stale) = audit(&mut kept.auditor, &ground.requests, COMPARED);
                Audit {
                    arm: kept.arm,
                    compared,
                    stale,
                }
            })
            .collect();
        let caches = kept.iter().map(|kept| {
            let used = cache_used(&kept.server, wanted, kept.held.as_deref());
            (kept.arm, used)
        });
        let caches: Vec<_> = caches.collect();
        let mut sizes: Vec<u64> = caches.iter().filter_map(|(_, it)| it.held).collect();
        sizes.push(wanted);
        let with_cache = measured.iter().find(|side| side.arm.has_cache());
        let curve = with_cache
            .filter(|_| !self.workload.writes())
            .map(|side| asked.curve(side, keys, &sizes));
        let held = |arm: Arm| {
            let cache = caches.iter().find(|(of, _)| *of == arm);
            match cache {
                Some((_, cache)) => cache.held.or(cache.wanted).unwrap_or(keys),
                None => wanted,
            }
        };
        let expiring = self.workload.expiring_lru();
        let with_ttl = measured
            .iter()
            .filter(|side| side.arm.has_cache())
            .filter_map(|side| {
                let ttl = expiring?;
                Some((side.arm, asked.with_ttl(side, held(side.arm), ttl)?))
            })
            .collect();
        Ok(BenchReport::new(
            asked.used(self, keys),
            Measurements {
                caches,
                sides: measured,
                indexes,
                audits,
                wanted,
                offered: asked.offered(),
                curve: curve.unwrap_or_default(),
                with_ttl,
            },
            asked.probabilities.as_deref(),
            interrupt.is_raised(),
        ))
    }

    pub(super) fn used(&self, keys: u64) -> Used {
        Used {
            workload: self.workload.clone(),
            keys,
            seed: self.seed,
            data: self.label.clone(),
            machine: Machine::this(),
            trace: None,
        }
    }

    /// The sides that can be run: without an index to build, none is indexed.
    fn sides_with_indexes(
        &self,
        requests: &Requests,
    ) -> Result<(Vec<Arm>, Option<Indexes>), BenchError> {
        if !self.sides.iter().any(|arm| arm.is_indexed()) {
            return Ok((self.sides.clone(), None));
        }
        let clock = &self.around.clock;
        let indexes = Indexes::advised(&self.source, &self.around, requests, clock)
            .map_err(|e| self.failed(e))?;
        let mut sides = self.sides.clone();
        if indexes.ddl.is_empty() {
            sides.retain(|arm| !arm.is_indexed());
        }
        Ok((sides, Some(indexes)))
    }

    fn copy(&self, ddl: &[String]) -> Result<Data, BenchError> {
        Data::copy(&self.source, &self.around, ddl, self.workload.writes())
            .map_err(|e| self.failed(e))
    }

    /// One side, ready to be asked.
    fn side(
        &self,
        arm: Arm,
        ground: &Ground,
        ddl: &[String],
    ) -> Result<(RealSide, Option<Kept>), BenchError> {
        let data = if self.workload.writes() {
            Rc::new(self.copy(ddl)?)
        } else {
            match &ground.indexed {
                Some(indexed) if arm.is_indexed() => indexed.clone(),
                _ => ground.data.clone(),
            }
        };
        let readers = self.readers(&data, &ground.requests)?;
        let truth = Arc::new(Truth::of(&ground.requests));
        if arm.has_server() {
            let (side, kept) = self.cached_side(arm, ground, data, readers, &truth)?;
            return Ok((side, Some(kept)));
        }
        let local = Arc::new(LocalCache::new(
            ground.wanted,
            self.workload.caching.rules.ttl,
        ));
        let client = |reader: Reader| -> Box<dyn Client> {
            match arm {
                Arm::Local => Box::new(Near {
                    reader,
                    cache: local.clone(),
                    invalidation: self.workload.caching.rules.invalidation,
                    truth: truth.clone(),
                }),
                _ => Box::new(Direct(reader)),
            }
        };
        let side = RealSide {
            arm,
            clients: readers.into_iter().map(client).collect(),
            bound: None,
            storms: None,
            _data: data.clone(),
        };
        Ok((side, None))
    }

    fn cached_side(
        &self,
        arm: Arm,
        ground: &Ground,
        data: Rc<Data>,
        readers: Vec<Reader>,
        truth: &Arc<Truth>,
    ) -> Result<(RealSide, Kept), BenchError> {
        let layer = self.open_layer(self.ids()?)?;
        let server = layer.server().clone();
        let weather = Arc::new(Weather::default());
        let mut asides = Vec::with_capacity(readers.len());
        for reader in readers {
            let mut sibling = layer.sibling()?;
            sibling.set_weather(weather.clone());
            asides.push(Aside::new(reader, sibling, truth.clone()));
        }
        let control = || {
            let timeouts = layer.options().timeouts;
            Connection::open(layer.endpoint(), timeouts, &self.around.clock)
        };
        let (mut bound, mut storms) = (None, None);
        let round_trip = self.workload.round_trips.cache;
        if server.private {
            bound = Some(if ground.wanted < ground.keys {
                self.bound(control()?, ground, &mut asides)?
            } else {
                Bound::none(control()?, ground.wanted)
            });
            if !self.workload.faults.is_empty() {
                let faults = self.workload.faults.clone();
                storms = Some(Arc::new(Storms::new(
                    faults,
                    weather.clone(),
                    round_trip,
                    control()?,
                )));
            }
        } else if !self.workload.faults.is_empty() {
            return Err(BenchError::ForeignFaults(server.address));
        }
        weather.set_slower(round_trip);
        let held = bound.as_ref().map(Bound::held);
        let auditor = Aside::new(self.reader(&data, &ground.requests)?, layer, truth.clone());
        let side = RealSide {
            arm,
            clients: asides
                .into_iter()
                .map(|client| Box::new(client) as Box<dyn Client>)
                .collect(),
            bound,
            storms,
            _data: data.clone(),
        };
        let kept = Kept {
            arm,
            auditor,
            server,
            held,
            _data: data,
        };
        Ok((side, kept))
    }

    pub(super) fn practice(&self) -> Result<Practice, BenchError> {
        let (source, around) = (self.source.clone(), self.around.clone());
        Practice::open(source, around, &mut crate::progress::ignore).map_err(|e| self.failed(e))
    }

    pub(super) fn failed(&self, error: sandbox::Error) -> BenchError {
        BenchError::Data {
            workload: self.workload.name.clone(),
            data: self.label.clone(),
            error,
        }
    }

    fn reader(&self, data: &Data, requests: &Arc<Requests>) -> Result<Reader, BenchError> {
        let round_trip = self.workload.round_trips.database;
        let opened = if data.is_shared {
            Reader::open_shared(
                data.source.path(),
                &self.around,
                requests.clone(),
                round_trip,
            )
        } else {
            Reader::open(
                data.source.clone(),
                &self.around,
                requests.clone(),
                round_trip,
            )
        };
        opened.map_err(|e| self.failed(e))
    }

    /// A reader for each client. The first has read once, so that a query that
    /// fails is told here.
    fn readers(&self, data: &Data, requests: &Arc<Requests>) -> Result<Vec<Reader>, BenchError> {
        let clients = 0..self.workload.load.clients();
        let readers = clients.map(|_| self.reader(data, requests));
        let mut readers: Vec<Reader> = readers.collect::<Result<_, _>>()?;
        if let Some(first) = readers.first_mut() {
            for read in requests
                .statements()
                .iter()
                .filter(|it| it.writes.is_empty())
            {
                first.run(read, 0).map_err(|e| self.failed(e))?;
            }
        }
        Ok(readers)
    }

    fn ids(&self) -> Result<Ids, BenchError> {
        let practice = self.practice()?;
        let version = practice.schema_version().map_err(|e| self.failed(e))?;
        Ok(Ids {
            dataset: self.workload.dataset.clone(),
            practice: practice.id(),
            schema_version: version.unsigned_abs(),
        })
    }

    /// A server of our own evicts as the workload says. One that is somebody
    /// else's is not configured.
    fn open_layer(&self, ids: Ids) -> Result<Layer, OpenError> {
        let (clock, caching) = (&self.around.clock, &self.workload.caching);
        let foreign = Options {
            rules: Rules {
                seed: self.seed,
                ..caching.rules
            },
            encoding: caching.encoding,
            ..Options::default()
        };
        let ours = Options {
            limits: Limits {
                maxmemory: None,
                policy: Some(caching.policy.clone()),
            },
            ..foreign.clone()
        };
        match Layer::open(&self.choice, ours, clock.clone(), ids.clone()) {
            Err(OpenError::Start(StartError::NotOurs(_))) => {
                Layer::open(&self.choice, foreign, clock.clone(), ids)
            }
            opened => opened,
        }
    }

    /// The limit is found with different keys than the most popular: their
    /// results are as large as any.
    fn bound(
        &self,
        control: Connection,
        ground: &Ground,
        clients: &mut [Aside],
    ) -> Result<Bound, Fault> {
        let (wanted, keys) = (ground.wanted, ground.keys);
        let step = keys as f64 / wanted as f64;
        let reads: Vec<Rank> = ground.requests.reads().collect();
        let sample: Vec<Rank> = (0..wanted)
            .map(|i| reads[(i as f64 * step) as usize])
            .collect();
        let mut boxed: Vec<Box<dyn Client + '_>> = clients
            .iter_mut()
            .map(|client| Box::new(client) as Box<dyn Client + '_>)
            .collect();
        let (clock, interrupt) = (&self.around.clock, &self.around.interrupt);
        Bound::find(control, wanted, || {
            play(
                &mut boxed,
                Play::closed(&sample),
                clock,
                interrupt,
                &mut |_| {},
            );
        })
    }
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
        maxmemory: held.map(|held| held.maxmemory).filter(|bytes| *bytes > 0),
    }
}
