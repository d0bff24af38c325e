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

#[test]
fn who_asks_for_much_and_reads_nothing_keeps_no_memory() {
    let server = Serve::start();
    let mut client = server.connect().unwrap();
    let value = vec![b'x'; 1_000_000];
    client
        .write_all(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000000\r\n")
        .unwrap();
    client.write_all(&value).unwrap();
    client.write_all(b"\r\n").unwrap();
    expect(&mut client, "+OK\r\n");
    let mut greedy: Vec<TcpStream> = (0..10).map(|_| server.connect().unwrap()).collect();
    for one in &mut greedy {
        // Ten gigabytes asked for in all.
        one.write_all("GET a\r\n".repeat(1000).as_bytes()).unwrap();
    }
    for _ in 0..100 {
        client.write_all(b"PING\r\n").unwrap();
        expect(&mut client, "+PONG\r\n");
        let taken = server.megabytes();
        assert!(taken < 200, "{taken} MB");
    }
    // Who leaves more than half a gigabyte unread is cut off.
    let mut first = greedy.swap_remove(0);
    let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
    while let Ok(n @ 1..) = first.read(&mut buffer) {
        bytes += n;
    }
    assert!(bytes < 600_000_000, "{bytes}");
    // Who asks for what can be kept gets all of it.
    let mut patient = server.connect().unwrap();
    patient
        .write_all("GET a\r\n".repeat(20).as_bytes())
        .unwrap();
    let mut all = vec![0; 20 * (value.len() + 12)];
    patient.read_exact(&mut all).unwrap();
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
