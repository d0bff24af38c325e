//! What can go wrong in the middle of a benchmark: somebody presses Ctrl-C, the
//! cache server dies, the disk is full. What was measured is never lost.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dbdojo::cache::Choice;
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::bench::{Arm, Bench};
use dbdojo::lab::report::{BenchReport, Note};
use dbdojo::lab::workload::Workload;
use dbdojo::progress::Progress;
use dbdojo::sandbox::{Source, Surroundings};
use rexpect::session::spawn_command;

const PATIENCE_MS: Option<u64> = Some(120_000);

fn dbdojo(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .env("DBDOJO_HOME", home)
        .env("TERM", "xterm")
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["--cache", "builtin", "-d", "shop@tiny"])
        .args(args);
    command
}

const SHORT: [&str; 6] = [
    "bench",
    "--requests",
    "300",
    "--warmup",
    "100",
    "--rounds=1",
];

#[test]
fn a_live_benchmark_redraws_in_place_and_ctrl_c_leaves_partial_results() {
    let home = tempfile::tempdir().unwrap();
    let page = home.path().join("page.html");
    let mut command = dbdojo(home.path(), &["--color", "never", "bench", "--live"]);
    command
        .args(["--sides", "uncached,cached", "--duration", "10min"])
        .args(["--warmup", "8000", "--report", page.to_str().unwrap()]);
    let mut terminal = spawn_command(command, PATIENCE_MS).unwrap();
    terminal.exp_string("hit ratio").unwrap();
    terminal.exp_string("uncached").unwrap();
    // Up by the lines that are there, and over them.
    terminal.exp_regex("\u{1b}\\[[1-9]A\r\u{1b}\\[J").unwrap();
    // The cache is filled first; then the sides' requests count, in turns.
    terminal.exp_string("> cached").unwrap();
    terminal.exp_string("> uncached").unwrap();
    terminal.send_control('c').unwrap();
    let drawn = terminal.exp_string("interrupted").unwrap();
    terminal.exp_string("what follows is partial").unwrap();
    let rest = terminal.exp_eof().unwrap();
    // The dashboard is gone before the results are there.
    let headline = drawn.rfind("order summary").unwrap();
    let erased = drawn[..headline].rfind("\u{1b}[J").unwrap();
    assert!(!drawn[erased..].contains("requests/s"), "{drawn}");
    assert!(!rest.contains('\u{1b}'), "{rest}");
    assert!(rest.contains("reads/s"), "{rest}");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("Interrupted: what follows is partial."));
}

#[test]
fn a_live_benchmark_is_quiet_when_piped() {
    let home = tempfile::tempdir().unwrap();
    let output = dbdojo(home.path(), &SHORT).arg("--live").output().unwrap();
    assert!(output.status.success());
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("requests/s"), "{told}");
}

#[test]
fn a_full_disk_loses_neither_the_figures_nor_the_page() {
    let home = tempfile::tempdir().unwrap();
    let page = home.path().join("page.html");
    let report = ["--report", page.to_str().unwrap()];
    // The figures have no place, the page has.
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    if let Ok(full) = full {
        let output = dbdojo(home.path(), &SHORT)
            .args(report)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("No space left"), "{told}");
        assert!(fs::read_to_string(&page).unwrap().contains("</html>"));
        fs::remove_file(&page).unwrap();
    }
    // The page has no place, the figures have. Files of the shell's child are
    // limited to nothing once the data is there.
    let mut limited = Command::new("sh");
    let bench = dbdojo(home.path(), &SHORT);
    limited
        .env("DBDOJO_HOME", home.path())
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(bench.get_program())
        .args(bench.get_args())
        .args(["--sides", "uncached,cached"])
        .args(report);
    let output = limited.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let figures = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("could not write"), "{told}");
    assert!(figures.contains("verdict"), "{figures}");
    assert!(!page.exists(), "half a page");
}

/// Some orders, and a benchmark of them against `cache`.
fn bench(folder: &Path, cache: &str) -> Bench {
    let path = folder.join("shop.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id, status, total, created_at);
         WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO customers SELECT i FROM n;
         INSERT INTO orders SELECT id, id, 'paid', 9.5, '2024-05-01' FROM customers;",
    )
    .unwrap();
    let mut workload = Workload::find("order-summary").unwrap();
    workload.warmup = 500;
    workload.requests = 3_000;
    Bench {
        workload,
        sides: vec![Arm::Uncached, Arm::Cached, Arm::Local],
        keys: None,
        seed: 1,
        source: Source::File(path),
        label: "shop.db".to_owned(),
        choice: cache.parse::<Choice>().unwrap(),
        around: Surroundings {
            sessions: folder.join("sessions"),
            clock: Clock::wall(),
            interrupt: Interrupt::new(),
        },
    }
}

fn has_redis() -> bool {
    let found = Command::new("redis-server").arg("--version").output();
    if found.is_ok() {
        return true;
    }
    assert!(
        std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none(),
        "DBDOJO_REQUIRE_REDIS is set, and there is no redis-server"
    );
    eprintln!("skipped: no redis-server in PATH");
    false
}

/// Runs it, and calls `kill` in the first round.
fn run_and_kill(bench: &Bench, kill: impl Fn()) -> BenchReport {
    let mut killed = false;
    // 200 requests of warm-up uncached, 500 on each of the others come first.
    let mut watch = |progress: Progress<'_>| {
        if progress.done > 2_500 && !killed {
            killed = true;
            kill();
        }
    };
    let report = bench.run(&mut watch).unwrap();
    assert!(killed);
    report
}

fn the_others_finished(report: &BenchReport) {
    for arm in &report.arms {
        let tally = &arm.tally;
        assert_eq!(arm.requests, 3_000, "{}", arm.arm);
        assert_eq!(
            arm.requests,
            tally.direct + tally.hits + tally.misses + arm.errors
        );
        assert_eq!(
            tally.failed, 0,
            "the database answers what the cache cannot"
        );
        assert_eq!(arm.errors > 0, arm.arm == Arm::Cached, "{}", arm.arm);
        assert_eq!(
            arm.database_reads,
            tally.direct + tally.misses + tally.fallbacks
        );
    }
    let errors = |note: &Note| matches!(note, Note::CacheErrors { .. });
    let said = report.verdict.to_string().contains("server failed");
    assert!(
        report.notes.iter().any(errors) || said,
        "{:?}",
        report.notes
    );
}

#[test]
fn a_real_server_that_is_killed_costs_errors_and_the_other_sides_finish() {
    if !has_redis() {
        return;
    }
    // Somebody else's.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let server = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--unixsocket"])
        .arg(&socket)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let server = std::cell::RefCell::new(server);
    while !socket.exists() {
        std::thread::yield_now();
    }
    let theirs = bench(folder.path(), &format!("unix://{}", socket.display()));
    let report = run_and_kill(&theirs, || {
        server.borrow_mut().kill().unwrap();
    });
    server.borrow_mut().wait().unwrap();
    the_others_finished(&report);
    // One of our own.
    #[cfg(target_os = "linux")]
    {
        let folder = tempfile::tempdir().unwrap();
        let ours = bench(folder.path(), "auto");
        let report = run_and_kill(&ours, || {
            for pid in own_redis_servers() {
                Command::new("kill").args(["-9", &pid]).status().unwrap();
            }
        });
        the_others_finished(&report);
    }
}

/// The process ids of the redis-servers that this process started.
#[cfg(target_os = "linux")]
fn own_redis_servers() -> Vec<String> {
    let parent = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.filter_map(|it| fs::read_to_string(it.path().join("stat")).ok());
    let own = stats.filter_map(|stat| {
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let is_own = rest.split(' ').nth(1)? == parent;
        (is_own && name.starts_with("redis-server")).then(|| pid.to_owned())
    });
    let own: Vec<String> = own.collect();
    assert!(!own.is_empty());
    own
}
