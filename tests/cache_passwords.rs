//! Passwords of cache servers are nowhere to be read: not on the screen, not in
//! reports, traces and errors, not in any file that is kept.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod terminal;

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbdojo::clock::{Clock, Time};
use terminal::{PROMPT, start};

const PASSWORD: &str = "hush-7f3a";

struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A redis-server that wants the password, and its port; `None` where there is
/// none.
fn redis() -> Option<(Redis, u16)> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let spawned = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--requirepass", PASSWORD])
        .stdout(Stdio::null())
        .spawn();
    let Ok(spawned) = spawned else {
        assert!(std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none());
        return None;
    };
    let redis = Redis(spawned);
    let clock = Clock::wall();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(clock.now() - Time::ZERO < Duration::from_secs(20));
        std::thread::yield_now();
    }
    Some((redis, port))
}

/// Everything that `dbdojo` says with these words and this input; its exit code.
fn said(home: &Path, words: &[&str], input: &str) -> (String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .current_dir(home)
        .args(["-d", "shop@tiny", "-v"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it reads this.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    let all = String::from_utf8_lossy(&all).into_owned();
    (all, output.status.code().unwrap())
}

/// The files under `folder` that hold the password.
fn files_with_password(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_with_password(&path, found);
        } else if let Ok(bytes) = fs::read(&path)
            && String::from_utf8_lossy(&bytes).contains(PASSWORD)
        {
            found.push(path.display().to_string());
        }
    }
}

fn assert_unsaid(home: &Path, said: &str) {
    assert!(!said.contains(PASSWORD), "it was said: {said}");
    let mut kept = Vec::new();
    files_with_password(home, &mut kept);
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn traces_reports_and_errors_leave_it_out() {
    let Some((redis, port)) = redis() else { return };
    let home = tempfile::tempdir().unwrap();
    let url = format!("redis://:{PASSWORD}@127.0.0.1:{port}/1");
    let script = format!(
        ".cache\n.cache trace on\nselect count(*) from orders;\n.cache show\n.cache stats\n\
         .cache on {url} --strategy write-behind\nupdate orders set total = 1 where id = 1;\n\
         .redis CLIENT LIST\n.cache on redis://:x{PASSWORD}@127.0.0.1:{port}\n\
         .cache on redis://me:{PASSWORD}@127.0.0.1:{port}\n.cache on rediss://:{PASSWORD}@:0\n\
         .cache on redis://:{PASSWORD}@127.0.0.1:{port}/what\n\
         .cache on redis://:x?{PASSWORD}@127.0.0.1:{port}\n.cache\nselect 1 from orders;\n"
    );
    let (all, _) = said(home.path(), &["--keep-going", "--cache", &url], &script);
    assert!(all.contains("MISS") && all.contains("queued"), "{all}");
    assert!(all.contains("WRONGPASS"), "{all}");
    assert_unsaid(home.path(), &all);

    let few = ["--warmup", "0", "--requests", "40", "--rounds", "1"];
    for format in ["table", "json"] {
        let mut words = vec!["--cache", &url, "--format", format, "bench", "run"];
        words.extend(few);
        words.extend(["--report", "report.html", "--force"]);
        let (all, code) = said(home.path(), &words, "");
        assert_eq!(code, 0, "{format}: {all}");
        assert_unsaid(home.path(), &all);
    }
    let worth = [
        "--cache",
        &url,
        "worth",
        "select * from orders where id = 1",
    ];
    let (all, _) = said(home.path(), &worth, "");
    assert_unsaid(home.path(), &all);

    drop(redis);
    for words in [
        ["--cache", &url, "-c", "select 1"],
        ["--cache", &url, "bench", "run"],
    ] {
        let (all, code) = said(home.path(), &words, "");
        assert_eq!(code, 3, "{all}");
        assert!(all.contains(&port.to_string()), "{all}");
        assert_unsaid(home.path(), &all);
    }
}

#[test]
fn the_history_leaves_it_out() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    for line in [
        format!(".cache on redis://:{PASSWORD}@127.0.0.1:1"),
        format!(".cache on redis://:x?{PASSWORD}@localhost:1"),
        format!(".redis AUTH {PASSWORD}"),
        format!(".redis CONFIG SET requirepass {PASSWORD}"),
        "select 40 + 2;".to_owned(),
    ] {
        shell.send_line(&line).unwrap();
        shell.exp_string(PROMPT).unwrap();
    }
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
    assert_unsaid(home.path(), "");
    let mut kept = String::new();
    for entry in walk(home.path()) {
        kept.push_str(&fs::read_to_string(entry).unwrap_or_default());
    }
    assert!(kept.contains("select 40 + 2"), "the history is there");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
