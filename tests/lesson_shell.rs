//! Exercises on commands as a person at a terminal plays them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE_MS: Option<u64> = Some(120_000);

/// The shell at the task of `exercise`, in a fresh home with the data of the
/// other tests.
fn play(home: &Path, exercise: &str) -> PtySession {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons/cache");
    fs::create_dir_all(&shared).unwrap();
    if !home.join("cache").exists() {
        std::os::unix::fs::symlink(shared, home.join("cache")).unwrap();
    }
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/course");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["-d", "shop@tiny", "--color", "never", "learn", exercise])
        .arg("--course")
        .arg(course)
        .env("DBDOJO_HOME", home)
        .env("TERM", "xterm")
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL");
    spawn_command(command, PATIENCE_MS).unwrap()
}

fn enter(shell: &mut PtySession, line: &str, answer: &str) -> String {
    shell.send_line(line).unwrap();
    shell.exp_string(answer).unwrap()
}

#[test]
fn commands_run_on_the_lessons_own_keyspace() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play(home.path(), "commands/session");
    shell.exp_string("Type .redis and a command").unwrap();
    enter(&mut shell, ".redis GET session:1", "\"bob\"");
    shell.exp_string("not yet").unwrap();
    enter(&mut shell, ".redis SETT x", "(error) ERR unknown command");
    enter(
        &mut shell,
        ".redis SET session:7 alice",
        "Without EX the session lives for ever.",
    );
    enter(&mut shell, ".redis SET session:7 alice EX 1800", "passed");
    enter(&mut shell, ".redis TTL session:7", "(integer) 1800");
    enter(&mut shell, ".recap", "SET session:7 alice EX 1800");
}
