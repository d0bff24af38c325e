//! What hit ratio to expect, from published formulas, for independent
//! requests.
//!
//! - LRU: Che's approximation (Che, Tung, Wang, "Hierarchical Web caching
//!   systems", 2002; why it is so good: Fricker, Robert, Roberts,
//!   arXiv:1202.3974). An object stays until T requests have passed without
//!   it; T is such that the expected number of objects seen within T requests
//!   fills the cache.
//! - FIFO, which equals RANDOM: Martina, Garetto, Leonardi, arXiv:1307.6702.
//!   An object leaves T requests after it came, on average, used or not.
//! - No policy without knowledge of the future beats holding the most popular
//!   keys for ever: the static optimum.
//! - TTL: Jung, Berger, Balakrishnan, "Modeling TTL-based Internet caches",
//!   INFOCOM 2003.
//!
//! Times are counted in requests. Probabilities sum to 1.

/// A policy's predicted steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The share of requests that hit, 0 to 1.
    pub hit_ratio: f64,
    /// T, in requests: how long an object stays after its last use (LRU) or
    /// after it came (FIFO). Infinite when everything fits.
    pub characteristic_time: f64,
}

/// LRU that holds `capacity` of the keys.
pub fn lru(probabilities: &[f64], capacity: u64) -> Prediction {
    steady_state(
        probabilities,
        capacity,
        |p, t| -libm::expm1(-p * t),
        |p, t| p * libm::exp(-p * t),
    )
}

/// FIFO or RANDOM that holds `capacity` of the keys.
pub fn fifo(probabilities: &[f64], capacity: u64) -> Prediction {
    steady_state(
        probabilities,
        capacity,
        |p, t| p * t / (1.0 + p * t),
        |p, t| p / ((1.0 + p * t) * (1.0 + p * t)),
    )
}

/// The probability of the `capacity` most popular keys. The probabilities
/// must fall from the first to the last.
pub fn static_optimum(probabilities: &[f64], capacity: u64) -> f64 {
    let top = (capacity as usize).min(probabilities.len());
    probabilities[..top].iter().rev().sum()
}

/// LRU that starts empty: the hit ratio over `requests` requests after a
/// warm-up of `warmup`. Until T requests have passed nothing is evicted, so
/// the n-th request hits if its key was seen before: the mean over n of
/// sum p (1 - exp(-p min(n, T))). Without a bound on the cache T is infinite.
pub fn lru_from_cold(probabilities: &[f64], capacity: u64, warmup: u64, requests: u64) -> f64 {
    if requests == 0 {
        return 0.0;
    }
    let steady = lru(probabilities, capacity);
    let t = steady.characteristic_time;
    let (from, to) = (warmup as f64, warmup as f64 + requests as f64);
    let filling_until = to.min(t).max(from);
    let filling = filling_until - from;
    // The integral of p (1 - exp(-p n)) over the requests that fill the cache.
    let while_filling: f64 = probabilities
        .iter()
        .map(|p| p * filling - (libm::exp(-p * from) - libm::exp(-p * filling_until)))
        .sum();
    (while_filling + (to - filling_until) * steady.hit_ratio) / requests as f64
}

/// Reads of one key that come at `rate` a second (Poisson), kept for `ttl`
/// seconds from when it was stored: the share that hits.
pub fn fixed_ttl(rate: f64, ttl: f64) -> f64 {
    rate * ttl / (1.0 + rate * ttl)
}

/// As [`fixed_ttl`], but each read renews the time to live.
pub fn sliding_ttl(rate: f64, ttl: f64) -> f64 {
    -libm::expm1(-rate * ttl)
}

/// Solves `sum occupancy(p, T) = capacity` for T, and takes the hit ratio
/// from it: a request for p hits with the probability that p is held.
///
/// Both occupancies are concave in T and never above `p T`, so Newton's method
/// from T = capacity comes up to the root from below and cannot overshoot.
fn steady_state(
    probabilities: &[f64],
    capacity: u64,
    occupancy: impl Fn(f64, f64) -> f64,
    slope: impl Fn(f64, f64) -> f64,
) -> Prediction {
    let wanted = capacity as f64;
    let reachable = probabilities.iter().filter(|p| **p > 0.0).count();
    if capacity >= reachable as u64 {
        return Prediction {
            hit_ratio: 1.0,
            characteristic_time: f64::INFINITY,
        };
    }
    let mut t = wanted;
    for _ in 0..200 {
        let (mut held, mut gained) = (0.0, 0.0);
        for &p in probabilities {
            held += occupancy(p, t);
            gained += slope(p, t);
        }
        let step = (wanted - held) / gained;
        if step.abs() <= 1e-9 * t || !step.is_finite() {
            break;
        }
        t += step;
    }
    Prediction {
        hit_ratio: probabilities.iter().map(|&p| p * occupancy(p, t)).sum(),
        characteristic_time: t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::Distribution;

    fn zipf(alpha: f64, keys: u64) -> Vec<f64> {
        Distribution::Zipf { alpha }.probabilities(keys).unwrap()
    }

    /// Figures of an independent reference model, N = 100,000.
    #[test]
    fn agrees_with_the_reference_table() {
        for (alpha, capacity, che, fifo_ratio, optimum) in [
            (0.8, 1_000, 0.2043, 0.1792, 0.3395),
            (0.8, 10_000, 0.4687, 0.4284, 0.5950),
            (0.99, 1_000, 0.4894, 0.4483, 0.6048),
            (0.99, 10_000, 0.7250, 0.6879, 0.8001),
        ] {
            let p = zipf(alpha, 100_000);
            let at = format!("alpha {alpha}, capacity {capacity}");
            assert!((lru(&p, capacity).hit_ratio - che).abs() < 6e-5, "{at}");
            assert!(
                (fifo(&p, capacity).hit_ratio - fifo_ratio).abs() < 6e-5,
                "{at}"
            );
            assert!(
                (static_optimum(&p, capacity) - optimum).abs() < 6e-5,
                "{at}"
            );
        }
    }

    #[test]
    fn uniform_keys_hit_by_the_share_that_is_held() {
        let p = Distribution::Uniform.probabilities(1000).unwrap();
        for capacity in [1, 100, 999] {
            let share = capacity as f64 / 1000.0;
            assert!((lru(&p, capacity).hit_ratio - share).abs() < 1e-6);
            assert!((fifo(&p, capacity).hit_ratio - share).abs() < 1e-6);
        }
    }

    #[test]
    fn everything_hits_when_everything_fits() {
        let p = zipf(0.99, 50);
        assert_eq!(lru(&p, 50).hit_ratio, 1.0);
        assert!(fifo(&p, 80).characteristic_time.is_infinite());
    }

    #[test]
    fn a_cold_cache_warms_up_to_the_steady_state() {
        let p = zipf(0.99, 10_000);
        let steady = lru(&p, 1_000).hit_ratio;
        let cold = lru_from_cold(&p, 1_000, 0, 1_000);
        assert!(cold < steady - 0.05, "{cold} {steady}");
        assert!((lru_from_cold(&p, 1_000, 50_000, 5_000) - steady).abs() < 1e-12);
        // Without a bound it is the share of requests whose key was seen.
        let first: f64 = lru_from_cold(&p, 10_000, 0, 1);
        assert!(first < 0.01, "{first}");
    }

    #[test]
    fn ttl_formulas() {
        assert!((fixed_ttl(0.5, 8.0) - 0.8).abs() < 1e-12);
        assert!((sliding_ttl(1.0, 1.0) - 0.632_120_558_8).abs() < 1e-9);
    }
}
