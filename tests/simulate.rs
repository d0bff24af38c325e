//! `simulate`: a workload means the same on both clocks, settings are swept,
//! pictures are drawn, and what contradicts itself is told.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Standard output, standard error and the exit code.
fn dbdojo(home: &Path, args: &[&str], input: &str) -> (String, String, i32) {
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .args(["-q", "-d", "shop@tiny"])
        .args(args)
        .current_dir(home)
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code().unwrap(),
    )
}

fn json(home: &Path, args: &[&str]) -> Value {
    let args = [&["-f", "json"], args].concat();
    let (out, err, code) = dbdojo(home, &args, "");
    assert_eq!(code, 0, "{args:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// One client, one after the other: what an LRU in this process hits on the
/// wall clock is what it hits in virtual time, to the last read.
#[test]
fn a_workload_hits_the_same_on_both_clocks() {
    let home = tempfile::tempdir().unwrap();
    let of = |dist: &str, size: &str| {
        let common = ["--clients", "1", "--warmup", "300", "--requests", "2000"];
        let bench = ["bench", "run", "order-summary", "--sides", "local"];
        let bench = [
            &bench[..],
            &["--dist", dist, "--cache-share", size],
            &common,
        ]
        .concat();
        let measured = json(home.path(), &bench);
        let simulate = ["simulate", "--workload", "order-summary", "--policy", "lru"];
        let simulate = [
            &simulate[..],
            &["--dist", dist, "--capacity", size],
            &common,
        ]
        .concat();
        let played = json(home.path(), &simulate);
        let (real, played) = (&measured["arms"][0], &played["results"][0]);
        assert_eq!(real["requests"], played["reads"], "{dist} {size}");
        assert_eq!(real["hits"], played["hits"], "{dist} {size}");
        assert_eq!(real["database_reads"], played["database_reads"]);
        played["hits"].as_u64().unwrap()
    };
    assert!(of("zipf:0.99", "20%") > of("uniform", "20%"));
    // One after the other: LRU drops each just before it is asked for again.
    assert_eq!(of("sequential", "50%"), 0);
}

const WORKLOAD: &str = "dataset = 'shop'\ntitle = 'orders, read and changed'\n\
    [[read]]\nsql = 'SELECT total FROM orders WHERE customer_id = :id'\nweight = 99\n\
    values = 'SELECT id FROM customers'\ndistribution = 'zipf:0.9'\n\
    [[write]]\nsql = 'UPDATE orders SET total = total + 1 WHERE customer_id = :id'\n\
    values = 'SELECT id FROM customers'\ndistribution = 'zipf:0.9'\n\
    [run]\nrate = 200\nclients = 50\nwarmup = 100\nrequests = 3000\nrounds = 1\n\
    spikes = [{ at = '5s', lasting = '2s', times = 3 }]\n\
    [cache]\nttl = '4s'\njitter = '10%'\ninvalidation = 'none'\nsize = '100%'\n\
    [[simulated.fault]]\nat = '3s'\nkind = 'down'\nlasting = '2s'\n\
    [[simulated.fault]]\nat = '8s'\nkind = 'flushed'\n";

#[test]
fn a_file_is_played_with_its_rates_writes_and_faults() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("mine.toml"), WORKLOAD).unwrap();
    let file = ["simulate", "--workload", "mine.toml", "--db-time", "2ms"];
    let whole = json(home.path(), &file);
    assert_eq!(whole["asked"]["data"], "shop@tiny");
    let it = &whole["results"][0];
    let n = |name: &str| it[name].as_u64().unwrap();
    assert_eq!(n("hits") + n("misses") + n("fallbacks"), n("reads"));
    assert_eq!(n("reads") + n("writes"), 3_000);
    assert!(n("fallbacks") > 50 && n("stale_reads") > 0, "{it}");
    // The same seed, the same course; nothing was measured.
    assert_eq!(json(home.path(), &file), whole);
    let axes = ["--invalidation", "none,versioned", "--ttl", "1s,8s"];
    let swept = json(home.path(), &[&file[..], &axes].concat());
    assert_eq!(swept["axes"], serde_json::json!(["ttl", "invalidation"]));
    let results = swept["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    assert!(results.iter().all(|it| {
        (it["invalidation"] == "versioned") == (it["stale_reads"].as_u64() == Some(0))
    }));
    let (text, _, code) = dbdojo(home.path(), &file, "");
    assert_eq!(code, 0);
    for told in [
        "1.0% writes",
        "1 spike",
        "cache down at 3.00 s",
        "hits over time",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.lines().all(|it| it.chars().count() <= 80), "{text}");
}

#[test]
fn a_workload_plays_its_trace() {
    let home = tempfile::tempdir().unwrap();
    let (head, _) = WORKLOAD.split_once("[[write]]").unwrap();
    let text = format!("{head}[cache]\nsize = '100%'\n[trace]\nfile = 'keys.txt'\n");
    fs::write(home.path().join("mine.toml"), text).unwrap();
    fs::write(home.path().join("keys.txt"), "1\n2\n1\n3\n1\n2\n").unwrap();
    let file = ["simulate", "--workload", "mine.toml", "--clients", "1"];
    let whole = json(home.path(), &file);
    assert_eq!(whole["results"][0]["reads"], 6, "{whole}");
    assert_eq!(whole["results"][0]["hits"], 3, "{whole}");
    let (text, _, _) = dbdojo(home.path(), &file, "");
    assert!(text.contains("as keys.txt has it"), "{text}");
    assert!(text.contains("6 requests after 0"), "{text}");
}

#[test]
fn the_warm_up_counts_for_nothing() {
    let home = tempfile::tempdir().unwrap();
    let args =
        "simulate --ttl 1s --rate 1000 --keys 10 --capacity 100% --db-time 1us --requests 2k";
    let played = json(home.path(), &args.split(' ').collect::<Vec<_>>());
    // Its 1,024 clients ask as fast as they can; the rate's 1 us queries, a
    // millisecond apart, hardly ever meet.
    let most = played["results"][0]["most_queries"].as_u64().unwrap();
    assert!((1..5).contains(&most), "{most}");
}

#[test]
fn pictures_go_to_a_file() {
    let home = tempfile::tempdir().unwrap();
    let few = ["--requests", "3000", "--warmup", "500"];
    for args in [
        &["--workload", "order-summary", "--mrc"][..],
        &[
            "--workload",
            "order-summary",
            "--ttl",
            "1s,5s,60s",
            "--policy",
            "lru,sieve",
        ],
        &["--zipf", "0.7,0.9,1.1", "--keys", "1k"],
        &["--policy", "lru,fifo,sieve", "--keys", "1k"],
    ] {
        let args = [&["simulate"], args, &few, &["-o", "c.svg", "--force"]].concat();
        let (out, err, code) = dbdojo(home.path(), &args, "");
        assert_eq!((out.as_str(), code), ("", 0), "{args:?}: {err}");
        let text = fs::read_to_string(home.path().join("c.svg")).unwrap();
        assert!(roxmltree::Document::parse(&text).is_ok() && !text.contains("NaN"));
    }
}

#[test]
fn contradictions_are_told() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("bad.toml"), "title = 3").unwrap();
    fs::write(home.path().join("t.csv"), "a\nb\n").unwrap();
    for (args, told, code) in [
        (
            &["--workload", "order-sumary"][..],
            "did you mean order-summary?",
            2,
        ),
        (&["--workload", "none.toml"], "could not read none.toml", 3),
        (
            &["--workload", "bad.toml"],
            "the workload bad cannot be read",
            1,
        ),
        (&["--workload", "feed"], "cannot be run on shop@tiny", 1),
        (
            &["--workload", "order-summary", "--keys", "999"],
            "has 50 keys",
            2,
        ),
        (
            &["--workload", "order-summary", "--keys", "0"],
            "at least 1 key",
            2,
        ),
        (
            &["--workload", "order-summary", "--capacity", "51"],
            "more than the 50 keys",
            2,
        ),
        (
            &["--workload", "order-summary", "--policy", "opt"],
            "opt knows the future",
            2,
        ),
        (
            &["--workload", "order-summary", "--trace", "t.csv"],
            "a trace holds its own",
            2,
        ),
        (
            &["--workload", "order-summary", "--bytes"],
            "about objects alone",
            2,
        ),
        (&["--clients", "0"], "--clients is 1 to 1,024", 2),
        (&["--jitter", "10%"], "needs one, such as --ttl", 2),
        (
            &["--protect", "lock", "--beta", "2"],
            "setting of --protect xfetch",
            2,
        ),
        (&["--protect", "mutex"], "mutex", 2),
        (&["--arrivals", "poisson"], "--arrivals needs one --rate", 2),
        (&["--invalidation", "ttl"], "needs a TTL", 2),
        (
            &["--clients", "2", "--requests", "0"],
            "at least 1 request, not 0",
            2,
        ),
        (
            &["--clients", "2", "--requests", "9G"],
            "too many to play",
            2,
        ),
        (&["--writes", "100%"], "below 100%", 2),
        (
            &["--clients", "1", "--keys", "11M"],
            "at most 10,000,000",
            2,
        ),
        (
            &["--scenario", "jitter", "--sliding"],
            "takes no other flags",
            2,
        ),
        (&["--dist", "zipf"], "is no distribution", 2),
        (&["--keys", "10,0"], "at least 1 key, not 0", 2),
    ] {
        let args = [&["simulate"], args].concat();
        let (out, err, got) = dbdojo(home.path(), &args, "");
        assert!(err.contains(told), "{args:?}: {err}");
        assert_eq!((out.as_str(), got), ("", code), "{args:?}: {err}");
    }
}

#[test]
fn a_time_limit_keeps_what_was_played() {
    let home = tempfile::tempdir().unwrap();
    let long = [
        "--timeout",
        "50ms",
        "simulate",
        "--clients",
        "1",
        "--ttl",
        "1s,2s,3s,4s",
    ];
    let args = [&long[..], &["--keys", "50k", "--requests", "1M"]].concat();
    let (out, _, code) = dbdojo(home.path(), &args, "");
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains("of 4 simulations: what follows is partial"),
        "{out}"
    );
}

/// In the shell, the last query's key varies, through the cache as it is set.
#[test]
fn the_last_query_goes_through_the_sessions_cache() {
    let home = tempfile::tempdir().unwrap();
    let few = "--requests 2000 --warmup 200 --db-time 1ms";
    let run = |script: &str| dbdojo(home.path(), &[], script);
    let (_, err, _) = run("select count(*) from orders;\n.simulate\n");
    assert!(err.contains("compares no column with a value"), "{err}");
    let query = "select total from orders where customer_id = 7;\n";
    let changed = "begin;\nupdate orders set total = 1 where id = 1;\n";
    let (_, err, _) = run(&format!("{changed}{query}.simulate\n"));
    assert!(err.contains("COMMIT or ROLLBACK first"), "{err}");
    let (out, err, code) = run(&format!(
        "{query}.simulate {few}\n\
         .cache on builtin --ttl 30s --protect lock\n\
         .simulate {few} --rate 100\n\
         .simulate {few} --capacity 10%,50% --ttl 1s,10s --rate 100\n\
         .simulate --scenario cold-start\n"
    ));
    assert_eq!(code, 0, "{err}");
    for told in [
        "your query, for each orders.customer_id",
        "cache of 4 results",
        "cache for all results, redis-lru, TTL 30 s, lock",
        "holds \\ TTL",
        "hit ratio of the first 2,000 reads",
    ] {
        assert!(out.contains(told), "{told}: {out}{err}");
    }
}
