//! From tallies to figures.

use std::time::Duration;

use super::conclusions::{self, Away};
use super::{Machine, Note, Verdict};
use crate::cache::stats::CostModel;
use crate::lab::bench::{Arm, Indexes, Measured, ServerCounts, Tally};
use crate::lab::theory;
use crate::lab::workload::{Load, Workload};

/// A result that stays shorter than so many ticks of a clock in seconds is
/// hardly told from others by its age.
const COARSE_SECONDS: f64 = 5.0;

/// What Che's approximation and a sampling server may be off by, besides chance.
const MODEL_TOLERANCE: f64 = 0.01;

/// What was really run: the workload and what a flag changed of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// With the clients, requests, rounds and warm-up that were used.
    pub workload: Workload,
    /// How many different results there were.
    pub keys: u64,
    /// The seed of the requests.
    pub seed: u64,
    /// The label of the data, such as `shop@small`.
    pub data: String,
    /// Where it ran.
    pub machine: Machine,
}

/// The cache server and how full it was.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheUsed {
    /// `redis`, `valkey` or `builtin`.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Where it listens.
    pub address: String,
    /// What it evicts when it is full, as `allkeys-lru`; `None` if it does not say.
    pub policy: Option<String>,
    /// Whether it tells an object's age in whole seconds only.
    pub coarse_clock: bool,
    /// How many results it was to hold; `None` when its size was not ours to set.
    pub wanted: Option<u64>,
    /// How many results it held, on average over the ends of the rounds.
    pub held: Option<u64>,
    /// Bytes it was bounded to; `None` if it was not.
    pub maxmemory: Option<u64>,
}

/// A look at a cache's results after the last round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Of which side.
    pub arm: Arm,
    /// How many were compared with the database.
    pub compared: u64,
    /// How many of those differed.
    pub stale: u64,
}

/// All that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements {
    /// The cache servers of the sides that have one.
    pub caches: Vec<(Arm, CacheUsed)>,
    /// The sides, in the order of their columns.
    pub sides: Vec<Measured>,
    /// The indexes of the indexed sides; `None` when nobody asked for one.
    pub indexes: Option<Indexes>,
    /// One for each cache server.
    pub audits: Vec<Audit>,
    /// How many results each cache was to hold.
    pub wanted: u64,
    /// When the last request of the last round should have started, in an open
    /// loop.
    pub last_start: Option<Duration>,
}

/// A hit ratio computed beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// The hit ratio of the counted requests, cold start included.
    pub hit_ratio: f64,
    /// T, in requests; infinite when everything fits.
    pub characteristic_time: f64,
}

/// The slowest and fastest round, in requests a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The slowest.
    pub min: f64,
    /// The fastest.
    pub max: f64,
}

/// One side's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmReport {
    /// Which side.
    pub arm: Arm,
    /// Reads. Without a cache all are direct; with one they are hits + misses
    /// + errors.
    pub requests: u64,
    /// Reads a second over all rounds.
    pub throughput: f64,
    /// The time of its rounds.
    pub elapsed: Duration,
    /// Over the rounds.
    pub spread: Spread,
    /// Latency percentiles and counts.
    pub tally: Tally,
    /// Hits among the reads that the cache answered; `None` without a cache.
    pub hit_ratio: Option<f64>,
    /// What theory expected; `None` without a cache, or without a theory.
    pub predicted: Option<Predicted>,
    /// D, R, W and h: D of the side that differs by the cache alone.
    pub model: Option<CostModel>,
    /// Reads that reached the database: direct ones, misses and fallbacks.
    pub database_reads: u64,
    /// Answers that were older than the last write: of those that counted,
    /// and of those that were compared afterwards.
    pub stale_reads: u64,
    /// How many results of its cache were compared with the database afterwards.
    pub compared: u64,
    /// Reads that the cache or the database failed.
    pub errors: u64,
    /// What its cache server itself counted.
    pub server: Option<ServerCounts>,
}

/// A whole benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchReport {
    /// What was run.
    pub used: Used,
    /// Against which cache server; that of the cached side, if there is one.
    pub cache: Option<CacheUsed>,
    /// The sides, in the order of their columns.
    pub arms: Vec<ArmReport>,
    /// The indexes of the indexed sides.
    pub indexes: Option<Indexes>,
    /// D, R, W and h as measured: D on the uncached side, the rest on the cached.
    pub model: Option<CostModel>,
    /// What follows for the cache.
    pub verdict: Verdict,
    /// What follows besides, a sentence each.
    pub conclusions: Vec<String>,
    /// The same with both servers a network away, computed; `None` if it
    /// cannot be.
    pub away: Option<Away>,
    /// What limits it.
    pub notes: Vec<Note>,
    /// How many cached results were compared with the database afterwards.
    pub compared: u64,
    /// Whether Ctrl-C cut it short.
    pub interrupted: bool,
}

impl BenchReport {
    /// Puts what was measured beside what theory expects of it.
    /// `probabilities` are those of the results, if draws were independent.
    pub fn new(
        used: Used,
        measurements: Measurements,
        probabilities: Option<&[f64]>,
        interrupted: bool,
    ) -> BenchReport {
        let Measurements {
            caches,
            sides,
            indexes,
            audits,
            wanted,
            last_start,
        } = measurements;
        let cache_of = |arm: Arm| {
            caches
                .iter()
                .find(|(of, _)| *of == arm)
                .map(|(_, cache)| cache)
        };
        let mut arms: Vec<ArmReport> = Vec::new();
        for side in sides {
            let room = Room::of(side.arm, cache_of(side.arm), wanted, &used);
            let predicted = probabilities
                .zip(room)
                .and_then(|(p, room)| room.predict(&used, p));
            let audit = audits.iter().find(|audit| audit.arm == side.arm);
            arms.push(ArmReport::new(side, predicted, audit));
        }
        for at in 0..arms.len() {
            let without = arms[at].arm.without_cache();
            let without = arms.iter().find(|it| it.arm == without && it.requests > 0);
            arms[at].model = without.and_then(|without| model(without, &arms[at]));
        }
        let side = |arm| arms.iter().find(|a| a.arm == arm && a.requests > 0);
        let (uncached, cached) = (side(Arm::Uncached), side(Arm::Cached));
        let model = cached.and_then(|cached| cached.model);
        let verdict = match (uncached, cached, &model) {
            (Some(u), Some(c), Some(model)) => Verdict::of(
                conclusions::speed(&used.workload, u),
                conclusions::speed(&used.workload, c),
                model,
                c.tally.mean_database(),
            ),
            (_, Some(c), None) if c.errors > 0 => Verdict::CacheFailed {
                errors: c.errors,
                reads: c.requests,
            },
            _ => Verdict::Unknown,
        };
        let mut notes = Vec::new();
        gather_notes(&mut notes, &used, &arms, last_start);
        if let Some(why) = indexes
            .as_ref()
            .and_then(|indexes| indexes.why_none.clone())
        {
            notes.push(Note::NoIndex { why });
        }
        for arm in arms
            .iter()
            .filter(|arm| arm.arm.has_cache() && arm.requests > 0)
        {
            let cache = cache_of(arm.arm);
            let room = Room::of(arm.arm, cache, wanted, &used);
            gather_cache_notes(&mut notes, &used, arm, cache, room, probabilities);
        }
        if probabilities.is_none() && arms.iter().any(|arm| arm.arm.has_cache()) {
            notes.push(Note::NotIndependent);
        }
        BenchReport {
            conclusions: conclusions::conclusions(&used.workload, &arms),
            away: Away::compute(&used.workload, &arms),
            compared: audits.iter().map(|audit| audit.compared).sum(),
            cache: caches.into_iter().next().map(|(_, cache)| cache),
            used,
            arms,
            indexes,
            model,
            verdict,
            notes,
            interrupted,
        }
    }

    /// The figures of a side, if it was run.
    pub fn arm(&self, arm: Arm) -> Option<&ArmReport> {
        self.arms.iter().find(|a| a.arm == arm)
    }
}

impl ArmReport {
    fn new(side: Measured, predicted: Option<Predicted>, audit: Option<&Audit>) -> ArmReport {
        let tally = side.tally;
        let has_cache = side.arm.has_cache();
        let answered = tally.hits + tally.misses;
        let rounds = side.rounds.iter().copied();
        ArmReport {
            arm: side.arm,
            requests: tally.reads(),
            throughput: tally.reads() as f64 / side.elapsed.as_secs_f64().max(1e-9),
            elapsed: side.elapsed,
            spread: Spread {
                min: rounds.clone().reduce(f64::min).unwrap_or(0.0),
                max: rounds.reduce(f64::max).unwrap_or(0.0),
            },
            hit_ratio: (has_cache && answered > 0).then(|| tally.hits as f64 / answered as f64),
            predicted: predicted.filter(|_| has_cache),
            model: None,
            database_reads: tally.database_reads(),
            stale_reads: tally.stale + audit.map_or(0, |audit| audit.stale),
            compared: audit.map_or(0, |audit| audit.compared),
            errors: tally.fallbacks + tally.failed,
            server: side.server,
            tally,
        }
    }

    /// How many times the fastest round did what the slowest did.
    pub fn noise(&self) -> f64 {
        self.spread.max / self.spread.min.max(1e-9)
    }
}

/// What decides which results a cache holds.
#[derive(Debug, Clone, Copy)]
struct Room {
    results: u64,
    /// How many it really held, if that is known.
    held: Option<u64>,
    policy: Evicts,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Evicts {
    LeastRecent,
    AtRandom,
}

impl Room {
    /// `None` for a side without a cache, and for what theory does not know:
    /// a TTL, writes that drop results, other policies.
    fn of(arm: Arm, cache: Option<&CacheUsed>, wanted: u64, used: &Used) -> Option<Room> {
        let workload = &used.workload;
        let is_known =
            workload.caching.ttl.is_none() && !workload.writes() && workload.faults.is_empty();
        if !arm.has_cache() || !is_known {
            return None;
        }
        let Some(cache) = cache else {
            return Some(Room {
                results: wanted,
                held: None,
                policy: Evicts::LeastRecent,
            });
        };
        Some(Room {
            results: cache.wanted.unwrap_or(used.keys).min(used.keys),
            held: cache.held,
            policy: match cache.policy.as_deref() {
                Some("allkeys-lru" | "volatile-lru") | None => Evicts::LeastRecent,
                Some("allkeys-random") => Evicts::AtRandom,
                // Without a bound nothing is evicted, whatever the policy.
                _ if cache.maxmemory.is_none() => Evicts::LeastRecent,
                _ => return None,
            },
        })
    }

    fn predict(self, used: &Used, probabilities: &[f64]) -> Option<Predicted> {
        let held = self.capacity(used, probabilities);
        let Workload {
            warmup, requests, ..
        } = used.workload;
        Some(match self.policy {
            Evicts::LeastRecent => Predicted {
                hit_ratio: theory::lru_from_cold(probabilities, held, warmup, requests),
                characteristic_time: theory::lru(probabilities, held).characteristic_time,
            },
            Evicts::AtRandom => {
                let steady = theory::fifo(probabilities, held);
                Predicted {
                    hit_ratio: steady.hit_ratio,
                    characteristic_time: steady.characteristic_time,
                }
            }
        })
    }

    /// How many results there is room for: what a full cache held, which is
    /// about what was wanted. One that is still filling after the warm-up says
    /// nothing about its room by what it holds.
    fn capacity(self, used: &Used, probabilities: &[f64]) -> u64 {
        if self.results >= used.keys {
            return used.keys;
        }
        let fills_in = theory::lru(probabilities, self.results).characteristic_time;
        match self.held {
            Some(held) if fills_in < used.workload.warmup as f64 => held,
            _ => self.results,
        }
    }
}

/// `None` unless the cache answered most reads: fallbacks are not what the
/// model is about.
fn model(without: &ArmReport, cached: &ArmReport) -> Option<CostModel> {
    if !cached.arm.has_cache() || cached.errors * 2 > cached.requests {
        return None;
    }
    Some(CostModel {
        database: without.tally.mean_database(),
        get: cached.tally.mean_get(),
        set: cached.tally.mean_set(),
        hit_ratio: cached.hit_ratio?,
    })
}

fn gather_notes(
    notes: &mut Vec<Note>,
    used: &Used,
    arms: &[ArmReport],
    last_start: Option<Duration>,
) {
    let clients = used.workload.load.clients();
    let is_closed = matches!(used.workload.load, Load::Closed { think, .. } if think.is_zero());
    if let Some(processors) = used
        .machine
        .processors
        .filter(|n| *n < clients && is_closed)
    {
        notes.push(Note::Oversubscribed {
            clients,
            processors,
        });
    }
    let measured = || arms.iter().filter(|side| side.requests > 0);
    let noisiest = measured().max_by(|a, b| a.noise().total_cmp(&b.noise()));
    if let Some(side) = noisiest.filter(|side| side.noise() > 1.5) {
        notes.push(Note::Noisy {
            arm: side.arm.name(),
            spread: side.noise(),
        });
    }
    for side in measured() {
        let arm = side.arm.name();
        let (typical, longest) = (side.tally.quantile(0.999), side.tally.max());
        if longest > typical * 20 && longest > Duration::from_millis(20) {
            notes.push(Note::Outlier {
                arm,
                longest,
                typical,
            });
        }
        let total = side.tally.failed_writes;
        if total > 0 {
            notes.push(Note::FailedWrites { arm, writes: total });
        }
        if let (Load::Open { .. }, Some(last)) = (&used.workload.load, last_start) {
            let wanted = side.tally.requests() as f64
                / (last.as_secs_f64() * f64::from(used.workload.rounds)).max(1e-9);
            let reached = side.tally.requests() as f64 / side.elapsed.as_secs_f64().max(1e-9);
            if used.workload.duration.is_none() && reached < wanted * 0.95 {
                notes.push(Note::Unreached {
                    arm,
                    wanted,
                    reached,
                });
            }
        }
    }
    let fewest = arms.iter().map(|a| a.requests).min();
    if let Some(few) = fewest.filter(|n| (1..1000).contains(n)) {
        notes.push(Note::FewSamples { requests: few });
    }
}

fn gather_cache_notes(
    notes: &mut Vec<Note>,
    used: &Used,
    cached: &ArmReport,
    cache: Option<&CacheUsed>,
    room: Option<Room>,
    probabilities: Option<&[f64]>,
) {
    let arm = cached.arm.name();
    // Where most of the cached side failed, the verdict says so.
    let is_told = cached.arm == Arm::Cached && cached.errors * 2 > cached.requests;
    if cached.errors > 0 && !is_told {
        notes.push(Note::CacheErrors {
            arm,
            errors: cached.errors,
            reads: cached.requests,
        });
    }
    if let Some(server) = cached.server
        && (server.hits, server.misses) != (cached.tally.hits, cached.tally.misses)
        && cached.errors == 0
        // What a write is dropping is found there, and not believed.
        && cached.tally.writes == 0
    {
        notes.push(Note::ServerDisagrees {
            arm,
            ours: cached.tally.hits,
            its: server.hits,
        });
    }
    if cached.arm == Arm::Cached && cache.is_some_and(|cache| cache.wanted.is_none()) {
        notes.push(Note::EverythingFits);
    }
    let (Some(predicted), Some(hit_ratio), Some(room), Some(probabilities)) =
        (cached.predicted, cached.hit_ratio, room, probabilities)
    else {
        return;
    };
    let t = predicted.characteristic_time;
    let warmup = used.workload.warmup;
    let first_cached = cached.arm == Arm::Cached || cached.arm == Arm::Local;
    if t.is_finite() && t > warmup as f64 {
        let note = Note::ColdStart {
            characteristic_time: t,
            warmup,
        };
        if !notes.iter().any(|it| matches!(it, Note::ColdStart { .. })) && first_cached {
            notes.push(note);
        }
    }
    let seconds = t / cached.throughput.max(1e-9);
    let random = theory::fifo(probabilities, room.capacity(used, probabilities)).hit_ratio;
    let coarse = cache.is_some_and(|cache| cache.coarse_clock) && seconds < COARSE_SECONDS;
    if coarse
        && !notes
            .iter()
            .any(|it| matches!(it, Note::CoarseClock { .. }))
    {
        notes.push(Note::CoarseClock { seconds, random });
    }
    let by = hit_ratio - predicted.hit_ratio;
    let chance = 3.0 * (hit_ratio * (1.0 - hit_ratio) / cached.requests.max(1) as f64).sqrt();
    let explained = coarse && by < 0.0 && hit_ratio > random - chance - MODEL_TOLERANCE;
    if by.abs() > chance + MODEL_TOLERANCE && !explained {
        notes.push(Note::Unpredicted { arm, by });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::bench::{Answer, Served};
    use crate::lab::keys::Distribution;
    use crate::lab::workload::DEFAULT_WORKLOAD;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    /// A side of one client with these numbers of answers: 20 us a get, 400 us
    /// in the database, 30 us a set.
    fn side(arm: Arm, hits: u64, misses: u64, fallbacks: u64) -> Measured {
        let mut tally = Tally::new();
        let mut elapsed = Duration::ZERO;
        for (answer, n) in [
            (Answer::Hit, hits),
            (Answer::Miss, misses),
            (Answer::Fallback, fallbacks),
        ] {
            let cached = arm == Arm::Cached;
            let database = match answer {
                Answer::Hit => Duration::ZERO,
                _ => micros(400),
            };
            let answer = if cached { answer } else { Answer::Direct };
            let is_miss = answer == Answer::Miss;
            let served = Served {
                get: if cached { micros(20) } else { Duration::ZERO },
                set: if is_miss { micros(30) } else { Duration::ZERO },
                ..Served::by_database(answer, database)
            };
            let latency = served.get + served.database + served.set;
            for _ in 0..n {
                tally.record(latency, served, 0);
                elapsed += latency;
            }
        }
        let throughput = tally.requests() as f64 / elapsed.as_secs_f64();
        Measured {
            arm,
            tally,
            elapsed,
            rounds: vec![throughput * 0.9, throughput * 1.1],
            server: (arm == Arm::Cached).then_some(ServerCounts {
                hits,
                misses,
                ..ServerCounts::default()
            }),
        }
    }

    fn used() -> Used {
        let mut workload = Workload::find(DEFAULT_WORKLOAD).unwrap();
        workload.load.set_clients(1);
        Used {
            workload,
            keys: 5_000,
            seed: 1,
            data: "shop@small".into(),
            machine: Machine {
                processors: Some(2),
                ..Machine::this()
            },
        }
    }

    fn cache(coarse_clock: bool) -> CacheUsed {
        CacheUsed {
            name: if coarse_clock { "redis" } else { "builtin" }.into(),
            version: "7.0.15".into(),
            address: "/tmp/cache.sock".into(),
            policy: Some("allkeys-lru".into()),
            coarse_clock,
            wanted: Some(500),
            held: Some(502),
            maxmemory: Some(1 << 20),
        }
    }

    fn report(cache: CacheUsed, measured: Vec<Measured>) -> BenchReport {
        let zipf = Distribution::Zipf { alpha: 0.99 };
        let p = zipf.probabilities(5_000).unwrap();
        let measurements = Measurements {
            caches: vec![(Arm::Cached, cache)],
            sides: measured,
            indexes: None,
            audits: vec![Audit {
                arm: Arm::Cached,
                compared: 100,
                stale: 0,
            }],
            wanted: 500,
            last_start: None,
        };
        BenchReport::new(used(), measurements, Some(&p), false)
    }

    /// A benchmark as it may come out.
    pub(crate) fn example(coarse_clock: bool) -> BenchReport {
        report(cache(coarse_clock), both_sides(7_680))
    }

    fn both_sides(hits: u64) -> Vec<Measured> {
        vec![
            side(Arm::Uncached, 0, 12_000, 0),
            side(Arm::Cached, hits, 12_000 - hits, 0),
        ]
    }

    #[test]
    fn the_figures_agree_with_each_other() {
        let report = report(cache(false), both_sides(7_680));
        for arm in &report.arms {
            let tally = &arm.tally;
            assert_eq!(
                tally.direct + tally.hits + tally.misses + arm.errors,
                arm.requests
            );
            assert_eq!(
                arm.database_reads,
                tally.direct + tally.misses + tally.fallbacks
            );
            let clients = arm.throughput * tally.mean().as_secs_f64();
            assert!((clients - 1.0).abs() < 1e-6, "{clients}");
        }
        let cached = report.arm(Arm::Cached).unwrap();
        assert_eq!(cached.hit_ratio, Some(0.64));
        let model = report.model.unwrap();
        assert_eq!(model.average(), micros(175) - Duration::from_nanos(200));
        assert_eq!(model.average(), cached.tally.mean());
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        let predicted = cached.predicted.unwrap();
        assert!((predicted.hit_ratio - 0.64).abs() < 0.002, "{predicted:?}");
    }

    #[test]
    fn a_hit_ratio_far_from_the_prediction_is_told() {
        let by = |report: BenchReport| {
            report.notes.iter().find_map(|note| match note {
                Note::Unpredicted { by, .. } => Some(*by),
                _ => None,
            })
        };
        let low = 7_200;
        assert!(by(report(cache(false), both_sides(low))).unwrap() < -0.03);
        // On a server that ages keys in seconds, between RANDOM and LRU is what
        // was to be expected; above LRU is not.
        let coarse = report(cache(true), both_sides(low));
        assert!(
            matches!(coarse.notes[..], [Note::CoarseClock { .. }]),
            "{:?}",
            coarse.notes
        );
        assert!(by(report(cache(true), both_sides(8_400))).unwrap() > 0.03);
    }

    #[test]
    fn fallbacks_are_errors_and_reach_the_database() {
        let measured = vec![
            side(Arm::Uncached, 0, 2_000, 0),
            side(Arm::Cached, 600, 300, 1_100),
        ];
        let report = report(cache(false), measured);
        let cached = report.arm(Arm::Cached).unwrap();
        assert_eq!((cached.errors, cached.database_reads), (1_100, 1_400));
        assert_eq!(report.model, None);
        assert_eq!(
            report.verdict.to_string(),
            "The cache server failed 1,100 of 2,000 reads: there is nothing to compare."
        );
    }

    #[test]
    fn nothing_measured_says_nothing() {
        let report = report(
            cache(false),
            vec![side(Arm::Uncached, 0, 0, 0), side(Arm::Cached, 0, 0, 0)],
        );
        assert_eq!(report.verdict, Verdict::Unknown);
        assert_eq!(report.arms[1].hit_ratio, None);
    }

    #[test]
    fn a_server_that_is_not_bounded_holds_everything() {
        let foreign = CacheUsed {
            wanted: None,
            held: None,
            maxmemory: None,
            ..cache(true)
        };
        let report = report(foreign, both_sides(9_000));
        assert!(report.notes.contains(&Note::EverythingFits));
        let predicted = report.arms[1].predicted.unwrap();
        assert!(predicted.characteristic_time.is_infinite());
        // Not 1: each key misses once.
        assert!(predicted.hit_ratio < 0.95, "{predicted:?}");
    }
}
