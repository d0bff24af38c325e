//! The sides take turns.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::requests::Requests;
use super::storms::Storms;
use super::{Beat, Client, Moment, Play, Tally, play};
use crate::clock::{Clock, Time};
use crate::interrupt::Interrupt;
use crate::lab::keys::{Rank, UnusableKeys};
use crate::lab::workload::{Load, Workload};
use crate::progress::Progress;

/// The warm-up comes in so many parts, so that a side can adjust itself in between.
const WARMUP_PARTS: usize = 8;

/// One side of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arm {
    /// Each read goes to the database.
    Uncached,
    /// Each read asks the cache server first.
    Cached,
    /// As uncached, with the indexes that advice proposes.
    Indexed,
    /// As cached, with the indexes that advice proposes.
    IndexedCached,
    /// Each read asks an LRU in this process first.
    Local,
}

impl Arm {
    /// All sides, in the order of their columns.
    pub const ALL: [Arm; 5] = [
        Arm::Uncached,
        Arm::Cached,
        Arm::Indexed,
        Arm::IndexedCached,
        Arm::Local,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Arm::Uncached => "uncached",
            Arm::Cached => "cached",
            Arm::Indexed => "indexed",
            Arm::IndexedCached => "indexed+cached",
            Arm::Local => "local",
        }
    }

    /// Whether it runs with the indexes that advice proposes.
    pub fn is_indexed(self) -> bool {
        matches!(self, Arm::Indexed | Arm::IndexedCached)
    }

    /// Whether it asks a cache server.
    pub fn has_server(self) -> bool {
        matches!(self, Arm::Cached | Arm::IndexedCached)
    }

    /// Whether it asks anything before the database.
    pub fn has_cache(self) -> bool {
        self.has_server() || self == Arm::Local
    }

    /// The side that differs from it by the cache alone.
    pub fn without_cache(self) -> Arm {
        if self.is_indexed() {
            Arm::Indexed
        } else {
            Arm::Uncached
        }
    }
}

/// A text that names no side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no side: uncached, cached, indexed, indexed+cached and local are")]
pub struct UnknownSide(String);

impl FromStr for Arm {
    type Err = UnknownSide;

    fn from_str(text: &str) -> Result<Arm, UnknownSide> {
        let named = |arm: &Arm| arm.name().eq_ignore_ascii_case(text.trim());
        Arm::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| UnknownSide(text.to_owned()))
    }
}

/// What the cache server itself counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerCounts {
    /// `keyspace_hits`.
    pub hits: u64,
    /// `keyspace_misses`.
    pub misses: u64,
    /// `evicted_keys`.
    pub evicted: u64,
    /// `expired_keys`.
    pub expired: u64,
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A side with its clients.
pub trait Side {
    /// Which one it is.
    fn arm(&self) -> Arm;

    /// Its clients; at least one.
    fn clients(&mut self) -> &mut [Box<dyn Client>];

    /// How many of `asked` requests of warm-up it needs.
    fn warmup(&self, asked: usize) -> usize {
        asked
    }

    /// Called between the parts of the warm-up.
    fn settle(&mut self) {}

    /// Called after each counted round.
    fn round_over(&mut self) {}

    /// What its cache server counted so far; `None` without a server of our own.
    fn counts(&mut self) -> Option<ServerCounts> {
        None
    }

    /// What happens to its cache during a counted round.
    fn storms(&self) -> Option<Arc<Storms>> {
        None
    }
}

/// Who asks for what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    /// The keys of the warm-up.
    pub warmup: Vec<Rank>,
    /// The keys that count, the same for each side.
    pub counted: Vec<Rank>,
    /// How many times the sides take turns; at least 1.
    pub rounds: usize,
    /// In an open loop, when each of the counted should start, from the start
    /// of its round; empty in a closed one.
    pub starts: Vec<Duration>,
    /// How long a client thinks between two requests.
    pub think: Duration,
    /// A round ends after this long.
    pub limit: Option<Duration>,
    /// Whether somebody wants to see latencies as they develop.
    pub watched: bool,
}

impl Schedule {
    /// What a workload asks of these requests. One seed gives one sequence.
    ///
    /// # Errors
    /// [`UnusableKeys`] when the keys cannot be drawn.
    pub fn of(
        workload: &Workload,
        requests: &Requests,
        seed: u64,
    ) -> Result<Schedule, UnusableKeys> {
        let mut draws = requests.draws(seed)?;
        let mut schedule = Schedule::nothing_of(workload);
        schedule.warmup = draws.take(workload.warmup as usize);
        schedule.counted = draws.take(workload.requests as usize);
        schedule.start_at_a_rate(workload, seed);
        Ok(schedule)
    }

    /// As a workload asks, without any request as yet.
    pub(super) fn nothing_of(workload: &Workload) -> Schedule {
        let think = match workload.load {
            Load::Closed { think, .. } => think,
            Load::Open { .. } => Duration::ZERO,
        };
        Schedule {
            rounds: workload.rounds as usize,
            limit: workload.duration.map(|all| all / workload.rounds.max(1)),
            think,
            ..Schedule::default()
        }
    }

    /// Says when each request starts, where the workload has a rate.
    pub(super) fn start_at_a_rate(&mut self, workload: &Workload, seed: u64) {
        let Load::Open { arrivals, rate, .. } = &workload.load else {
            return;
        };
        let rounds = self.counted.chunks(self.round_length());
        let starts = (0..)
            .zip(rounds)
            .flat_map(|(round, keys)| rate.starts(*arrivals, keys.len(), seed, round));
        self.starts = starts.collect();
    }

    /// How many requests a round has; the last may have fewer.
    pub fn round_length(&self) -> usize {
        self.counted.len().div_ceil(self.rounds.max(1)).max(1)
    }
}

/// What a side did in all its rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Which side.
    pub arm: Arm,
    /// All its rounds together.
    pub tally: Tally,
    /// The time of its rounds, added up.
    pub elapsed: Duration,
    /// Requests a second in each round.
    pub rounds: Vec<f64>,
    /// How many requests each round had.
    pub played: Vec<u64>,
    /// When each round began, and how long it took.
    pub spans: Vec<(Time, Duration)>,
    /// When the warm-up began, and how long it took.
    pub warmup: (Time, Duration),
    /// What the cache server counted meanwhile.
    pub server: Option<ServerCounts>,
}

/// Warms each side up, then lets them take turns: in each round every side
/// plays the same part of the sequence, and who begins changes from round to
/// round. So what disturbs the machine for a while disturbs all of them.
///
/// An interrupt ends it early: a side may then lack rounds, or have a short one.
pub fn take_turns(
    sides: &mut [Box<dyn Side>],
    schedule: &Schedule,
    clock: &Clock,
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(Moment<'_>),
) -> Vec<Measured> {
    let mut done = 0;
    let warmups = sides.iter().map(|s| s.warmup(schedule.warmup.len()));
    let total = (warmups.sum::<usize>() + sides.len() * schedule.counted.len()) as u64;
    let mut tell = |arm: Arm, beat: Option<&Beat>, counts: bool| {
        done += beat.map_or(0, |beat| beat.requests);
        watch(Moment {
            progress: Progress {
                what: "measuring",
                done,
                total,
            },
            turn: beat.map(|beat| (arm, beat)),
            counts,
        });
    };
    let mut warmups = Vec::with_capacity(sides.len());
    for side in sides.iter_mut() {
        let (arm, began) = (side.arm(), clock.now());
        tell(arm, None, false);
        let warmup = &schedule.warmup[..side.warmup(schedule.warmup.len())];
        for part in warmup.chunks(warmup.len().div_ceil(WARMUP_PARTS).max(1)) {
            let one = Play {
                watched: schedule.watched,
                ..Play::closed(part)
            };
            play(side.clients(), one, clock, interrupt, &mut |beat| {
                tell(arm, Some(beat), false);
            });
            side.settle();
        }
        warmups.push((began, clock.now() - began));
    }
    let before: Vec<Option<ServerCounts>> = sides.iter_mut().map(|side| side.counts()).collect();
    let mut measured: Vec<Measured> = sides
        .iter()
        .zip(warmups)
        .map(|(side, warmup)| Measured {
            arm: side.arm(),
            warmup,
            spans: Vec::new(),
            tally: Tally::new(),
            elapsed: Duration::ZERO,
            rounds: Vec::new(),
            played: Vec::new(),
            server: None,
        })
        .collect();
    let length = schedule.round_length();
    for (number, keys) in schedule.counted.chunks(length).enumerate() {
        let from = number * length;
        let starts = match schedule.starts.as_slice() {
            [] => &[],
            all => &all[from..from + keys.len()],
        };
        let one = Play {
            keys,
            starts,
            think: schedule.think,
            limit: schedule.limit,
            at: (from, schedule.counted.len()),
            watched: schedule.watched,
        };
        for turn in 0..sides.len() {
            if interrupt.is_raised() {
                break;
            }
            let at = (turn + number) % sides.len();
            let (arm, storms) = (sides[at].arm(), sides[at].storms());
            let clients = sides[at].clients();
            tell(arm, None, true);
            let began = clock.now();
            let mut watch = |beat: &Beat| tell(arm, Some(beat), true);
            let round = match storms {
                Some(storms) => {
                    storms.around(clock, || play(clients, one, clock, interrupt, &mut watch))
                }
                None => play(clients, one, clock, interrupt, &mut watch),
            };
            sides[at].round_over();
            let into = &mut measured[at];
            into.tally.add(&round.tally);
            into.elapsed += round.elapsed;
            into.spans.push((began, clock.now() - began));
            into.played.push(round.tally.requests());
            into.rounds
                .push(round.tally.requests() as f64 / round.elapsed.as_secs_f64().max(1e-9));
        }
    }
    for ((side, before), into) in sides.iter_mut().zip(before).zip(&mut measured) {
        into.server = before
            .zip(side.counts())
            .map(|(before, after)| ServerCounts {
                hits: after.hits.saturating_sub(before.hits),
                misses: after.misses.saturating_sub(before.misses),
                evicted: after.evicted.saturating_sub(before.evicted),
                expired: after.expired.saturating_sub(before.expired),
            });
    }
    measured
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::lab::bench::{Answer, Served};

    type Log = Arc<Mutex<Vec<(Arm, Rank)>>>;

    struct Scripted {
        arm: Arm,
        clients: Vec<Box<dyn Client>>,
        settled: Arc<Mutex<u32>>,
    }

    struct Script(Arm, Clock, Log);

    impl Client for Script {
        fn request(&mut self, key: Rank) -> Served {
            self.1.advance(Duration::from_millis(2));
            self.2.lock().unwrap().push((self.0, key));
            Served::by_database(Answer::Direct, Duration::from_millis(2))
        }
    }

    impl Side for Scripted {
        fn arm(&self) -> Arm {
            self.arm
        }

        fn clients(&mut self) -> &mut [Box<dyn Client>] {
            &mut self.clients
        }

        fn warmup(&self, asked: usize) -> usize {
            match self.arm {
                Arm::Uncached => 1,
                _ => asked,
            }
        }

        fn settle(&mut self) {
            *self.settled.lock().unwrap() += 1;
        }
    }

    #[test]
    fn the_sides_take_turns_on_the_same_keys() {
        let clock = Clock::virtual_at(0);
        let log: Log = Arc::default();
        let settled = Arc::new(Mutex::new(0));
        let mut sides: Vec<Box<dyn Side>> = [Arm::Uncached, Arm::Cached]
            .into_iter()
            .map(|arm| {
                let client = Script(arm, clock.clone(), log.clone());
                Box::new(Scripted {
                    arm,
                    clients: vec![Box::new(client)],
                    settled: settled.clone(),
                }) as Box<dyn Side>
            })
            .collect();
        let schedule = Schedule {
            warmup: (100..110).collect(),
            counted: (0..5).collect(),
            rounds: 3,
            ..Schedule::default()
        };
        let mut last = (0, 0);
        let measured = take_turns(
            &mut sides,
            &schedule,
            &clock,
            &Interrupt::new(),
            &mut |it| last = (it.progress.done, it.progress.total),
        );
        let (u, c) = (Arm::Uncached, Arm::Cached);
        let log = log.lock().unwrap();
        assert_eq!(log[0], (u, 100));
        assert!((1..=10).all(|i| log[i] == (c, 99 + i as Rank)));
        assert_eq!(
            log[11..],
            [
                (u, 0),
                (u, 1),
                (c, 0),
                (c, 1),
                (c, 2),
                (c, 3),
                (u, 2),
                (u, 3),
                (u, 4),
                (c, 4)
            ]
        );
        assert_eq!(last, (21, 21));
        assert_eq!(*settled.lock().unwrap(), 1 + 5);
        for side in &measured {
            assert_eq!(side.tally.requests(), 5);
            assert_eq!(side.elapsed, Duration::from_millis(10));
            assert_eq!(side.rounds, [500.0, 500.0, 500.0]);
        }
    }

    #[test]
    fn an_interrupt_before_the_start_measures_nothing() {
        let clock = Clock::virtual_at(0);
        let mut sides: Vec<Box<dyn Side>> = vec![Box::new(Scripted {
            arm: Arm::Cached,
            clients: vec![Box::new(Script(Arm::Cached, clock.clone(), Log::default()))],
            settled: Arc::default(),
        })];
        let interrupt = Interrupt::new();
        interrupt.raise();
        let schedule = Schedule {
            warmup: vec![1],
            counted: vec![1, 2],
            rounds: 1,
            ..Schedule::default()
        };
        let ignore = &mut |_: Moment<'_>| {};
        let measured = take_turns(&mut sides, &schedule, &clock, &interrupt, ignore);
        assert_eq!(measured[0].tally.requests(), 0);
        assert!(measured[0].rounds.is_empty());
    }
}
