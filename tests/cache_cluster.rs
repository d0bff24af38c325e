//! A real cluster of three redis-servers behind the layer and `bench`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::CommandCargoExt as _;
use dbdojo::cache::raw::RawCommand;
use dbdojo::cache::server::Surroundings;
use dbdojo::cache::{Choice, Ids, Layer, Options, Outcome, Read, StatementFacts};
use dbdojo::clock::Clock;
use dbdojo::sandbox::{Column, ResultSet, Value};

struct Cluster {
    nodes: Vec<(Child, u16)>,
    _folder: tempfile::TempDir,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (process, _) in &mut self.nodes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The slots of each node.
const SLOTS: [(u16, u16); 3] = [(0, 5460), (5461, 10922), (10923, 16383)];

impl Cluster {
    /// Three nodes that know each other; `None`, and a line that says so, where
    /// there is no redis-server.
    fn start() -> Option<Cluster> {
        let folder = tempfile::tempdir().unwrap();
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        // All at once, so that no port is given out twice.
        let free: Vec<TcpListener> = (0..6)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
            .collect();
        let ports: Vec<u16> = free
            .iter()
            .map(|one| one.local_addr().unwrap().port())
            .collect();
        drop(free);
        for node in 0..3 {
            let (port, bus) = (ports[node], ports[node + 3]);
            let spawned = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--cluster-port",
                    &bus.to_string(),
                ])
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
                .args(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
                .args(["--cluster-config-file", &format!("nodes-{node}.conf")])
                .arg("--dir")
                .arg(folder.path())
                .stdout(Stdio::null())
                .spawn();
            let Ok(process) = spawned else {
                assert!(std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none());
                eprintln!("skipped: no redis-server");
                return None;
            };
            nodes.push((process, port));
            buses.push(bus);
        }
        let cluster = Cluster {
            nodes,
            _folder: folder,
        };
        for (node, (first, last)) in SLOTS.into_iter().enumerate() {
            cluster.until(node, &["PING"], "PONG");
            let (first, last) = (first.to_string(), last.to_string());
            cluster.cli(node, &["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            let (port, bus) = (cluster.nodes[node].1.to_string(), buses[node].to_string());
            cluster.cli(0, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        for node in 0..3 {
            cluster.until(node, &["CLUSTER", "INFO"], "cluster_state:ok");
            cluster.until(node, &["CLUSTER", "INFO"], "cluster_known_nodes:3");
            cluster.until(node, &["CLUSTER", "INFO"], "cluster_slots_ok:16384");
        }
        Some(cluster)
    }

    fn cli(&self, node: usize, words: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.nodes[node].1.to_string()])
            .args(words)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks until the reply has `wanted` in it.
    fn until(&self, node: usize, words: &[&str], wanted: &str) {
        for _ in 0..20_000 {
            if self.cli(node, words).contains(wanted) {
                return;
            }
        }
        panic!("{words:?} never says {wanted}: {}", self.cli(node, words));
    }

    fn id(&self, node: usize) -> String {
        self.cli(node, &["CLUSTER", "MYID"]).trim().to_owned()
    }

    /// With two seeds, the first of which is nobody.
    fn url(&self) -> String {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let nobody = free.local_addr().unwrap().port();
        drop(free);
        format!(
            "redis+cluster://127.0.0.1:{nobody},127.0.0.1:{}",
            self.nodes[1].1
        )
    }

    fn layer(&self) -> Layer {
        let ids = Ids {
            dataset: "shop".into(),
            practice: 0x1f3a_9c2e_0000_0001,
            schema_version: 1,
        };
        let choice: Choice = self.url().parse().unwrap();
        let options = Options::default();
        Layer::open_in(
            &choice,
            options,
            Clock::wall(),
            ids,
            &Surroundings::default(),
        )
        .unwrap()
    }
}

fn read(layer: &mut Layer, key: i64, database: i64) -> (i64, Outcome) {
    let facts = StatementFacts {
        readonly: true,
        is_query: true,
        tables: ["orders".to_owned()].into_iter().collect(),
        ..StatementFacts::default()
    };
    let read = Read {
        sql: "select total from orders where id = ?",
        params: &[Value::Integer(key)],
        facts: &facts,
    };
    let rows = ResultSet {
        columns: vec![Column {
            name: "total".into(),
            declared_type: None,
        }],
        rows: vec![vec![Value::Integer(database)]],
    };
    let served = layer
        .read(&read, || Ok::<_, Infallible>(rows.clone()))
        .unwrap();
    let Value::Integer(n) = served.rows.rows[0][0] else {
        panic!("{:?}", served.rows);
    };
    (n, served.outcome)
}

fn raw(layer: &mut Layer, line: &str) -> redis::Value {
    let command = RawCommand::parse(line).unwrap().unwrap();
    layer.raw(&command).unwrap()
}

#[test]
fn a_cluster_serves_the_layer() {
    let Some(mut cluster) = Cluster::start() else {
        return;
    };
    let mut layer = cluster.layer();
    assert!(layer.server().address.contains("a cluster of 3 nodes"));
    for key in 0..200 {
        assert!(
            matches!(read(&mut layer, key, key), (n, Outcome::Miss { not_stored: None }) if n == key)
        );
    }
    for key in 0..200 {
        let (n, outcome) = read(&mut layer, key, -1);
        assert!(
            n == key && matches!(outcome, Outcome::Hit { .. }),
            "{outcome:?}"
        );
    }
    assert_eq!(layer.entries("").unwrap().len(), 200);
    for node in 0..3 {
        let held: u64 = cluster.cli(node, &["DBSIZE"]).trim().parse().unwrap();
        assert!(held > 0, "node {node} has none of 200 results");
    }
    // Keys of all nodes in one deletion; nobody else's.
    for (node, (first, last)) in SLOTS.into_iter().enumerate() {
        let key = (0..100_000)
            .map(|n| format!("theirs{n}"))
            .find(|key| {
                let at: u16 = cluster
                    .cli(node, &["CLUSTER", "KEYSLOT", key])
                    .trim()
                    .parse()
                    .unwrap();
                (first..=last).contains(&at)
            })
            .unwrap();
        assert_eq!(cluster.cli(node, &["SET", &key, "1"]).trim(), "OK");
    }
    assert_eq!(layer.written(["orders"]).results(), 200);
    for key in 0..50 {
        assert_eq!(read(&mut layer, key, 1000 + key).0, 1000 + key);
    }
    assert_eq!(layer.clear().unwrap(), 50);
    for node in 0..3 {
        assert_eq!(cluster.cli(node, &["DBSIZE"]).trim(), "1");
    }

    // A slot that has moved, and one that is moving.
    let slot: u16 = match raw(&mut layer, "cluster keyslot dojo") {
        redis::Value::Int(n) => n.try_into().unwrap(),
        other => panic!("{other:?}"),
    };
    let from = SLOTS
        .iter()
        .position(|(a, b)| (*a..=*b).contains(&slot))
        .unwrap();
    let to = (from + 1) % 3;
    let (text, old, new) = (slot.to_string(), cluster.id(from), cluster.id(to));
    cluster.cli(from, &["CLUSTER", "SETSLOT", &text, "MIGRATING", &new]);
    cluster.cli(to, &["CLUSTER", "SETSLOT", &text, "IMPORTING", &old]);
    assert_eq!(
        raw(&mut layer, "set dojo 1"),
        redis::Value::Okay,
        "asked of the new node"
    );
    assert!(cluster.cli(from, &["GET", "dojo"]).starts_with("ASK "));
    cluster.cli(to, &["CLUSTER", "SETSLOT", &text, "NODE", &new]);
    cluster.cli(from, &["CLUSTER", "SETSLOT", &text, "NODE", &new]);
    assert_eq!(
        raw(&mut layer, "get dojo"),
        redis::Value::BulkString(b"1".to_vec())
    );
    assert_eq!(
        raw(&mut layer, "del dojo other {dojo}x"),
        redis::Value::Int(1)
    );

    // A node dies: its reads come from the database, the rest is as before.
    for key in 0..100 {
        read(&mut layer, key, 7);
    }
    let (process, _) = &mut cluster.nodes[0];
    process.kill().unwrap();
    process.wait().unwrap();
    let mut degraded = 0;
    for key in 0..100 {
        let (n, outcome) = read(&mut layer, key, 7);
        assert_eq!(n, 7);
        degraded += u32::from(matches!(outcome, Outcome::Degraded { .. }));
    }
    assert!(degraded > 0, "no read noticed");
}

#[test]
fn a_cluster_serves_the_shell_and_bench() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let dbdojo = || {
        let mut command = Command::cargo_bin("dbdojo").unwrap();
        command.env("DBDOJO_HOME", home.path()).args([
            "--cache",
            &cluster.url(),
            "-d",
            "shop@tiny",
        ]);
        command
    };
    let output = dbdojo()
        .args([
            "-f",
            "json",
            "bench",
            "--requests",
            "400",
            "--warmup",
            "400",
        ])
        .args(["--rounds", "1", "--clients", "3", "--keys", "50"])
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{err}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let server = &report["server"];
    assert!(
        server["address"].as_str().unwrap().contains("3 nodes"),
        "{server}"
    );
    let arms = report["arms"].as_array().unwrap();
    let cached = arms.iter().find(|arm| arm["arm"] == "cached").unwrap();
    assert!(cached["hits"].as_u64().unwrap() > 200, "{cached}");
    assert_eq!(cached["errors"], 0);
    assert_eq!(cached["stale_reads"], 0);
    for node in 0..3 {
        assert_eq!(
            cluster.cli(node, &["DBSIZE"]).trim(),
            "0",
            "it left something"
        );
    }
    let output = dbdojo()
        .args([
            "-c",
            "select count(*) from orders",
            "-c",
            ".cache show",
            "-c",
            ".redis --force MULTI",
        ])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("dojo:shop:{"), "{out}");
    assert!(out.contains("(error) transactions need one node"), "{out}");
}
