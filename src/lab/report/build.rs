//! From tallies to figures.

use super::{Note, Verdict};
use crate::cache::stats::CostModel;
use crate::lab::bench::{Arm, Measured, Tally};
use crate::lab::theory;
use crate::lab::workload::Workload;

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
    /// How many different keys there were.
    pub keys: u64,
    /// The seed of the requests.
    pub seed: u64,
    /// The label of the data, such as `shop@small`.
    pub data: String,
    /// How many processors clients and cache server share; `None` if unknown.
    pub processors: Option<usize>,
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
    /// Bytes it was bounded to.
    pub maxmemory: Option<u64>,
}

/// A hit ratio computed beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// The hit ratio of the counted requests, cold start included.
    pub hit_ratio: f64,
    /// T, in requests; infinite when everything fits.
    pub characteristic_time: f64,
}

/// The slowest and fastest round, in reads a second.
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
    /// Reads: hits + misses + errors.
    pub requests: u64,
    /// Reads a second over all rounds.
    pub throughput: f64,
    /// Over the rounds.
    pub spread: Spread,
    /// Latency percentiles and counts.
    pub tally: Tally,
    /// Hits among the reads that the cache answered; `None` without a cache.
    pub hit_ratio: Option<f64>,
    /// What theory expected; `None` without a cache.
    pub predicted: Option<Predicted>,
    /// Reads that reached the database: misses and fallbacks.
    pub database_reads: u64,
    /// Cached results that differed from the database, among those compared.
    pub stale_reads: u64,
    /// Reads that the cache or the database failed.
    pub errors: u64,
}

/// A whole benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchReport {
    /// What was run.
    pub used: Used,
    /// Against which cache server.
    pub cache: Option<CacheUsed>,
    /// The sides, in the order of their columns.
    pub arms: Vec<ArmReport>,
    /// D, R, W and h as measured: D on the uncached side, the rest on the cached.
    pub model: Option<CostModel>,
    /// What follows.
    pub verdict: Verdict,
    /// What limits it.
    pub notes: Vec<Note>,
    /// How many cached results were compared with the database afterwards.
    pub compared: u64,
    /// Whether Ctrl-C cut it short.
    pub interrupted: bool,
}

impl BenchReport {
    /// Puts what was measured beside what theory expects of it.
    /// `probabilities` are those of the keys; `compared` results of the cache
    /// were compared with the database afterwards, and `stale` differed.
    pub fn new(
        used: Used,
        cache: Option<CacheUsed>,
        measured: Vec<Measured>,
        probabilities: &[f64],
        (compared, stale): (u64, u64),
        interrupted: bool,
    ) -> BenchReport {
        let predicted = cache
            .as_ref()
            .map(|cache| predict(&used, cache, probabilities));
        let arms: Vec<ArmReport> = measured
            .into_iter()
            .map(|side| ArmReport::new(side, predicted, stale))
            .collect();
        let side = |arm| arms.iter().find(|a| a.arm == arm && a.requests > 0);
        let (uncached, cached) = (side(Arm::Uncached), side(Arm::Cached));
        let model = uncached.zip(cached).and_then(|(u, c)| model(u, c));
        let verdict = match (uncached, cached, &model) {
            (Some(u), Some(c), Some(model)) => {
                Verdict::of(u.throughput, c.throughput, model, c.tally.mean_database())
            }
            (_, Some(c), None) if c.errors > 0 => Verdict::CacheFailed {
                errors: c.errors,
                reads: c.requests,
            },
            _ => Verdict::Unknown,
        };
        let notes = notes(&used, cache.as_ref(), &arms, probabilities);
        BenchReport {
            used,
            cache,
            arms,
            model,
            verdict,
            notes,
            compared,
            interrupted,
        }
    }

    /// The figures of a side, if it was run.
    pub fn arm(&self, arm: Arm) -> Option<&ArmReport> {
        self.arms.iter().find(|a| a.arm == arm)
    }
}

impl ArmReport {
    fn new(side: Measured, predicted: Option<Predicted>, stale: u64) -> ArmReport {
        let tally = side.tally;
        let cached = side.arm == Arm::Cached;
        let answered = tally.hits + tally.misses;
        let rounds = side.rounds.iter().copied();
        ArmReport {
            arm: side.arm,
            requests: tally.requests(),
            throughput: tally.requests() as f64 / side.elapsed.as_secs_f64().max(1e-9),
            spread: Spread {
                min: rounds.clone().reduce(f64::min).unwrap_or(0.0),
                max: rounds.reduce(f64::max).unwrap_or(0.0),
            },
            hit_ratio: (cached && answered > 0).then(|| tally.hits as f64 / answered as f64),
            predicted: predicted.filter(|_| cached),
            database_reads: tally.misses + tally.fallbacks,
            stale_reads: if cached { stale } else { 0 },
            errors: tally.fallbacks + tally.failed,
            tally,
        }
    }
}

fn predict(used: &Used, cache: &CacheUsed, probabilities: &[f64]) -> Predicted {
    let held = capacity(used, cache, probabilities);
    let Workload {
        warmup, requests, ..
    } = used.workload;
    Predicted {
        hit_ratio: theory::lru_from_cold(probabilities, held, warmup, requests),
        characteristic_time: theory::lru(probabilities, held).characteristic_time,
    }
}

/// How many results there is room for: what a full cache held, which is
/// about what was wanted. One that is still filling after the warm-up says
/// nothing about its room by what it holds.
fn capacity(used: &Used, cache: &CacheUsed, probabilities: &[f64]) -> u64 {
    let Some(wanted) = cache.wanted.filter(|wanted| *wanted < used.keys) else {
        return used.keys;
    };
    let fills_in = theory::lru(probabilities, wanted).characteristic_time;
    match cache.held {
        Some(held) if fills_in < used.workload.warmup as f64 => held,
        _ => wanted,
    }
}

/// `None` unless the cache answered most reads: fallbacks are not what the
/// model is about.
fn model(uncached: &ArmReport, cached: &ArmReport) -> Option<CostModel> {
    if cached.errors * 2 > cached.requests {
        return None;
    }
    Some(CostModel {
        database: uncached.tally.mean(),
        get: cached.tally.mean_get(),
        set: cached.tally.mean_set(),
        hit_ratio: cached.hit_ratio?,
    })
}

fn notes(
    used: &Used,
    cache: Option<&CacheUsed>,
    arms: &[ArmReport],
    probabilities: &[f64],
) -> Vec<Note> {
    let mut notes = Vec::new();
    let clients = used.workload.clients;
    if let Some(processors) = used.processors.filter(|n| *n < clients) {
        notes.push(Note::Oversubscribed {
            clients,
            processors,
        });
    }
    for side in arms {
        let spread = side.spread.max / side.spread.min.max(1e-9);
        if side.requests > 0 && spread > 1.5 {
            let arm = side.arm.name();
            notes.push(Note::Noisy { arm, spread });
        }
    }
    if let Some(few) = arms
        .iter()
        .map(|a| a.requests)
        .min()
        .filter(|n| (1..1000).contains(n))
    {
        notes.push(Note::FewSamples { requests: few });
    }
    let cached = arms.iter().find(|a| a.arm == Arm::Cached);
    let (Some(cache), Some(cached)) = (cache, cached) else {
        return notes;
    };
    if (1..=cached.requests / 2).contains(&cached.errors) {
        notes.push(Note::CacheErrors {
            errors: cached.errors,
            reads: cached.requests,
        });
    }
    if cache.wanted.is_none() {
        notes.push(Note::EverythingFits);
    }
    let (Some(predicted), Some(hit_ratio)) = (cached.predicted, cached.hit_ratio) else {
        return notes;
    };
    let t = predicted.characteristic_time;
    let warmup = used.workload.warmup;
    if t.is_finite() && t > warmup as f64 {
        notes.push(Note::ColdStart {
            characteristic_time: t,
            warmup,
        });
    }
    let seconds = t / cached.throughput.max(1e-9);
    let random = theory::fifo(probabilities, capacity(used, cache, probabilities)).hit_ratio;
    let coarse = cache.coarse_clock && seconds < COARSE_SECONDS;
    if coarse {
        notes.push(Note::CoarseClock { seconds, random });
    }
    let by = hit_ratio - predicted.hit_ratio;
    let chance = 3.0 * (hit_ratio * (1.0 - hit_ratio) / cached.requests.max(1) as f64).sqrt();
    let explained = coarse && by < 0.0 && hit_ratio > random - chance - MODEL_TOLERANCE;
    if by.abs() > chance + MODEL_TOLERANCE && !explained {
        notes.push(Note::Unpredicted { by });
    }
    notes
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
            let served = Served {
                answer,
                get: if cached { micros(20) } else { Duration::ZERO },
                database: if answer == Answer::Hit {
                    Duration::ZERO
                } else {
                    micros(400)
                },
                set: if cached && answer == Answer::Miss {
                    micros(30)
                } else {
                    Duration::ZERO
                },
            };
            let latency = served.get + served.database + served.set;
            for _ in 0..n {
                tally.record(latency, served);
                elapsed += latency;
            }
        }
        let throughput = tally.requests() as f64 / elapsed.as_secs_f64();
        Measured {
            arm,
            tally,
            elapsed,
            rounds: vec![throughput * 0.9, throughput * 1.1],
        }
    }

    fn used() -> Used {
        let mut workload = Workload::find(DEFAULT_WORKLOAD).unwrap();
        workload.clients = 1;
        Used {
            workload,
            keys: 5_000,
            seed: 1,
            data: "shop@small".into(),
            processors: Some(2),
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
        BenchReport::new(used(), Some(cache), measured, &p, (100, 0), false)
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
            assert_eq!(tally.hits + tally.misses + arm.errors, arm.requests);
            assert_eq!(arm.database_reads, tally.misses + tally.fallbacks);
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
                Note::Unpredicted { by } => Some(*by),
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
