//! What a hit through the whole layer costs, against the bare `redis` crate.
//!
//! `cargo bench --bench layer_hit [-- ROUNDS]` (15 by default). Needs
//! redis-server or valkey-server. Each round reads the same cached result
//! through the layer and asks for the same bytes by GET with the bare crate
//! over the same unix socket, the first in turn. Decoding is taken off the
//! layer's time, as the bare crate does none, and is printed apart. The ratio
//! is the median over the rounds.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

use std::convert::Infallible;
use std::time::Duration;

use dbdojo::cache::codec::Encoding;
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};

const READS: u32 = 10_000;
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

/// Microseconds a read: whole, and of that the decoding.
fn through_layer(layer: &mut Layer, clock: &Clock, rows: &ResultSet) -> (f64, f64) {
    let facts = StatementFacts {
        readonly: true,
        is_query: true,
        tables: vec!["orders".into()],
        ..StatementFacts::default()
    };
    let params = [Value::Integer(42)];
    let read = Read {
        sql: SQL,
        params: &params,
        facts: &facts,
    };
    let mut decoding = Duration::ZERO;
    let started = clock.now();
    for _ in 0..READS {
        let served = layer
            .read(&read, || Ok::<_, Infallible>(rows.clone()))
            .unwrap();
        assert!(matches!(
            served.outcome,
            Outcome::Hit { .. } | Outcome::Miss { .. }
        ));
        decoding += served.times.decode.unwrap_or_default();
    }
    let whole = clock.now() - started;
    (micros(whole), micros(decoding))
}

fn bare(connection: &mut redis::Connection, clock: &Clock, key: &str) -> (f64, usize) {
    let mut length = 0;
    let started = clock.now();
    for _ in 0..READS {
        let bytes: Vec<u8> = redis::cmd("GET").arg(key).query(connection).unwrap();
        length = bytes.len();
    }
    (micros(clock.now() - started), length)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(READS)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds: usize = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(15);
    let clock = Clock::wall();
    println!("one hit, microseconds, medians of {rounds} interleaved rounds of {READS}");
    println!("rows  encoding    bytes    layer  without decoding     bare   ratio  (spread)");
    for (rows, encoding) in [
        (1, Encoding::Json),
        (20, Encoding::Json),
        (20, Encoding::MessagePack),
        (200, Encoding::Json),
        (200, Encoding::MessagePack),
    ] {
        let ids = Ids {
            dataset: "shop".into(),
            practice: 1 << 40,
            schema_version: 1,
        };
        let options = Options {
            encoding,
            ttl: Some(Duration::from_secs(3600)),
            ..Options::default()
        };
        let mut layer = Layer::open(&Choice::Auto, options, clock.clone(), ids).unwrap();
        let answer = result(rows);
        layer.trace(true);
        through_layer(&mut layer, &clock, &answer);
        let key = layer.entries("").unwrap().remove(0).key;
        layer.trace(false);
        let url = format!("redis+unix://{}", layer.server().address);
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_connection().unwrap();
        let (mut whole, mut net, mut direct, mut ratios) = (vec![], vec![], vec![], vec![]);
        let mut bytes = 0;
        for round in 0..rounds {
            let mut one = || through_layer(&mut layer, &clock, &answer);
            let mut other = || bare(&mut connection, &clock, &key);
            let ((all, decoding), (plain, length)) = if round % 2 == 0 {
                let first = one();
                (first, other())
            } else {
                let first = other();
                (one(), first)
            };
            bytes = length;
            whole.push(all);
            net.push(all - decoding);
            direct.push(plain);
            ratios.push((all - decoding) / plain);
        }
        let ratio = median(&mut ratios);
        println!(
            "{rows:>4}  {:<9} {bytes:>7}  {:>7.2}  {:>16.2}  {:>7.2}  {ratio:>6.3}  ({:.2}-{:.2})",
            encoding.name(),
            median(&mut whole),
            median(&mut net),
            median(&mut direct),
            ratios[0],
            ratios[ratios.len() - 1],
        );
    }
}
