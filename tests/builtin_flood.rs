//! Clients that mean no good, against `dbdojo cache serve` as a process of its
//! own, whose memory can be told from the test's.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt as _;

struct Serve {
    process: Child,
    address: String,
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serve {
    fn start() -> Serve {
        let mut command = Command::cargo_bin("dbdojo").unwrap();
        command.args(["cache", "serve", "--port", "0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("redis://").unwrap();
        let address = rest.split(',').next().unwrap().to_owned();
        Serve { process, address }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }

    /// Megabytes that the process has in memory.
    fn megabytes(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.process.id());
        let statm = std::fs::read_to_string(path).unwrap();
        let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096 / 1_000_000
    }
}

fn expect(stream: &mut TcpStream, reply: &str) {
    let mut bytes = vec![0; reply.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), reply);
}

#[test]
fn ten_thousand_clients_with_half_a_command_each_are_served() {
    const MOST: usize = 10_000;
    let server = Serve::start();
    let mut clients = Vec::new();
    for _ in 0..MOST {
        let Ok(mut client) = server.connect() else {
            let had = clients.len();
            writeln!(
                std::io::stderr(),
                "only {had} clients: too few open files are allowed"
            )
            .unwrap();
            break;
        };
        client.write_all(b"*2\r\n$4\r\nECHO\r\n$5\r\nhe").unwrap();
        clients.push(client);
    }
    if clients.len() == MOST {
        let mut refused = server.connect().unwrap();
        expect(&mut refused, "-ERR max number of clients reached\r\n");
    }
    let taken = server.megabytes();
    assert!(taken < 150, "{taken} MB for {} clients", clients.len());
    for client in &mut clients {
        client.write_all(b"llo\r\n").unwrap();
        expect(client, "$5\r\nhello\r\n");
    }
}

/// Stores a value of so many bytes.
fn store(client: &mut TcpStream, key: &str, length: usize) {
    let head = format!("*3\r\n$3\r\nSET\r\n$1\r\n{key}\r\n${length}\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&vec![b'x'; length]).unwrap();
    client.write_all(b"\r\n").unwrap();
    expect(client, "+OK\r\n");
}

/// Reads and forgets so many bytes.
fn skip(stream: &mut TcpStream, length: usize) {
    let mut left = stream.take(length as u64);
    let skipped = std::io::copy(&mut left, &mut std::io::sink()).unwrap();
    assert_eq!(skipped, length as u64);
}

#[test]
fn many_slow_readers_hold_one_reply_each() {
    let server = Serve::start();
    let mut client = server.connect().unwrap();
    store(&mut client, "a", 1_000_000);
    let mut greedy: Vec<TcpStream> = (0..50).map(|_| server.connect().unwrap()).collect();
    for one in &mut greedy {
        // Ten gigabytes asked for in all.
        one.write_all("GET a\r\n".repeat(200).as_bytes()).unwrap();
    }
    for _ in 0..50 {
        client.write_all(b"PING\r\n").unwrap();
        expect(&mut client, "+PONG\r\n");
    }
    let taken = server.megabytes();
    assert!(taken < 120, "{taken} MB");
    // Who begins to read after all gets everything.
    skip(&mut greedy[7], 200 * (1_000_000 + "$1000000\r\n\r\n".len()));
    greedy[7].write_all(b"PING\r\n").unwrap();
    expect(&mut greedy[7], "+PONG\r\n");
}

#[test]
fn who_writes_all_before_reading_gets_all() {
    let server = Serve::start();
    let mut client = server.connect().unwrap();
    store(&mut client, "a", 100_000);
    // More requests than the sockets hold, and more replies, too.
    let (times, padding) = (300, "x".repeat(50_000));
    for _ in 0..times {
        let request = format!("ECHO {padding}\r\nGET a\r\n");
        client.write_all(request.as_bytes()).unwrap();
    }
    let one = padding.len() + "$50000\r\n\r\n".len() + 100_000 + "$100000\r\n\r\n".len();
    skip(&mut client, times * one);
}

#[test]
fn all_buffers_together_are_bounded() {
    let server = Serve::start();
    let mut client = server.connect().unwrap();
    store(&mut client, "a", 10_000_000);
    client
        .write_all(b"CONFIG SET maxmemory-clients 100mb\r\n")
        .unwrap();
    expect(&mut client, "+OK\r\n");
    let mut greedy: Vec<TcpStream> = (0..60).map(|_| server.connect().unwrap()).collect();
    for one in &mut greedy {
        one.write_all(b"GET a\r\n").unwrap();
    }
    // Half requests count, too.
    let mut talkers: Vec<TcpStream> = (0..30).map(|_| server.connect().unwrap()).collect();
    for one in &mut talkers {
        one.write_all(b"*2\r\n$4\r\nECHO\r\n$20000000\r\n").unwrap();
        // It may be cut off while it talks.
        let _ = one.write_all(&vec![b'x'; 10_000_000]);
    }
    client.write_all(b"PING\r\n").unwrap();
    expect(&mut client, "+PONG\r\n");
    let taken = server.megabytes();
    assert!(taken < 180, "{taken} MB");
    client.write_all(b"INFO stats\r\n").unwrap();
    let mut info = vec![0; 4096];
    let length = client.read(&mut info).unwrap();
    let info = String::from_utf8_lossy(&info[..length]);
    let (_, cut_off) = info.split_once("evicted_clients:").unwrap();
    let cut_off: usize = cut_off.lines().next().unwrap().parse().unwrap();
    assert!((50..90).contains(&cut_off), "{cut_off} cut off");
}

#[test]
fn a_length_is_no_reason_to_allocate() {
    let server = Serve::start();
    let mut liars: Vec<TcpStream> = (0..200).map(|_| server.connect().unwrap()).collect();
    for liar in &mut liars {
        liar.write_all(b"*1048576\r\n$536870912\r\nx").unwrap();
    }
    let mut client = server.connect().unwrap();
    client.write_all(b"PING\r\n").unwrap();
    expect(&mut client, "+PONG\r\n");
    let taken = server.megabytes();
    assert!(taken < 100, "{taken} MB");
}
