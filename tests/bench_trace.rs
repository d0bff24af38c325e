//! A benchmark that plays a recorded trace: which keys, when, and what an exact
//! LRU makes of the very same sequence.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bench(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args([
            "--cache",
            "builtin",
            "-d",
            "shop@tiny",
            "-q",
            "bench",
            "run",
        ])
        .args(args)
        .output()
        .unwrap()
}

fn report(home: &Path, args: &[&str]) -> Value {
    let output = bench(home, &[args, &["-f", "json"]].concat());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Hits of an LRU of `capacity` keys, the slow way.
fn lru_hits(keys: &[u32], capacity: usize) -> usize {
    let mut held: Vec<u32> = Vec::new();
    let mut hits = 0;
    for key in keys {
        if let Some(at) = held.iter().position(|it| it == key) {
            held.remove(at);
            hits += 1;
        } else if held.len() == capacity {
            held.remove(0);
        }
        held.push(*key);
    }
    hits
}

/// 40 customers, the small numbers more often than the large.
fn keys() -> Vec<u32> {
    let mut state = 12_345_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u32 % 40
    };
    (0..600).map(|_| 1 + next().min(next())).collect()
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("trace.csv");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_trace_of_ids_is_played_in_its_order() {
    let home = tempfile::tempdir().unwrap();
    let keys = keys();
    let lines: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let trace = written(home.path(), &lines.join("\n"));
    let report = report(
        home.path(),
        &[
            "--trace",
            &trace,
            "--sides",
            "local",
            "--clients",
            "1",
            "--cache-share",
            "10",
        ],
    );
    assert_eq!(report["workload"]["loop"], "closed");
    let there: BTreeSet<&u32> = keys.iter().collect();
    assert_eq!(report["workload"]["keys"], there.len());
    assert_eq!(report["trace"]["keys_are_values"], true);
    let local = &report["arms"][0];
    assert_eq!(local["requests"], 600);
    let hits = lru_hits(&keys, 10);
    assert_eq!(local["hits"], hits, "{local}");
    assert_eq!(local["predicted_hit_ratio"], hits as f64 / 600.0);
    let curve = report["lru_curve"].as_array().unwrap();
    for point in curve {
        let capacity = point["capacity"].as_u64().unwrap() as usize;
        assert_eq!(point["hit_ratio"], lru_hits(&keys, capacity) as f64 / 600.0);
    }
    assert_eq!(curve.last().unwrap()["capacity"], there.len());
}

#[test]
fn a_trace_with_times_is_an_open_loop_and_strange_keys_stand_in() {
    let home = tempfile::tempdir().unwrap();
    let lines = keys().iter().enumerate().fold(
        "when;,object,what\n".replace(';', ""),
        |text, (at, key)| {
            let op = if at % 50 == 49 { "set" } else { "get" };
            format!("{text}{},user:{key},{op}\n", at as f64)
        },
    );
    let trace = written(home.path(), &lines);
    let columns = "time=when,key=object,op=what";
    let all = [
        "--trace",
        &trace,
        "--trace-columns",
        columns,
        "--sides",
        "uncached,cached",
    ];
    let fast = [&all[..], &["--speed", "10000", "--warmup", "100"]].concat();
    let report = report(home.path(), &fast);
    assert_eq!(report["workload"]["loop"], "open");
    let trace = &report["trace"];
    assert_eq!(trace["keys_are_values"], false);
    assert_eq!(trace["writes_left_out"], 12);
    assert_eq!(trace["at_its_times"], true);
    for arm in report["arms"].as_array().unwrap() {
        // The warm-up takes the first, writes or not.
        assert_eq!(arm["requests"], 488, "{arm}");
        assert!(arm["uncorrected_us"].is_object());
    }
    let notes = report["notes"].to_string();
    assert!(notes.contains("12 writes of the trace left out"), "{notes}");
    assert!(notes.contains("no values of this data"), "{notes}");
}

#[test]
fn a_workload_file_names_its_trace_and_writes_are_played() {
    let home = tempfile::tempdir().unwrap();
    let lines = keys()
        .iter()
        .enumerate()
        .fold("key,op\n".to_owned(), |text, (at, key)| {
            let op = if at % 10 == 9 { "set" } else { "get" };
            format!("{text}{key},{op}\n")
        });
    written(home.path(), &lines);
    let file = home.path().join("mine.toml");
    fs::write(
        &file,
        "title = 'orders of one customer'\n\
         [[read]]\nsql = 'SELECT id, total FROM orders WHERE customer_id = :id'\n\
         values = 'SELECT id FROM customers'\n\
         [[write]]\nsql = \"UPDATE orders SET status = 'paid' WHERE customer_id = :id\"\n\
         values = 'SELECT id FROM customers'\n\
         [trace]\nfile = 'trace.csv'\n[cache]\nsize = '100%'\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let report = report(home.path(), &[file, "--sides", "uncached,cached"]);
    for arm in report["arms"].as_array().unwrap() {
        assert_eq!(
            (&arm["requests"], &arm["writes"]),
            (&540.into(), &60.into())
        );
        assert_eq!(arm["stale_reads"], 0);
    }
    assert_eq!(report["trace"]["writes_left_out"], 0);
}

#[test]
fn what_is_wrong_with_a_trace_is_named() {
    let home = tempfile::tempdir().unwrap();
    let told = |args: &[&str]| {
        let output = bench(home.path(), args);
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), told)
    };
    let trace = written(home.path(), "key,op\n1,get\n2,fly\n3,get\n");
    let (code, why) = told(&["--trace", &trace]);
    assert_eq!(code, 1);
    assert!(
        why.contains("line 3 of") && why.contains("\"fly\""),
        "{why}"
    );
    let small = ["--cache-share", "1", "--sides", "local", "-f", "json"];
    let skipping = [&["--trace", &trace, "--skip-bad-lines"][..], &small].concat();
    let output = bench(home.path(), &skipping);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["trace"]["bad_lines"], 1);
    assert!(
        report["notes"]
            .to_string()
            .contains("passed over 1 line of the trace; line 3")
    );

    for (args, code, part) in [
        (
            &["--trace", "/nowhere.csv"][..],
            3,
            "could not read the trace",
        ),
        (
            &["--trace", &trace, "--keys", "2"],
            2,
            "cannot be used with",
        ),
        (
            &["--trace", &trace, "--dist", "uniform"],
            2,
            "cannot be used with",
        ),
        (
            &["--trace", &trace, "--speed", "0"],
            2,
            "a speed is a number above 0",
        ),
        (&["--speed", "2"], 2, "--trace"),
        (
            &["--trace", &trace, "--skip-bad-lines", "--warmup", "2"],
            2,
            "the trace has 2 requests, and the warm-up takes 2",
        ),
        (
            &["--trace", &trace, "--skip-bad-lines", "--cache-share", "9"],
            2,
            "more than the 2 keys",
        ),
    ] {
        let (exit, why) = told(args);
        assert_eq!(exit, code, "{args:?}: {why}");
        assert!(why.contains(part), "{args:?}: {why}");
    }
    let many: Vec<String> = (0..500).map(|it| format!("x{it}")).collect();
    let trace = written(home.path(), &many.join("\n"));
    let (code, why) = told(&["--trace", &trace]);
    assert_eq!(code, 2);
    assert!(
        why.contains("the trace has 500: take a larger scale"),
        "{why}"
    );
}

#[test]
fn the_shell_measures_the_last_query_as_its_cache_is_set() {
    let home = tempfile::tempdir().unwrap();
    let script = ".cache on builtin --ttl 45s --jitter 10% --protect single-flight\n\
                  select id, total from orders where customer_id = 7 and status = 'paid';\n\
                  .bench --requests 200 --warmup 50 --sides uncached,cached --cache-share 50%\n\
                  .parameter set customer_id 3,4,5,6\n\
                  select id from orders where customer_id = :customer_id limit 3;\n\
                  .bench --requests 100 --sides cached --cache-share 2 --ttl 9s\n\
                  select count(*) from orders;\n.bench\n";
    let output = assert_cmd::Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home.path())
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["-d", "shop@tiny"])
        .write_stdin(script)
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap().replace('\n', " ");
    let told = String::from_utf8(output.stderr).unwrap();
    for part in [
        "keys: each orders.customer_id, each orders.status",
        "TTL 45 s +-10%, single-flight",
        "4 values of :customer_id",
        "TTL 9 s +-10%, single-flight",
    ] {
        assert!(out.contains(part), "{part}: {out}{told}");
    }
    assert!(told.contains("compares no column with a value"), "{told}");
}
