//! The shell as a person at a terminal meets it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod terminal;

use std::process::Command;

use terminal::{PROMPT, kill, press, spawn, start, start_with};

#[test]
fn a_statement_over_three_lines_is_one_and_comes_back_whole() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("select count(*) as n").unwrap();
    shell.send_line("from orders").unwrap();
    shell.send_line("where id > 0;").unwrap();
    shell.exp_string("200").unwrap();
    shell.exp_string("1 row").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Up brings all three lines back, Enter runs them again.
    press(&mut shell, "\x1b[A");
    shell.exp_string("where id > 0;").unwrap();
    press(&mut shell, "\r");
    shell.exp_string("200").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn enter_without_a_semicolon_says_what_the_shell_waits_for() {
    let home = tempfile::tempdir().unwrap();
    let (mut shell, _) = start_with(home.path(), &["--color", "always"], &[]);
    shell.send_line("select 40 + 1").unwrap();
    shell.exp_string("; ends the statement").unwrap();
    shell.send_line(";").unwrap();
    shell.exp_string("41").unwrap();
    shell.exp_string("shop>").unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn each_answer_is_shown_before_the_next_statement_runs() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    let endless = "with n as (select 1 i union all select i from n) select max(i) from n;";
    press(
        &mut shell,
        &format!("\x1b[200~select 40 + 1;\n{endless}\x1b[201~\r"),
    );
    shell.exp_string("41").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("interrupted").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn everything_pasted_is_answered_also_after_a_mistake() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(
        &mut shell,
        "\x1b[200~select 40 + 1;\nselect nope;\nselect 42 + 1;\x1b[201~\r",
    );
    shell.exp_string("41").unwrap();
    shell.exp_string("error: no such column: nope").unwrap();
    shell.exp_string("43").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn ctrl_c_brings_the_prompt_back_and_keeps_the_session() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("create table mine(a);").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Short enough for one line of the screen: its echo is one piece.
    shell
        .send_line("with n as (select 1 i union all select i from n) select max(i) from n;")
        .unwrap();
    // The echo ends before the statement starts; Ctrl-C may come at any time after.
    shell.exp_string("max(i) from n;").unwrap();
    shell.exp_string("\n").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("interrupted").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell
        .send_line("select count(*) + 41 as left from mine;")
        .unwrap();
    shell.exp_string("41").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_typed_error_shows_a_caret_and_the_shell_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("select nam from customers;").unwrap();
    shell.exp_string("error: no such column: nam").unwrap();
    shell.exp_string("^^^ did you mean name?").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".tabels").unwrap();
    shell.exp_string("did you mean .tables?").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("help").unwrap();
    shell.exp_string(".explain").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn the_prompt_tells_of_an_open_transaction_and_reset_waits_for_its_end() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("begin;").unwrap();
    shell.exp_string("shop*> ").unwrap();
    shell.send_line(".reset").unwrap();
    shell.exp_string("COMMIT or ROLLBACK first").unwrap();
    shell.exp_string("shop*> ").unwrap();
    shell.send_line("rollback;").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn history_is_there_next_time() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("select 12345 + 1 as sum;").unwrap();
    shell.exp_string("12346").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Killed, not asked: history must be in the file already.
    kill(home.path());
    let mut shell = start(home.path());
    press(&mut shell, "\x1b[A");
    shell.exp_string("12345 + 1").unwrap();
    press(&mut shell, "\r");
    shell.exp_string("12346").unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn the_first_screen_names_the_cache_that_is_on() {
    let home = tempfile::tempdir().unwrap();
    let (mut shell, screen) = start_with(
        home.path(),
        &["--color", "never", "--cache", "builtin"],
        &[],
    );
    assert!(screen.contains("cache  on "), "{screen}");
    assert!(screen.contains("(not Redis)"), "{screen}");
    assert!(!screen.contains("starts one"), "{screen}");
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_write_to_a_whole_table_is_asked_about() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("delete from orders;").unwrap();
    shell
        .exp_string("This deletes all 200 rows of orders. Go on? [y/N]")
        .unwrap();
    shell.send_line("n").unwrap();
    shell.exp_string("Nothing was changed.").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("update orders set total = 1;").unwrap();
    shell.exp_string("This changes all 200 rows").unwrap();
    shell.send_line("y").unwrap();
    shell.exp_string("200 rows changed").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // No rows, nothing to ask; and Ctrl-C is no.
    shell.send_line("delete from reviews where true;").unwrap();
    shell.exp_string("changed").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("delete from reviews;").unwrap();
    shell.exp_string("0 rows changed").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("delete from orders;").unwrap();
    shell.exp_string("[y/N]").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("Nothing was changed.").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_lesson_named_on_the_command_line_is_the_first_thing_seen() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["learn", "index-first", "--color", "never"])
        .env("DBDOJO_HOME", home.path())
        .env("TERM", "xterm");
    let mut shell = spawn(command);
    let arrival = shell.exp_string(PROMPT).unwrap();
    assert!(arrival.contains("Someone logs in"), "{arrival}");
    assert!(arrival.contains("1 of 3"), "{arrival}");
    assert!(!arrival.contains("your own copy"), "{arrival}");
    shell.send_line(".hint").unwrap();
    shell.exp_string("1 more hint").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // The right rows in no order, then in the order that was asked for.
    shell
        .send_line("select id,status,created_at from orders where customer_id=41;")
        .unwrap();
    shell.exp_string("right rows, wrong order").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell
        .send_line("select id,status,created_at from orders where customer_id=41 order by 3 desc;")
        .unwrap();
    shell.exp_string("passed").unwrap();
    shell.exp_string("index-their-orders").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".learn").unwrap();
    shell.exp_string("2 of 3").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_control('d').unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_dumb_terminal_is_told_and_not_drawn_to() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["-d", "shop@tiny"])
        .env("DBDOJO_HOME", home.path())
        .env("TERM", "dumb")
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL");
    let mut shell = spawn(command);
    let mut seen = shell.exp_string(PROMPT).unwrap();
    assert!(seen.contains(".what WORD explains a word"), "{seen}");
    shell.send_line("select 1 as a, null as b;").unwrap();
    seen += &shell.exp_string("b: NULL").unwrap();
    shell.send_line("exit").unwrap();
    seen += &shell.exp_eof().unwrap();
    assert!(seen.contains("a: 1"), "{seen}");
    assert!(!seen.contains('\x1b') && seen.is_ascii(), "{seen}");
}
