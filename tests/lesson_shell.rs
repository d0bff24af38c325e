//! Lessons as a person at a terminal plays them, wrong answers included.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

mod terminal;

use terminal::{PtySession, dbdojo, leave, press, spawn};

/// The lessons of one exercise a kind.
const KINDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course");

/// The shell at a lesson or an exercise, with the data of the other tests.
fn play(home: &Path, lesson: &[&str]) -> PtySession {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons/cache");
    fs::create_dir_all(&shared).unwrap();
    if !home.join("cache").exists() {
        std::os::unix::fs::symlink(shared, home.join("cache")).unwrap();
    }
    let learn = [&["--color", "never", "learn"], lesson].concat();
    spawn(dbdojo(home, &learn, &[]))
}

/// The shell at an exercise of the lessons of each kind.
fn play_kind(home: &Path, exercise: &str) -> PtySession {
    play(home, &[exercise, "--course", KINDS])
}

/// Types a line, waits for this and returns the screen until there.
fn enter(shell: &mut PtySession, line: &str, answer: &str) -> String {
    shell.send_line(line).unwrap();
    shell.exp_string(answer).unwrap()
}

/// The next prompt.
fn prompt(shell: &mut PtySession) -> String {
    shell.exp_string("shop> ").unwrap()
}

#[test]
fn a_beginner_answers_wrong_and_then_right() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play(home.path(), &["select-columns"]);
    shell.exp_string("a page of authors").unwrap();
    shell.exp_string("Type your answer as SQL").unwrap();
    enter(&mut shell, "select nam from authors;", "did you mean name?");
    enter(&mut shell, "select name from authors;", "not yet");
    shell.exp_string("the task asks for 2 columns").unwrap();
    enter(&mut shell, ".hint", "(1 more hint)");
    let backwards = "select name as author, born_in - 2000 as age from authors;";
    enter(&mut shell, backwards, "subtraction is the wrong way round");
    let right = "select name as author, 2000 - born_in as age from authors;";
    enter(&mut shell, right, "passed");
    shell.exp_string("next ").unwrap();
    enter(&mut shell, ".progress", "begun   asking for columns");
    enter(&mut shell, ".learn", "a line of text");
    shell.exp_string("library> ").unwrap();
    leave(shell);
}

#[test]
fn an_index_is_weighed_and_the_bounds_are_shown() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play(home.path(), &["index-composite/both-conditions"]);
    prompt(&mut shell);
    let ask =
        "select id, created_at from orders where customer_id = 3054 and status = 'cancelled';";
    enter(&mut shell, ask, "almost");
    shell.exp_string("was read from end to end").unwrap();
    prompt(&mut shell);
    enter(
        &mut shell,
        "create index c on orders(customer_id);",
        "almost",
    );
    shell
        .exp_string("370 rows were visited, and 21 will do")
        .unwrap();
    prompt(&mut shell);
    enter(
        &mut shell,
        "create index cs on orders(customer_id, status);",
        "passed",
    );
    let figures = shell.exp_string("why").unwrap();
    assert!(
        figures.contains("rows visited      21   at most 21"),
        "{figures}"
    );
    // What the answer made goes unasked, and what comes after is not graded.
    prompt(&mut shell);
    enter(&mut shell, ".learn", "one index for two pages");
    prompt(&mut shell);
    leave(shell);
}

#[test]
fn settings_of_a_cache_are_played() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play(home.path(), &["cache-ttl/choose-a-ttl"]);
    shell.exp_string("Type .cache on and its settings").unwrap();
    enter(&mut shell, ".cache on --ttll 2s", "did you mean --ttl?");
    let long = ".cache on --ttl 60s --invalidation ttl";
    enter(&mut shell, long, "The hits are there, and so is the age");
    enter(&mut shell, "select 1;", "1 row");
    enter(
        &mut shell,
        ".cache on --ttl 2s --invalidation ttl",
        "passed",
    );
    let figures = shell.exp_string("why").unwrap();
    assert!(figures.contains("at least 85.0%"), "{figures}");
    prompt(&mut shell);
    leave(shell);
}

#[test]
fn commands_run_on_the_lessons_own_keyspace() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play_kind(home.path(), "commands/session");
    shell.exp_string("Type .redis and a command").unwrap();
    // A look round is no answer.
    enter(&mut shell, ".redis GET session:1", "\"bob\"");
    let judged = shell.exp_string("shop> ").unwrap();
    assert!(!judged.contains("not yet"), "{judged}");
    enter(&mut shell, ".redis SET session:7 zoe EX 9", "not yet");
    enter(&mut shell, ".redis SETT x", "(error) ERR unknown command");
    enter(
        &mut shell,
        ".redis SET session:7 alice",
        "Without EX the session lives for ever.",
    );
    enter(&mut shell, ".redis SET session:7 alice EX 1800", "passed");
    enter(&mut shell, ".redis TTL session:7", "(integer) 1800");
    enter(&mut shell, ".recap", "SET session:7 alice EX 1800");
}

#[test]
fn a_guess_is_asked_for_until_it_is_one() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play_kind(home.path(), "guesses/no-index");
    shell.exp_string("(enter to just see): ").unwrap();
    enter(&mut shell, "many", "`many` is no guess here");
    shell.exp_string("(enter to just see): ").unwrap();
    // A command is one here, too, and leaves the question.
    enter(&mut shell, ".indexes orders", "No indexes on orders");
    prompt(&mut shell);
    enter(&mut shell, ".guess", "(enter to just see): ");
    enter(&mut shell, ".quit", "once more leaves dbdojo");
    prompt(&mut shell);
    enter(&mut shell, ".guess", "(enter to just see): ");
    enter(&mut shell, "4k rows", "you said  4,000 rows visited");
    shell
        .exp_string("measured  5,000 rows visited: you were within")
        .unwrap();
    // The next is a choice. Ctrl-C looks around first.
    prompt(&mut shell);
    enter(&mut shell, ".learn", "a, b (enter to just see): ");
    shell.send_control('c').unwrap();
    prompt(&mut shell);
    enter(&mut shell, "select 7;", "1 row");
    enter(&mut shell, ".guess", "a, b (enter to just see): ");
    enter(&mut shell, "c", "`c` is no guess here");
    shell.exp_string("(enter to just see): ").unwrap();
    enter(&mut shell, "b", "were right.");
    prompt(&mut shell);
    enter(
        &mut shell,
        ".learn guesses/which-index",
        "(enter to just see): ",
    );
    press(&mut shell, "\r");
    shell.exp_string("measured  by_customer.").unwrap();
    prompt(&mut shell);
    leave(shell);
}

#[test]
fn connections_take_turns() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play_kind(home.path(), "turns/both-sell");
    shell.exp_string(".conn b goes to connection b").unwrap();
    prompt(&mut shell);
    let sell = |n: u32| format!("update products set stock = stock - {n} where id = 7;");
    enter(&mut shell, "begin immediate;", "ok");
    shell.exp_string("shop*> ").unwrap();
    enter(&mut shell, &sell(2), "1 row changed");
    enter(&mut shell, ".conn b", "shop b> ");
    enter(&mut shell, "begin immediate;", "holds the write lock since");
    shell.exp_string("shop b> ").unwrap();
    // An open transaction is not lost for another lesson.
    enter(&mut shell, ".learn commands", "is in a transaction");
    shell.exp_string("shop b> ").unwrap();
    enter(&mut shell, ".conn a", "shop a*> ");
    enter(&mut shell, "commit;", "ok");
    enter(&mut shell, ".conn b", "shop b> ");
    enter(&mut shell, &sell(3), "passed");
    shell.exp_string("One writer at a time.").unwrap();
    shell.exp_string("shop b> ").unwrap();
    leave(shell);
}

#[test]
fn own_work_is_asked_about_before_a_lesson_takes_its_place() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play_kind(home.path(), "commands/session");
    prompt(&mut shell);
    enter(&mut shell, "create table mine(id);", "ok");
    prompt(&mut shell);
    for leaves in [".learn changes/ship", ".skip", ".open library@tiny"] {
        let screen = enter(&mut shell, leaves, "Go on? [y/N] ");
        assert!(screen.contains("table      mine"), "{screen}");
        enter(&mut shell, "n", "Still here, with everything.");
        prompt(&mut shell);
    }
    enter(&mut shell, "select count(*) from mine;", "0 ");
    prompt(&mut shell);
    enter(&mut shell, ".learn changes/ship", "Go on? [y/N] ");
    enter(&mut shell, "y", "as it was at the start");
    shell.exp_string("Type your answer").unwrap();
    prompt(&mut shell);
    enter(&mut shell, "select * from mine;", "no such table");
    leave(shell);
}

#[test]
fn the_end_of_a_track_spares_the_rest_of_it() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = play_kind(home.path(), "changes/ship");
    prompt(&mut shell);
    enter(&mut shell, ".test-out basics", "there are kinds");
    prompt(&mut shell);
    enter(&mut shell, ".test-out kinds", "3 exercises from the end");
    shell.exp_string("the job begins").unwrap();
    prompt(&mut shell);
    enter(&mut shell, ".skip", "both sell");
    prompt(&mut shell);
    enter(&mut shell, ".skip", "(enter to just see): ");
    shell.send_control('c').unwrap();
    prompt(&mut shell);
    enter(&mut shell, ".placement kinds", "which index");
    shell.exp_string("(enter to just see): ").unwrap();
    enter(&mut shell, "by_customer", "you were right");
    // The last exercise of the next lesson of the track.
    shell.exp_string("kinds of exercise").unwrap();
    prompt(&mut shell);
    enter(&mut shell, ".progress", "passed  guess first");
    prompt(&mut shell);
    // Three right answers without a hint.
    enter(&mut shell, ".test-out kinds", "the job begins");
    prompt(&mut shell);
    enter(&mut shell, ".conn b", "shop b> ");
    enter(&mut shell, "insert into done(id) values (1);", "shop b> ");
    enter(&mut shell, ".conn a", "shop a> ");
    enter(&mut shell, "insert into done(id) values (2);", "two in one");
    enter(&mut shell, ".redis MGET session:1 session:2", "how old");
    enter(&mut shell, "10s", "The whole track is known: 6 lessons.");
    leave(shell);
}
