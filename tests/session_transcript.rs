//! One script through the real binary against each cache server: what a
//! learner reads is the same, but for the server's name.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const SCRIPT: &str = "\
.timer off
.cache on --ttl 30s
select status, count(*) as n from orders where id < 20 group by status;
select status, count(*) as n from orders where id < 20 group by status;
select name from products where id = 3;
update orders set status = 'returned' where id = 7;
select status, count(*) as n from orders where id < 20 group by status;
select name from products where id = 3;
select random() is null as never;
begin;
update products set name = 'Teapot' where id = 3;
select name from products where id = 3;
rollback;
select name from products where id = 3;
create index orders_status on orders(status);
select name from products where id = 3;
select null as n, '' as e, x'00ff' as b, 1.5 as r;
select null as n, '' as e, x'00ff' as b, 1.5 as r;
.cache clear
select null as n, '' as e, x'00ff' as b, 1.5 as r;
.reset
select name from products where id = 3;
.cache off
select name from products where id = 3;
";

/// Runs the script and returns what it printed on both streams, in order.
fn transcript(home: &Path, cache: &str, path: &str) -> String {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "exec \"$@\" 2>&1", "sh"])
        .arg(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny", "--cache", cache])
        .env("DBDOJO_HOME", home)
        .env("PATH", path)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = shell.stdin.take().unwrap();
    stdin.write_all(SCRIPT.as_bytes()).unwrap();
    drop(stdin);
    let output = shell.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{cache}: {text}");
    text
}

/// Without the lines that introduce the server: its name, its address, what it
/// holds.
fn without_server(transcript: &str) -> String {
    let introduces = |line: &&str| {
        line.starts_with("cache-aside on: ")
            || line.starts_with("it holds ")
            || line.starts_with("                ")
    };
    let lines = transcript.lines().filter(|line| !introduces(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// A redis-server of the test's own on a socket, ended with the test.
struct Redis {
    child: Child,
    folder: TempDir,
}

impl Redis {
    /// `None`, and a line that says so, where there is no redis-server.
    fn start() -> Option<Redis> {
        let folder = tempfile::tempdir().unwrap();
        let started = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(folder.path().join("s"))
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            assert!(
                std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none(),
                "DBDOJO_REQUIRE_REDIS is set, but PATH has no redis-server"
            );
            // Past the test harness, which shows the output of failed tests only.
            let mut stderr = std::io::stderr();
            writeln!(stderr, "skipped: PATH has no redis-server").unwrap();
            return None;
        };
        // It says so when it listens; it says little more, which its pipe holds.
        let mut log = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let ready = log.any(|line| line.unwrap().to_lowercase().contains("ready to accept"));
        assert!(ready, "redis-server ended before it listened");
        Some(Redis { child, folder })
    }

    fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("s").display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_session_through_the_cache_reads_the_same_on_every_server() {
    let home = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();

    let builtin = transcript(home.path(), "builtin", "");
    assert!(
        builtin.contains("built-in server in this process"),
        "{builtin}"
    );
    assert!(builtin.contains("TTL 30 s"), "{builtin}");
    let expected = without_server(&builtin);
    insta::assert_snapshot!(expected);

    let Some(redis) = Redis::start() else { return };
    let spawned = transcript(home.path(), "auto", &path);
    assert!(spawned.contains("on a private socket"), "{spawned}");
    assert_eq!(without_server(&spawned), expected, "auto: {spawned}");

    let named = transcript(home.path(), &redis.url(), "");
    assert!(named.contains("cache-aside on: redis "), "{named}");
    assert_eq!(without_server(&named), expected, "{}: {named}", redis.url());
}
