//! A `redis-server` or `valkey-server` started for this process alone.
//!
//! It listens on a socket in a folder that only this user can enter, writes
//! nothing to disk, and is in a process group of its own, so that Ctrl-C in the
//! shell does not reach it. It ends with its parent, also when that is killed.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::folder::private_folder;
use super::running::{Limits, StartError};
use super::url::{Endpoint, Place};
use crate::cache::connection::Connection;
use crate::cache::resilience::Timeouts;
use crate::clock::Clock;

/// Takes the server's place after leaving a guard behind: the guard's `read`
/// ends when the pipe's other end is closed, which the system does for a parent
/// that dies in whatever way. Guard and server are one process group, so the
/// number that the guard kills is nobody else's while it lives.
/// `$1`: the folder to remove. The rest: the server and its arguments.
const GUARDED: &str = r#"
exec 3<&0 </dev/null
dir=$1; shift
(read -r _ <&3; kill "$$"; rm -rf "$dir") >/dev/null 2>&1 &
exec "$@" 3<&-
"#;

/// How long a server may take to answer its first `PING`.
const START_TIME: Duration = Duration::from_secs(10);

/// What the server prints, in its folder.
const LOG: &str = "log";

/// A server process, its guard and its folder.
#[derive(Debug)]
pub(super) struct Spawned {
    process: Child,
    folder: TempDir,
    socket: PathBuf,
}

impl Spawned {
    /// Starts `program` and waits until it answers.
    pub(super) fn start(
        program: &Path,
        limits: &Limits,
        clock: &Clock,
    ) -> Result<Self, StartError> {
        let failed = |why: String| StartError::Spawn {
            program: program.display().to_string(),
            why,
        };
        let folder = private_folder().map_err(|error| failed(error.to_string()))?;
        let socket = folder.path().join("cache.sock");
        let log = File::create(folder.path().join(LOG)).map_err(|e| failed(e.to_string()))?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GUARDED, "sh"])
            .arg(folder.path())
            .arg(program)
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--daemonize", "no", "--loglevel", "warning"])
            .args(["--unixsocketperm", "700", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(folder.path());
        if let Some(bytes) = limits.maxmemory {
            command.args(["--maxmemory", &bytes.to_string()]);
        }
        if let Some(policy) = &limits.policy {
            command.args(["--maxmemory-policy", policy]);
        }
        let process = command
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let mut spawned = Spawned {
            process,
            folder,
            socket,
        };
        spawned.wait_until_ready(clock).map_err(failed)?;
        Ok(spawned)
    }

    /// Where it listens.
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint {
            place: Place::Unix(self.socket.clone()),
            tls: None,
            user: None,
            password: None,
            database: 0,
        }
    }

    /// Its process id, for tests that kill it.
    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    fn wait_until_ready(&mut self, clock: &Clock) -> Result<(), String> {
        let endpoint = self.endpoint();
        // Each failed try waits 2 ms; a slow machine is given all of START_TIME.
        let pause = Duration::from_millis(2);
        let mut waited = Duration::ZERO;
        loop {
            match Connection::open(&endpoint, Timeouts::default(), clock) {
                Ok(_) => return Ok(()),
                Err(fault) if waited >= START_TIME => return Err(fault.to_string()),
                Err(_) => {}
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(self.last_words().unwrap_or_else(|| status.to_string()));
            }
            std::thread::sleep(pause);
            waited += pause;
        }
    }

    /// The last line that an ended server printed.
    fn last_words(&self) -> Option<String> {
        let text = std::fs::read(self.folder.path().join(LOG)).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let last = text.lines().rfind(|line| !line.trim().is_empty())?;
        Some(last.trim().to_owned())
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // Closing its pipe makes the guard end the server; killing it as well
        // spares a server that hangs the chance to linger.
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The first of these programs that is in a folder of `path` and can be run.
pub(super) fn find_program(names: &[&str], path: &OsString) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|file| {
                file.metadata()
                    .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
            })
    })
}
