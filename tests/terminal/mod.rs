//! The shell on `shop@tiny` in a pseudo-terminal, and a person who types.

#![allow(dead_code, reason = "each test crate uses its part")]

use std::fs;
use std::path::Path;
use std::process::Command;

use rexpect::session::spawn_command;

pub use rexpect::session::PtySession;

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE_MS: Option<u64> = Some(60_000);

pub const PROMPT: &str = "shop> ";

/// The shell in the folder `home`, which is its home, too, with these options
/// and variables. The screen is 80 columns wide.
pub fn dbdojo(home: &Path, options: &[&str], variables: &[(&str, &str)]) -> Command {
    // The process that becomes dbdojo leaves its id, for who wants to kill it.
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "stty rows 24 cols 80; echo $$ > pid; exec \"$@\"",
            "sh",
        ])
        .arg(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny"])
        .args(options)
        .current_dir(home)
        .env("DBDOJO_HOME", home)
        .env("TERM", "xterm")
        .env_remove("PAGER")
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .envs(variables.iter().copied());
    command
}

/// The shell without colours, at its first prompt.
pub fn start(home: &Path) -> PtySession {
    start_with(home, &["--color", "never"], &[]).0
}

/// The shell with these options and variables at its first prompt, and the
/// screen until there.
pub fn start_with(
    home: &Path,
    options: &[&str],
    variables: &[(&str, &str)],
) -> (PtySession, String) {
    let mut shell = spawn(dbdojo(home, options, variables));
    let arrival = shell.exp_string(PROMPT.trim_end()).unwrap();
    (shell, arrival)
}

/// This command in a pseudo-terminal.
pub fn spawn(command: Command) -> PtySession {
    spawn_command(command, PATIENCE_MS).unwrap()
}

/// Presses these keys.
pub fn press(shell: &mut PtySession, keys: &str) {
    shell.send(keys).unwrap();
    shell.flush().unwrap();
}

/// Ctrl-D, and it is gone.
pub fn leave(mut shell: PtySession) {
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

/// Kills the shell that was started in `home`.
pub fn kill(home: &Path) {
    let pid = fs::read_to_string(home.join("pid")).unwrap();
    let killed = Command::new("kill").args(["-9", pid.trim()]).status();
    assert!(killed.unwrap().success());
}

/// A home with this configuration file.
pub fn home_with(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("config")).unwrap();
    fs::write(home.path().join("config/config.toml"), config).unwrap();
    home
}
