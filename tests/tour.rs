//! The tour as a newcomer meets it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE_MS: Option<u64> = Some(60_000);

fn dbdojo(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbdojo"));
    command
        .args(["--color", "never"])
        .args(args)
        .env("DBDOJO_HOME", home)
        .env("TERM", "xterm")
        // It is played on the built-in server: no other is asked.
        .env("REDIS_URL", "redis://127.0.0.1:1")
        .env_remove("DBDOJO_REDIS_URL");
    command
}

/// A person who counts what they press.
struct Person {
    terminal: PtySession,
    presses: usize,
    seen: String,
}

impl Person {
    fn at(home: &Path, args: &[&str]) -> Person {
        Person {
            terminal: spawn_command(dbdojo(home, args), PATIENCE_MS).unwrap(),
            presses: 0,
            seen: String::new(),
        }
    }

    /// Waits until the screen shows `text`.
    fn reads(&mut self, text: &str) {
        let before = self.terminal.exp_string(text).unwrap();
        self.seen += &before;
        self.seen += text;
    }

    fn types(&mut self, text: &str) {
        self.presses += text.len() + 1;
        self.terminal.send_line(text).unwrap();
    }

    fn leaves(mut self) -> String {
        self.seen += &self.terminal.exp_eof().unwrap();
        self.seen
    }
}

#[test]
fn the_tour_is_played_to_its_end_in_eight_key_presses() {
    let home = tempfile::tempdir().unwrap();
    let mut person = Person::at(home.path(), &["tour"]);
    person.reads("your guess (Enter skips, q leaves): ");
    person.types("9");
    person.reads("You said 9.");
    for next in [
        "the index",
        "a cache instead",
        "the cache against the index",
        "a stale read",
        "what you did",
    ] {
        person.reads(&format!("Enter goes on to {next}, q leaves: "));
        person.types("");
    }
    person.reads("opens one, Enter leaves: ");
    person.types("");
    assert_eq!(person.presses, 8);
    let seen = person.leaves();
    for part in [
        "0,000 rows read to keep 3; you said 9",
        "HIT",
        "(not Redis)",
        "pending (HIT): stale",
        "dbdojo learn select-columns",
    ] {
        assert!(seen.contains(part), "no {part}: {seen}");
    }

    // Who has played it is not sent there again.
    let mut shell = Person::at(home.path(), &["-d", "shop@tiny"]);
    shell.reads("learn  .learn ");
    shell.reads("shop> ");
    shell.types("exit");
    shell.leaves();
}

#[test]
fn wrong_answers_are_taken_kindly_and_q_leaves_in_the_middle() {
    let home = tempfile::tempdir().unwrap();
    let mut person = Person::at(home.path(), &["tour"]);
    person.reads("your guess");
    person.types("quite a lot");
    person.reads("A number is enough, such as 40.");
    person.reads("your guess");
    person.types("all of them");
    person.reads("You said 20,000, and so it is");
    person.reads("q leaves: ");
    person.types("select 1;");
    person.reads("the tour types for you");
    person.reads("q leaves: ");
    person.types("Q");
    person.reads("You left the tour after step 2 of 7");
    person.leaves();

    let mut again = Person::at(home.path(), &["tour"]);
    again.reads("your guess");
    again.terminal.send_control('c').unwrap();
    again.reads("You left the tour after step 1 of 7");
    again.leaves();

    // It was not played to its end.
    let mut shell = Person::at(home.path(), &["-d", "shop@tiny"]);
    shell.reads("learn  .tour ");
    shell.reads("shop> ");
    shell.types("exit");
    shell.leaves();
}

fn goes_on_to_the_doors(person: &mut Person) {
    person.reads("your guess");
    person.types("");
    for _ in 0..5 {
        person.reads("Enter goes on");
        person.types("");
    }
    person.reads("opens one");
}

#[test]
fn a_door_leads_into_its_first_lesson() {
    let home = tempfile::tempdir().unwrap();
    let mut person = Person::at(home.path(), &["tour"]);
    goes_on_to_the_doors(&mut person);
    person.types("9");
    person.reads("There is no such door.");
    person.reads("Enter leaves: ");
    person.types("dbdojo learn select-columns");
    person.reads("1 of ");
    person.reads("Type your answer as SQL.");
    person.types("exit");
    person.leaves();
}

#[test]
fn in_the_shell_it_leaves_data_cache_and_lesson_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    let mut person = Person::at(home.path(), &["-d", "shop@tiny"]);
    person.reads("shop> ");
    person.types(".learn index-first");
    person.reads("1 of 3");
    person.reads("shop> ");
    person.types(".cache on builtin");
    person.reads("delete on write");
    person.reads("shop> ");
    person.types("create table mine(a);");
    person.reads("shop> ");
    person.types("select count(*) + 41 as n from mine;");
    person.reads("MISS");
    person.reads("shop> ");
    person.types(".tour");
    goes_on_to_the_doors(&mut person);
    assert!(!person.seen.contains("dbdojo learn"), "{}", person.seen);
    person.types("");
    person.reads("shop> ");
    person.types("select count(*) + 41 as n from mine;");
    person.reads("41");
    person.reads("HIT");
    person.reads("shop> ");
    person.types(".indexes");
    person.reads("No indexes");
    person.reads("shop> ");
    person.types(".task");
    person.reads("1 of 3");
    person.reads("shop> ");
    person.types(".tour now");
    person.reads("error: write .tour");
    person.reads("shop> ");
    person.types("exit");
    person.leaves();
}

/// What the tour prints where nobody can press a key.
fn printed(args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let run = dbdojo(home.path(), args).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn each_step_fits_a_screen() {
    let text = printed(&["tour"]);
    let steps: Vec<&str> = text.split("tour ▸ ").skip(1).collect();
    assert_eq!(steps.len(), 7);
    for step in steps {
        // Two more for the empty line and the question below it.
        let lines = step.trim_end().lines().count() + 2;
        assert!(lines <= 24, "{lines} lines: {step}");
        for line in step.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    let plain = printed(&["tour", "--plain", "--ascii"]);
    assert!(plain.is_ascii(), "{plain}");
    for step in plain.split("tour > ").skip(1) {
        assert!(step.trim_end().lines().count() <= 26, "{step}");
    }
}

/// Where nobody answers, it plays through without a question. Times, and what
/// follows from them, differ from run to run.
#[cfg(scanstatus)]
#[test]
fn without_a_terminal_it_plays_through() {
    let text = printed(&["tour"]);
    let first_two = text.split("tour ▸ the index").next().unwrap();
    let stale = text.split("tour ▸ a stale read").nth(1).unwrap();
    let stale = stale.split("tour ▸ ").next().unwrap();
    insta::with_settings!({filters => vec![
        // Where its lines break depends on its figures.
        (r"\S+ \w+: nobody feels that[^$]*?nothing else\.", "[what it means for a server]"),
        (r"\d[\d,.]* (ms|ns|s)\b", "[time]"),
        (r"[█▉▊▋▌▍▎▏]+ +\d+%", "[share]"),
    ]}, {
        insta::assert_snapshot!(first_two);
        insta::assert_snapshot!(stale);
    });
}

#[test]
fn it_has_its_own_data_and_is_for_people() {
    let home = tempfile::tempdir().unwrap();
    for (args, says) in [
        (
            &["tour", "-d", "library"][..],
            "the tour is played on shop@small",
        ),
        (
            &["tour", "--db", "mine.db"],
            "the tour is played on shop@small",
        ),
        (&["tour", "-f", "json"], "the tour is for people"),
    ] {
        let run = dbdojo(home.path(), args).output().unwrap();
        assert_eq!(run.status.code(), Some(2), "{args:?}");
        let error = String::from_utf8(run.stderr).unwrap();
        assert!(error.contains(says), "{error}");
    }
}
