//! A workload through the cache layer, ready to be played.

use super::Setting;
use super::report::Played;
use crate::cache::Invalidation;
use crate::cache::aside::{Contradiction, Protection, Rules};
use crate::cache::invalidation::Tables;
use crate::cache::policy::{DEFAULT_SAMPLES, PolicyKind};
use crate::lab::bench::{Bench, BenchError, Requests, Schedule};
use crate::lab::keys::UnusableKeys;
use crate::lab::simulate::UnusableCapacity;
use crate::lab::theory;
use crate::lab::virtual_time::{
    CacheServer, Impossible, Outcome, Script, Services, Statement, Stop, run_script,
};
use crate::lab::workload::{Arrivals, BadWorkload, Load, Rate, Workload};
use crate::units;

/// What the statements read.
pub enum Data {
    /// A database, and the workload on it.
    Real(Box<Bench>),
    /// Nothing: one table, and so many of the requests change it.
    Imagined {
        /// The share of the requests that write, 0 to 1.
        written: f64,
    },
}

/// A workload, the cache that it is asked through, and what the parts take.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// What is asked, how often, when; how the cache is used, and its faults.
    pub workload: Workload,
    /// At most so many keys; all of them, if `None`.
    pub keys: Option<u64>,
    /// What is evicted.
    pub policy: PolicyKind,
    /// How many results Redis's policies look at.
    pub samples: usize,
    /// What the parts take, besides the workload's round trips.
    pub services: Services,
}

/// A workload that cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum Unplayable {
    /// Its data or keys.
    #[error(transparent)]
    Bench(#[from] Box<BenchError>),
    /// Its numbers.
    #[error(transparent)]
    Workload(#[from] BadWorkload),
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// The cache would hold nothing, or more than there is.
    #[error(transparent)]
    Capacity(#[from] UnusableCapacity),
    /// The rules of the cache.
    #[error(transparent)]
    Rules(#[from] Contradiction),
    /// The run.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// A policy of Redis that the simulator does not know.
    #[error(
        "the simulator cannot play Redis's {0}: name another with --policy, such as redis-lru, \
         redis-lfu or random"
    )]
    Policy(String),
    /// The layer would need gigabytes.
    #[error(
        "{} keys are too many for the cache layer: at most {}; eviction alone takes more",
        units::count(*.0), units::count(MOST_IMAGINED)
    )]
    TooManyKeys(u64),
}

/// Keys of no data.
const MOST_IMAGINED: u64 = 10_000_000;

impl From<BenchError> for Unplayable {
    fn from(error: BenchError) -> Unplayable {
        Unplayable::Bench(Box::new(error))
    }
}

impl Rehearsal {
    /// As the workload says, with the policy of Redis that it names.
    ///
    /// # Errors
    /// [`Unplayable::Policy`] for one that evicts nothing, or by TTL.
    pub fn of(workload: Workload) -> Result<Rehearsal, Unplayable> {
        let named = workload.caching.policy.as_str();
        let (which, by) = named.split_once('-').unwrap_or((named, ""));
        // What has no TTL is not volatile, and never goes.
        let evicts = which == "allkeys" || workload.caching.rules.ttl.is_some();
        let policy = match by {
            "lru" if evicts => PolicyKind::RedisLru,
            "lfu" if evicts => PolicyKind::RedisLfu,
            "random" if evicts => PolicyKind::Random,
            _ => return Err(Unplayable::Policy(named.to_owned())),
        };
        Ok(Rehearsal {
            keys: None,
            policy,
            samples: DEFAULT_SAMPLES,
            services: Services::default(),
            workload,
        })
    }

    /// Changes one setting.
    pub fn set(&mut self, setting: Setting) {
        let (caching, templates) = (&mut self.workload.caching, &mut self.workload.templates);
        match setting {
            Setting::Distribution(it) => {
                templates.iter_mut().for_each(|one| one.distribution = it);
            }
            Setting::Keys(n) => self.keys = Some(n),
            Setting::Rate(per_second) => {
                let (clients, arrivals) = match &self.workload.load {
                    Load::Closed { clients, .. } => (*clients, Arrivals::Poisson),
                    Load::Open {
                        clients, arrivals, ..
                    } => (*clients, *arrivals),
                };
                self.workload.load = Load::Open {
                    clients,
                    arrivals,
                    rate: Rate::steady(per_second as f64),
                };
            }
            Setting::Clients(n) => self.workload.load.set_clients(n as usize),
            Setting::Policy(it) => self.policy = it,
            Setting::Capacity(it) => caching.size = it,
            Setting::Ttl(it) => caching.rules.ttl = Some(it),
            Setting::Jitter(it) => caching.rules.jitter = it,
            Setting::Protection(it) => caching.rules.protection = it,
            Setting::Beta(beta) => caching.rules.protection = Protection::XFetch { beta },
            Setting::Invalidation(it) => caching.rules.invalidation = it,
            Setting::Samples(n) => self.samples = n,
            Setting::DatabaseTime(it) => self.services.database = it,
            Setting::CacheTime(it) => self.services.cache = it,
            Setting::Connections(n) => self.services.connections = Some(n),
        }
    }

    /// Whether its numbers mean something.
    ///
    /// # Errors
    /// [`Unplayable`], naming what is wrong.
    pub fn check(&self) -> Result<(), Unplayable> {
        self.workload.caching.rules.check()?;
        self.workload.check()?;
        Ok(())
    }

    /// The requests on this data, in their order.
    pub(super) fn ready(&self, data: &Data, seed: u64) -> Result<Ready, Unplayable> {
        let requests = match data {
            Data::Real(bench) => bench.requests_of(&self.workload, self.keys)?,
            Data::Imagined { written } => {
                let keys = self.keys.unwrap_or_default();
                let distribution = self.workload.distribution();
                distribution.check(keys)?;
                if keys > MOST_IMAGINED {
                    return Err(Unplayable::TooManyKeys(keys));
                }
                Requests::imagined(keys, distribution, *written)
            }
        };
        let schedule = Schedule::of(&self.workload, &requests, seed)?;
        Ok(Ready {
            probabilities: requests.read_probabilities()?,
            keys: requests.reads().count() as u64,
            script: script(&requests, schedule, &self.workload),
        })
    }

    /// Plays it once; `stop` ends it early.
    pub(super) fn play(
        &self,
        ready: &Ready,
        seed: u64,
        stop: Stop<'_>,
    ) -> Result<Played, Unplayable> {
        let capacity = self.workload.caching.size.objects(ready.keys)?;
        let trips = self.workload.round_trips;
        let services = Services {
            database: self.services.database + trips.database,
            cache: self.services.cache + trips.cache,
            // A connection that breaks says so at once.
            patience: trips.cache,
            ..self.services.clone()
        };
        let cache = CacheServer {
            // A cache for all keys evicts nothing, and versions of a result
            // that are not found any more do not count.
            capacity: (capacity < ready.keys).then_some(capacity),
            policy: self.policy,
            samples: self.samples,
        };
        let rules = Rules {
            seed,
            ..self.workload.caching.rules
        };
        let outcome = run_script(&ready.script, rules, &services, cache, seed, stop)?;
        Ok(Played {
            room: capacity,
            reads: outcome.reads,
            hit_ratio: held_ratio(&outcome),
            expected: self.expected(ready, capacity),
            outcome: Some(Box::new(outcome)),
            partial: stop(),
        })
    }

    /// What theory says of independent reads of what is never written, through
    /// a cache that never fails. It has a word for LRU and FIFO from a cold
    /// start, and for a TTL where nothing is evicted and reads come at a rate.
    fn expected(&self, ready: &Ready, capacity: u64) -> Option<f64> {
        let popularity = ready.probabilities.as_ref()?;
        let caching = &self.workload.caching;
        let is_written =
            self.workload.writes() || ready.script.statements.iter().any(|it| it.writes);
        let changes = is_written && caching.rules.invalidation != Invalidation::None;
        if changes || !self.workload.faults.is_empty() {
            return None;
        }
        let warmup = ready.script.warmup.len() as u64;
        let counted = ready.script.counted.len() as u64;
        match (caching.rules.ttl, &self.workload.load) {
            (None, _) => match self.policy {
                PolicyKind::Lru | PolicyKind::RedisLru => {
                    Some(theory::lru_from_cold(popularity, capacity, warmup, counted))
                }
                PolicyKind::Fifo | PolicyKind::Random
                    if !is_filling(popularity, capacity, warmup) =>
                {
                    Some(theory::fifo(popularity, capacity).hit_ratio)
                }
                _ => None,
            },
            (Some(ttl), Load::Open { rate, .. })
                if capacity >= ready.keys
                    && rate.ramp.is_none()
                    && rate.spikes.is_empty()
                    && caching.rules.protection == Protection::None =>
            {
                let of_ttl = if caching.rules.sliding {
                    theory::sliding_ttl
                } else {
                    theory::fixed_ttl
                };
                let each = popularity.iter();
                Some(
                    each.map(|p| p * of_ttl(p * rate.base, ttl.as_secs_f64()))
                        .sum(),
                )
            }
            _ => None,
        }
    }
}

/// The share of the reads that asked the cache for which it held an answer, as
/// a benchmark counts them: one that was loaded anew before it expired is a
/// hit, one that got what another reader loaded is none.
fn held_ratio(outcome: &Outcome) -> f64 {
    let held = outcome.hits + outcome.early;
    held as f64 / (held + outcome.misses + outcome.shared).max(1) as f64
}

/// Whether a warm-up of so many requests leaves room.
fn is_filling(popularity: &[f64], capacity: u64, warmup: u64) -> bool {
    theory::lru(popularity, capacity).characteristic_time > warmup as f64
}

/// Requests in their order.
pub(super) struct Ready {
    pub(super) script: Script,
    /// Of each result among the reads; `None` where draws are not independent.
    pub(super) probabilities: Option<Vec<f64>>,
    /// How many results there are.
    pub(super) keys: u64,
}

fn script(requests: &Requests, schedule: Schedule, workload: &Workload) -> Script {
    let statements = requests.statements().iter().map(|it| Statement {
        tables: if it.writes.is_empty() {
            Tables::new(&it.facts.tables)
        } else {
            Tables::new(&it.writes)
        },
        writes: !it.writes.is_empty(),
        keys: it.keys.len() as u32,
        keys_of: it.keys_of,
    });
    Script {
        statements: statements.collect(),
        warmup: schedule.warmup,
        counted: schedule.counted,
        rounds: schedule.rounds,
        starts: schedule.starts,
        clients: workload.load.clients(),
        think: schedule.think,
        limit: schedule.limit,
        faults: workload.faults.clone(),
    }
}
