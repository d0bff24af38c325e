//! A whole session at a terminal: lines, keys, history, pager, files.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod terminal;

use std::fs;
use std::process::Command;

use terminal::{PROMPT, home_with, kill, leave, press, spawn, start, start_with};

/// Only Ctrl-C ends it.
const ENDLESS: &str = "with n as (select 1 i union all select i from n) select max(i) from n;";

#[test]
fn later_lines_have_a_mark_below_the_prompt() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(&mut shell, "select 40 + 2\r");
    shell.exp_string(" ...> ").unwrap();
    press(&mut shell, "as n\r");
    shell.exp_string("\n ...> as n").unwrap();
    // Home stops behind the mark, backspace there joins the lines.
    press(&mut shell, ", 1 as o;\x01\x7f\r");
    shell.exp_string("42").unwrap();
    shell.exp_string("1 row").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // It comes back with its marks, and the mark is in no text.
    press(&mut shell, "select length('a\rb') as long;\r");
    shell.exp_string("3").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Once through the lines of the last, then to the one before.
    press(&mut shell, "\x1b[A\x1b[A\x1b[A");
    shell.exp_string("\n ...> as n").unwrap();
    press(&mut shell, "\x05\r");
    shell.exp_string("42").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
    let history = fs::read_to_string(home.path().join("state/history")).unwrap_or_default();
    assert!(!history.contains("...>"), "{history}");
}

#[test]
fn ctrl_r_finds_what_was_typed() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    for statement in ["select 111 + 1 as first;", "select 2 as second;"] {
        shell.send_line(statement).unwrap();
        shell.exp_string("1 row").unwrap();
        shell.exp_string(PROMPT).unwrap();
    }
    press(&mut shell, "\x12first");
    shell.exp_string("(reverse-i-search)`first'").unwrap();
    press(&mut shell, "\r");
    shell.exp_string("112").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn the_keys_are_those_of_the_settings() {
    let home = home_with("editor = \"vi\"\n");
    let mut shell = start(home.path());
    // Escape, to the start, take one character away.
    press(&mut shell, "xselect 40 + 3;\x1b");
    press(&mut shell, "0x\r");
    shell.exp_string("43").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".set editor emacs").unwrap();
    shell.exp_string(PROMPT).unwrap();
    press(&mut shell, "elect 40 + 4;\x01s\r");
    shell.exp_string("44").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn a_statement_is_remembered_before_it_runs() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line(ENDLESS).unwrap();
    shell.exp_string("running 1.").unwrap();
    kill(home.path());
    let mut shell = start(home.path());
    press(&mut shell, "\x1b[A");
    shell.exp_string("select max(i) from n").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn a_long_query_tells_rows_and_time_and_the_line_goes() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell
        .send_line("with n(i) as (select 1 union all select i + 1 from n) select i from n;")
        .unwrap();
    let line = shell
        .exp_regex("running [0-9.]+ s, [0-9,]+ rows")
        .unwrap()
        .1;
    assert!(!line.contains(", 0 rows"), "{line}");
    shell.send_control('c').unwrap();
    // Erased before anything else is drawn.
    shell.exp_string("\r\u{1b}[K").unwrap();
    shell.exp_string("interrupted").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    let home = home_with("rows = \"all\"\n");
    let paged = home.path().join("paged");
    let pager = format!("tee {}", paged.display());
    let mut shell = start_with(home.path(), &["--color", "never"], &[("PAGER", &pager)]).0;
    shell.send_line("select id from orders limit 3;").unwrap();
    shell.exp_string("3 rows").unwrap();
    shell.exp_string(PROMPT).unwrap();
    assert!(!paged.exists(), "a short result needs no pager");
    shell.send_line("select id from orders;").unwrap();
    shell.exp_string("200 rows").unwrap();
    shell.exp_string(PROMPT).unwrap();
    assert!(fs::read_to_string(&paged).unwrap().lines().count() > 200);
    fs::remove_file(&paged).unwrap();
    shell.send_line(".set pager off").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("select id from orders;").unwrap();
    shell.exp_string("200 rows").unwrap();
    shell.exp_string(PROMPT).unwrap();
    assert!(!paged.exists());
    // Without a pager, and with a broken one, everything is shown all the same.
    for (command, told) in [
        ("no-such-pager -x", "could not start the pager"),
        ("false", "the pager false failed"),
    ] {
        shell.send_line(&format!(".set pager {command}")).unwrap();
        shell.exp_string(PROMPT).unwrap();
        shell
            .send_line("select id + 9000 as n from orders;")
            .unwrap();
        shell.exp_string("9001").unwrap();
        shell.exp_string("9200").unwrap();
        shell.exp_string("200 rows").unwrap();
        shell.exp_string(told).unwrap();
        shell.exp_string(PROMPT).unwrap();
    }
    leave(shell);
}

#[test]
fn leaving_the_pager_ends_the_query_and_not_the_shell() {
    let home = home_with("rows = \"all\"\npager = \"true\"\n");
    let mut shell = start(home.path());
    shell
        .send_line("with n(i) as (select 1 union all select i + 1 from n) select i from n;")
        .unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("select 40 + 1;").unwrap();
    shell.exp_string("41").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn output_in_a_pipe_is_never_paged() {
    let home = home_with("rows = \"all\"\npager = \"false\"\n");
    let output = Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny", "-c", "select id from orders"])
        .env("DBDOJO_HOME", home.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).lines().count() > 200);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("pager"));
}

#[test]
fn what_is_too_wide_turns_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    let columns: Vec<String> = (0..20).map(|i| format!("'some text' as c{i}")).collect();
    shell
        .send_line(&format!("select {};", columns.join(",")))
        .unwrap();
    shell.exp_string("c19").unwrap();
    shell.exp_string("1 row").unwrap();
    shell.exp_string("one value a line").unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}

#[test]
fn a_file_takes_the_rows_and_the_screen_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line(".once rows.txt").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("select id from orders;").unwrap();
    shell.exp_string("200 rows").unwrap();
    shell.exp_string("Wrote ").unwrap();
    shell.exp_string(PROMPT).unwrap();
    let text = fs::read_to_string(home.path().join("rows.txt")).unwrap();
    assert_eq!(text.lines().count(), 204, "all rows, whole: {text}");
    fs::write(
        home.path().join("a.sql"),
        "delete from reviews;\nselect 40 + 3;\n",
    )
    .unwrap();
    // A script is not asked, and only its results are told.
    shell.send_line(".read a.sql").unwrap();
    let before = shell.exp_string("43").unwrap();
    assert!(
        !before.contains("changed") && !before.contains("[y/N]"),
        "{before}"
    );
    shell.exp_string("Read a.sql: 2 statements.").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Other data: what was changed is asked about.
    shell.send_line(".open library@tiny").unwrap();
    shell.exp_string("[y/N]").unwrap();
    shell.send_line("n").unwrap();
    shell.exp_string("Still here").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".open library@tiny").unwrap();
    shell.exp_string("[y/N]").unwrap();
    shell.send_line("y").unwrap();
    shell.exp_string("On library@tiny now").unwrap();
    shell.exp_string("library> ").unwrap();
    // The mark is as wide as the prompt.
    press(&mut shell, "select 1\r");
    shell.exp_string("\n    ...> ").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("library> ").unwrap();
    leave(shell);
}

#[test]
fn another_scale_asks_before_it_leaves_something_behind() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell
        .send_line("update orders set total = 1 where id = 3;")
        .unwrap();
    shell.exp_string("1 row changed").unwrap();
    shell.exp_string(PROMPT).unwrap();
    for (answer, told) in [("n", "Still here"), ("y", "On shop@small now.")] {
        shell.send_line(".scale small").unwrap();
        shell
            .exp_string("Left behind: what you changed in the rows of orders.")
            .unwrap();
        shell.exp_string("[y/N]").unwrap();
        shell.send_line(answer).unwrap();
        shell.exp_string(told).unwrap();
        shell.exp_string(PROMPT).unwrap();
        if answer == "n" {
            shell
                .send_line("select total + 41 as n from orders where id = 3;")
                .unwrap();
            shell.exp_string("42").unwrap();
            shell.exp_string(PROMPT).unwrap();
        }
    }
    leave(shell);
}

#[test]
fn the_terminal_is_not_asked_anything_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["-d", "shop@tiny"])
        .env("DBDOJO_HOME", home.path())
        .env("TERM", "xterm");
    let mut shell = spawn(command);
    let arrival = shell.exp_string("shop>").unwrap();
    // Where is the cursor, what are you, which colours: some never answer.
    for question in ["\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b]10;?", "\x1b]11;?"] {
        assert!(!arrival.contains(question), "{arrival:?}");
    }
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn keywords_are_coloured_as_they_are_typed() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["-d", "shop@tiny", "--color", "always"])
        .env("DBDOJO_HOME", home.path())
        .env("TERM", "xterm");
    let mut shell = spawn(command);
    shell.exp_string("shop>").unwrap();
    press(&mut shell, "select 'a' ");
    shell
        .exp_string("\x1b[1;34mselect\x1b[0m \x1b[32m'a'\x1b[0m")
        .unwrap();
    press(&mut shell, "from x\r");
    shell.exp_string("\x1b[2m ...> \x1b[0m").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("shop>").unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn several_statements_pasted_at_once_are_answered_one_by_one() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(
        &mut shell,
        "\x1b[200~select 40 + 1;\n-- a remark; with a semicolon\nselect '4' || '2;'\n  as b;\n.rows\nselect 44;\x1b[201~\r",
    );
    for answer in ["41", "42;", "40", "44"] {
        shell.exp_string(answer).unwrap();
    }
    shell.exp_string("1 row").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // What was pasted comes back as one, with marks.
    press(&mut shell, "\x1b[A");
    shell.exp_string("\n ...> -- a remark").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string(PROMPT).unwrap();
    leave(shell);
}
