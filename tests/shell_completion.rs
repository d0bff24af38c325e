//! Tab, settings and the window of rows, as a person at a terminal meets them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod terminal;

use std::fs;
use std::path::Path;
use std::process::Command;

use terminal::{PROMPT, PtySession, home_with, press, start_with};

fn start(home: &Path) -> PtySession {
    start_with(home, &["--color", "never", "--quiet"], &[]).0
}

#[test]
fn tab_completes_the_table_and_the_columns_of_its_alias() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    // `order` is what orders and order_items share; two Tabs list both.
    press(&mut shell, "select * from ord\t");
    shell.exp_string("order").unwrap();
    press(&mut shell, "\t\t");
    shell.exp_string("order_items").unwrap();
    // A column of the alias o, with the FROM behind the cursor: the answer
    // proves what the line had become.
    press(&mut shell, "\x15");
    press(&mut shell, "select 'made ' || max(o.) as m from orders o;");
    press(&mut shell, &"\x1b[D".repeat(") as m from orders o;".len()));
    press(&mut shell, "crea\t\r");
    shell.exp_string("made 20").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn tab_is_silent_inside_a_string() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(&mut shell, "select 'custom\t' || '!' as m;\r");
    shell.exp_string(" custom! ").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_dot_command_and_its_argument_are_completed() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(&mut shell, ".mo\t mark\t\r");
    shell.exp_string(".mode markdown").unwrap();
    press(&mut shell, "select 7 as seven;\r");
    shell.exp_string("| seven |").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn completion_can_be_switched_off_for_good() {
    let home = home_with("# mine\nrows = 3\n");
    let mut shell = start(home.path());
    press(&mut shell, ".set completion off --save\r");
    shell.exp_string("Saved in ").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
    let kept = fs::read_to_string(home.path().join("config/config.toml")).unwrap();
    assert_eq!(kept, "# mine\nrows = 3\ncompletion = false\n");

    let mut shell = start(home.path());
    // Were it completed, there would be such a table.
    press(&mut shell, "select count(*) from custo\t;\r");
    shell.exp_string("no such table: custo\r").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn the_window_of_rows_is_as_wide_as_it_is_set() {
    let home = home_with("rows = 3\n");
    let mut shell = terminal::start(home.path());
    let sql = "select value from json_each('[1,2,3,4,5]');";
    shell.send_line(sql).unwrap();
    shell.exp_string("5 rows (3 shown)").unwrap();
    shell.exp_string(".rows all").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".rows all").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(sql).unwrap();
    shell.exp_string("5 rows,").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".rows many").unwrap();
    shell
        .exp_string("rows is a number from 1 or all, not many")
        .unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line(".set tmier off").unwrap();
    shell.exp_string("did you mean timer?").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

#[test]
fn a_mistake_in_the_settings_is_told_and_passed_over() {
    let home = home_with("timer = false\nedtor = \"vi\"\n");
    let ran = Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny", "-f", "csv", "-c", "select 1 as one"])
        .env("DBDOJO_HOME", home.path())
        .output()
        .unwrap();
    assert!(ran.status.success());
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), "one\n1\n");
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(
        told.contains("config.toml, line 2: there is no setting edtor; did you mean editor?"),
        "{told}"
    );
}

#[test]
fn a_word_of_several_is_completed_and_explained() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = start(home.path());
    press(&mut shell, ".what page f\t\r");
    shell.exp_string("4,096 bytes").unwrap();
    shell.exp_string(PROMPT).unwrap();
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}
