//! A closed loop: each client asks as soon as it was answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, OnceLock, mpsc};
use std::time::Duration;

use super::{Answer, Client, Tally};
use crate::clock::{Clock, Time};
use crate::interrupt::Interrupt;
use crate::lab::keys::Rank;

/// A client tells of its progress after so many requests.
const REPORT_EVERY: u64 = 64;

/// One side's turn.
#[derive(Debug, Clone)]
pub struct Round {
    /// What happened.
    pub tally: Tally,
    /// From the common start to the last answer.
    pub elapsed: Duration,
}

/// Plays `keys` with `clients`, each in a thread of its own. A client takes
/// the next key when it was answered, so that none is idle until the keys run out.
///
/// A request's latency counts from the moment the client was answered before
/// it (the common start, when all were ready, for the first). So no time lies between requests,
/// harness and waiting for a processor included, and the law of closed loops
/// holds: clients = requests a second x mean latency.
///
/// `watch` is told how many more requests are done. A raised interrupt ends
/// the round; a request that it cut short does not count.
pub fn closed_loop(
    clients: &mut [Box<dyn Client + '_>],
    keys: &[Rank],
    clock: &Clock,
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(u64),
) -> Round {
    let next = AtomicUsize::new(0);
    let ready = Barrier::new(clients.len());
    let start = OnceLock::new();
    let (tell, told) = mpsc::channel();
    let mut tally = Tally::new();
    let mut end = Time::ZERO;
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(clients.len());
        for client in clients {
            let (next, ready, start, tell) = (&next, &ready, &start, tell.clone());
            threads.push(scope.spawn(move || {
                ready.wait();
                let began = *start.get_or_init(|| clock.now());
                ask_all(client.as_mut(), keys, next, began, clock, interrupt, &tell)
            }));
        }
        drop(tell);
        for done in told {
            watch(done);
        }
        for thread in threads {
            match thread.join() {
                Ok((own, last)) => {
                    tally.add(&own);
                    end = end.max(last);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    Round {
        tally,
        elapsed: end.since(start.get().copied().unwrap_or(end)),
    }
}

/// One client's part, and when its last answer came.
fn ask_all(
    client: &mut dyn Client,
    keys: &[Rank],
    next: &AtomicUsize,
    began: Time,
    clock: &Clock,
    interrupt: &Interrupt,
    tell: &mpsc::Sender<u64>,
) -> (Tally, Time) {
    let mut tally = Tally::new();
    let mut untold = 0;
    let mut answered = began;
    while !interrupt.is_raised() {
        let Some(key) = keys.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let served = client.request(*key);
        if served.answer == Answer::Failed && interrupt.is_raised() {
            break;
        }
        let now = clock.now();
        tally.record(now.since(answered), served);
        answered = now;
        untold += 1;
        if untold == REPORT_EVERY {
            let _ = tell.send(std::mem::take(&mut untold));
        }
    }
    let _ = tell.send(untold);
    (tally, answered)
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
                answer,
                get: Duration::from_micros(10),
                database: took.saturating_sub(Duration::from_micros(10)),
                set: Duration::ZERO,
            }
        }
    }

    #[test]
    fn latencies_add_up_to_the_time_that_passed() {
        let clock = Clock::virtual_at(0);
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Script(clock.clone()))];
        let keys: Vec<Rank> = (0..200).collect();
        let mut done = 0;
        let round = closed_loop(&mut clients, &keys, &clock, &Interrupt::new(), &mut |n| {
            done += n;
        });
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
                Served {
                    answer: Answer::Miss,
                    get: Duration::ZERO,
                    database: Duration::ZERO,
                    set: Duration::ZERO,
                }
            }
        }
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut clients: Vec<Box<dyn Client>> = (0..5)
            .map(|_| Box::new(Counting(seen.clone())) as Box<dyn Client>)
            .collect();
        let keys: Vec<Rank> = (0..1000).collect();
        let clock = Clock::wall();
        let round = closed_loop(&mut clients, &keys, &clock, &Interrupt::new(), &mut |_| {});
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
                Served {
                    answer,
                    get: Duration::ZERO,
                    database: Duration::ZERO,
                    set: Duration::ZERO,
                }
            }
        }
        let interrupt = Interrupt::new();
        let mut clients: Vec<Box<dyn Client>> = vec![Box::new(CutShort(interrupt.clone(), 0))];
        let clock = Clock::virtual_at(0);
        let round = closed_loop(&mut clients, &[0; 99], &clock, &interrupt, &mut |_| {});
        assert_eq!((round.tally.misses, round.tally.failed), (3, 0));
    }
}
