//! The miss-ratio curve of LRU: the hit ratio of every cache size, from one
//! pass over the requests.
//!
//! Exact, or from a sample of the keys: SHARDS (C. Waldspurger, N. Park, A.
//! Garthwaite, I. Ahmad, "Efficient MRC construction with SHARDS", FAST 2015).
//! A key is in the sample if its hash is below a threshold, so that all of its
//! requests are or none; distances are scaled up by the sampling rate, and the
//! requests that are missing from the sample, or too many, count as hits of the
//! smallest distance (the paper's SHARDS_adj).

use std::collections::HashMap;

use super::StackDistances;

/// The sample is also looked at in so many parts: how far they differ says how
/// far the whole may be off.
const PARTS: usize = 8;
/// Student's t for a two-sided 95% with 7 degrees of freedom.
const T_95: f64 = 2.365;
/// Thresholds are in units of 2^-24.
const UNITS: u64 = 1 << 24;

/// Counts of stack distances.
#[derive(Debug, Clone, Default)]
struct Distances {
    stack: Option<StackDistances>,
    /// Counted requests by distance; distance 0 does not occur.
    counts: Vec<u64>,
    counted: u64,
}

impl Distances {
    #[inline]
    fn request(&mut self, key: u32, counts: bool) {
        let stack = self.stack.get_or_insert_with(|| StackDistances::new(0));
        let distance = stack.request(key);
        if !counts {
            return;
        }
        self.counted += 1;
        if let Some(distance) = distance {
            let at = distance as usize;
            if at >= self.counts.len() {
                self.counts.resize((at + 1).next_power_of_two(), 0);
            }
            self.counts[at] += 1;
        }
    }

    /// Requests with a distance of at most each of `sizes`, which grow.
    fn within(&self, sizes: impl Iterator<Item = usize>) -> Vec<u64> {
        let (mut sum, mut next) = (0, 0);
        sizes
            .map(|size| {
                while next < self.counts.len() && next <= size {
                    sum += self.counts[next];
                    next += 1;
                }
                sum
            })
            .collect()
    }

    fn distinct(&self) -> u64 {
        self.stack.as_ref().map_or(0, |it| u64::from(it.distinct()))
    }
}

/// One point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Objects that the cache holds.
    pub capacity: u64,
    /// Hits by requests.
    pub hit_ratio: f64,
    /// How far that may be off, with 95% confidence; 0: exact.
    pub error: f64,
}

/// A curve in the making.
#[derive(Debug, Clone)]
pub enum MissRatio {
    /// From all keys.
    Exact(ExactCurve),
    /// From a sample of them.
    Sampled(SampledCurve),
}

/// Looks at each request.
#[derive(Debug, Clone, Default)]
pub struct ExactCurve {
    distances: Distances,
    numbers: Numbers,
}

impl ExactCurve {
    /// A request for a key with a dense number.
    #[inline]
    pub fn request_dense(&mut self, key: u32, counts: bool) {
        self.distances.request(key, counts);
    }

    /// A request for a key with any number. A curve takes dense numbers or
    /// others, not both.
    pub fn request(&mut self, key: u64, counts: bool) {
        let key = self.numbers.of(key);
        self.distances.request(key, counts);
    }
}

/// Looks at the requests for a sample of the keys.
#[derive(Debug, Clone)]
pub struct SampledCurve {
    threshold: u64,
    whole: Distances,
    parts: Vec<Distances>,
    numbers: Numbers,
    /// All requests that counted, in the sample or not.
    counted: u64,
}

/// Gives out dense numbers.
#[derive(Debug, Clone, Default)]
struct Numbers(HashMap<u64, u32, foldhash::fast::FixedState>);

impl Numbers {
    fn of(&mut self, key: u64) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(key).or_insert(next)
    }
}

/// The finaliser of MurmurHash3 (A. Appleby): all bits of a key decide about
/// all bits of its hash.
#[inline]
fn hash(key: u64) -> u64 {
    let key = (key ^ key >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let key = (key ^ key >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    key ^ key >> 33
}

impl SampledCurve {
    /// Samples this share of the keys, above 0 and at most 1.
    pub fn new(share: f64) -> SampledCurve {
        SampledCurve {
            threshold: ((share * UNITS as f64) as u64).clamp(1, UNITS),
            whole: Distances::default(),
            parts: vec![Distances::default(); PARTS],
            numbers: Numbers::default(),
            counted: 0,
        }
    }

    /// A request for a key with any number.
    #[inline]
    pub fn request(&mut self, key: u64, counts: bool) {
        self.counted += u64::from(counts);
        let hash = hash(key);
        if hash % UNITS < self.threshold {
            self.sampled(key, hash, counts);
        }
    }

    #[inline(never)]
    fn sampled(&mut self, key: u64, hash: u64, counts: bool) {
        let number = self.numbers.of(key);
        self.whole.request(number, counts);
        let part = (hash >> 32) as usize % PARTS;
        self.parts[part].request(number, counts);
    }

    fn share(&self) -> f64 {
        self.threshold as f64 / UNITS as f64
    }

    fn ratios(&self, of: &Distances, share: f64, capacities: &[u64]) -> Vec<f64> {
        let expected = self.counted as f64 * share;
        let missing = expected - of.counted as f64;
        let sizes = capacities.iter().map(|it| (*it as f64 * share) as usize);
        of.within(sizes)
            .into_iter()
            .map(|hits| ((hits as f64 + missing) / expected.max(1.0)).clamp(0.0, 1.0))
            .collect()
    }
}

impl MissRatio {
    /// Exact, or from a sample of this share of the keys.
    pub fn new(sample: Option<f64>) -> MissRatio {
        match sample {
            None => MissRatio::Exact(ExactCurve::default()),
            Some(share) => MissRatio::Sampled(SampledCurve::new(share)),
        }
    }

    /// Requests for keys with dense numbers.
    pub fn request_all(&mut self, keys: &[u32], counts: bool) {
        match self {
            MissRatio::Exact(curve) => {
                keys.iter()
                    .for_each(|key| curve.request_dense(*key, counts));
            }
            MissRatio::Sampled(curve) => {
                let keys = keys.iter().map(|key| u64::from(*key));
                keys.for_each(|key| curve.request(key, counts));
            }
        }
    }

    /// How many different keys were asked for, about, if it is a sample.
    pub fn keys(&self) -> u64 {
        match self {
            MissRatio::Exact(curve) => curve.distances.distinct(),
            MissRatio::Sampled(curve) => {
                (curve.whole.distinct() as f64 / curve.share()).round() as u64
            }
        }
    }

    /// The keys that were really looked at.
    pub fn sampled_keys(&self) -> u64 {
        match self {
            MissRatio::Exact(curve) => curve.distances.distinct(),
            MissRatio::Sampled(curve) => curve.whole.distinct(),
        }
    }

    /// The curve at these capacities, which grow.
    pub fn at(&self, capacities: &[u64]) -> Vec<CurvePoint> {
        match self {
            MissRatio::Exact(curve) => {
                let distances = &curve.distances;
                let hits = distances.within(capacities.iter().map(|it| *it as usize));
                let ratio = |hits| hits as f64 / distances.counted.max(1) as f64;
                let points = capacities.iter().zip(hits);
                points
                    .map(|(&capacity, hits)| CurvePoint {
                        capacity,
                        hit_ratio: ratio(hits),
                        error: 0.0,
                    })
                    .collect()
            }
            MissRatio::Sampled(curve) => {
                let ratios = curve.ratios(&curve.whole, curve.share(), capacities);
                let share = curve.share() / PARTS as f64;
                let parts: Vec<Vec<f64>> = curve
                    .parts
                    .iter()
                    .map(|part| curve.ratios(part, share, capacities))
                    .collect();
                capacities
                    .iter()
                    .enumerate()
                    .map(|(n, &capacity)| CurvePoint {
                        capacity,
                        hit_ratio: ratios[n],
                        error: spread(parts.iter().map(|part| part[n])),
                    })
                    .collect()
            }
        }
    }
}

/// Half of the 95% interval of the mean of `parts`.
fn spread(parts: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = PARTS as f64;
    let mean = parts.clone().sum::<f64>() / n;
    let variance = parts.map(|it| (it - mean) * (it - mean)).sum::<f64>() / (n - 1.0);
    T_95 * (variance / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::{Distribution, KeyStream};
    use crate::lab::theory;

    const KEYS: u64 = 20_000;

    fn requests(n: usize) -> (Vec<f64>, Vec<u32>) {
        let p = Distribution::Zipf { alpha: 0.9 }
            .probabilities(KEYS)
            .unwrap();
        let keys = KeyStream::new(&p, 1).take(n);
        (p, keys)
    }

    #[test]
    fn the_exact_curve_is_ches_curve() {
        let (p, keys) = requests(600_000);
        let mut curve = ExactCurve::default();
        for (n, key) in keys.iter().enumerate() {
            curve.request_dense(*key, n >= 200_000);
        }
        let capacities = [20, 200, 2_000, 10_000];
        for point in MissRatio::Exact(curve).at(&capacities) {
            let che = theory::lru(&p, point.capacity).hit_ratio;
            assert!((point.hit_ratio - che).abs() < 0.003, "{point:?} {che}");
        }
    }

    #[test]
    fn a_sample_is_right_within_the_error_it_states() {
        let (_, keys) = requests(400_000);
        let mut exact = ExactCurve::default();
        let mut sampled = SampledCurve::new(0.2);
        for key in keys {
            exact.request(u64::from(key), true);
            sampled.request(u64::from(key), true);
        }
        let capacities = [500, 2_000, 5_000, 15_000];
        let exact = MissRatio::Exact(exact);
        let sampled = MissRatio::Sampled(sampled);
        for (exact, about) in exact.at(&capacities).iter().zip(sampled.at(&capacities)) {
            let off = (exact.hit_ratio - about.hit_ratio).abs();
            assert!(
                off <= about.error && about.error < 0.1,
                "{exact:?} {about:?}"
            );
        }
        let keys = sampled.keys() as f64 / exact.keys() as f64;
        assert!((keys - 1.0).abs() < 0.05, "{keys}");
    }

    #[test]
    fn a_sample_of_everything_is_exact() {
        let (_, keys) = requests(20_000);
        let mut exact = ExactCurve::default();
        let mut all = SampledCurve::new(1.0);
        for key in keys {
            exact.request_dense(key, true);
            all.request(u64::from(key), true);
        }
        let capacities = [1, 10, 1_000];
        let exact = MissRatio::Exact(exact).at(&capacities);
        for (exact, all) in exact.iter().zip(MissRatio::Sampled(all).at(&capacities)) {
            assert_eq!(exact.hit_ratio, all.hit_ratio);
        }
    }
}
