//! What nobody types, but files hold: an error or an answer, never a crash,
//! and not more memory than the input asks for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// Runs `stdin` as a script on an empty database of its own.
fn run(home: &Path, args: &[&str], stdin: impl Into<Vec<u8>>) -> (String, String, i32) {
    let db = home.join("empty.db");
    rusqlite::Connection::open(&db)
        .unwrap()
        .execute_batch("create table if not exists t(a)")
        .unwrap();
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .arg("--db")
        .arg(db)
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    told(&output)
}

/// Standard output, standard error, and the exit code, which a crash has not.
fn told(output: &Output) -> (String, String, i32) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    let code = output.status.code();
    (out, err, code.expect("it ended by itself"))
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = run(home.path(), &[], b"select 1;\nselect '\xff\xfe';\n");
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.contains("line 2 of the script is not UTF-8"), "{err}");
    for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\x80\0\x80"] {
        let (_, err, code) = run(home.path(), &[], bytes);
        assert_eq!(code, 1, "{bytes:?}");
        assert!(err.contains("not UTF-8"), "{err}");
    }
}

#[test]
fn a_nul_byte_is_an_error_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    for script in [
        "select 1\0;",
        "\0",
        "select '\0';",
        "-- \0\nselect 1;",
        ".mode c\0sv",
        ".what \0",
    ] {
        let (_, err, code) = run(home.path(), &[], script);
        assert!(
            code == 0 || !err.is_empty() && (1..=2).contains(&code),
            "{script:?}: {code} {err}"
        );
    }
}

#[test]
fn ten_thousand_statements_are_answered() {
    let home = tempfile::tempdir().unwrap();
    let inserts = "insert into t values (1);\n".repeat(9_999);
    let script = format!("begin;{inserts}commit; select count(*) as n from t;");
    let (out, err, code) = run(home.path(), &["-q", "-f", "csv"], script);
    assert_eq!((out.as_str(), code), ("n\n9999\n", 0), "{err}");
    // Half of them after one that fails are not run.
    let script = "select 1 as x;".repeat(5_000) + "selec;" + &"select 2;".repeat(5_000);
    let (out, err, code) = run(home.path(), &["-q", "-f", "csv"], script);
    assert_eq!((out.matches('1').count(), code), (5_000, 1), "{err}");
    assert!(!out.contains('2'));
}

#[test]
fn a_million_columns_are_an_error() {
    let home = tempfile::tempdir().unwrap();
    let ones = "1,".repeat(999_999) + "1";
    for script in [
        format!("select {ones};"),
        format!("values ({ones});"),
        format!("create table wide({});", "c,".repeat(999_999) + "c"),
        format!("insert into t({}) values (1);", "a,".repeat(999_999) + "a"),
    ] {
        let (_, err, code) = run(home.path(), &["-q"], script);
        assert_eq!(code, 1);
        assert!(err.len() < 2_000, "{}", &err[..2_000]);
        assert!(err.starts_with("error: "), "{err}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    for (open, close) in [
        ("(", ")"),
        ("select (", ")"),
        ("select * from (", ")"),
        ("not ", ""),
        ("case when 1 then ", " end"),
        ("-", ""),
    ] {
        let sql = format!("select {}1{};", open.repeat(20_000), close.repeat(20_000));
        let (_, err, code) = run(home.path(), &["-q"], sql);
        assert!(code == 1 || open == "-", "{open}: {code} {err}");
        assert!(err.len() < 2_000, "{open}: {}", &err[..2_000]);
    }
}

#[test]
fn dot_commands_take_anything() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    for command in [
        ".",
        "..",
        ". tables",
        ".\u{202e}",
        ".tables '",
        ".schema \"",
        ".what",
        ".why ;",
        ".rows -1",
        ".rows 99999999999999999999",
        ".mode",
        ".set rows 0",
        ".set plain maybe",
        ".cache on --ttl",
        ".cache on --ttl 1e999s",
        ".try",
        ".try create",
        ".try create index i on nothing(a)",
        ".compare --",
        ".explain",
        ".explain ;",
        ".explain --run",
        ".bench --requests x",
        ".learn no/such",
        ".help help help",
    ] {
        for command in [command.to_owned(), format!("{command} {long}")] {
            let (_, err, code) = run(home.path(), &[], command.as_str());
            let shown = &command[..command.len().min(40)];
            assert!((0..=3).contains(&code), "{shown}: {code}");
            assert!(code == 0 || err.starts_with("error: "), "{shown}: {err}");
        }
    }
}

/// The lines of `/proc/self/status` of the process are gone when it ends, so a
/// limit of memory is what tells: above it, the program would be killed.
#[cfg(target_os = "linux")]
#[test]
fn a_line_of_100_mb_is_answered_in_bounded_memory() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    const MB: usize = 1_000_000;
    let home = tempfile::tempdir().unwrap();
    let db = home.path().join("empty.db");
    std::fs::write(&db, "").unwrap();
    for (start, end, expected) in [
        ("select 1; -- ", "", Some("1\n1\n")),
        ("select length('", "') as n;", None),
        ("selec ", ";", None),
    ] {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "ulimit -v 1000000; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_dbdojo"))
            .args(["-q", "-f", "csv", "--db"])
            .arg(&db)
            .env("DBDOJO_HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let megabyte = vec![b'x'; MB];
        stdin.write_all(start.as_bytes()).unwrap();
        for _ in 0..100 {
            stdin.write_all(&megabyte).unwrap();
        }
        stdin.write_all(end.as_bytes()).unwrap();
        drop(stdin);
        let (out, err, code) = told(&child.wait_with_output().unwrap());
        match expected {
            Some(expected) => assert_eq!((out.as_str(), code), (expected, 0), "{err:.500}"),
            None => {
                assert_eq!(code, 1, "{start}");
                assert!(err.len() < 2_000, "{err:.500}");
            }
        }
    }
}
