//! A redis-server of a test's own, that it may kill.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbdojo::clock::{Clock, Time};

/// Killed when it is dropped.
pub struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A redis-server on `socket` that has answered; `None` where there is none to
/// start and none is required.
pub fn redis(socket: &Path) -> Option<Redis> {
    let spawned = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no"])
        .arg("--unixsocket")
        .arg(socket)
        .stdout(Stdio::null())
        .spawn();
    let Ok(child) = spawned else {
        assert!(
            std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none(),
            "DBDOJO_REQUIRE_REDIS is set, and there is no redis-server"
        );
        eprintln!("skipped: no redis-server in PATH");
        return None;
    };
    let redis = Redis(child);
    let clock = Clock::wall();
    while std::os::unix::net::UnixStream::connect(socket).is_err() {
        assert!(clock.now() - Time::ZERO < Duration::from_secs(20));
        std::thread::yield_now();
    }
    Some(redis)
}
