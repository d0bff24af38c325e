//! What one client of the built-in server sees of the others, and does to them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod raw;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use dbdojo::cache::builtin::Server;
use dbdojo::clock::Clock;
use raw::{Raw, builtin, request, tcp};

fn connect(server: &Server) -> Raw {
    Raw::tcp(tcp(server))
}

fn on_virtual_time() -> (Clock, Server) {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let server = builtin(clock.clone());
    (clock, server)
}

/// The lines of `CLIENT LIST`, whose addresses are other ones each time, and
/// whose sizes depend on the machine.
fn listed(client: &mut Raw) -> Vec<String> {
    let text = client.line("CLIENT LIST");
    let lines = text.trim_matches('"').split_terminator("\\n");
    lines
        .map(|line| {
            let words = line.split(' ').filter(|word| !word.starts_with("addr="));
            let words = words.map(|word| match word.strip_prefix("tot-mem=") {
                Some("0") | None => word,
                Some(_) => "tot-mem=some",
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn id(client: &mut Raw) -> String {
    client.line("CLIENT ID")[1..].to_owned()
}

#[test]
fn the_list_says_who_does_what() {
    let (clock, server) = on_virtual_time();
    let mut one = connect(&server);
    one.line("HELLO 3 SETNAME one");
    clock.advance(Duration::from_secs(5));
    let (mut two, mut three, mut four) = (connect(&server), connect(&server), connect(&server));
    two.line("MULTI");
    two.line("GET a");
    three.line("SUBSCRIBE a b");
    four.line("CLIENT SETINFO LIB-NAME redis-rs");
    four.send(&request(&["BLPOP", "list", "0"]));
    let mut last = connect(&server);
    let rest = "user=default redir=-1";
    assert_eq!(
        listed(&mut last),
        [
            format!(
                "id=1 name=one age=5 idle=5 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 \
                 omem=0 tot-mem=0 cmd=hello {rest} resp=3 lib-name= lib-ver="
            ),
            format!(
                "id=2 name= age=0 idle=0 flags=x db=0 sub=0 psub=0 ssub=0 multi=1 qbuf=0 \
                 omem=0 tot-mem=some cmd=multi {rest} resp=2 lib-name= lib-ver="
            ),
            format!(
                "id=3 name= age=0 idle=0 flags=P db=0 sub=2 psub=0 ssub=0 multi=-1 qbuf=0 \
                 omem=0 tot-mem=some cmd=subscribe {rest} resp=2 lib-name= lib-ver="
            ),
            format!(
                "id=4 name= age=0 idle=0 flags=b db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 \
                 omem=0 tot-mem=some cmd=blpop {rest} resp=2 lib-name=redis-rs lib-ver="
            ),
            format!(
                "id=5 name= age=0 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 \
                 omem=0 tot-mem=0 cmd=client|list {rest} resp=2 lib-name= lib-ver="
            ),
        ]
    );
}

#[test]
fn a_killed_client_is_gone_at_once() {
    let server = builtin(Clock::wall());
    let (mut killer, mut one, mut two) = (connect(&server), connect(&server), connect(&server));
    let (one_id, two_id) = (id(&mut one), id(&mut two));
    two.line("SUBSCRIBE news");
    // In one pipeline: the second finds nobody, and the list is of who is left.
    let kill = request(&["CLIENT", "KILL", "ID", &one_id]);
    killer.send(&[kill.clone(), kill, request(&["CLIENT", "LIST"])].concat());
    assert_eq!(killer.reply(), ":1");
    assert_eq!(killer.reply(), ":0");
    let list = killer.reply();
    assert!(!list.contains(&format!("id={one_id} ")), "{list}");
    assert!(list.contains(&format!("id={two_id} ")), "{list}");
    assert_eq!(one.rest(), "");
    assert_eq!(killer.line("CLIENT KILL TYPE pubsub"), ":1");
    assert_eq!(two.rest(), "");
    assert_eq!(killer.line("PUBSUB NUMSUB news"), "[\"news\", :0]");
    // Oneself only when asked, and answered before.
    assert_eq!(killer.line("CLIENT KILL TYPE normal"), ":0");
    assert_eq!(killer.line("CLIENT KILL TYPE normal SKIPME no"), ":1");
    assert_eq!(killer.rest(), "");
}

#[test]
fn a_client_is_killed_by_its_address() {
    let server = builtin(Clock::wall());
    let (mut killer, mut one) = (connect(&server), connect(&server));
    let info = one.line("CLIENT INFO");
    let (_, address) = info.split_once("addr=").unwrap();
    let address = address.split(' ').next().unwrap();
    assert_eq!(killer.line(&format!("CLIENT KILL {address}")), "OK");
    assert_eq!(one.rest(), "");
    let again = killer.line(&format!("CLIENT KILL {address}"));
    assert_eq!(again, "(error) ERR No such client");
}

#[test]
fn a_client_that_waits_is_let_go() {
    let server = builtin(Clock::wall());
    let (mut other, mut waiting) = (connect(&server), connect(&server));
    let waiter = id(&mut waiting);
    assert_eq!(other.line(&format!("CLIENT UNBLOCK {waiter}")), ":0");
    for (reason, reply) in [
        ("TIMEOUT", "nil*"),
        (
            "ERROR",
            "(error) UNBLOCKED client unblocked via CLIENT UNBLOCK",
        ),
    ] {
        waiting.send(&request(&["BLPOP", "list", "0"]));
        // What it has sent after it is run then.
        waiting.send(&request(&["PING"]));
        assert_eq!(other.line("PING"), "PONG");
        let unblock = request(&["CLIENT", "UNBLOCK", &waiter, reason]);
        other.send(&unblock.repeat(2));
        assert_eq!(other.reply(), ":1");
        assert_eq!(other.reply(), ":0");
        assert_eq!(waiting.reply(), reply);
        assert_eq!(waiting.reply(), "PONG");
    }
    assert_eq!(other.line("RPUSH list a"), ":1");
    assert_eq!(other.line("LLEN list"), ":1");
}

#[test]
fn a_monitor_sees_what_others_run() {
    let (clock, server) = on_virtual_time();
    let (mut monitor, mut other) = (connect(&server), connect(&server));
    assert_eq!(monitor.line("MONITOR"), "OK");
    let info = other.line("CLIENT INFO");
    let (_, address) = info.split_once("addr=").unwrap();
    let address = address.split(' ').next().unwrap();
    clock.advance(Duration::from_millis(1_250));
    for line in [
        "set a \"two words\"",
        "GET",
        "AUTH default secret",
        "MULTI",
        "GET a",
        "CONFIG GET port",
        "EXEC",
    ] {
        other.line(line);
    }
    let seen = |time: &str, words: &str| format!("{time} [0 {address}] {words}");
    // Not what is refused, nor what administers; no passwords.
    assert_eq!(
        monitor.reply(),
        seen("1700000000.000000", r#""CLIENT" "INFO""#)
    );
    for words in [
        r#""set" "a" "two words""#,
        r#""AUTH" "(redacted)" "(redacted)""#,
        r#""MULTI""#,
        r#""GET" "a""#,
        r#""EXEC""#,
    ] {
        assert_eq!(monitor.reply(), seen("1700000001.250000", words));
    }
    assert_eq!(monitor.line("RESET"), "RESET");
    other.line("GET a");
    assert_eq!(monitor.line("PING"), "PONG");
}

#[test]
fn a_subscriber_is_cut_off_that_is_slow_for_a_minute() {
    let (clock, server) = on_virtual_time();
    let (mut slow, mut publisher) = (connect(&server), connect(&server));
    slow.line("SUBSCRIBE news");
    let long = "x".repeat(1024 * 1024);
    // Until more than 8 MB are left besides what the sockets hold.
    let omem = |publisher: &mut Raw| {
        let list = publisher.line("CLIENT LIST TYPE pubsub");
        let (_, rest) = list.split_once("omem=").unwrap();
        rest.split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    while omem(&mut publisher) < 10_000_000 {
        assert_eq!(publisher.call(&["PUBLISH", "news", &long]), ":1");
    }
    let count = |publisher: &mut Raw| publisher.line("PUBSUB NUMSUB news");
    clock.advance(Duration::from_secs(30));
    for _ in 0..100 {
        assert_eq!(count(&mut publisher), "[\"news\", :1]");
    }
    // Nothing more is sent to it.
    clock.advance(Duration::from_secs(31));
    let is_gone = (0..10_000).any(|_| count(&mut publisher) == "[\"news\", :0]");
    assert!(is_gone);
}

/// What a client has the server keep counts against `maxmemory-clients`: it is
/// cut off, and what it gives up is off the books.
#[test]
fn what_is_kept_for_a_client_is_bounded() {
    let (_, server) = on_virtual_time();
    let mut other = connect(&server);
    assert_eq!(other.line("CONFIG SET maxmemory-clients 10mb"), "OK");
    let mut modest = connect(&server);
    let big = "x".repeat(1_000_000);
    modest.line("MULTI");
    for _ in 0..9 {
        assert_eq!(modest.call(&["SET", "k", &big]), "QUEUED");
    }
    assert!(listed(&mut other)[1].contains("tot-mem=some"));
    modest.line("DISCARD");
    assert!(listed(&mut other)[1].contains("tot-mem=0"));

    let set = request(&["SET", "k", &big]);
    let watch = |n| request(&["WATCH", &format!("{n}{big}")]);
    let keys: Vec<String> = (0..8).map(|n| format!("{n}{big}")).collect();
    let mut wait = vec!["BLPOP"];
    wait.extend(keys.iter().map(String::as_str));
    wait.push("0");
    let floods = [
        [request(&["MULTI"]), set.repeat(30)].concat(),
        (0..30).flat_map(watch).collect(),
        request(&wait),
    ];
    for (at, flood) in floods.iter().enumerate() {
        let mut greedy = TcpStream::connect(tcp(&server)).unwrap();
        let patience = Some(Duration::from_secs(10));
        greedy.set_read_timeout(patience).unwrap();
        // It may be cut off while it talks.
        let _ = greedy.write_all(flood);
        let _ = greedy.read_to_end(&mut Vec::new());
        let cut_off = format!("evicted_clients:{}", at + 1);
        let info = other.line("INFO stats");
        assert!(info.contains(&cut_off), "flood {at}: {info}");
    }
    assert_eq!(modest.line("PING"), "PONG");
}
