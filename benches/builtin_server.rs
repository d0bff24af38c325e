//! The built-in server against redis-server, under redis-benchmark.
//!
//! `cargo bench --bench builtin_server [-- ROUNDS]` (7 by default). Needs
//! redis-server and redis-benchmark. Each round runs both servers, the first
//! in turn; a ratio compares two runs of the same round, and the median over
//! the rounds is what counts. Besides: the processor time that the servers take
//! for a request (Linux), and the memory they take for a key.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

mod rounds;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbdojo::cache::builtin::{Address, Config, Listen, MaxmemoryPolicy, Server};
use dbdojo::clock::Clock;
use rounds::median;

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

/// Seconds that the server has run on a processor: the thread of the built-in
/// one, all of Redis. Counted in hundredths.
fn cpu_seconds(process: &str, thread: Option<&str>) -> f64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else {
        return f64::NAN;
    };
    let ticks = tasks.flatten().filter_map(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let (before, after) = stat.rsplit_once(')')?;
        if thread.is_some_and(|name| !before.ends_with(name)) {
            return None;
        }
        // After the name: state, 10 numbers, then user and system time.
        let fields: Vec<&str> = after.split_whitespace().collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    });
    ticks.sum::<f64>() / 100.0
}

/// The server's own account of its memory, in bytes.
fn used_memory(server: &mut TcpStream) -> f64 {
    server.write_all(b"INFO memory\r\n").unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("used_memory:") || !text.ends_with("\r\n") {
        let n = server.read(&mut buffer).unwrap();
        text += &String::from_utf8_lossy(&buffer[..n]);
    }
    let line = text.lines().find(|line| line.starts_with("used_memory:"));
    line.unwrap()["used_memory:".len()..].parse().unwrap()
}

/// Bytes for each of 100,000 keys as redis-benchmark makes them.
fn memory_per_key(port: u16) -> f64 {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut ok = [0; 5];
    server.write_all(b"FLUSHALL\r\n").unwrap();
    server.read_exact(&mut ok).unwrap();
    let before = used_memory(&mut server);
    for thousand in 0..100 {
        let sets = (0..1000).map(|n| {
            let key = thousand * 1000 + n;
            format!("SET key:{key:012} {:0100}\r\n", 0)
        });
        server
            .write_all(sets.collect::<String>().as_bytes())
            .unwrap();
        for _ in 0..1000 {
            server.read_exact(&mut ok).unwrap();
            assert_eq!(&ok, b"+OK\r\n");
        }
    }
    (used_memory(&mut server) - before) / 100_000.0
}

fn main() {
    let rounds = rounds::rounds(7);
    let (redis, redis_port) = redis();
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
    let redis_process = redis.0.id().to_string();
    let cpu = |who: usize| match who {
        0 => cpu_seconds("self", Some("cache server")),
        _ => cpu_seconds(&redis_process, None),
    };
    let mut logarithms = Vec::new();
    for (name, clients, pipeline, requests) in LOADS {
        let mut seconds = [0.0, 0.0];
        let mut rates = [[vec![], vec![]], [vec![], vec![]]];
        for round in 0..rounds {
            for turn in 0..2 {
                let who = (round + turn) % 2;
                let before = cpu(who);
                let [set, get] = measure(ports[who], clients, pipeline, requests);
                seconds[who] += cpu(who) - before;
                rates[who][0].push(set);
                rates[who][1].push(get);
            }
        }
        for (test, what) in ["SET", "GET"].into_iter().enumerate() {
            let pairs = rates[0][test].iter().zip(&rates[1][test]);
            let mut ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
            let ratio = median(&mut ratios);
            logarithms.push(libm::log(ratio));
            println!(
                "{what} {name:<35} {:>12.0} {:>9.0}   {ratio:.2} ({:.2}-{:.2})",
                median(&mut rates[0][test]),
                median(&mut rates[1][test]),
                ratios[0],
                ratios[rounds - 1],
            );
        }
        let [ours, theirs] =
            seconds.map(|sum| sum * 1e6 / (2.0 * f64::from(requests) * rounds as f64));
        println!("    server's processor time a request, us  {ours:>9.2} {theirs:>9.2}");
    }
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    println!(
        "geometric mean of the ratios                                   {:.2}",
        libm::exp(mean)
    );
    let [ours, theirs] = ports.map(memory_per_key);
    println!(
        "memory a key, bytes                        {ours:>8.0} {theirs:>9.0}   {:.2}",
        ours / theirs
    );
}
