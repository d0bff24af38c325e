//! `.redis`: replies as redis-cli draws them, and what is not sent unasked to
//! a server that is somebody else's.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::CommandCargoExt as _;
use dbdojo::cache::connection::Fault;
use dbdojo::cache::raw::RawCommand;
use dbdojo::cache::server::{Kind, Surroundings};
use dbdojo::cache::{Choice, Ids, Layer, Options};
use dbdojo::clock::Clock;
use dbdojo::view::cache as view;

/// A layer on a server spawned from PATH; `None`, said on standard error, where
/// there is none.
fn spawned() -> Option<Layer> {
    let surroundings = Surroundings {
        url: None,
        path: std::env::var_os("PATH"),
    };
    let ids = Ids {
        dataset: "shop".into(),
        practice: 1,
        schema_version: 1,
    };
    let layer = Layer::open_in(
        &Choice::Auto,
        Options::default(),
        Clock::wall(),
        ids,
        &surroundings,
    );
    let layer = layer.unwrap();
    if layer.server().name == Kind::Builtin {
        assert!(std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none());
        eprintln!("skipped: no redis-server");
        return None;
    }
    Some(layer)
}

fn ours(layer: &mut Layer, line: &str) -> String {
    let command = RawCommand::parse(line).unwrap().unwrap();
    let mut out = Vec::new();
    match layer.raw(&command) {
        Ok(reply) if command.replies_with_text() => {
            view::write_text_reply(&mut out, &reply).unwrap();
        }
        Ok(reply) => view::write_reply(&mut out, &reply).unwrap(),
        Err(Fault::Refused(words)) => view::write_error_reply(&mut out, &words).unwrap(),
        Err(fault) => panic!("{line}: {fault}"),
    }
    String::from_utf8(out).unwrap()
}

fn redis_cli(socket: &str, protocol: &str, line: &str) -> String {
    let words = RawCommand::parse(line).unwrap().unwrap();
    let words = words.words().iter();
    use std::os::unix::ffi::OsStrExt as _;
    let output = Command::new("redis-cli")
        .args(["-s", socket, protocol, "--no-raw"])
        .args(words.map(|word| std::ffi::OsStr::from_bytes(word)))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn replies_are_drawn_as_redis_cli_draws_them() {
    let Some(mut layer) = spawned() else { return };
    let socket = layer.server().address.clone();
    for line in [
        "set text \"a \\\"b\\\" \\\\ \\n \\xff é\"",
        "rpush list a b c d e f g h i j k",
        "sadd set only",
        "hset hash field value",
        "zadd zset 1.5 one 2 two",
        "xadd stream 1-1 field value other x",
        "xadd stream 2-1 field value",
        "xgroup create stream g 0",
        "xreadgroup group g c streams stream >",
        "rpush badly one",
    ] {
        ours(&mut layer, line);
    }
    for protocol in ["-2", "-3"] {
        ours(&mut layer, &format!("hello {}", &protocol[1..]));
        for line in [
            "get text",
            "get missing",
            "getrange text 0 2",
            "strlen text",
            "lrange list 0 -1",
            "lrange missing 0 -1",
            "smembers set",
            "smembers missing",
            "hgetall hash",
            "hgetall missing",
            "zrange zset 0 -1 withscores",
            "zscore zset one",
            "zrank zset nobody",
            "xrange stream - +",
            "xpending stream g",
            "xinfo stream stream",
            "xinfo groups stream",
            "incr list",
            "incr badly",
            "nosuchcommand with args",
            "get",
            "ping",
            "ping hello",
            "echo \"\"",
            "type list",
            "exists list set missing",
            "config get maxmemory-policy",
            "object encoding list",
            "command getkeys mset a 1 b 2",
            "command info get",
            "config get save",
            "sismember set only",
            "set text x nx get",
            "mget text missing list",
            "eval \"return {1,{2,{3,'x'}},{err='BAD it is'},{ok='FINE'},false}\" 0",
            "eval \"return {}\" 0",
            "eval \"redis.setresp(3); return {map={a=1}}\" 0",
            "eval \"redis.setresp(3); return {set={a=true}}\" 0",
            "eval \"redis.setresp(3); return {double=2.5}\" 0",
            "eval \"redis.setresp(3); return {true, false}\" 0",
            "eval \"return {verbatim_string={string='read me',format='txt'}}\" 0",
            "client getname",
            "memory usage hash",
            "scan 0 match list",
        ] {
            let mine = ours(&mut layer, line);
            let theirs = redis_cli(&socket, protocol, line);
            assert_eq!(mine, theirs, "{line} with {protocol}");
        }
        let info = ours(&mut layer, "info server");
        assert!(info.starts_with("# Server\nredis_version:"), "{info}");
    }
}

#[test]
fn a_transaction_is_the_raw_connections_own() {
    let Some(mut layer) = spawned() else { return };
    assert_eq!(ours(&mut layer, "multi"), "OK\n");
    assert_eq!(ours(&mut layer, "set a 1"), "QUEUED\n");
    assert_eq!(
        layer.clear().unwrap(),
        0,
        "the layer's connection is another"
    );
    assert_eq!(ours(&mut layer, "get a"), "QUEUED\n");
    assert_eq!(ours(&mut layer, "exec"), "1) OK\n2) \"1\"\n");
}

fn shell(home: &Path, args: &[&str], script: &str) -> (String, String, i32) {
    let mut command = Command::cargo_bin("dbdojo").unwrap();
    command
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["-d", "shop@tiny"])
        .args(args)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    let Output {
        stdout,
        stderr,
        status,
    } = child.wait_with_output().unwrap();
    (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
        status.code().unwrap(),
    )
}

#[test]
fn the_shell_sends_raw_commands_to_its_own_server() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = shell(
        home.path(),
        &[],
        ".cache on builtin\n.redis SET greeting \"hello world\"\n.redis GET greeting\n\
         .redis FLUSHALL\n.redis GET greeting;\n.redis INCR\n.redis PING\n",
    );
    assert_eq!(
        out,
        "OK\n\"hello world\"\nOK\n(nil)\n\
         (error) ERR wrong number of arguments for 'incr' command\n"
    );
    assert_eq!(code, 1, "{err}");
    for (script, complaint) in [
        (".redis GET a\n", "the cache is off: .cache on starts it"),
        (
            ".cache on builtin\n.redis\n",
            "write .redis [--force] COMMAND",
        ),
        (
            ".cache on builtin\n.redis GET \"a\n",
            "a quote is not closed",
        ),
        (
            ".cache on builtin\n.redis MONITOR\n",
            "MONITOR cannot be sent from here: it listens without end",
        ),
    ] {
        let (_, err, code) = shell(home.path(), &[], script);
        assert!(err.contains(complaint) && code == 2, "{script}: {err}");
    }
}

#[test]
fn somebody_elses_server_is_left_alone_unless_forced() {
    let Some(mut owner) = spawned() else { return };
    ours(&mut owner, "set theirs 1");
    ours(&mut owner, "config resetstat");
    let url = format!("unix://{}", owner.server().address);
    let home = tempfile::tempdir().unwrap();
    for command in [
        "FLUSHALL",
        "DEL theirs",
        "CONFIG SET maxmemory 1mb",
        "KEYS *",
    ] {
        let script = format!("select 1;\n.redis {command}\n");
        let (_, err, code) = shell(home.path(), &["--cache", &url], &script);
        assert_eq!(code, 2, "{command}: {err}");
        assert!(
            err.contains("which is not ours") && err.contains("--force sends it"),
            "{err}"
        );
    }
    let script = "select count(*) from orders;\n.redis GET theirs\n.cache show\n.cache clear\n";
    let (out, err, code) = shell(home.path(), &["--cache", &url], script);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\"1\"\n"), "{out}");
    let stats = ours(&mut owner, "info commandstats");
    for never in ["flushall", "flushdb", "config|set", "_keys:"] {
        assert!(!stats.contains(never), "{never} was sent: {stats}");
    }
    assert_eq!(ours(&mut owner, "dbsize"), "(integer) 1\n");
    let (out, err, code) = shell(
        home.path(),
        &["--cache", &url],
        ".redis --force DEL theirs\n",
    );
    assert_eq!((out.as_str(), code), ("(integer) 1\n", 0), "{err}");
}
