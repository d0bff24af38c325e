//! How many results a cache has room for, and the hit ratio that follows.

use super::{CacheUsed, Predicted, Used};
use crate::lab::bench::Arm;
use crate::lab::simulate::CurvePoint;
use crate::lab::theory;
use crate::lab::workload::Workload;

/// What decides which results a cache holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
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
    pub(super) fn of(
        arm: Arm,
        cache: Option<&CacheUsed>,
        wanted: u64,
        used: &Used,
    ) -> Option<Room> {
        let workload = &used.workload;
        let is_known = workload.caching.rules.ttl.is_none()
            && !workload.writes()
            && workload.faults.is_empty();
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

    pub(super) fn predict(self, used: &Used, probabilities: &[f64]) -> Option<Predicted> {
        let held = self.capacity(used, probabilities);
        let Workload {
            warmup, requests, ..
        } = used.workload;
        Some(match self.policy {
            Evicts::LeastRecent => Predicted {
                hit_ratio: theory::lru_from_cold(probabilities, held, warmup, requests),
                characteristic_time: theory::lru(probabilities, held).characteristic_time,
                from_sequence: false,
            },
            Evicts::AtRandom => {
                let steady = theory::fifo(probabilities, held);
                Predicted {
                    hit_ratio: steady.hit_ratio,
                    characteristic_time: steady.characteristic_time,
                    from_sequence: false,
                }
            }
        })
    }

    /// What an exact LRU of this size did on the very sequence, whose `curve`
    /// has a point for it.
    pub(super) fn follow(self, used: &Used, curve: &[CurvePoint]) -> Option<Predicted> {
        let wanted = match self.held {
            Some(held) if self.results < used.keys => held,
            _ => self.results,
        };
        let point = curve.iter().find(|point| point.capacity == wanted);
        let is_lru = self.policy == Evicts::LeastRecent;
        point.filter(|_| is_lru).map(|point| Predicted {
            hit_ratio: point.hit_ratio,
            characteristic_time: f64::INFINITY,
            from_sequence: true,
        })
    }

    /// How far the hit ratio may be off because bytes are bounded, not results:
    /// half of what `curve` changes from a fifth less of them to a fifth more.
    pub(super) fn slack(self, curve: &[CurvePoint]) -> f64 {
        let held = self.held.unwrap_or(self.results);
        let near = curve
            .iter()
            .filter(|point| (held * 4 / 5..=held * 6 / 5).contains(&point.capacity))
            .map(|point| point.hit_ratio);
        let most = near.clone().reduce(f64::max).unwrap_or(0.0);
        (most - near.reduce(f64::min).unwrap_or(0.0)) / 2.0
    }

    /// How many results there is room for: what a full cache held, which is
    /// about what was wanted. One that is still filling after the warm-up says
    /// nothing about its room by what it holds.
    pub(super) fn capacity(self, used: &Used, probabilities: &[f64]) -> u64 {
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
