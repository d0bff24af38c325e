//! What an exact LRU makes of the very reads that a side played.

use std::time::Duration;

use super::Measured;
use super::asked::Asked;
use crate::cache::policy::Lru;
use crate::clock::Time;
use crate::lab::keys::Rank;
use crate::lab::simulate::{CurvePoint, ExactCurve, MissRatio, Op, Request, Unit, ValueCache};

/// Longer sequences are not played again: it would take seconds.
const LONGEST: usize = 20_000_000;
/// How many sizes a curve has at least, evenly on a logarithmic scale.
const CURVE_POINTS: u32 = 48;

impl Asked {
    /// The hit ratio of an exact LRU on the reads that `side` played: at
    /// `sizes`, and from 1 to all keys.
    pub(super) fn curve(&self, side: &Measured, keys: u64, sizes: &[u64]) -> Vec<CurvePoint> {
        let schedule = &self.schedule;
        if schedule.counted.len() > LONGEST || keys == 0 {
            return Vec::new();
        }
        let mut curve = ExactCurve::default();
        let mut look = |numbers: &[Rank], counts: bool| {
            for number in numbers {
                if self.requests.get(*number).0.writes.is_empty() {
                    curve.request_dense(*number, counts);
                }
            }
        };
        look(&schedule.warmup, false);
        let rounds = schedule.counted.chunks(schedule.round_length());
        for (round, played) in rounds.zip(&side.played) {
            look(&round[..round.len().min(*played as usize)], true);
        }
        let mut sizes: Vec<u64> = sizes.to_vec();
        sizes.extend((0..=CURVE_POINTS).map(|i| {
            let share = f64::from(i) / f64::from(CURVE_POINTS);
            libm::pow(keys as f64, share).round() as u64
        }));
        sizes.sort_unstable();
        sizes.dedup();
        MissRatio::Exact(curve).at(&sizes)
    }

    /// The hit ratio of an exact LRU of this many results that live for `ttl`,
    /// at the pace at which `side` played; `None` where nothing counted.
    pub(super) fn with_ttl(&self, side: &Measured, results: u64, ttl: Duration) -> Option<f64> {
        let schedule = &self.schedule;
        if schedule.counted.len() > LONGEST {
            return None;
        }
        let mut cache = ValueCache::new(Box::new(Lru::new()), Unit::Objects, results, Some(ttl));
        // The other sides' turns lie between two rounds, and results grow old.
        let (began, took) = side.warmup;
        self.play(&mut cache, &schedule.warmup, &|at| {
            began + took.mul_f64(at as f64 / schedule.warmup.len().max(1) as f64)
        });
        let length = schedule.round_length();
        let (mut hits, mut reads) = (0, 0);
        let rounds = schedule.counted.chunks(length).zip(&side.played);
        for (number, ((keys, played), (began, took))) in rounds.zip(&side.spans).enumerate() {
            let keys = &keys[..keys.len().min(*played as usize)];
            let starts = schedule.starts.get(number * length..).unwrap_or_default();
            let (hit, read) = self.play(&mut cache, keys, &|at| match starts.get(at) {
                Some(start) => *began + *start,
                None => *began + took.mul_f64(at as f64 / keys.len() as f64),
            });
            hits += hit;
            reads += read;
        }
        (reads > 0).then(|| hits as f64 / reads as f64)
    }

    /// Hits and reads.
    fn play(
        &self,
        cache: &mut ValueCache,
        numbers: &[Rank],
        time: &dyn Fn(usize) -> Time,
    ) -> (u64, u64) {
        let reads = numbers.iter().enumerate().map(|(at, number)| Request {
            time: time(at),
            key: u64::from(*number),
            size: 1,
            op: Op::Read,
        });
        let hits = reads.filter(|read| cache.request(read)).count();
        (hits as u64, numbers.len() as u64)
    }
}
