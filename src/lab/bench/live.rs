//! A benchmark as it develops.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::tally::{histogram, nanos};
use super::{Answer, Arm, Served};
use crate::clock::Time;
use crate::progress::Progress;

/// What a client did since it last told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beat {
    /// Requests that are done.
    pub requests: u64,
    /// Hits among the reads that asked the cache.
    pub hits: u64,
    /// Reads that asked the cache and were answered.
    pub asked: u64,
    /// Latencies of the reads, where somebody watches.
    pub latencies: Vec<Duration>,
}

impl Beat {
    /// Takes in one request.
    pub(super) fn note(&mut self, served: &Served, latency: Duration, watched: bool) {
        self.requests += 1;
        let (hit, asked) = match served.answer {
            Answer::Hit | Answer::Early => (1, 1),
            Answer::Miss | Answer::Coalesced => (0, 1),
            _ => (0, 0),
        };
        self.hits += hit;
        self.asked += asked;
        if watched && !matches!(served.answer, Answer::Written | Answer::NotWritten) {
            self.latencies.push(latency);
        }
    }
}

/// What is going on.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// How far it has come.
    pub progress: Progress<'a>,
    /// The side whose turn it is, and what one of its clients did; `None` for a
    /// side whose turn begins, and before the first.
    pub turn: Option<(Arm, &'a Beat)>,
    /// Whether the requests count; `false` while a side warms up.
    pub counts: bool,
}

/// Slices of time that are kept of each side.
const SLICES: usize = 10;
/// How long a slice is.
const SLICE: Duration = Duration::from_millis(250);

/// What the sides did so far.
#[derive(Debug, Clone, Default)]
pub struct LiveBoard {
    /// In the order of their first turns.
    pub sides: Vec<LiveSide>,
    /// Whose turn it is, and when something was last heard of it.
    turn: Option<(Arm, Time)>,
}

/// What one side did so far.
#[derive(Debug, Clone)]
pub struct LiveSide {
    /// Which.
    pub arm: Arm,
    /// Whether it is warming up still.
    pub warms_up: bool,
    /// Its last slices of time, the present one at the end.
    pub slices: VecDeque<Slice>,
    /// Since its requests count.
    whole: Slice,
}

/// A piece of a side's time.
#[derive(Debug, Clone)]
pub struct Slice {
    time: Duration,
    requests: u64,
    hits: u64,
    asked: u64,
    latencies: Histogram<u64>,
}

impl Slice {
    fn new() -> Slice {
        Slice {
            time: Duration::ZERO,
            requests: 0,
            hits: 0,
            asked: 0,
            latencies: histogram(),
        }
    }

    fn note(&mut self, beat: &Beat) {
        self.requests += beat.requests;
        self.hits += beat.hits;
        self.asked += beat.asked;
        for latency in &beat.latencies {
            self.latencies.saturating_record(nanos(*latency));
        }
    }

    /// Requests a second; `None` before any time has passed.
    pub fn throughput(&self) -> Option<f64> {
        (!self.time.is_zero()).then(|| self.requests as f64 / self.time.as_secs_f64())
    }

    /// Hits among the reads that asked the cache, 0 to 1; `None` without such.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.hits as f64 / self.asked as f64)
    }

    /// The 99th percentile of the reads' latencies; `None` without reads.
    pub fn p99(&self) -> Option<Duration> {
        let nanos = self.latencies.value_at_quantile(0.99);
        (!self.latencies.is_empty()).then(|| Duration::from_nanos(nanos))
    }
}

impl LiveSide {
    /// All since its requests count, or since it warms up.
    pub fn whole(&self) -> &Slice {
        &self.whole
    }
}

impl LiveBoard {
    /// Takes in what happened at `now`.
    pub fn note(&mut self, moment: &Moment<'_>, now: Time) {
        let Some((arm, beat)) = moment.turn else {
            self.turn = None;
            return;
        };
        let passed = match self.turn.replace((arm, now)) {
            Some((before, last)) if before == arm => now.since(last),
            _ => Duration::ZERO,
        };
        let at = match self.sides.iter().position(|side| side.arm == arm) {
            Some(at) => at,
            None => {
                self.sides.push(LiveSide {
                    arm,
                    warms_up: true,
                    slices: VecDeque::new(),
                    whole: Slice::new(),
                });
                self.sides.len() - 1
            }
        };
        let side = &mut self.sides[at];
        if side.warms_up && moment.counts {
            side.warms_up = false;
            side.whole = Slice::new();
        }
        if side.slices.back().is_none_or(|slice| slice.time >= SLICE) {
            side.slices.push_back(Slice::new());
            if side.slices.len() > SLICES {
                side.slices.pop_front();
            }
        }
        for slice in side.slices.back_mut().into_iter().chain([&mut side.whole]) {
            slice.time += passed;
            slice.note(beat);
        }
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Option<Arm> {
        self.turn.map(|(arm, _)| arm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(turn: Option<(Arm, &Beat)>, counts: bool) -> Moment<'_> {
        let (what, done, total) = ("measuring", 0, 1);
        Moment {
            progress: Progress { what, done, total },
            turn,
            counts,
        }
    }

    #[test]
    fn a_side_is_counted_in_its_own_time_and_anew_after_the_warm_up() {
        let beat = Beat {
            requests: 100,
            hits: 60,
            asked: 80,
            latencies: vec![Duration::from_millis(2); 80],
        };
        let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
        let mut board = LiveBoard::default();
        board.note(&moment(Some((Arm::Cached, &Beat::default())), false), at(0));
        board.note(&moment(Some((Arm::Cached, &beat)), false), at(500));
        assert!(board.sides[0].warms_up);
        assert_eq!(board.sides[0].whole().throughput(), Some(200.0));
        // Another side's turn is not this one's time.
        board.note(&moment(None, true), at(500));
        board.note(&moment(Some((Arm::Uncached, &beat)), true), at(600));
        board.note(&moment(None, true), at(1500));
        board.note(
            &moment(Some((Arm::Cached, &Beat::default())), true),
            at(2000),
        );
        board.note(&moment(Some((Arm::Cached, &beat)), true), at(2100));
        let side = &board.sides[0];
        assert!(!side.warms_up);
        assert_eq!(side.whole().throughput(), Some(1000.0));
        assert_eq!(side.whole().hit_ratio(), Some(0.75));
        let p99 = side.whole().p99().unwrap().as_secs_f64();
        assert!((p99 / 0.002 - 1.0).abs() < 1e-3);
        assert_eq!(board.turn(), Some(Arm::Cached));
        assert_eq!(side.slices.len(), 2);
    }

    #[test]
    fn only_the_last_slices_stay() {
        let mut board = LiveBoard::default();
        for n in 0..100 {
            let beat = Beat::default();
            let now = Time::from_nanos(n * SLICE.as_nanos() as u64);
            board.note(&moment(Some((Arm::Local, &beat)), true), now);
        }
        assert_eq!(board.sides[0].slices.len(), SLICES);
    }
}
