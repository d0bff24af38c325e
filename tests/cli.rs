//! The command line as a script sees it: data on standard output, the rest on
//! standard error, documented exit codes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

fn dbdojo(home: &Path) -> Command {
    let mut command = Command::cargo_bin("dbdojo").unwrap();
    command
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .env_remove("NO_COLOR");
    command
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs on `shop@tiny` and returns (standard output, standard error, code).
fn tiny(home: &Path, args: &[&str], stdin: &str) -> (String, String, i32) {
    let output = dbdojo(home)
        .args(["-d", "shop@tiny"])
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    told(&output)
}

fn told(output: &Output) -> (String, String, i32) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
        output.status.code().unwrap_or(-1),
    )
}

#[test]
fn a_result_is_data_and_the_footer_is_not() {
    let home = home();
    let (out, err, code) = tiny(
        home.path(),
        &["-f", "csv", "-c", "SELECT 1 AS a, NULL AS b"],
        "",
    );
    assert_eq!((out.as_str(), code), ("a,b\n1,\n", 0));
    assert_eq!(err, "");
    let (out, err, _) = tiny(home.path(), &["-c", "SELECT 1 AS a"], "");
    assert!(out.contains('1') && !out.contains("row"), "{out}");
    assert!(err.contains("1 row"), "{err}");
    let (_, err, _) = tiny(home.path(), &["-q", "-c", "SELECT 1 AS a"], "");
    assert_eq!(err, "");
}

#[test]
fn every_row_is_printed_and_json_is_whole() {
    let home = home();
    let sql = "SELECT id FROM orders ORDER BY id";
    let (out, _, code) = tiny(home.path(), &["-f", "json", "-c", sql], "");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((rows.len(), code), (200, 0));
    let (out, _, _) = tiny(home.path(), &["-f", "json", "-c", "SELECT 1 WHERE 0"], "");
    assert_eq!(out.trim(), "[]");
}

#[test]
fn an_error_shows_its_place_and_ends_with_1() {
    let home = home();
    let (out, err, code) = tiny(home.path(), &["-c", "select nam from customers"], "");
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.starts_with("error: no such column: nam"), "{err}");
    assert!(err.contains("^^^ did you mean name?"), "{err}");
}

#[test]
fn a_script_stops_at_its_first_error_and_names_the_line() {
    let home = home();
    let script = "select 1 as a;\n\nselec 2;\nselect 3;\n";
    let (out, err, code) = tiny(home.path(), &["-f", "csv"], script);
    assert_eq!((out.as_str(), code), ("a\n1\n", 1));
    assert!(err.contains("line 3"), "{err}");
}

#[test]
fn a_script_may_use_dot_commands() {
    let home = home();
    let script = "create table mine(a);\ninsert into mine values (1), (2);\n.mode csv\nselect count(*) as n from mine;\n.reset\n.tables mine\n";
    let (out, err, code) = tiny(home.path(), &["-q"], script);
    assert!(out.contains("n\n2\n"), "{out}");
    assert_eq!(code, 2, "after .reset there is no such table: {err}");
    assert!(err.contains("no table mine"), "{err}");
}

#[test]
fn what_does_not_exist_is_named_with_the_nearest() {
    let home = home();
    for (args, word, near) in [
        (&["-d", "shopp", "-c", "select 1"][..], "shopp", "shop"),
        (&["-d", "shop@smal", "-c", "select 1"], "smal", "small"),
        (&["-f", "jsn", "-c", "select 1"], "jsn", "json"),
        (&["data", "remove", "shop@tiny", "shopp"], "shopp", "shop"),
        (&["data", "remove", "shop@tine"], "tine", "tiny"),
        (
            &["learn", "index-frst", "--answer", "-"],
            "index-frst",
            "index-first",
        ),
        (&["simulate", "--policy", "lruu"], "lruu", "lru"),
        (&["explan", "select 1"], "explan", "explain"),
    ] {
        let output = dbdojo(home.path())
            .args(args)
            .write_stdin("")
            .output()
            .unwrap();
        let (_, err, code) = told(&output);
        assert_eq!(code, 2, "{args:?}: {err}");
        assert!(err.contains(word) && err.contains(near), "{args:?}: {err}");
    }
}

#[test]
fn what_cannot_be_reached_ends_with_3() {
    let home = home();
    let text = home.path().join("notes.txt");
    fs::write(&text, "only words").unwrap();
    let folder = home.path().to_str().unwrap().to_owned();
    let text = text.to_str().unwrap().to_owned();
    for args in [
        &["--db", "missing.db", "-c", "select 1"][..],
        &["--db", &folder, "-c", "select 1"],
        &["--db", &text, "-c", "select 1"],
        &[
            "-d",
            "shop@tiny",
            "--cache",
            "redis://127.0.0.1:1",
            "-c",
            "select 1",
        ],
        &[
            "-d",
            "shop@tiny",
            "learn",
            "index-first/index-their-orders",
            "--answer",
            "missing.sql",
        ],
    ] {
        let output = dbdojo(home.path()).args(args).output().unwrap();
        let (out, err, code) = told(&output);
        assert_eq!((out.as_str(), code), ("", 3), "{args:?}: {err}");
        assert_eq!(err.lines().count(), 1, "one sentence: {err}");
    }
}

#[test]
fn a_file_of_ones_own_is_never_modified() {
    let home = home();
    let file = home.path().join("own.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
        .unwrap();
    let before = fs::read(&file).unwrap();
    let output = dbdojo(home.path())
        .args(["-q", "-f", "csv", "--db"])
        .arg(&file)
        .args(["-c", "delete from t", "-c", "select count(*) as n from t"])
        .output()
        .unwrap();
    assert_eq!(told(&output).0, "n\n0\n");
    assert_eq!(fs::read(&file).unwrap(), before);
    let leftovers = fs::read_dir(home.path().join("cache/sessions"))
        .unwrap()
        .count();
    assert_eq!(leftovers, 0, "the copy went with the session");
}

#[test]
fn the_time_limit_ends_with_4() {
    let home = home();
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let (_, err, code) = tiny(home.path(), &["--timeout", "50ms", "-c", endless], "");
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("time limit of 50"), "{err}");
}

#[test]
fn invalid_utf_8_in_a_script_is_an_error() {
    let home = home();
    let output = dbdojo(home.path())
        .args(["-d", "shop@tiny"])
        .write_stdin(&b"select 1;\nselect '\xff';\n"[..])
        .output()
        .unwrap();
    let (_, err, code) = told(&output);
    assert_eq!(code, 1);
    assert!(err.contains("line 2"), "{err}");
}

#[test]
fn options_are_accepted_on_both_sides_of_a_subcommand() {
    let home = home();
    let before = dbdojo(home.path())
        .args([
            "-d",
            "shop@tiny",
            "-f",
            "json",
            "explain",
            "select * from orders",
        ])
        .output()
        .unwrap();
    let after = dbdojo(home.path())
        .args([
            "explain",
            "select * from orders",
            "-f",
            "json",
            "-d",
            "shop@tiny",
        ])
        .output()
        .unwrap();
    assert_eq!(before.status.code(), Some(0));
    assert_eq!(told(&before).0, told(&after).0);
}

#[test]
fn no_ansi_when_piped() {
    let home = home();
    for args in [
        &["-c", "select null as n, 1 as a"][..],
        &["explain", "--run", "select * from orders where total > 100"],
        &["--help"],
        &["data", "list"],
        &["lesson", "list"],
    ] {
        let (out, err, _) = tiny(home.path(), args, "");
        assert!(!out.contains('\x1b') && !err.contains('\x1b'), "{args:?}");
    }
}

#[test]
fn the_man_page_and_the_completions_know_every_subcommand() {
    let home = home();
    let (man, _, _) = tiny(home.path(), &["man"], "");
    let (bash, _, _) = tiny(home.path(), &["completions", "bash"], "");
    for name in [
        "learn", "explain", "bench", "simulate", "data", "lesson", "cache",
    ] {
        assert!(man.to_lowercase().contains(name), "man page without {name}");
        assert!(bash.contains(name), "completions without {name}");
    }
}

#[test]
fn what_a_command_did_is_no_data() {
    let home = home();
    let script = "create table mine(a);\n.reset\n.cache on builtin\n.cache off\n\
                  select 1 as a;\n";
    let (out, err, code) = tiny(home.path(), &["-f", "csv"], script);
    assert_eq!((out.as_str(), err.as_str(), code), ("a\n1\n", "", 0));
    let (_, err, _) = tiny(home.path(), &[], script);
    for told in [
        "as it was at the start",
        "built-in server",
        "cache-aside off",
    ] {
        assert!(err.contains(told), "{told}: {err}");
    }
}

#[test]
fn a_dot_command_that_fails_is_told_with_its_line() {
    let home = home();
    let (_, err, code) = tiny(home.path(), &["-f", "csv"], "select 1;\n\n.tabels\n");
    assert_eq!(code, 2);
    assert!(
        err.starts_with("error: line 3: there is no command"),
        "{err}"
    );
}

#[test]
fn a_note_goes_to_standard_error_and_only_where_people_read() {
    let home = home();
    let sql = "SELECT id FROM orders LIMIT 2";
    let (out, err, code) = tiny(home.path(), &["-c", sql], "");
    assert_eq!(code, 0);
    assert!(!out.contains("note"), "{out}");
    assert!(
        err.contains("note  Which 2 rows? Nothing orders them.")
            && err.contains(".why limit-without-order"),
        "{err}"
    );
    for quiet in [&["-q"][..], &["-f", "csv"], &["-f", "json"]] {
        let (_, err, _) = tiny(home.path(), &[quiet, &["-c", sql]].concat(), "");
        assert_eq!(err, "", "{quiet:?}");
    }
    // Nobody is there to be asked.
    let (_, err, code) = tiny(home.path(), &["-c", "DELETE FROM reviews"], "");
    assert_eq!(code, 0);
    assert!(
        err.contains("No WHERE: every row of reviews was deleted."),
        "{err}"
    );
}

#[test]
fn sql_may_start_with_a_comment() {
    let home = home();
    let sql = "-- the first\nselect 1 as a";
    let (out, err, code) = tiny(home.path(), &["-f", "csv", "-c", sql], "");
    assert_eq!((out.as_str(), code), ("a\n1\n", 0), "{err}");
}

#[test]
fn results_in_markdown_stay_apart() {
    let home = home();
    let sql = "create table t(x); select 1 as a; select 2 as b";
    let (out, _, _) = tiny(home.path(), &["-f", "markdown", "-c", sql], "");
    assert_eq!(out, "| a |\n| --- |\n| 1 |\n\n| b |\n| --- |\n| 2 |\n");
    let (out, _, _) = tiny(home.path(), &["-f", "line", "-c", sql], "");
    assert_eq!(out, "a: 1\n\nb: 2\n");
}

#[test]
fn a_subcommand_shows_its_own_options_first() {
    let home = home();
    let (help, _, _) = tiny(home.path(), &["simulate", "-h"], "");
    let own = help.find("--policy").unwrap();
    let shared = help.find("Options of every command").unwrap();
    assert!(
        own < shared && shared < help.find("--data").unwrap(),
        "{help}"
    );
}

/// Runs until it has printed `word` on standard output, then raises `signal`.
#[cfg(unix)]
fn signalled(home: &Path, args: &[&str], word: &str, signal: &str) -> std::process::ExitStatus {
    use std::io::{BufRead, BufReader};
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-q", "-f", "csv", "-d", "shop@tiny"])
        .args(args)
        .env("DBDOJO_HOME", home)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == word));
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args([signal, &pid])
        .status();
    assert!(sent.unwrap().success());
    // Read on: a full pipe would keep it from noticing.
    lines.for_each(drop);
    child.wait().unwrap()
}

/// Prints numbers for ever, so that its output shows that it runs.
#[cfg(unix)]
const ENDLESS: &str =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130() {
    let home = home();
    let status = signalled(home.path(), &["-c", ENDLESS], "1", "-INT");
    assert_eq!(status.code(), Some(130));
}

#[cfg(unix)]
#[test]
fn what_a_killed_session_left_is_swept_by_the_next() {
    let home = home();
    let sessions = home.path().join("cache/sessions");
    signalled(
        home.path(),
        &["-c", "create table t(a)", "-c", ENDLESS],
        "1",
        "-KILL",
    );
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 1);
    tiny(home.path(), &["-c", "select 1"], "");
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
}

#[test]
fn why_explains_a_note() {
    let home = home();
    let (out, _, code) = tiny(home.path(), &[], ".why\n.why BARE-column\n");
    assert_eq!(code, 0);
    assert!(
        out.contains("  cartesian-join          Nothing joins"),
        "{out}"
    );
    assert!(out.contains("The way out"), "{out}");
    let (_, err, code) = tiny(home.path(), &[], ".why bare-colum\n");
    assert_eq!(code, 2);
    assert!(
        err.contains("there is no note bare-colum; did you mean bare-column?"),
        "{err}"
    );
}

#[test]
fn parameters_get_typed_values_or_a_clear_error() {
    let home = home();
    let typed = "select typeof(:a), typeof(@b), typeof($c), typeof(:d), ?5";
    let values = ["a=42", "b='42'", "c=null", "d=x'00'", "5=1.5"];
    let mut args = vec!["-f", "csv", "-c", typed];
    for value in values {
        args.extend(["--param", value]);
    }
    let (out, _, code) = tiny(home.path(), &args, "");
    assert_eq!(code, 0);
    assert!(out.ends_with("integer,text,null,blob,1.5\n"), "{out}");

    let sql = "select * from orders where id = :id";
    let (_, err, code) = tiny(home.path(), &["explain", sql, "--param", "idd=5"], "");
    assert_eq!(code, 2);
    let told = "error: nothing in the statement is called idd: did you mean id?\n";
    assert_eq!(err, told);
    let plan = ["explain", sql, "--param", "id=5", "-f", "jsonl"];
    let (out, err, code) = tiny(home.path(), &plan, "");
    assert_eq!((out.lines().count(), code), (1, 0), "{err}");

    let (_, err, code) = tiny(home.path(), &["-c", "select :id, ?"], "");
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "error: there is no value for :id, ?2: --param id=42 gives one, .param set id 42 in the shell\n"
    );
    let script = ".param set id 3\n.param set name \"'x'\"\n.parameter list\n\
                  select :id + 1 as n;\n.explain --run select * from orders where id = :id\n\
                  .param clear\nselect :id;\n";
    let (out, err, code) = tiny(home.path(), &["-q", "-f", "line"], script);
    assert_eq!(code, 2, "{err}");
    assert!(out.starts_with("id    3\nname  'x'\n"), "{out}");
    assert!(out.contains("n: 4") || out.contains("n = 4"), "{out}");
    assert!(!out.contains("samples"), "{out}");

    let sampled = "select * from orders where customer_id = ? and created_at > :since limit @n";
    let (out, _, code) = tiny(home.path(), &["explain", "--run", sampled], "");
    assert_eq!(code, 0);
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        out.contains("Run with samples from your data: ?1 = "),
        "{out}"
    );
    assert!(out.contains("a typical orders.customer_id"), "{out}");
    assert!(out.contains("With the most common values instead"), "{out}");
    let (_, err, code) = tiny(home.path(), &["explain", "--run", "select ?"], "");
    assert_eq!((code, err.contains("no value for ?1")), (2, true), "{err}");
}

#[test]
fn a_plan_is_printed_only_as_what_it_can_be() {
    let home = home();
    for format in ["csv", "markdown", "line"] {
        let (out, err, code) = tiny(home.path(), &["explain", "-f", format, "select 1"], "");
        assert_eq!((out.as_str(), code), ("", 2));
        assert!(err.contains(format) && err.contains("json"), "{err}");
    }
}

#[test]
fn a_statement_that_does_not_end_shows_how_far_it_came() {
    let home = home();
    let endless = "select count(*) from orders a, orders b, orders c, orders d, orders e";
    let args = ["explain", "--run", "--timeout", "100ms", endless];
    let (out, err, code) = tiny(home.path(), &args, "");
    assert_eq!(code, 4);
    assert!(err.contains("stopped at the time limit of 100 ms"), "{err}");
    assert!(out.contains("It did not end:"), "{out}");
    assert!(out.contains("visited") == cfg!(scanstatus), "{out}");
    assert!(!out.contains("was read"), "{out}");
}

#[test]
fn the_plan_in_a_line_follows_each_query_when_it_is_wanted() {
    let home = home();
    let script = ".auto explain on\nselect * from payments where method = 'none';\n\
                  create table t(a);\n.auto explain off\nselect 1;\n.auto on\n";
    let (_, err, code) = tiny(home.path(), &[], script);
    assert_eq!(code, 2);
    let lines: Vec<&str> = err.lines().filter(|it| it.starts_with("plan ")).collect();
    assert_eq!(lines.len(), 1, "{err}");
    assert!(lines[0].starts_with("plan  scan payments"), "{err}");
    assert!(err.contains("write .auto explain on|off"), "{err}");
    let config = home.path().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "auto-explain = true\n").unwrap();
    let (_, err, _) = tiny(home.path(), &["-c", "select 1"], "");
    assert!(err.contains("plan  one row without a table"), "{err}");
}
