//! The built-in server against redis-server, under redis-benchmark.
//!
//! `cargo bench --bench builtin_server [-- ROUNDS]` (7 by default). Needs
//! redis-server and redis-benchmark. Each round runs both servers, the first
//! in turn; a ratio compares two runs of the same round, and the median over
//! the rounds is what counts.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbdojo::cache::builtin::{Address, Config, Listen, MaxmemoryPolicy, Server};
use dbdojo::clock::Clock;

/// (name, clients, pipelined requests, requests in a run)
const LOADS: [(&str, u32, u32, u32); 3] = [
    ("1 client", 1, 1, 60_000),
    ("50 clients", 50, 1, 200_000),
    ("50 clients, 16 pipelined", 50, 16, 2_000_000),
];

struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn redis() -> (Redis, u16) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let spawned = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .spawn();
    let redis = Redis(spawned.unwrap_or_else(|error| panic!("redis-server: {error}")));
    for _ in 0..500 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return (redis, port);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("redis-server started, but does not answer");
}

/// Requests per second of (SET, GET).
fn measure(port: u16, clients: u32, pipeline: u32, requests: u32) -> [f64; 2] {
    let output = Command::new("redis-benchmark")
        .args(["-p", &port.to_string(), "-t", "set,get", "--csv"])
        .args(["-r", "100000", "-d", "100"])
        .args(["-c", &clients.to_string(), "-P", &pipeline.to_string()])
        .args(["-n", &requests.to_string()])
        .output()
        .unwrap_or_else(|error| panic!("redis-benchmark does not start: {error}"));
    let text = String::from_utf8(output.stdout).unwrap();
    ["\"SET\"", "\"GET\""].map(|test| {
        let line = text.lines().find(|line| line.starts_with(test)).unwrap();
        let rate = line.split(',').nth(1).unwrap();
        rate.trim_matches('"').parse().unwrap()
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds: usize = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(7);
    let (_redis, redis_port) = redis();
    let config = Config {
        listen: Listen::Tcp {
            addr: Ipv4Addr::LOCALHOST.into(),
            port: 0,
        },
        maxmemory: None,
        policy: MaxmemoryPolicy::NoEviction,
        password: None,
    };
    let server = Server::start(config, Clock::wall()).unwrap();
    let Address::Tcp(address) = server.address() else {
        unreachable!("it was given a port");
    };
    let ports = [address.port(), redis_port];
    println!(
        "requests/s, medians of {rounds} rounds          built-in     redis   ratio (lowest-highest)"
    );
    for (name, clients, pipeline, requests) in LOADS {
        let mut rates = [[vec![], vec![]], [vec![], vec![]]];
        for round in 0..rounds {
            for turn in 0..2 {
                let who = (round + turn) % 2;
                let [set, get] = measure(ports[who], clients, pipeline, requests);
                rates[who][0].push(set);
                rates[who][1].push(get);
            }
        }
        for (test, what) in ["SET", "GET"].into_iter().enumerate() {
            let pairs = rates[0][test].iter().zip(&rates[1][test]);
            let mut ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
            let ratio = median(&mut ratios);
            println!(
                "{what} {name:<35} {:>12.0} {:>9.0}   {ratio:.2} ({:.2}-{:.2})",
                median(&mut rates[0][test]),
                median(&mut rates[1][test]),
                ratios[0],
                ratios[rounds - 1],
            );
        }
    }
}
