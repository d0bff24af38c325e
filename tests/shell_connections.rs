//! `.conn`, `.mark`, `.back` and `.reset` as a script and as a person at a
//! terminal meet them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// Runs a script on `shop@tiny`: standard output, standard error, exit code.
fn script(home: &Path, options: &[&str], text: &str) -> (String, String, i32) {
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["-d", "shop@tiny"])
        .args(options)
        .write_stdin(text)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap_or(-1),
    )
}

/// How many copies and marks are on the disk.
fn sessions(home: &Path) -> usize {
    fs::read_dir(home.join("cache/sessions")).unwrap().count()
}

#[test]
fn a_conflict_ends_a_script_at_once_and_says_who_and_since_when() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = script(
        home.path(),
        &["-f", "csv"],
        "begin;
         update orders set status = 'shipped' where id = 7;
         .conn b
         select status from orders where id = 7;
         update orders set status = 'paid' where id = 7;",
    );
    assert_eq!((out.as_str(), code), ("status\ncancelled\n", 1));
    insta::assert_snapshot!(err, @r"
    error: line 5: connection a holds the write lock since:
        update orders set status = 'shipped' where id = 7
      There is one write lock. Commit or roll back there, then try again.
    ");
    assert_eq!(sessions(home.path()), 0);
}

#[test]
fn the_list_tells_what_each_connection_holds() {
    let home = tempfile::tempdir().unwrap();
    let (out, _, code) = script(
        home.path(),
        &["-q", "-f", "csv"],
        ".conn b
         begin;
         .conn a
         begin;
         select 1 from orders where id = 1;
         update orders set status = 'paid' where id = 1;
         .conn",
    );
    assert_eq!(code, 0);
    insta::assert_snapshot!(out, @r"
    1
    1
    a   in a transaction   you are here
        holds the write lock since
          update orders set status = 'paid' where id = 1
        reads since
          select 1 from orders where id = 1
    b   in a transaction
        holds no lock yet; began with
          begin
    journal WAL: a transaction sees the data as of its first read; one writes at a
    time, and readers and the writer do not disturb each other.
    ");
}

#[test]
fn a_commit_on_b_drops_what_a_has_cached_and_a_rollback_does_not() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = script(
        home.path(),
        &["-f", "csv", "--cache", "builtin"],
        ".cache on
         .conn b
         .conn a
         select status from orders where id = 7;
         .conn b
         begin;
         update orders set status = 'paid' where id = 7;
         select status from orders where id = 7;
         rollback;
         .conn a
         .cache stats
         select status from orders where id = 7;
         .conn b
         begin;
         update orders set status = 'shipped' where id = 7;
         commit;
         .conn a
         select status from orders where id = 7;
         .cache stats",
    );
    assert_eq!(code, 0, "{err}");
    let statuses: Vec<&str> = out
        .lines()
        .filter(|line| ["cancelled", "paid", "shipped"].contains(line))
        .collect();
    assert_eq!(statuses, ["cancelled", "paid", "cancelled", "shipped"]);
    // Asked three times on a: a miss, a hit after the rollback, a miss after
    // the commit. What was read inside the transaction is not counted.
    assert!(out.contains("1 of 3"), "{out}");
}

#[test]
fn a_temporary_table_of_one_connection_does_not_answer_another_from_the_cache() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = script(
        home.path(),
        &["-f", "csv", "--cache", "builtin"],
        ".cache on
         select count(*) as n from orders;
         .conn b
         create temp table orders as select 1 as id;
         select count(*) as n from orders;
         .conn a
         select count(*) as n from orders;
         create temp table orders as select 1 as id union select 2;
         select count(*) as n from orders;",
    );
    assert_eq!(code, 0, "{err}");
    let counts: Vec<&str> = out.lines().filter(|line| *line != "n").collect();
    assert_eq!(counts, ["200", "1", "200", "2"]);
}

#[test]
fn going_to_a_connection_does_not_fix_what_its_transaction_reads() {
    let home = tempfile::tempdir().unwrap();
    for cache in ["off", "builtin"] {
        let (out, err, code) = script(
            home.path(),
            &["-f", "csv", "--cache", cache],
            ".conn b
             begin;
             .conn a
             .conn b
             .conn a
             update orders set status = 'paid' where id = 7;
             .conn b
             select status from orders where id = 7;",
        );
        assert_eq!((out.as_str(), code), ("status\npaid\n", 0), "{err}");
    }
}

#[test]
fn marks_bring_back_what_an_experiment_cost() {
    let home = tempfile::tempdir().unwrap();
    let (out, err, code) = script(
        home.path(),
        &["-f", "csv", "--cache", "builtin"],
        ".cache on
         create index by_status on orders(status);
         .mark
         drop index by_status;
         delete from reviews where true;
         select count(*) as n from reviews;
         .back
         select count(*) > 0 as n from reviews;
         select count(*) as n from sqlite_schema where name = 'by_status';
         .reset
         select count(*) as n from sqlite_schema where name = 'by_status';
         .back 1
         select count(*) as n from sqlite_schema where name = 'by_status';",
    );
    assert_eq!(code, 0, "{err}");
    let counts: Vec<&str> = out.lines().filter(|line| *line != "n").collect();
    assert_eq!(counts, ["0", "1", "1", "0", "1"]);
    assert_eq!(sessions(home.path()), 0);
}

#[test]
fn wrong_words_are_told() {
    let home = tempfile::tempdir().unwrap();
    for (command, message) in [
        (".conn two words", "write .conn [NAME|close NAME]"),
        (".conn a/b", "is no name"),
        (".conn close b", "there is no connection b; open: a"),
        (".conn -a", "a is the only connection"),
        (".back", "there is no mark yet"),
        (".mark a b c", "write .mark"),
        (".mark drop x", "there is no mark yet"),
        (".reset now", "write .reset [--yes]"),
    ] {
        let (_, err, code) = script(home.path(), &[], command);
        assert!(err.contains(message), "{command}: {err}");
        assert_eq!(code, 2, "{command}");
    }
    let (_, err, code) = script(home.path(), &[], "begin;\n.conn b\n.mark");
    assert!(err.contains("connection a is in a transaction"), "{err}");
    assert_eq!(code, 1);
}

#[cfg(unix)]
mod at_a_terminal {
    use super::*;
    use rexpect::session::{PtySession, spawn_command};
    use std::process;

    fn start(home: &Path) -> PtySession {
        let mut command = process::Command::new(env!("CARGO_BIN_EXE_dbdojo"));
        command
            .args(["-d", "shop@tiny", "--color", "never"])
            .env("DBDOJO_HOME", home)
            .env("TERM", "xterm")
            .env_remove("REDIS_URL")
            .env_remove("DBDOJO_REDIS_URL");
        let mut shell = spawn_command(command, Some(60_000)).unwrap();
        shell.exp_string("shop> ").unwrap();
        shell
    }

    fn say(shell: &mut PtySession, line: &str, answer: &str, prompt: &str) {
        shell.send_line(line).unwrap();
        shell.exp_string(answer).unwrap();
        shell.exp_string(prompt).unwrap();
    }

    #[test]
    fn the_prompt_names_the_connection_and_its_transaction() {
        let home = tempfile::tempdir().unwrap();
        let mut shell = start(home.path());
        say(&mut shell, "begin;", "ok", "shop*> ");
        say(&mut shell, ".conn b", "is open beside a", "shop b> ");
        say(&mut shell, ".conn a", "connection a again", "shop a*> ");
        let update = "update orders set status = 'paid' where id = 7;";
        say(&mut shell, update, "1 row changed", "shop a*> ");
        say(&mut shell, ".conn b", "again", "shop b> ");
        let refused = "holds the write lock since:";
        say(&mut shell, update, refused, "shop b> ");
        say(
            &mut shell,
            ".reset",
            "connection a is in a transaction",
            "shop b> ",
        );
        let closed = "its transaction is rolled back";
        say(&mut shell, ".conn -a", closed, "shop> ");
        say(&mut shell, update, "1 row changed", "shop> ");
        shell.send_line(".quit").unwrap();
        shell.exp_eof().unwrap();
    }

    #[test]
    fn reset_says_what_goes_and_asks() {
        let home = tempfile::tempdir().unwrap();
        let mut shell = start(home.path());
        say(&mut shell, ".reset", "nothing had been changed", "shop> ");
        let index = "create index by_status on orders(status);";
        say(&mut shell, index, "ok", "shop> ");
        shell.send_line(".reset").unwrap();
        let told = shell.exp_string("Go on? [y/N]").unwrap();
        assert!(
            told.contains("index") && told.contains("by_status"),
            "{told}"
        );
        shell.send_line("n").unwrap();
        shell.exp_string("Nothing was thrown away.").unwrap();
        shell.exp_string("shop> ").unwrap();
        say(&mut shell, ".indexes orders", "by_status", "shop> ");
        say(
            &mut shell,
            ".reset --yes",
            "as it was at the start",
            "shop> ",
        );
        say(&mut shell, ".reset", "nothing had been changed", "shop> ");
        shell.send_control('d').unwrap();
        shell.exp_eof().unwrap();
    }
}

/// One call of `trim` that takes hours, and that SQLite does not interrupt.
#[cfg(unix)]
#[test]
fn a_step_that_nothing_stops_ends_with_ctrl_c_pressed_again() {
    use std::io::{BufRead, BufReader};
    use std::process;

    let home = tempfile::tempdir().unwrap();
    let endless = "select trim(hex(zeroblob(4000000)), \
                   replace(hex(zeroblob(500000)), '0', 'a') || '0')";
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_dbdojo"))
        .args(["-d", "shop@tiny", "-c", "select 1", "-c", endless])
        .env("DBDOJO_HOME", home.path())
        .stdout(process::Stdio::null())
        .stderr(process::Stdio::piped())
        .spawn()
        .unwrap();
    // The first statement has told its footer, so the handler is there.
    let mut told = String::new();
    BufReader::new(child.stderr.as_mut().unwrap())
        .read_line(&mut told)
        .unwrap();
    for _ in 0..500 {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(130));
            return;
        }
        let id = child.id().to_string();
        let _ = process::Command::new("kill").args(["-INT", &id]).status();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it goes on after 500 interrupts");
}
