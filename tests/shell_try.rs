//! `.try` as a person at a terminal meets it, and as a script does.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod terminal;

use std::path::Path;
use std::process::Command;

use terminal::{PROMPT, PtySession};

const QUERY: &str = "select count(total) from orders where status = 'paid';";
const TRY: &str = ".try create index by_status on orders(status)";

/// The shell after the query.
fn start(home: &Path) -> PtySession {
    let mut shell = terminal::start(home);
    shell.send_line(QUERY).unwrap();
    shell.exp_string("1 row").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell
}

/// Tries the index, guesses, and answers `keep it?`.
fn answer(shell: &mut PtySession, keep: &str) {
    shell.send_line(TRY).unwrap();
    shell.exp_string("(enter to skip): ").unwrap();
    shell.send_line("10").unwrap();
    shell.exp_string("you said 10x").unwrap();
    shell.exp_string("keep it? [y/N] ").unwrap();
    shell.send_line(keep).unwrap();
}

#[test]
fn kept_only_when_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    answer(&mut shell, "");
    shell.exp_string("by_status is dropped").unwrap();
    shell.exp_string(PROMPT).unwrap();
    answer(&mut shell, "y");
    shell.exp_string("ok").unwrap();
    shell.exp_string(PROMPT).unwrap();
    // Now it is there, and the same once more is refused.
    shell.send_line(TRY).unwrap();
    shell.exp_string("index by_status already exists").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".explain").unwrap();
    shell.exp_string("by index by_status").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn ctrl_c_at_a_question_drops_it() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line(TRY).unwrap();
    shell.exp_string("(enter to skip): ").unwrap();
    shell.send_line("").unwrap();
    shell.exp_string("keep it? [y/N] ").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("by_status is dropped").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn ctrl_c_stops_the_measuring_and_keeps_the_session() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    shell.send_line("create table mine(a);").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell
        .send_line(".try create index i on mine(a) -- with n as (select 1 i union all select i from n) select max(i) from n")
        .unwrap();
    shell.exp_string("(enter to skip): ").unwrap();
    shell.send_line("").unwrap();
    shell.exp_string("\n").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string("interrupted").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell
        .send_line("select count(*) + 41 as left from mine;")
        .unwrap();
    shell.exp_string("41").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn explain_offers_it_and_without_an_argument_it_takes_the_proposal() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    let query = "select * from order_items where product_id = 7;";
    shell.send_line(query).unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".explain").unwrap();
    shell
        .exp_string("try   create index order_items_product_id")
        .unwrap();
    shell
        .exp_string(".try measures it before you decide")
        .unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".try").unwrap();
    shell
        .exp_string("create index order_items_product_id")
        .unwrap();
    shell.exp_string("(enter to skip): ").unwrap();
    shell.send_control('c').unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".quit").unwrap();
    shell.exp_eof().unwrap();
}

/// Standard output, standard error and exit code of a script.
fn script(home: &Path, statements: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["-d", "shop@tiny", "--color", "never"])
        .env("DBDOJO_HOME", home);
    for statement in statements {
        command.args(["-c", statement]);
    }
    let output = command.output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap_or(-1),
    )
}

#[test]
fn a_script_is_never_asked() {
    let home = tempfile::tempdir().unwrap();
    let (out, _, code) = script(home.path(), &[QUERY, TRY, ".indexes orders"]);
    assert!(!out.contains("keep it?"), "{out}");
    assert!(
        out.contains("by_status is dropped; the data is as it was."),
        "{out}"
    );
    assert_eq!((code, out.matches("by_status(").count()), (0, 0), "{out}");
    let keep = TRY.replace(".try", ".try --keep");
    let (out, _, code) = script(home.path(), &[QUERY, &keep, ".schema"]);
    assert!(!out.contains("dropped"), "{out}");
    assert!(out.contains("CREATE INDEX by_status"), "{out}");
    assert_eq!(code, 0);
}

#[test]
fn mistakes_are_told_before_anything_is_done() {
    let home = tempfile::tempdir().unwrap();
    let said = |statements: &[&str]| script(home.path(), statements);
    let (_, err, code) = said(&[TRY]);
    assert!(err.contains("no query to weigh it on yet"), "{err}");
    assert_eq!(code, 2);
    let (_, err, code) =
        said(&[".try create index i on orders(status) -- select nam from customers"]);
    assert!(err.contains("^^^ did you mean name?"), "{err}");
    assert_eq!(code, 1);
    let (_, err, _) = said(&[QUERY, ".try create index i on orders(statu)"]);
    assert!(err.contains("statu"), "{err}");
    let (_, err, _) = said(&["begin", QUERY, TRY]);
    assert!(err.contains("a transaction is open"), "{err}");
    let (out, _, code) = said(&[QUERY, ".try create unique index i on orders(status)"]);
    assert!(out.contains("orders.status is not unique: '"), "{out}");
    assert_eq!(code, 0);
}

#[test]
fn two_statements_are_set_beside_each_other() {
    let home = tempfile::tempdir().unwrap();
    let (out, _, code) = script(
        home.path(),
        &[QUERY, ".compare select count(total) from orders"],
    );
    assert!(out.contains("answers             not the same"), "{out}");
    assert_eq!(code, 0);
    let (_, err, code) = script(home.path(), &[QUERY, ".compare select nam from customers"]);
    assert!(err.contains("^^^ did you mean name?"), "{err}");
    assert_eq!(code, 1);
    let (_, err, code) = script(home.path(), &[".compare select 1"]);
    assert!(err.contains("no query to compare it with yet"), "{err}");
    assert_eq!(code, 2);
}
