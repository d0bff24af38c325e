//! What a hit through the whole layer costs, against the bare `redis` crate.
//!
//! `cargo bench --bench layer_hit [-- ROUNDS]` (15 by default). Needs
//! redis-server or valkey-server. Each round reads the same cached result
//! through the layer and asks for the same bytes by GET with the bare crate
//! over a like connection to the same unix socket, the two in turn, read by
//! read: what disturbs one disturbs the other. Both sides decode the reply and
//! free the rows, so that each command finds the memory as the other does; the
//! time of that is no part of the comparison, and is printed apart. The ratio
//! is the median over the rounds.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

mod rounds;

use std::convert::Infallible;
use std::time::Duration;

use dbdojo::cache::aside::Rules;
use dbdojo::cache::codec::{self, Encoding};
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};
use rounds::median;

const READS: u32 = 5_000;
const SQL: &str = "select id, status, total, created_at from orders where customer_id = ?";

fn result(rows: i64) -> ResultSet {
    let column = |name: &str, declared: &str| Column {
        name: name.into(),
        declared_type: Some(declared.into()),
    };
    ResultSet {
        columns: vec![
            column("id", "INTEGER"),
            column("status", "TEXT"),
            column("total", "REAL"),
            column("created_at", "TEXT"),
        ],
        rows: (0..rows)
            .map(|i| {
                vec![
                    Value::Integer(i * 7919),
                    Value::Text("shipped".into()),
                    Value::Real(12.5 + i as f64),
                    Value::Text("2026-03-01 12:30:00".into()),
                ]
            })
            .collect(),
    }
}

/// Both sides of the comparison.
struct Sides {
    layer: Layer,
    bare: redis::Connection,
    /// Where the layer has put the result.
    key: String,
    facts: StatementFacts,
    clock: Clock,
}

/// What the reads of a round took.
#[derive(Default)]
struct Took {
    layer: Duration,
    decoding: Duration,
    freeing: Duration,
    bare: Duration,
    bytes: usize,
}

impl Sides {
    fn open(encoding: Encoding, answer: &ResultSet) -> Sides {
        let clock = Clock::wall();
        let ids = Ids {
            dataset: "shop".into(),
            practice: 1 << 40,
            schema_version: 1,
        };
        let options = Options {
            rules: Rules {
                ttl: Some(Duration::from_secs(3600)),
                ..Rules::default()
            },
            encoding,
            ..Options::default()
        };
        let mut layer = Layer::open(&Choice::Auto, options, clock.clone(), ids).unwrap();
        let facts = StatementFacts {
            readonly: true,
            is_query: true,
            tables: vec!["orders".into()],
            ..StatementFacts::default()
        };
        let stored = layer.read(&read(&facts), || Ok::<_, Infallible>(answer.clone()));
        assert_eq!(stored.unwrap().outcome, Outcome::Miss { not_stored: None });
        let key = layer.entries("").unwrap().remove(0).key;
        let url = format!("redis+unix://{}", layer.server().address);
        let bare = redis::Client::open(url).unwrap().get_connection().unwrap();
        Sides {
            layer,
            bare,
            key,
            facts,
            clock,
        }
    }

    fn round(&mut self) -> Took {
        let mut took = Took::default();
        for _ in 0..READS {
            let started = self.clock.now();
            let served = self
                .layer
                .read(&read(&self.facts), || -> Result<_, Infallible> {
                    panic!("the result is in the cache")
                });
            let answered = self.clock.now();
            let served = served.unwrap();
            assert!(matches!(served.outcome, Outcome::Hit { .. }));
            took.layer += answered - started;
            took.decoding += served.times.decode.unwrap_or_default();
            let started = self.clock.now();
            drop(served);
            took.freeing += self.clock.now() - started;

            let started = self.clock.now();
            let bytes: Vec<u8> = redis::cmd("GET")
                .arg(&self.key)
                .query(&mut self.bare)
                .unwrap();
            took.bare += self.clock.now() - started;
            took.bytes = bytes.len();
            drop(codec::decode(&bytes).unwrap());
        }
        took
    }
}

fn read(facts: &StatementFacts) -> Read<'_> {
    Read {
        sql: SQL,
        params: &[Value::Integer(42)],
        facts,
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(READS)
}

fn main() {
    let rounds = rounds::rounds(15);
    println!("one hit, microseconds, medians of {rounds} rounds of {READS} reads on each side");
    println!("rows  encoding    bytes   layer  bare GET   ratio  (spread)     decoding  freeing");
    for (rows, encoding) in [
        (1, Encoding::Json),
        (20, Encoding::Json),
        (20, Encoding::MessagePack),
        (200, Encoding::Json),
        (200, Encoding::MessagePack),
    ] {
        let mut sides = Sides::open(encoding, &result(rows));
        sides.round();
        let played: Vec<Took> = (0..rounds).map(|_| sides.round()).collect();
        let figures = |figure: fn(&Took) -> f64| played.iter().map(figure).collect::<Vec<_>>();
        let mut ratios =
            figures(|it| (it.layer - it.decoding).as_secs_f64() / it.bare.as_secs_f64());
        let ratio = median(&mut ratios);
        println!(
            "{rows:>4}  {:<9} {:>7}  {:>6.2}  {:>8.2}  {ratio:>6.3}  ({:.2}-{:.2})  {:>10.2}  {:>7.2}",
            encoding.name(),
            played[0].bytes,
            median(&mut figures(|it| micros(it.layer - it.decoding))),
            median(&mut figures(|it| micros(it.bare))),
            ratios[0],
            ratios[rounds - 1],
            median(&mut figures(|it| micros(it.decoding))),
            median(&mut figures(|it| micros(it.freeing))),
        );
    }
}
