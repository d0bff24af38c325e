//! One side's turn: clients ask, in a closed or an open loop.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, OnceLock, mpsc};
use std::time::Duration;

use super::tally::PARTS;
use super::{Answer, Beat, Client, Tally};
use crate::clock::{Clock, Time};
use crate::interrupt::Interrupt;
use crate::lab::keys::Rank;

/// A client tells of its progress after so many requests, or so long.
const TELL_EVERY: u64 = 64;
const TELL_AFTER: Duration = Duration::from_millis(100);

/// One side's turn.
#[derive(Debug, Clone)]
pub struct Round {
    /// What happened.
    pub tally: Tally,
    /// In a closed loop, how long the clients were at it on average: one that
    /// finds no more keys is done, though another still waits for its last
    /// answer. In an open loop, from the start to the last answer.
    pub elapsed: Duration,
}

/// What a round plays.
#[derive(Debug, Clone, Copy)]
pub struct Play<'a> {
    /// The requests' numbers, in their order.
    pub keys: &'a [Rank],
    /// In an open loop, when each should start; empty in a closed one.
    pub starts: &'a [Duration],
    /// How long a client of a closed loop thinks between two requests.
    pub think: Duration,
    /// The round ends after this long, even if keys are left.
    pub limit: Option<Duration>,
    /// Where this round's first key is in the whole sequence, and its length.
    pub at: (usize, usize),
    /// Whether the beats tell latencies, too.
    pub watched: bool,
}

impl<'a> Play<'a> {
    /// A closed loop without think time over these keys, and over nothing else.
    pub fn closed(keys: &'a [Rank]) -> Play<'a> {
        Play {
            keys,
            starts: &[],
            think: Duration::ZERO,
            limit: None,
            at: (0, keys.len()),
            watched: false,
        }
    }

    fn part(&self, index: usize) -> usize {
        (self.at.0 + index) * PARTS / self.at.1.max(1)
    }
}

/// Lets `clients` play, each in a thread of its own. A client takes the next
/// key when it was answered, so that none is idle until the keys run out.
///
/// In a closed loop a request's latency counts from the moment the client was
/// answered before it and had thought (the common start, when all were ready,
/// for the first). So no time lies between requests, harness and waiting for a
/// processor included, and the law of closed loops holds:
/// clients = requests a second x (mean latency + think time).
///
/// In an open loop it counts from the moment at which the request should have
/// started, so that one that had to wait for a slow one before it shows that
/// (G. Tene calls the other way coordinated omission).
///
/// `watch` is told what each client did since it last told. A raised interrupt
/// ends the round; a request that it cut short does not count.
pub fn play(
    clients: &mut [Box<dyn Client + '_>],
    play: Play<'_>,
    clock: &Clock,
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(&Beat),
) -> Round {
    let next = AtomicUsize::new(0);
    let ready = Barrier::new(clients.len());
    let start = OnceLock::new();
    let (tell, told) = mpsc::channel();
    let mut tally = Tally::new();
    let (mut active, mut longest) = (Duration::ZERO, Duration::ZERO);
    let several = clients.len() as u32;
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(clients.len());
        for client in clients {
            let (next, ready, start, tell) = (&next, &ready, &start, tell.clone());
            threads.push(scope.spawn(move || {
                ready.wait();
                let began = *start.get_or_init(|| clock.now());
                let mut asking = Asking {
                    play,
                    next,
                    clock,
                    interrupt,
                    began,
                    tell: &tell,
                };
                asking.ask_all(client.as_mut())
            }));
        }
        drop(tell);
        for beat in told {
            watch(&beat);
        }
        for thread in threads {
            match thread.join() {
                Ok((own, its_time)) => {
                    tally.add(&own);
                    active += its_time;
                    longest = longest.max(its_time);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    Round {
        tally,
        elapsed: match play.starts {
            [] => active / several.max(1),
            _ => longest,
        },
    }
}

/// What one client needs to know.
struct Asking<'a> {
    play: Play<'a>,
    next: &'a AtomicUsize,
    clock: &'a Clock,
    interrupt: &'a Interrupt,
    began: Time,
    tell: &'a mpsc::Sender<Beat>,
}

impl Asking<'_> {
    /// One client's part, and how long it was at it, without what the harness
    /// did for itself.
    fn ask_all(&mut self, client: &mut dyn Client) -> (Tally, Duration) {
        let mut tally = Tally::new();
        let mut untold = Beat::default();
        let (mut answered, mut told) = (self.began, self.began);
        let mut apart = Duration::ZERO;
        let is_open = !self.play.starts.is_empty();
        let end = self.play.limit.map(|limit| self.began + limit);
        while !self.interrupt.is_raised() && end.is_none_or(|end| answered < end) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(key) = self.play.keys.get(index) else {
                break;
            };
            let intended = if is_open {
                let intended = self.began + self.play.starts[index];
                if end.is_some_and(|end| intended >= end) {
                    break;
                }
                let free = self.clock.now();
                self.clock.wait_until(intended, self.interrupt);
                let started = self.clock.now();
                // A client that was free and woke late kept nobody waiting in
                // line: that is the machine's lateness, not the side's.
                let late = match free <= intended {
                    true => started.since(intended),
                    false => Duration::ZERO,
                };
                Some((intended, started, late))
            } else if self.play.think > Duration::ZERO {
                self.clock
                    .wait_until(answered + self.play.think, self.interrupt);
                answered = self.clock.now();
                None
            } else {
                None
            };
            let served = client.request(*key);
            if self.interrupt.is_raised()
                && matches!(served.answer, Answer::Failed | Answer::NotWritten)
            {
                break;
            }
            let now = self.clock.now();
            let part = self.play.part(index);
            let latency = match intended {
                Some((intended, started, late)) => {
                    let latency = now.since(intended).saturating_sub(served.apart + late);
                    let service = now.since(started).saturating_sub(served.apart);
                    tally.record_open(latency, service, served, part);
                    latency
                }
                None => {
                    let latency = now.since(answered).saturating_sub(served.apart);
                    tally.record(latency, served, part);
                    latency
                }
            };
            apart += served.apart;
            answered = now;
            untold.note(&served, latency, self.play.watched);
            if untold.requests == TELL_EVERY || now.since(told) >= TELL_AFTER {
                told = now;
                let _ = self.tell.send(std::mem::take(&mut untold));
            }
        }
        let _ = self.tell.send(untold);
        (tally, answered.since(self.began).saturating_sub(apart))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::bench::Served;

    /// Takes 1 ms for an odd key, a miss, and 10 us for an even one, a hit,
    /// on a clock of its own.
    pub(crate) struct Script(pub Clock);

    impl Client for Script {
        fn request(&mut self, key: Rank) -> Served {
            let (answer, took) = if key % 2 == 1 {
                (Answer::Miss, Duration::from_millis(1))
            } else {
                (Answer::Hit, Duration::from_micros(10))
            };
            self.0.advance(took);
            Served {
                get: Duration::from_micros(10),
                ..Served::by_database(answer, took.saturating_sub(Duration::from_micros(10)))
            }
        }
    }

    #[test]
    fn latencies_add_up_to_the_time_that_passed() {
        let clock = Clock::virtual_at(0);
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Script(clock.clone()))];
        let keys: Vec<Rank> = (0..200).collect();
        let mut done = 0;
        let round = play(
            &mut clients,
            Play::closed(&keys),
            &clock,
            &Interrupt::new(),
            &mut |beat| {
                done += beat.requests;
            },
        );
        let tally = &round.tally;
        assert_eq!((tally.hits, tally.misses, done), (100, 100, 200));
        assert_eq!(round.elapsed, Duration::from_micros(101_000));
        assert_eq!(tally.mean(), Duration::from_micros(505));
        assert_eq!(tally.quantile(0.5), Duration::from_nanos(10_007));
        assert_eq!(tally.min(), Duration::from_nanos(10_000));
        let p99 = tally.quantile(0.99).as_secs_f64();
        assert!((p99 / 1e-3 - 1.0).abs() < 1e-3, "{p99}");
        assert_eq!(tally.mean_get(), Duration::from_micros(10));
        assert_eq!(tally.mean_database(), Duration::from_micros(990));
    }

    #[test]
    fn clients_share_the_keys_and_none_is_asked_twice() {
        struct Counting(std::sync::Arc<std::sync::Mutex<Vec<Rank>>>);
        impl Client for Counting {
            fn request(&mut self, key: Rank) -> Served {
                self.0.lock().unwrap().push(key);
                Served::by_database(Answer::Direct, Duration::ZERO)
            }
        }
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut clients: Vec<Box<dyn Client>> = (0..5)
            .map(|_| Box::new(Counting(seen.clone())) as Box<dyn Client>)
            .collect();
        let keys: Vec<Rank> = (0..1000).collect();
        let clock = Clock::wall();
        let round = play(
            &mut clients,
            Play::closed(&keys),
            &clock,
            &Interrupt::new(),
            &mut |_| {},
        );
        assert_eq!(round.tally.requests(), 1000);
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort_unstable();
        assert_eq!(seen, keys);
    }

    #[test]
    fn what_an_interrupt_cut_short_does_not_count() {
        struct CutShort(Interrupt, u32);
        impl Client for CutShort {
            fn request(&mut self, _: Rank) -> Served {
                self.1 += 1;
                let answer = if self.1 == 4 {
                    self.0.raise();
                    Answer::Failed
                } else {
                    Answer::Miss
                };
                Served::by_database(answer, Duration::ZERO)
            }
        }
        let interrupt = Interrupt::new();
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(CutShort(interrupt.clone(), 0))];
        let clock = Clock::virtual_at(0);
        let round = play(
            &mut clients,
            Play::closed(&[0; 99]),
            &clock,
            &interrupt,
            &mut |_| {},
        );
        assert_eq!((round.tally.misses, round.tally.failed), (3, 0));
    }

    #[test]
    fn an_open_loop_counts_the_wait_behind_a_slow_request() {
        /// Stalls for 100 ms at the tenth request, else takes 1 ms.
        struct Stalls(Clock, u32);
        impl Client for Stalls {
            fn request(&mut self, _: Rank) -> Served {
                self.1 += 1;
                let took = Duration::from_millis(if self.1 == 10 { 100 } else { 1 });
                self.0.advance(took);
                Served::by_database(Answer::Direct, took)
            }
        }
        let clock = Clock::virtual_at(0);
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Stalls(clock.clone(), 0))];
        let starts: Vec<Duration> = (0..1000).map(|i| Duration::from_millis(10 * i)).collect();
        let open = Play {
            starts: &starts,
            ..Play::closed(&[0; 1000])
        };
        let round = play(&mut clients, open, &clock, &Interrupt::new(), &mut |_| {});
        let tally = round.tally;
        assert_eq!(round.elapsed, Duration::from_millis(9_991));
        assert_eq!(tally.busy, Duration::from_millis(1_099));
        // Uncorrected, the stall is one request in a thousand. It touched all
        // that should have started meanwhile: 9 ms less for each after it.
        let millis = |time: Duration| time.as_millis();
        assert_eq!(millis(tally.uncorrected(0.998).unwrap()), 1);
        assert_eq!(millis(tally.quantile(0.998)), 82);
        assert_eq!(millis(tally.quantile(0.991)), 19);
        assert_eq!(millis(tally.max()), 100);
    }

    #[test]
    fn thinking_is_no_latency() {
        let clock = Clock::virtual_at(0);
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Script(clock.clone()))];
        let thoughtful = Play {
            think: Duration::from_millis(9),
            ..Play::closed(&[1; 100])
        };
        let round = play(
            &mut clients,
            thoughtful,
            &clock,
            &Interrupt::new(),
            &mut |_| {},
        );
        assert_eq!(round.tally.mean(), Duration::from_millis(1));
        // clients = requests a second x (latency + think time)
        assert_eq!(round.elapsed, Duration::from_secs(1));
    }

    #[test]
    fn a_limit_ends_a_round_with_keys_left() {
        let clock = Clock::virtual_at(0);
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Script(clock.clone()))];
        let limited = Play {
            limit: Some(Duration::from_millis(50)),
            ..Play::closed(&[1; 100])
        };
        let round = play(
            &mut clients,
            limited,
            &clock,
            &Interrupt::new(),
            &mut |_| {},
        );
        assert_eq!(round.tally.requests(), 50);
    }
}
