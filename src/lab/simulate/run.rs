//! Plays one sequence of requests against several caches.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::job::{Job, Work};
use super::policies::Making;
use super::report::{SimulationReport, Stopped, report};
use super::source::{Batch, Source, TraceOrKeys, footprint};
use super::trace::{TraceError, TraceFile};
use super::{Capacity, MissRatio, Sizes, Unit, UnusableCapacity};
use crate::cache::policy::{DEFAULT_SAMPLES, LruClock, PolicyKind};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::lab::keys::{Distribution, UnusableKeys};
use crate::progress::{Progress, Watcher};

/// Requests that are drawn at a time: for one cache, their keys stay in the
/// processor's first-level cache; for several, the threads are worth their start.
const BATCH: usize = 4096;
const LARGE_BATCH: usize = 1 << 16;
/// The optimum needs all requests at once.
const MOST_FOR_OPT: u64 = 50_000_000;

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// How popularity is spread.
    pub distribution: Distribution,
    /// Over how many keys.
    pub keys: u64,
    /// Played instead of drawn requests.
    pub trace: Option<TraceFile>,
    /// Each policy is run at each capacity and TTL, on the same requests.
    pub policies: Vec<PolicyKind>,
    /// How much the caches hold.
    pub capacities: Vec<Capacity>,
    /// What capacities count.
    pub unit: Unit,
    /// Of drawn objects, in bytes.
    pub sizes: Sizes,
    /// How long objects live; none: for ever.
    pub ttls: Vec<Duration>,
    /// Drawn requests a second; without it time counts requests.
    pub rate: Option<f64>,
    /// How many objects Redis's policies look at for each eviction.
    pub samples: usize,
    /// Whether the hit ratio of LRU at every size is wanted.
    pub curve: Option<Curve>,
    /// Requests before counting starts.
    pub warmup: u64,
    /// Requests that count. A trace may have fewer.
    pub requests: u64,
    /// One seed gives one sequence.
    pub seed: u64,
    /// When to stop, with what was counted until then.
    pub limit: Option<Duration>,
}

/// How a curve is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// From all keys.
    Exact,
    /// From this share of them, above 0 and at most 1.
    Sampled(f64),
}

impl Curve {
    /// The share of the keys that it is from; `None`: all.
    pub fn share(self) -> Option<f64> {
        match self {
            Curve::Exact => None,
            Curve::Sampled(share) => Some(share),
        }
    }

    /// Sixty sizes at equal ratios, up to all of so many keys. A sample knows
    /// nothing of caches that hold few of its keys.
    pub fn sizes(self, keys: u64) -> Vec<u64> {
        const STEPS: u32 = 60;
        let smallest = self.share().map_or(1.0, |share| (10.0 / share).ceil());
        let largest = (keys.max(1) as f64).max(smallest);
        let ratio = libm::log(largest / smallest) / f64::from(STEPS);
        let size = |n: u32| (smallest * libm::exp(ratio * f64::from(n))).round() as u64;
        (0..=STEPS).map(size).collect()
    }
}

impl Simulation {
    /// LRU and FIFO that hold a tenth of these keys; 4M requests after 1M.
    pub fn of(distribution: Distribution, keys: u64) -> Simulation {
        Simulation {
            distribution,
            keys,
            trace: None,
            policies: vec![PolicyKind::Lru, PolicyKind::Fifo],
            capacities: vec![Capacity::Percent(10.0)],
            unit: Unit::Objects,
            sizes: Sizes::all(1),
            ttls: Vec::new(),
            rate: None,
            samples: DEFAULT_SAMPLES,
            curve: None,
            warmup: 1_000_000,
            requests: 4_000_000,
            seed: 1,
            limit: None,
        }
    }
}

/// A simulation that would mean nothing, or that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum CannotSimulate {
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// A cache would hold nothing, or more than there is.
    #[error(transparent)]
    Capacity(#[from] UnusableCapacity),
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Nothing would be counted.
    #[error("a simulation counts at least 1 request, not 0")]
    NoRequests,
    /// Time would mean nothing.
    #[error("a TTL needs to know when requests come: give a --rate, such as 10000 a second")]
    NoRate,
    /// The trace has no times.
    #[error("a TTL needs to know when requests come, and {0} has no column of times")]
    NoTimes(String),
    /// No such rate.
    #[error("a rate is above 0 and at most 1,000,000,000 requests a second, not {0}")]
    Rate(f64),
    /// The optimum with sizes cannot be computed.
    #[error("opt counts objects and keeps them: it knows no bytes, TTLs, writes or deletes")]
    OptIsPlain,
    /// The optimum needs the whole future.
    #[error("opt keeps all requests in memory: at most 50,000,000, not {0}")]
    TooManyForOpt(u64),
    /// Distances count objects.
    #[error("the curve counts objects that stay: it knows no bytes and no TTL")]
    CurveIsPlain,
    /// A sample of nothing.
    #[error("a sample is above 0% and at most 100% of the keys")]
    Sample,
    /// All sizes are impossible.
    #[error("objects have at least 1 byte, and the largest is not below the smallest")]
    Sizes,
}

impl From<TraceOrKeys> for CannotSimulate {
    fn from(error: TraceOrKeys) -> CannotSimulate {
        match error {
            TraceOrKeys::Trace(error) => error.into(),
            TraceOrKeys::Keys(error) => error.into(),
        }
    }
}

/// Plays the simulation. An interruption ends it early, with what was counted
/// until then. Several caches are played on as many threads as there are cores.
///
/// # Errors
/// [`CannotSimulate`] before anything is played, or for a bad line of a trace.
pub fn simulate(
    simulation: &Simulation,
    clock: &Clock,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<SimulationReport, CannotSimulate> {
    check(simulation)?;
    let started = clock.now();
    let capacities = capacities(simulation, interrupt, watcher)?;
    let plain = simulation.trace.is_none()
        && simulation.unit == Unit::Objects
        && simulation.ttls.is_empty()
        && simulation.sizes == Sizes::all(1);
    let mut source = Source::of(simulation, !plain)?;
    let mut jobs = jobs(simulation, &capacities, plain);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let most = if jobs.len() > 1 && threads > 1 {
        LARGE_BATCH
    } else {
        BATCH
    };

    let total = simulation.warmup.saturating_add(simulation.requests);
    let (mut played, mut stopped) = (0, None);
    while played < total {
        if interrupt.is_raised() {
            stopped = Some(Stopped::Interrupted);
            break;
        }
        if let Some(limit) = simulation.limit
            && clock.now().since(started) >= limit
        {
            stopped = Some(Stopped::TimeLimit(limit));
            break;
        }
        // A batch is warm-up or counted, never both.
        let counts = played >= simulation.warmup;
        let until = if counts { total } else { simulation.warmup };
        let batch = source.next_batch((until - played).min(most as u64) as usize)?;
        if batch.len() == 0 {
            break;
        }
        play(&mut jobs, &batch, counts, clock, threads);
        played += batch.len() as u64;
        let (done, total) = match &source {
            Source::Trace(trace) => trace.progress(),
            Source::Drawn { .. } => (played, total),
        };
        let what = "simulating";
        watcher(Progress { what, done, total });
    }
    if let Source::Trace(trace) = &source {
        if played == 0 && stopped.is_none() {
            return Err(TraceError::Empty(trace.path().to_owned()).into());
        }
        if !simulation.ttls.is_empty() && !trace.is_timed() && stopped.is_none() {
            return Err(CannotSimulate::NoTimes(trace.path().display().to_string()));
        }
    }
    Ok(report(simulation, &source, jobs, played, stopped))
}

fn check(simulation: &Simulation) -> Result<(), CannotSimulate> {
    let by_bytes = simulation.unit == Unit::Bytes;
    let expires = !simulation.ttls.is_empty();
    if simulation.requests == 0 {
        return Err(CannotSimulate::NoRequests);
    }
    if let Some(rate) = simulation.rate
        && !(rate > 0.0 && rate <= 1e9)
    {
        return Err(CannotSimulate::Rate(rate));
    }
    if expires && simulation.trace.is_none() && simulation.rate.is_none() {
        return Err(CannotSimulate::NoRate);
    }
    if simulation.sizes.from == 0 || simulation.sizes.to < simulation.sizes.from {
        return Err(CannotSimulate::Sizes);
    }
    if simulation.policies.contains(&PolicyKind::Opt) {
        if by_bytes || expires {
            return Err(CannotSimulate::OptIsPlain);
        }
        let requests = simulation.warmup.saturating_add(simulation.requests);
        if simulation.trace.is_none() && requests > MOST_FOR_OPT {
            return Err(CannotSimulate::TooManyForOpt(requests));
        }
    }
    match simulation.curve {
        Some(_) if by_bytes || expires => Err(CannotSimulate::CurveIsPlain),
        Some(Curve::Sampled(share)) if !(share > 0.0 && share <= 1.0) => {
            Err(CannotSimulate::Sample)
        }
        _ => Ok(()),
    }
}

/// In objects or bytes. A share of a trace's keys asks to count them first.
fn capacities(
    simulation: &Simulation,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Vec<u64>, CannotSimulate> {
    let shares = simulation
        .capacities
        .iter()
        .any(|it| matches!(it, Capacity::Percent(_)));
    let (keys, bytes) = match &simulation.trace {
        Some(file) if shares && !simulation.policies.is_empty() => {
            footprint(file, interrupt, watcher)?
        }
        Some(_) => (u64::MAX, u64::MAX),
        None => {
            // A number of keys that cannot be drawn is told as such.
            simulation.distribution.check(simulation.keys)?;
            (simulation.keys, simulation.sizes.sum(simulation.keys))
        }
    };
    let there = match simulation.unit {
        Unit::Objects => keys,
        Unit::Bytes => bytes,
    };
    let capacities = simulation.capacities.iter();
    let objects = capacities.map(|capacity| capacity.of(there, simulation.unit));
    Ok(objects.collect::<Result<_, _>>()?)
}

fn jobs(simulation: &Simulation, capacities: &[u64], plain: bool) -> Vec<Job> {
    let timed = simulation.rate.is_some() || simulation.trace.is_some();
    let clock = if timed {
        LruClock::REDIS
    } else {
        LruClock::EXACT
    };
    let ttls: Vec<Option<Duration>> = match &simulation.ttls[..] {
        [] => vec![None],
        ttls => ttls.iter().copied().map(Some).collect(),
    };
    let mut jobs = Vec::new();
    for &policy in &simulation.policies {
        for &capacity in capacities {
            for &ttl in &ttls {
                let making = Making {
                    capacity,
                    samples: simulation.samples,
                    clock,
                    seed: simulation.seed,
                };
                let work = if plain {
                    Work::dense(policy, making, simulation.keys)
                } else {
                    Work::any(policy, making, simulation.unit, ttl)
                };
                jobs.push(Job::new(policy, capacity, ttl, work));
            }
        }
    }
    if let Some(curve) = simulation.curve {
        let work = Work::Curve(MissRatio::new(curve.share()));
        jobs.push(Job::new(PolicyKind::Lru, 0, None, work));
    }
    jobs
}

/// Each job plays the batch, on one of the threads.
fn play(jobs: &mut [Job], batch: &Batch, counts: bool, clock: &Clock, threads: usize) {
    let threads = threads.min(jobs.len());
    if threads <= 1 || batch.len() < LARGE_BATCH / 4 {
        jobs.iter_mut()
            .for_each(|job| job.play(batch, counts, clock));
        return;
    }
    let left = Mutex::new(jobs.iter_mut());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) = next() {
                    job.play(batch, counts, clock);
                }
            });
        }
    });
}
