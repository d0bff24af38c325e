//! The built-in server over its sockets: clients that behave and clients that
//! do not.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod raw;

use std::time::Duration;

use dbdojo::cache::builtin::{Config, Listen, MaxmemoryPolicy, Server};
use dbdojo::clock::Clock;
use proptest::prelude::*;
use raw::{Raw, builtin, request, tcp};

fn connect(server: &Server) -> Raw {
    Raw::tcp(tcp(server))
}

fn on_socket(path: &std::path::Path) -> std::io::Result<Server> {
    let config = Config {
        listen: Listen::Unix(path.to_owned()),
        maxmemory: None,
        policy: MaxmemoryPolicy::NoEviction,
        password: None,
    };
    Server::start(config, Clock::wall())
}

/// A pipeline through the redis crate.
fn a_thousand_at_once(url: &str) {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut pipeline = redis::pipe();
    for n in 0..500 {
        pipeline.cmd("SET").arg(n).arg(n * 2).ignore();
    }
    for n in 0..500 {
        pipeline.cmd("GET").arg(n);
    }
    let values: Vec<i64> = pipeline.query(&mut connection).unwrap();
    assert_eq!(values, (0..500).map(|n| n * 2).collect::<Vec<_>>());
    let none: Option<String> = redis::cmd("GET")
        .arg("none")
        .query(&mut connection)
        .unwrap();
    assert_eq!(none, None);
    let error = redis::cmd("INCR")
        .query::<i64>(&mut connection)
        .unwrap_err();
    assert!(
        error.to_string().contains("wrong number of arguments"),
        "{error}"
    );
}

#[test]
fn the_redis_crate_speaks_both_dialects() {
    let server = builtin(Clock::wall());
    a_thousand_at_once(&server.url());
    a_thousand_at_once(&format!("{}?protocol=resp3", server.url()));
}

#[test]
fn the_redis_crate_reaches_a_socket_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a cache%.sock");
    let server = on_socket(&path).unwrap();
    a_thousand_at_once(&server.url());
}

#[test]
fn a_socket_file_is_private_and_goes_with_its_server() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache.sock");
    let server = on_socket(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = on_socket(&path).unwrap_err();
    assert_eq!(second.kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(Raw::unix(&path).line("PING"), "PONG");
    drop(server);
    assert!(!path.exists());

    // What a killed server has left is no obstacle; a file of another kind is.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    drop(on_socket(&path).unwrap());
    std::fs::write(&path, "mine").unwrap();
    on_socket(&path).unwrap_err();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn dropping_the_server_ends_its_connections_even_in_a_pause() {
    let server = builtin(Clock::wall());
    let mut waiting = connect(&server);
    let mut asleep = connect(&server);
    assert_eq!(waiting.line("PING"), "PONG");
    asleep.send(&request(&["DEBUG", "SLEEP", "1000"]));
    drop(server);
    assert_eq!(waiting.rest(), "");
}

#[test]
fn garbage_is_answered_in_redis_words_and_ends_the_connection() {
    let server = builtin(Clock::wall());
    let long = "x".repeat(70_000);
    for (bytes, reply) in [
        ("*x\r\n", "invalid multibulk length"),
        ("*1048577\r\n", "invalid multibulk length"),
        ("*99999999999999999999\r\n", "invalid multibulk length"),
        ("*1\r\n+PING\r\n", "expected '$', got '+'"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
        ("*1\r\n$x\r\n", "invalid bulk length"),
        ("*2\r\n$3\r\nGET\r\n$536870913\r\n", "invalid bulk length"),
        ("GET \"a\r\n", "unbalanced quotes in request"),
        (&long, "too big inline request"),
        (&format!("*{long}"), "too big mbulk count string"),
        (&format!("*1\r\n${long}"), "too big bulk count string"),
    ] {
        let mut client = connect(&server);
        client.send(bytes.as_bytes());
        let shown = &bytes[..bytes.len().min(40)];
        let expected = format!("-ERR Protocol error: {reply}\r\n");
        assert_eq!(client.rest(), expected, "{shown:?}");
    }
    assert_eq!(connect(&server).line("PING"), "PONG");
}

#[test]
fn a_web_page_cannot_make_a_browser_run_commands() {
    let server = builtin(Clock::wall());
    let mut client = connect(&server);
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a 1\r\n");
    assert!(client.rest().starts_with("-ERR unknown command 'POST'"));
    assert_eq!(connect(&server).line("EXISTS a"), ":0");
}

#[test]
fn requests_arrive_in_any_pieces() {
    let server = builtin(Clock::wall());
    let mut client = connect(&server);
    let mut bytes = request(&["SET", "a", "hello\r\nworld"]);
    bytes.extend_from_slice(b"\r\n*0\r\n*-1\r\nPING\r\n  get   \"a\"\n");
    bytes.extend(request(&["ECHO", ""]));
    for byte in bytes {
        client.send(&[byte]);
    }
    let replies = [(); 4].map(|()| client.reply());
    assert_eq!(replies, ["OK", "PONG", r#""hello\r\nworld""#, "\"\""]);
}

#[test]
fn large_values_and_many_arguments_pass() {
    let server = builtin(Clock::wall());
    let mut client = connect(&server);
    let value = vec![b'x'; 20_000_000];
    assert_eq!(client.call(&[b"SET", &b"big"[..], &value]), "OK");
    assert_eq!(client.line("STRLEN big"), ":20000000");
    assert_eq!(client.line("GET big").len(), 20_000_002);
    let mut many: Vec<String> = vec!["DEL".into()];
    many.extend((0..200_000).map(|n| n.to_string()));
    assert_eq!(client.call(&many), ":0");
}

#[test]
fn one_who_does_not_read_keeps_nobody_waiting() {
    let server = builtin(Clock::wall());
    let mut slow = connect(&server);
    slow.call(&["SET", "a", &"x".repeat(100_000)]);
    // 40 MB of replies: far more than the sockets hold.
    slow.send(&request(&["GET", "a"]).repeat(400));
    let mut other = connect(&server);
    for _ in 0..100 {
        assert_eq!(other.line("PING"), "PONG");
    }
    for _ in 0..400 {
        assert_eq!(slow.reply().len(), 100_002);
    }
    assert_eq!(slow.line("PING"), "PONG");
}

#[test]
fn output_has_a_limit() {
    let server = builtin(Clock::wall());
    let mut client = connect(&server);
    client.call(&["SET", "a", &"x".repeat(30_000_000)]);
    let mut command = vec!["MGET"];
    command.extend(["a"; 20]);
    client.send(&request(&command));
    assert_eq!(client.rest(), "", "600 MB are not collected for one reply");
    assert_eq!(connect(&server).line("STRLEN a"), ":30000000");
}

#[test]
fn a_peer_that_ends_after_asking_is_still_answered() {
    use std::io::{Read, Write};

    let server = builtin(Clock::wall());
    for _ in 0..50 {
        let mut stream = std::net::TcpStream::connect(tcp(&server)).unwrap();
        stream.write_all(b"PING\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert_eq!(reply, "+PONG\r\n");
    }
    assert!(
        connect(&server)
            .line("INFO clients")
            .contains("connected_clients:1")
    );
}

#[test]
fn a_password_is_asked_for() {
    let server = raw::start(
        None,
        MaxmemoryPolicy::NoEviction,
        Some("geheim"),
        Clock::wall(),
    );
    let mut client = connect(&server);
    let refused = "(error) NOAUTH Authentication required.";
    let wrong = "(error) WRONGPASS invalid username-password pair or user is disabled.";
    assert_eq!(client.line("GET a"), refused);
    assert_eq!(client.line("PING"), refused);
    assert_eq!(client.line("AUTH wrong"), wrong);
    assert_eq!(client.line("AUTH other geheim"), wrong);
    assert!(
        client
            .line("HELLO 3")
            .starts_with("(error) NOAUTH HELLO must be called")
    );
    assert_eq!(client.line("HELLO 3 AUTH default wrong"), wrong);
    assert_eq!(client.line("AUTH geheim"), "OK");
    assert_eq!(client.line("GET a"), "nil$");
    assert_eq!(client.line("RESET"), "RESET");
    assert_eq!(client.line("GET a"), refused);
    assert!(client.line("HELLO 3 AUTH default geheim").starts_with('{'));
    assert_eq!(client.line("GET a"), "nil");

    for (bytes, reply) in [
        ("*11\r\n", "unauthenticated multibulk length"),
        ("*1\r\n$16385\r\n", "unauthenticated bulk length"),
    ] {
        let mut stranger = connect(&server);
        stranger.send(bytes.as_bytes());
        assert_eq!(stranger.rest(), format!("-ERR Protocol error: {reply}\r\n"));
    }
    assert!(!server.url().contains("geheim"));
}

#[test]
fn others_are_let_in_only_with_a_password() {
    let config = |password: Option<&str>| Config {
        listen: Listen::Tcp {
            addr: "0.0.0.0".parse().unwrap(),
            port: 0,
        },
        maxmemory: None,
        policy: MaxmemoryPolicy::NoEviction,
        password: password.map(str::to_owned),
    };
    for none in [None, Some("")] {
        let error = Server::start(config(none), Clock::wall()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "others can reach 0.0.0.0: a server there needs a password"
        );
    }
    Server::start(config(Some("geheim")), Clock::wall()).unwrap();
    assert!(!format!("{:?}", config(Some("geheim"))).contains("geheim"));
}

#[test]
fn time_is_the_clock_that_was_given() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let server = builtin(clock.clone());
    let mut client = connect(&server);
    client.line("SET a 1 EX 10");
    assert_eq!(client.line("PEXPIRETIME a"), ":1700000010000");
    clock.advance(Duration::from_secs(4));
    assert_eq!(client.line("TTL a"), ":6");
    assert_eq!(client.line("OBJECT IDLETIME a"), ":4");
    assert_eq!(client.line("TIME"), r#"["1700000004", "0"]"#);
    clock.advance(Duration::from_secs(7));
    assert_eq!(client.line("GET a"), "nil$");
    assert!(client.line("INFO stats").contains("expired_keys:1"));
}

#[test]
fn a_full_server_evicts_the_longest_unused() {
    let server = raw::start(
        Some(20_000),
        MaxmemoryPolicy::AllkeysLru,
        None,
        Clock::wall(),
    );
    let mut client = connect(&server);
    client.line("SET kept 1");
    for n in 0..1000 {
        client.line(&format!("SET key:{n} {}", "x".repeat(100)));
        client.line("GET kept");
    }
    assert_eq!(client.line("GET kept"), r#""1""#);
    assert_eq!(client.line("EXISTS key:0 key:999"), ":1");
    let field = |client: &mut Raw, section: &str, field: &str| -> u64 {
        let info = client.line(&format!("INFO {section}"));
        let (_, rest) = info.split_once(&format!("\\n{field}:")).expect("the field");
        rest[..rest.find('\\').unwrap()].parse().unwrap()
    };
    let keys: u64 = client.line("DBSIZE")[1..].parse().unwrap();
    assert_eq!(field(&mut client, "stats", "evicted_keys"), 1001 - keys);
    assert!((50..150).contains(&keys), "{keys}");
    assert!(field(&mut client, "memory", "used_memory") <= 20_000);
    assert_eq!(field(&mut client, "stats", "keyspace_hits"), 1002);
    assert_eq!(field(&mut client, "stats", "keyspace_misses"), 1);
    assert!(
        client
            .line("INFO server")
            .contains("server_name:dbdojo-builtin")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a client sends, the server serves the next one.
    #[test]
    fn no_bytes_break_the_server(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                "[*$]-?[0-9]{0,4}\r\n".prop_map(String::into_bytes),
                "(SET|GET|INCR|HELLO 3|CONFIG|OBJECT|SCAN|EXPIRE)( [a-z0-9\"-]{0,4}){0,4}\r\n"
                    .prop_map(String::into_bytes),
            ],
            0..20,
        ),
    ) {
        use std::io::Write;

        let server = builtin(Clock::wall());
        let mut stream = std::net::TcpStream::connect(tcp(&server)).unwrap();
        for piece in pieces {
            // The server may have closed already.
            let _ = stream.write_all(&piece);
        }
        prop_assert_eq!(connect(&server).line("PING"), "PONG");
        prop_assert!(!server.has_ended());
    }
}

/// The count that `PUBSUB NUMSUB` gives.
fn subscribers(client: &mut Raw, channel: &str) -> String {
    client.line(&format!("PUBSUB NUMSUB {channel}"))
}

#[test]
fn a_subscriber_that_does_not_read_is_cut_off() {
    let server = builtin(Clock::wall());
    let mut slow = connect(&server);
    let mut publisher = connect(&server);
    assert_eq!(slow.line("SUBSCRIBE news"), "[\"subscribe\", \"news\", :1]");
    let long = "x".repeat(1024 * 1024);
    let cut_off = (0..200).any(|_| publisher.call(&["PUBLISH", "news", &long]) == ":0");
    assert!(cut_off);
    assert_eq!(subscribers(&mut publisher, "news"), "[\"news\", :0]");
}

#[test]
fn waiting_ends_by_the_servers_clock() {
    let clock = Clock::virtual_at(1_700_000_000_000);
    let server = builtin(clock.clone());
    let (mut waiting, mut other) = (connect(&server), connect(&server));
    waiting.send(&request(&["BLPOP", "list", "5"]));
    waiting.send(&request(&["PING"]));
    assert_eq!(other.line("PING"), "PONG");
    clock.advance(Duration::from_secs(6));
    assert_eq!(waiting.reply(), "nil*");
    assert_eq!(waiting.reply(), "PONG");
    assert_eq!(other.line("RPUSH list a"), ":1");
    assert_eq!(other.line("LLEN list"), ":1");
}

#[test]
fn a_client_that_leaves_while_it_waits_or_listens_is_forgotten() {
    let server = builtin(Clock::wall());
    let (mut waiting, mut other) = (connect(&server), connect(&server));
    let mut subscriber = connect(&server);
    subscriber.line("SUBSCRIBE news");
    waiting.send(&request(&["BLPOP", "list", "0"]));
    assert_eq!(other.line("PING"), "PONG");
    assert!(other.line("INFO clients").contains("blocked_clients:1"));
    drop((waiting, subscriber));
    let is_gone = (0..10_000).any(|_| {
        other.line("INFO clients").contains("blocked_clients:0")
            && subscribers(&mut other, "news") == "[\"news\", :0]"
    });
    assert!(is_gone);
    assert_eq!(other.line("RPUSH list a"), ":1");
    assert_eq!(other.line("LPOP list"), "\"a\"");
}

#[test]
fn a_pipeline_lets_those_who_wait_in_between_its_commands() {
    let server = builtin(Clock::wall());
    let mut clients: Vec<Raw> = (0..50).map(|_| connect(&server)).collect();
    for client in &mut clients {
        client.send(&request(&["BLPOP", "list", "0"]));
    }
    let mut pusher = connect(&server);
    assert_eq!(pusher.line("PING"), "PONG");
    let mut pipeline = Vec::new();
    for n in 0..50 {
        pipeline.extend(request(&["RPUSH", "list", &n.to_string()]));
        // Taken before it can be.
        pipeline.extend(request(&["LPOP", "list"]));
    }
    pusher.send(&pipeline);
    for _ in 0..50 {
        assert_eq!(pusher.reply(), ":1");
        assert_eq!(pusher.reply(), "nil$");
    }
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.reply(), format!("[\"list\", \"{n}\"]"));
    }
}
