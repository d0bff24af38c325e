//! What the benchmark's own loop costs: samples a second on one core, and what
//! it adds to reads that hit the cache. `cargo bench --bench harness`.

#![expect(clippy::print_stdout, reason = "what a benchmark is for")]

use std::hint::black_box;
use std::time::Duration;

use dbdojo::cache::layer::{Options, Read};
use dbdojo::cache::{Choice, Ids, Layer, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::bench::{Answer, Client, Play, Served, play};
use dbdojo::lab::keys::Rank;
use dbdojo::sandbox::{Column, ResultSet, Value};

const READS: usize = 20_000;
const SAMPLES: usize = 5_000_000;
const ROUNDS: usize = 11;

/// Answers at once.
struct Idle;

impl Client for Idle {
    fn request(&mut self, number: Rank) -> Served {
        Served::by_database(
            Answer::Direct,
            Duration::from_nanos(black_box(number).into()),
        )
    }
}

/// Reads through the cache, which holds all that is asked for.
struct Hits {
    layer: Layer,
    facts: StatementFacts,
}

impl Hits {
    fn read(&mut self, number: Rank) {
        let params = [Value::Integer(i64::from(number % 100))];
        let read = Read {
            sql: "SELECT status, total FROM orders WHERE customer_id = ?",
            params: &params,
            facts: &self.facts,
        };
        let rows = || {
            Ok::<_, std::convert::Infallible>(ResultSet {
                columns: vec![Column {
                    name: "status".into(),
                    declared_type: None,
                }],
                rows: vec![vec![Value::Text("shipped".into())]; 5],
            })
        };
        let Ok(served) = self.layer.read(&read, rows);
        black_box(served);
    }
}

impl Client for Hits {
    fn request(&mut self, number: Rank) -> Served {
        self.read(number);
        Served::by_database(Answer::Hit, Duration::ZERO)
    }
}

fn hits(clock: &Clock) -> Hits {
    let ids = Ids {
        dataset: "shop".into(),
        practice: 1,
        schema_version: 1,
    };
    let layer = Layer::open(&Choice::Auto, Options::default(), clock.clone(), ids)
        .expect("a cache server starts");
    println!("cache server: {}", layer.server());
    Hits {
        layer,
        facts: StatementFacts {
            readonly: true,
            is_query: true,
            tables: vec!["orders".into()],
            ..StatementFacts::default()
        },
    }
}

fn main() {
    let (clock, interrupt) = (Clock::wall(), Interrupt::new());
    let keys: Vec<Rank> = (0..SAMPLES as Rank).collect();
    let mut rates: Vec<f64> = (0..5)
        .map(|_| {
            let mut clients: Vec<Box<dyn Client>> = vec![Box::new(Idle)];
            let round = play(
                &mut clients,
                Play::closed(&keys),
                &clock,
                &interrupt,
                &mut |_| {},
            );
            SAMPLES as f64 / round.elapsed.as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{:.1}M samples/s on one core, median of 5", rates[2] / 1e6);

    let mut client = hits(&clock);
    let keys = &keys[..READS];
    keys.iter().for_each(|key| client.read(*key));
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            // The bare loop in a thread of its own, too: that is no part of the harness.
            let bare = std::thread::scope(|scope| {
                let loops = scope.spawn(|| {
                    let began = clock.now();
                    keys.iter().for_each(|key| client.read(*key));
                    clock.now() - began
                });
                loops.join().expect("the loop does not panic")
            });
            let mut clients: Vec<Box<dyn Client + '_>> = vec![Box::new(&mut client)];
            let round = play(
                &mut clients,
                Play::closed(keys),
                &clock,
                &interrupt,
                &mut |_| {},
            );
            round.elapsed.as_secs_f64() / bare.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "harness / bare loop on hits: {:.3}, median of {ROUNDS} pairs ({:.3} to {:.3})",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
}
