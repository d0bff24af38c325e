//! Eviction in virtual time: how far it is from theory over the whole reference
//! table, how many requests a second it does on one core, and in how many bytes.
//!
//!     cargo bench --bench simulate

#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicI64, Ordering};

use dbdojo::cache::policy::{
    Aging, Arc, ClockHand, Fifo, Lfu, Lru, LruClock, Policy, PolicyKind, Random, S3Fifo,
    SampledLfu, SampledLru, Sieve, WTinyLfu,
};
use dbdojo::clock::{Clock, Time};
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::keys::{Distribution, KeyStream};
use dbdojo::lab::simulate::{
    ExactCurve, ObjectCache, SampledCurve, Simulation, SimulationReport, simulate,
};
use dbdojo::lab::sweep::{Data, Rehearsal, Sweep, rehearse};
use dbdojo::lab::workload::Workload;
use dbdojo::progress;

fn zipf(alpha: f64, keys: u64, capacities: &[&str]) -> Simulation {
    Simulation {
        capacities: capacities.iter().map(|c| c.parse().unwrap()).collect(),
        warmup: 3_000_000,
        ..Simulation::of(Distribution::Zipf { alpha }, keys)
    }
}

fn run(simulation: &Simulation) -> SimulationReport {
    let (clock, interrupt) = (Clock::wall(), Interrupt::new());
    simulate(simulation, &clock, &interrupt, &mut progress::ignore).unwrap()
}

fn main() {
    println!("alpha  policy  capacity  hit ratio  theory   differ by   (100,000 keys)");
    for alpha in [0.8, 0.99] {
        for result in run(&zipf(alpha, 100_000, &["1%", "10%"])).results {
            println!(
                "{alpha:<5}  {:<6}  {:>8}  {:.4}     {:.4}   {:+.4}",
                result.policy.to_string(),
                result.capacity,
                result.hit_ratio,
                result.theory.unwrap(),
                result.hit_ratio - result.theory.unwrap()
            );
        }
    }
    println!("\nZipf 0.99, 1,000,000 keys, capacity 100,000; drawing the keys not counted");
    speeds();
    layer();
}

const KEYS: u64 = 1_000_000;
const CAPACITY: usize = 100_000;
const REQUESTS: usize = 20_000_000;
/// How often each is measured; the median counts.
const ROUNDS: usize = 5;

/// Requests a second, one core, and the bytes that the allocator gave out for
/// each object: held by the cache, or known to the curve.
fn speeds() {
    let p = Distribution::Zipf { alpha: 0.99 }
        .probabilities(KEYS)
        .unwrap();
    let mut stream = KeyStream::new(&p, 1);
    let mut keys = vec![0; REQUESTS];
    let drawn = rate(|| (), |_: &mut ()| stream.fill(&mut keys));
    line("drawing the requests", drawn, 40.0, 8.0 * KEYS as f64, KEYS);
    // What a text's hash looks like: any 64 bits.
    let hashed: Vec<u64> = keys.iter().map(|key| hash(*key)).collect();

    let lru = || ObjectCache::new(Lru::new(), KEYS as usize, CAPACITY);
    let dense = rate(lru, |cache| {
        black_box(cache.request_all(&keys, Time::ZERO));
    });
    let bytes = bytes_of(lru, |cache| {
        cache.request_all(&keys, Time::ZERO);
    });
    line("lru, dense ids", dense, 60.0, bytes, CAPACITY as u64);

    let lru = || ObjectCache::hashed(Lru::new(), CAPACITY);
    let any = rate(lru, |cache| {
        black_box(cache.request_all(&hashed, Time::ZERO));
    });
    let bytes = bytes_of(lru, |cache| {
        cache.request_all(&hashed, Time::ZERO);
    });
    line("lru, 64-bit keys", any, 40.0, bytes, CAPACITY as u64);

    let exact = |curve: &mut ExactCurve| keys.iter().for_each(|it| curve.request_dense(*it, true));
    let speed = rate(ExactCurve::default, exact);
    let bytes = bytes_of(ExactCurve::default, exact);
    line("exact curve", speed, 6.0, bytes, KEYS);

    let new = || SampledCurve::new(0.01);
    let sampled = |curve: &mut SampledCurve| {
        keys.iter()
            .for_each(|it| curve.request(u64::from(*it), true));
    };
    let speed = rate(new, sampled);
    let bytes = bytes_of(new, sampled);
    line("curve from 1% of the keys", speed, 30.0, bytes, KEYS);

    println!("\nthe same 20M requests through each policy, dense ids");
    macro_rules! each {
        ($($policy:expr),* $(,)?) => {$(
            let new = || ObjectCache::new($policy, KEYS as usize, CAPACITY);
            let speed = rate(new, |cache| { black_box(cache.request_all(&keys, Time::ZERO)); });
            let bytes = bytes_of(new, |cache| { cache.request_all(&keys, Time::ZERO); });
            line($policy.name(), speed, 0.0, bytes, CAPACITY as u64);
        )*};
    }
    let capacity = CAPACITY as u64;
    each!(
        Fifo::new(),
        Random::new(1),
        Lfu::new(),
        ClockHand::new(),
        Arc::new(capacity),
        Sieve::new(),
        S3Fifo::new(capacity),
        WTinyLfu::new(capacity),
        SampledLru::new(5, LruClock::EXACT, 1),
        SampledLfu::new(5, Aging::default(), 1),
    );
}

/// One core, reads alone, on keys of no data: the whole layer with its state
/// machine, an event for each step.
fn layer() {
    let workload = Workload::of("", &[], "", Distribution::Zipf { alpha: 0.99 });
    let mut rehearsal = Rehearsal::of(Workload {
        warmup: 1_000_000,
        requests: 1_000_000,
        rounds: 1,
        ..workload
    })
    .unwrap();
    rehearsal.keys = Some(100_000);
    rehearsal.policy = PolicyKind::Lru;
    let sweep = Sweep {
        rehearsal: &rehearsal,
        data: &Data::Imagined { written: 0.0 },
        axes: Vec::new(),
        is_measured: false,
        curve: None,
        seed: 1,
        limit: None,
    };
    let clock = Clock::wall();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let before = clock.now();
            let interrupt = Interrupt::new();
            let report = rehearse(&sweep, &clock, &interrupt, &mut progress::ignore).unwrap();
            assert_eq!(report.played().count(), 1);
            2e6 / clock.now().since(before).as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let millions = rates[ROUNDS / 2] / 1e6;
    println!("\nthrough the cache layer, 100,000 keys: {millions:.2}M requests/s");
}

fn line(what: &str, per_second: f64, goal: f64, bytes: f64, objects: u64) {
    let millions = per_second / 1e6;
    let goal = match goal {
        0.0 => String::new(),
        goal if millions >= goal => format!("   at least {goal}M: yes"),
        goal => format!("   at least {goal}M: NO"),
    };
    let bytes = bytes / objects as f64;
    println!("{what:<26} {millions:6.1}M requests/s {bytes:7.1} bytes an object{goal}");
}

/// All requests played to a new subject, in requests a second.
fn rate<S>(new: impl Fn() -> S, mut play: impl FnMut(&mut S)) -> f64 {
    let clock = Clock::wall();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let mut subject = new();
            let before = clock.now();
            play(&mut subject);
            REQUESTS as f64 / clock.now().since(before).as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[ROUNDS / 2]
}

fn hash(key: u32) -> u64 {
    let key = (u64::from(key) + 1).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    (key ^ key >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53)
}

/// What is allocated and not given back after playing.
fn bytes_of<S>(new: impl Fn() -> S, play: impl FnOnce(&mut S)) -> f64 {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let mut subject = new();
    play(&mut subject);
    let after = ALLOCATED.load(Ordering::Relaxed);
    drop(black_box(subject));
    (after - before) as f64
}

static ALLOCATED: AtomicI64 = AtomicI64::new(0);

/// Counts what the system's allocator gives out.
struct Counting;

#[expect(unsafe_code, reason = "an allocator that counts")]
// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;
