//! Would a cache help this query: the figures agree with each other, what
//! cannot be answered is refused clearly, and the card says all that is needed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use dbdojo::cache::Server;
use dbdojo::cache::server::Kind;
use dbdojo::lab::simulate::{Trace, TraceFile};
use dbdojo::lab::worth::{
    Best, Costs, Distances, Indexed, Keys, Origin, Parameter, Reads, Spread, Subject, Verdict,
    Worth,
};
use dbdojo::sandbox::Value;
use dbdojo::view::worth_card::{self, Card};
use dbdojo::view::{self, Style, worth_json};
use proptest::prelude::*;

fn micros(n: f64) -> Duration {
    Duration::from_nanos((n * 1e3).round() as u64)
}

/// An answer as it may come out, for these microseconds.
fn worth(costs: [f64; 3], indexed: Option<f64>, rtt: [f64; 2]) -> Worth {
    let [database, get, set] = costs.map(micros);
    let costs = Costs { database, get, set };
    let distances = Distances {
        database: micros(rtt[0]),
        cache: micros(rtt[1]),
    };
    let base = |away: Costs, indexed: Option<Duration>| Best::of(away, indexed, 0.8);
    let away = costs.away(distances.database, distances.cache);
    let indexed = indexed.map(micros);
    Worth {
        subject: Subject {
            sql: "select * from order_items where product_id = :product_id".into(),
            parameters: vec![Parameter {
                name: ":product_id".into(),
                was: Some(Value::Integer(7)),
                column: Some(("order_items".into(), "product_id".into())),
            }],
        },
        keys: Keys {
            tuples: (0..348).map(|it| vec![Value::Integer(it)]).collect(),
            origins: vec![(
                ":product_id".into(),
                Origin::Column {
                    table: "order_items".into(),
                    column: "product_id".into(),
                },
            )],
        },
        keys_read: 348,
        reads: 500,
        most_rows: 20,
        server: Server {
            name: Kind::Redis,
            version: "7.0.15".into(),
            address: "/tmp/cache.sock".into(),
            private: true,
            full: None,
        },
        costs,
        spread: Spread {
            p10: database,
            p90: database,
        },
        verdict: Verdict {
            hit_ratio: 0.8,
            here: base(costs, indexed),
            away: base(away, indexed.map(|it| it + distances.database)),
        },
        indexed: indexed.map(|database| Indexed {
            ddl: vec!["create index order_items_product_id on order_items(product_id)".into()],
            database,
            size_bytes: 528_384,
            insert_slowdown: Some(1.31),
        }),
        distances,
        trace: None,
        seed: 1,
    }
}

fn drawn(worth: &Worth) -> String {
    let mut out = Vec::new();
    view::worth::write(&mut out, &Style::PIPED, worth).unwrap();
    String::from_utf8(out).unwrap()
}

fn learners() -> Worth {
    worth([4660.0, 20.0, 30.0], Some(50.0), [500.0, 500.0])
}

#[test]
fn an_index_beats_the_cache() {
    insta::assert_snapshot!(drawn(&learners()));
}

#[test]
fn a_trace_says_how_reads_are_spread() {
    let trace =
        "time,key,op\n0,a,get\n1,a,get\n2,b,get\n3,a,get\n70,a,get\n71,b,set\n72,b,get\n73,b,get\n";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(trace.as_bytes()).unwrap();
    let mut trace = Trace::open(&TraceFile::of(file.path().to_owned())).unwrap();
    let reads = Reads::of(&mut trace).unwrap();
    let mut slow = worth([314_000.0, 14.2, 12.8], None, [0.0, 2000.0]);
    slow.verdict.hit_ratio = reads.hit_ratio;
    slow.trace = Some(reads);
    insta::assert_snapshot!(drawn(&slow));
}

/// The numbers of a line, without the units between them.
fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace()
        .filter_map(|word| word.trim_end_matches('%').replace(',', "").parse().ok())
        .collect()
}

fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let found = text.lines().find(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no line starts with {start:?}:\n{text}"))
}

/// Equal but for the rounding of what was printed to three digits.
fn same(printed: f64, expected: f64) -> bool {
    (printed - expected).abs() <= 0.0051 * expected
}

/// A time as it is measured: three digits, 1 us to 10 s.
fn time() -> impl Strategy<Value = f64> {
    (100_u32..1000, -2_i32..5)
        .prop_map(|(digits, exponent)| f64::from(digits) * 10_f64.powi(exponent))
}

proptest! {
    #[test]
    fn what_is_printed_follows_from_what_is_printed_above_it(
        database in time(), get in time(), set in time(), indexed in proptest::option::of(time()),
        rtt in (0_u32..1000, 0_u32..1000),
    ) {
        let rtt = [f64::from(rtt.0), f64::from(rtt.1)];
        let text = drawn(&worth([database, get, set], indexed, rtt));
        for line in text.lines() {
            prop_assert!(line.chars().count() <= 80, "{line}");
        }
        let model = line(&text, "database ");
        let per_unit = if model.contains(" ms ") { 1e3 } else { 1.0 };
        let [d, r, w, ..] = numbers(model)[..] else { panic!("{model}") };
        let mean = |d: f64, r: f64, w: f64, h: f64| r + (1.0 - h) * (d + w);

        let ratios = numbers(line(&text, "hit ratio"));
        let means = numbers(line(&text, "average"));
        prop_assert_eq!(&ratios, &[50.0, 80.0, 95.0]);
        for (h, printed) in ratios.iter().zip(means) {
            prop_assert!(same(printed, mean(d, r, w, h / 100.0)), "{h}: {text}");
        }
        for ttl in [10.0, 60.0, 600.0] {
            let gaps = numbers(line(&text, &format!("  with a TTL of {ttl} s")));
            for (h, gap) in ratios.iter().zip(&gaps[1..]) {
                let rate = 1.0 / gap;
                prop_assert!((rate * ttl / (1.0 + rate * ttl) - h / 100.0).abs() < 0.005, "{text}");
            }
        }
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let even = words.split(" for queries of ").nth(1).unwrap();
        prop_assert!(same(numbers(even)[0], (r + 0.2 * w) / 0.8), "{text}");
        match words.split("the cache pays from ").nth(1) {
            Some(rest) => {
                let from = (r + w) / (d + w) * 100.0;
                prop_assert!((numbers(rest)[0] - from).abs() < 0.051, "{text}");
            }
            None => prop_assert!(r >= d, "{text}"),
        }
        let here = numbers(line(&text, "here"));
        prop_assert!(same(here[0], d) && same(here[1], mean(d, r, w, 0.8)), "{text}");
        let away = text.lines().skip_while(|line| !line.starts_with("here")).nth(1).unwrap();
        let figures = numbers(away.split("(computed)").nth(1).unwrap());
        let [to_db, to_cache] = rtt.map(|it| it / per_unit);
        let far = |d: f64| mean(d + to_db, r + to_cache, w + to_cache, 0.8);
        prop_assert!(same(figures[0], d + to_db) && same(figures[1], far(d)), "{text}");
        if indexed.is_some() {
            let i = here[2];
            prop_assert!(same(here[3], mean(i, r, w, 0.8)), "{text}");
            prop_assert!(same(figures[2], i + to_db) && same(figures[3], far(i)), "{text}");
        }
    }
}

#[test]
fn programs_get_the_contract() {
    let json = worth_json(&learners());
    let model = &json["model"];
    assert_eq!(
        [
            &model["db_us"],
            &model["cache_read_us"],
            &model["cache_write_us"]
        ],
        [4660.0, 20.0, 30.0]
    );
    assert_eq!(model["break_even_db_us"], 32.5);
    assert_eq!(json["at"][1]["hit_ratio"], 0.8);
    assert_eq!(json["at"][1]["mean_us"], 958.0);
    assert_eq!(json["indexed"]["db_us"], 50.0);
    let remote = &json["remote"];
    assert_eq!(
        [
            &remote["rtt_db_us"],
            &remote["rtt_cache_us"],
            &remote["indexed_us"]
        ],
        [500.0, 500.0, 550.0]
    );
    assert_eq!(remote["indexed_cached_us"], 736.0);
    assert_eq!(json["verdict"], view::worth::verdict(&learners()));
    assert!(worth_json(&worth([3.0, 14.0, 12.0], None, [0.0, 0.0]))["indexed"].is_null());
}

fn card(redacted: bool) -> String {
    let mut out = Vec::new();
    let card = Card {
        worth: &learners(),
        data: "shop@small",
        command: "dbdojo -d shop@small worth 'select 1'",
        sqlite: "3.50.0",
        machine: "2 processors, linux x86_64",
        redacted,
    };
    worth_card::write(&mut out, &card).unwrap();
    String::from_utf8(out)
        .unwrap()
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_card_holds_what_a_reviewer_asks_for() {
    insta::assert_snapshot!(card(false));
}

#[test]
fn a_redacted_card_names_nothing() {
    let card = card(true);
    for name in [
        "order_items",
        "product_id",
        "select",
        "shop",
        "dbdojo -d",
        "cache.sock",
    ] {
        assert!(!card.contains(name), "{name}: {card}");
    }
    assert!(card.contains("4.66"), "{card}");
}

struct Ran {
    out: String,
    err: String,
    code: i32,
}

fn run(home: &Path, args: &[&str]) -> Ran {
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .current_dir(home)
        .args(["-d", "shop@tiny", "--cache", "builtin"])
        .args(args)
        .output()
        .unwrap();
    Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

const QUERY: &str = "select count(*) from orders where customer_id = 7";

#[test]
fn what_is_measured_obeys_the_cost_model() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(
        home.path(),
        &["worth", QUERY, "-f", "json", "--rtt-db", "2ms"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        json["sql"],
        "select count(*) from orders where customer_id = :customer_id"
    );
    assert_eq!(
        json["keys"]["parameters"][0]["from"]["sampled"]["column"],
        "customer_id"
    );
    assert!(json["keys"]["read"].as_u64().unwrap() > 1);
    assert_eq!(json["server"]["name"], "builtin");
    let of = |name: &str| json["model"][name].as_f64().unwrap();
    let (d, r, w) = (of("db_us"), of("cache_read_us"), of("cache_write_us"));
    assert!(d > 0.0 && r > 0.0 && w > 0.0);
    for at in json["at"].as_array().unwrap() {
        let h = at["hit_ratio"].as_f64().unwrap();
        let mean = at["mean_us"].as_f64().unwrap();
        assert!((mean - (r + (1.0 - h) * (d + w))).abs() < 0.002, "{at}");
    }
    // Only the database is away.
    let remote = &json["remote"];
    assert_eq!(
        (&remote["rtt_db_us"], &remote["rtt_cache_us"]),
        (&2000.0.into(), &0.0.into())
    );
    assert!((remote["db_us"].as_f64().unwrap() - d - 2000.0).abs() < 0.002);
}

#[test]
fn keys_are_given_and_said() {
    let home = tempfile::tempdir().unwrap();
    let select = "customer_id=SELECT id FROM customers WHERE id < 9";
    let ran = run(home.path(), &["worth", QUERY, "--param", select]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .contains("8: :customer_id from SELECT id FROM customers"),
        "{}",
        ran.out
    );
    let query = "select * from orders where customer_id = :who";
    let ran = run(home.path(), &["worth", query, "--param", "who=3,4,5"]);
    assert!(ran.out.contains("3: :who is "), "{}", ran.out);
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let trace = home.path().join("trace.csv");
    fs::write(&trace, "time,key\n1,a\nsoon,b\n").unwrap();
    let trace = trace.to_str().unwrap();
    for (args, told, code) in [
        (
            &["select count(*) from orders"][..],
            "a workload of one key",
            1,
        ),
        (
            &["select * from orders where id = :id", "--param", "id=4"],
            ":id is always 4",
            1,
        ),
        (
            &["update orders set total = 1 where id = 4"],
            "Not cached: only reads are",
            1,
        ),
        (
            &["select random() from orders where id = 4"],
            "random() can answer differently",
            1,
        ),
        (
            &["pragma table_info(orders)"],
            "a PRAGMA tells of this connection",
            1,
        ),
        (&["select 1"], "Not cached:", 1),
        (
            &["select nam from customers where id = 4"],
            "did you mean name?",
            1,
        ),
        (&["select 1; select 2"], "one statement at a time", 2),
        (&[""], "there is no statement", 2),
        (
            &["select * from orders where id = 4", "--param", "ide=1,2"],
            "did you mean id?",
            2,
        ),
        (
            &["select * from orders where id + 1 = ?"],
            "which values does ?1 take?",
            2,
        ),
        (
            &[QUERY, "--trace", "none.csv"],
            "the trace none.csv: No such file",
            3,
        ),
        (
            &[QUERY, "--trace", trace],
            "the time \"soon\" is no number",
            1,
        ),
        (
            &[QUERY, "--rtt-db", "5min"],
            "a round trip is a minute at most",
            2,
        ),
        (
            &[QUERY, "--cache", "redis://127.0.0.1:1"],
            "could not reach the cache server",
            3,
        ),
    ] {
        let mut all = vec!["worth"];
        all.extend(args);
        if args.contains(&"--cache") {
            let ran = Command::cargo_bin("dbdojo")
                .unwrap()
                .env("DBDOJO_HOME", home.path())
                .args(["-d", "shop@tiny"])
                .args(&all)
                .output()
                .unwrap();
            assert_eq!(ran.status.code(), Some(code));
            assert!(String::from_utf8_lossy(&ran.stderr).contains(told));
            continue;
        }
        let ran = run(home.path(), &all);
        assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{args:?}: {}",
            ran.err
        );
    }
}

#[test]
fn a_card_is_written_once_and_its_command_runs() {
    let home = tempfile::tempdir().unwrap();
    let args = ["worth", QUERY, "--share", "card.md"];
    let ran = run(home.path(), &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let card = fs::read_to_string(home.path().join("card.md")).unwrap();
    assert!(
        card.contains(&format!(
            "dbdojo -d shop@tiny --cache builtin worth '{QUERY}'"
        )),
        "{card}"
    );
    let again = run(home.path(), &args);
    assert!(
        again.err.contains("--force writes over it"),
        "{}",
        again.err
    );
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert_eq!(
        run(home.path(), &[&args[..], &["--force", "--redact"]].concat()).code,
        0
    );
    let redacted = fs::read_to_string(home.path().join("card.md")).unwrap();
    assert!(!redacted.contains("customer_id"), "{redacted}");
}

#[test]
fn the_shell_weighs_the_last_query_and_shares_it() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(home.path(), &["-c", ".share card.md"]);
    assert!(
        ran.err.contains("there is nothing to share yet"),
        "{}",
        ran.err
    );
    let ran = run(home.path(), &["-c", ".worth"]);
    assert!(
        ran.err.contains("there is no query to weigh yet"),
        "{}",
        ran.err
    );
    let before = "select count(*) from sqlite_schema";
    let ran = run(
        home.path(),
        &[
            "-c",
            QUERY,
            "-c",
            ".worth --rtt-cache 1ms",
            "-c",
            ".share card.md",
            "-c",
            before,
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("\naway (computed)  "), "{}", ran.out);
    assert!(home.path().join("card.md").exists());
    let ran = run(home.path(), &["-c", "begin", "-c", QUERY, "-c", ".worth"]);
    assert!(ran.err.contains("a transaction is open"), "{}", ran.err);
}
