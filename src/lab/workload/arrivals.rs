//! When requests come, in an open loop.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How the gaps between requests are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// Independent of each other, as many people's are: exponential gaps.
    Poisson,
    /// Evenly.
    Constant,
}

/// Requests a second over time, from the start of a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// Requests a second, above 0.
    pub base: f64,
    /// How it gets there, if it does not start there.
    pub ramp: Option<Ramp>,
    /// Times of more (or fewer) requests.
    pub spikes: Vec<Spike>,
}

/// A rate that grows or falls evenly to the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ramp {
    /// Requests a second at the start, 0 or more.
    pub from: f64,
    /// When the base is reached.
    pub over: Duration,
}

/// A time in which the rate is another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// Its start.
    pub at: Duration,
    /// How long it lasts.
    pub lasting: Duration,
    /// What the rate is multiplied by, above 0.
    pub times: f64,
}

impl Rate {
    /// The same rate all the time.
    pub fn steady(base: f64) -> Rate {
        Rate {
            base,
            ramp: None,
            spikes: Vec::new(),
        }
    }

    /// Requests a second, `seconds` after the start.
    pub fn at(&self, seconds: f64) -> f64 {
        let base = match self.ramp {
            Some(ramp) if seconds < ramp.over.as_secs_f64() => {
                ramp.from + (self.base - ramp.from) * seconds / ramp.over.as_secs_f64()
            }
            _ => self.base,
        };
        let within = |spike: &&Spike| {
            let from = spike.at.as_secs_f64();
            (from..from + spike.lasting.as_secs_f64()).contains(&seconds)
        };
        self.spikes
            .iter()
            .filter(within)
            .fold(base, |rate, spike| rate * spike.times)
    }

    /// The start of each of `n` requests. A process of changing rate is one of
    /// rate 1 on a clock that runs at that rate (the time-rescaling theorem):
    /// the gaps are drawn for rate 1, then the time is found at which the sum
    /// of the rate has grown by so much.
    pub fn starts(&self, arrivals: Arrivals, n: usize, seed: u64, round: u64) -> Vec<Duration> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(2 + round);
        let edges = self.edges();
        let mut now = 0.0;
        let starts = (0..n).map(|_| {
            let gap = match arrivals {
                Arrivals::Constant => 1.0,
                // 53 random bits, never 0.
                Arrivals::Poisson => {
                    -libm::log(((random.next_u64() >> 11) as f64 + 1.0) / 9_007_199_254_740_992.0)
                }
            };
            now = self.after(now, gap, &edges);
            Duration::from_secs_f64(now.min(1e9))
        });
        starts.collect()
    }

    /// Where the rate bends or jumps, in seconds.
    fn edges(&self) -> Vec<f64> {
        let ramp = self.ramp.map(|ramp| ramp.over.as_secs_f64());
        let spikes = self.spikes.iter().flat_map(|spike| {
            let from = spike.at.as_secs_f64();
            [from, from + spike.lasting.as_secs_f64()]
        });
        let mut edges: Vec<f64> = spikes.chain(ramp).collect();
        edges.sort_by(f64::total_cmp);
        edges
    }

    /// The time after `now` at which `wanted` requests are expected to have
    /// come. Between two edges the rate is a straight line.
    fn after(&self, mut now: f64, mut wanted: f64, edges: &[f64]) -> f64 {
        loop {
            let edge = edges.iter().copied().find(|edge| *edge > now);
            let first = self.at(now);
            let Some(edge) = edge else {
                return now + wanted / first;
            };
            // From the middle, as the rate may jump at the edge itself.
            let slope = 2.0 * (self.at((now + edge) / 2.0) - first) / (edge - now);
            let length = edge - now;
            let expected = length * (first + slope * length / 2.0);
            if expected >= wanted {
                // The root of first x + slope x^2 / 2 = wanted, in a form that
                // loses nothing when the slope is near 0.
                let root = (first * first + 2.0 * slope * wanted).max(0.0).sqrt();
                return now + 2.0 * wanted / (first + root);
            }
            wanted -= expected;
            now = edge;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_within(starts: &[Duration], from: f64, to: f64) -> usize {
        let within = |s: &&Duration| (from..to).contains(&s.as_secs_f64());
        starts.iter().filter(within).count()
    }

    #[test]
    fn constant_arrivals_are_even() {
        let starts = Rate::steady(100.0).starts(Arrivals::Constant, 3, 1, 0);
        assert_eq!(starts, [10, 20, 30].map(Duration::from_millis));
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread() {
        let starts = Rate::steady(1000.0).starts(Arrivals::Poisson, 100_000, 7, 0);
        assert!((starts.last().unwrap().as_secs_f64() - 100.0).abs() < 1.0);
        assert!(starts.windows(2).all(|pair| pair[0] <= pair[1]));
        // Of exponential gaps, 1 - 1/e = 63.2% are shorter than their mean.
        let short = starts
            .windows(2)
            .filter(|p| p[1] - p[0] < Duration::from_millis(1))
            .count();
        assert!((short as f64 / 1e5 - 0.632).abs() < 0.005, "{short}");
        assert_eq!(
            starts,
            Rate::steady(1000.0).starts(Arrivals::Poisson, 100_000, 7, 0)
        );
        assert_ne!(
            starts[0],
            Rate::steady(1000.0).starts(Arrivals::Poisson, 1, 7, 1)[0]
        );
    }

    #[test]
    fn ramps_and_spikes_bring_as_many_as_they_say() {
        let rate = Rate {
            base: 200.0,
            ramp: Some(Ramp {
                from: 0.0,
                over: Duration::from_secs(10),
            }),
            spikes: vec![Spike {
                at: Duration::from_secs(12),
                lasting: Duration::from_secs(2),
                times: 5.0,
            }],
        };
        let starts = rate.starts(Arrivals::Constant, 5_000, 1, 0);
        // A triangle of 10 s by 200, 2 s at 200, 2 s at 1,000, then 200 again.
        for (from, to, wanted) in [
            (0.0, 10.0, 1000),
            (10.0, 12.0, 400),
            (12.0, 14.0, 2000),
            (14.0, 19.0, 1000),
        ] {
            let got = count_within(&starts, from, to);
            assert!(got.abs_diff(wanted) <= 1, "{from}-{to}: {got}");
        }
        assert!(count_within(&starts, 0.0, 5.0).abs_diff(250) <= 1);
    }
}
