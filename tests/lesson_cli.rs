//! `dbdojo learn` and `dbdojo lesson` from outside: exit codes, the JSON
//! contract, and progress that is kept.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

const EXERCISE: &str = "index-first/index-their-orders";
const RIGHT: &str = "create index o on orders(customer_id);
    select id, status, created_at from orders where customer_id = 41 order by created_at desc";
const WRONG: &str =
    "select id, status, created_at from orders where customer_id = 41 order by created_at desc";

/// A home of its own for each test, but for the built data, which all share.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons/cache");
    fs::create_dir_all(&shared).unwrap();
    std::os::unix::fs::symlink(shared, home.path().join("cache")).unwrap();
    home
}

fn dbdojo(home: &TempDir) -> Command {
    let mut command = Command::cargo_bin("dbdojo").unwrap();
    command.env("DBDOJO_HOME", home.path());
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn a_right_answer_ends_with_0_and_is_kept() {
    let home = home();
    let answer = home.path().join("answer.sql");
    fs::write(&answer, RIGHT).unwrap();
    let verdict = dbdojo(&home)
        .args(["learn", EXERCISE, "--answer"])
        .arg(&answer)
        .assert()
        .code(0);
    let said = String::from_utf8(verdict.get_output().stdout.clone()).unwrap();
    assert!(
        said.starts_with("passed    15 rows visited instead of 20,000."),
        "{said}"
    );
    assert!(!said.contains('\x1b'));
    let overview = stdout(dbdojo(&home).arg("learn"));
    let begun: Vec<&str> = overview.lines().filter(|l| l.contains("begun")).collect();
    assert_eq!(begun.len(), 1, "{overview}");
    assert!(
        begun[0].contains("index-first") && begun[0].ends_with("1 of 3"),
        "{overview}"
    );
}

#[test]
fn a_wrong_answer_ends_with_1_and_says_why_as_json() {
    let home = home();
    let verdict = dbdojo(&home)
        .args(["learn", EXERCISE, "--answer", "-", "--format", "json"])
        .write_stdin(WRONG)
        .assert()
        .code(1);
    let json: serde_json::Value = serde_json::from_slice(&verdict.get_output().stdout).unwrap();
    assert_eq!(json["passed"], false);
    assert_eq!(
        json["feedback"],
        "right answer, but orders was read from end to end, 20,000 rows, \
         and no index leads to the rows of orders"
    );
    assert_eq!(json["counters"]["rows_visited"], 20_000);
    assert!(verdict.get_output().stderr.is_empty());
}

#[test]
fn what_does_not_exist_is_named_with_the_code_for_it() {
    let home = home();
    let told = |arguments: &[&str], code: i32| {
        let failed = dbdojo(&home).args(arguments).assert().code(code);
        String::from_utf8(failed.get_output().stderr.clone()).unwrap()
    };
    insta::assert_snapshot!(told(&["learn", "index-frist", "--answer", "-"], 2), @"error: there is no lesson `index-frist`; did you mean `index-first`?");
    insta::assert_snapshot!(told(&["learn", "index-first/index-your-orders", "--answer", "-"], 2), @"error: there is no exercise `index-first/index-your-orders`");
    insta::assert_snapshot!(told(&["learn", "index-first", "--answer", "-"], 2), @r"
    error: index-first has several exercises; name one:
      index-first/orders-of-one-customer
      index-first/index-their-orders
      index-first/orders-by-email
    ");
    insta::assert_snapshot!(told(&["learn", EXERCISE, "--answer", "no/such.sql"], 3), @"error: could not read the answer no/such.sql: there is no such file");
    insta::assert_snapshot!(told(&["lesson", "show", "first"], 2), @"error: there is no lesson `first`");
    insta::assert_snapshot!(told(&["lesson", "check", "no/such"], 3), @"error: no/such: No such file or directory (os error 2)");
}

/// A folder that is a course of one lesson, called `index-first`.
fn course_of_one(home: &tempfile::TempDir, lesson: &str) -> std::path::PathBuf {
    let folder = home.path().join("course");
    fs::create_dir(&folder).unwrap();
    let track = "[[track]]\nid = \"one\"\ntitle = \"one\"\nlessons = [\"index-first\"]\n";
    fs::write(folder.join("course.toml"), track).unwrap();
    fs::write(folder.join("index-first.md"), lesson).unwrap();
    folder
}

#[test]
fn the_check_reports_as_the_contract_says() {
    let home = home();
    let folder = course_of_one(
        &home,
        &fs::read_to_string("lessons/index-first.md").unwrap(),
    );
    let checked = dbdojo(&home)
        .args(["lesson", "check", "-f", "json"])
        .arg(&folder)
        .assert();
    let json = String::from_utf8(checked.code(0).get_output().stdout.clone()).unwrap();
    insta::assert_snapshot!(json, @r#"{"lessons":1,"exercises":3,"mutants":11,"right_answers":9,"failures":[]}"#);
}

#[test]
fn the_check_finds_what_is_wrong_with_a_lesson() {
    let home = home();
    let lesson = fs::read_to_string("lessons/index-first.md").unwrap();
    let broken = lesson
        // A measurement that is no longer true.
        .replacen("5,000 rows visited", "4,999 rows visited", 1)
        // An example that does not run.
        .replacen("ON customers(email);", "ON custmers(email);", 1)
        // A starter that passes, and a mutant that is right.
        .replacen(
            "SELECT id, status, created_at FROM orders;",
            "SELECT id, status, created_at FROM orders WHERE customer_id = 41 ORDER BY created_at DESC;",
            1,
        )
        .replacen("ORDER BY id DESC;", "ORDER BY created_at DESC, id;", 1)
        // A right answer that is wrong.
        .replacen("WHERE c.id = 41", "WHERE c.id = 14", 1)
        // Needs that cannot be met.
        .replacen("dataset =", "needs = [\"joins\", \"index-first\"]\ndataset =", 1);
    let folder = course_of_one(&home, &broken);
    let checked = dbdojo(&home)
        .args(["lesson", "check"])
        .arg(&folder)
        .assert()
        .code(1);
    let said = String::from_utf8(checked.get_output().stdout.clone()).unwrap();
    insta::assert_snapshot!(said, @r#"
    index-first  it needs joins: there is no lesson `joins`
    index-first  it needs index-first, which does not come before it
    index-first  line 19: measured now: 5,000 rows visited, 94 pages fetched, 1 row returned
    index-first  line 29: this SQL does not run: no such table: main.custmers
    index-first  line 33: measured now: 5,000 rows visited, 94 pages fetched, 1 row returned
    index-first/orders-of-one-customer  line 53: the starter passes
    index-first/orders-of-one-customer  line 62: a right answer fails: 15 rows are missing and 8 should not be there: expected (16078, 'delivered', '2025-09-13 20:15:53'), got ('2025-09-07 16:56:10', 15999, 'delivered')
    index-first/orders-of-one-customer  line 77: this mutant passes
    index-first/orders-of-one-customer  fewer than 40% of its mutants are wrong on a variant only
    1 lesson, 3 exercises; tried 9 right answers and 11 wrong ones: 9 problems
    "#);
}

#[test]
fn progress_that_cannot_be_read_is_kept_aside_and_told() {
    let home = home();
    let progress = home.path().join("state/progress.json");
    fs::create_dir_all(progress.parent().unwrap()).unwrap();
    fs::write(&progress, "half a fi").unwrap();
    let output = dbdojo(&home).arg("learn").assert().code(0);
    let told = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(told.contains("held no progress that can be read"), "{told}");
    let aside = home.path().join("state/progress.unreadable.json");
    assert_eq!(fs::read_to_string(aside).unwrap(), "half a fi");
}

#[test]
fn a_new_lesson_passes_its_check_and_can_be_played() {
    let home = home();
    let folder = home.path().join("mine");
    fs::create_dir(&folder).unwrap();
    let mut lesson = dbdojo(&home);
    lesson
        .args(["lesson", "new", "my-first"])
        .arg(&folder)
        .assert()
        .code(0);
    let checked = dbdojo(&home)
        .args(["lesson", "check"])
        .arg(&folder)
        .assert();
    let said = String::from_utf8(checked.get_output().stdout.clone()).unwrap();
    assert!(said.ends_with("all as it should be\n"), "{said}");
    let mut again = dbdojo(&home);
    again
        .args(["lesson", "new", "my-first"])
        .arg(&folder)
        .assert()
        .code(3);
    dbdojo(&home)
        .args(["lesson", "new", "My First"])
        .assert()
        .code(2);
    let played = dbdojo(&home)
        .args(["learn", "my-first", "--answer", "-", "--course"])
        .arg(&folder)
        .write_stdin("select id, total from orders where status = 'paid' and total >= 50 order by total desc")
        .assert();
    played.code(0);

    let kept = home.path().join("kept.json");
    dbdojo(&home)
        .args(["learn", "--export"])
        .arg(&kept)
        .assert()
        .code(0);
    let elsewhere = self::home();
    let import = |file: &Path| {
        dbdojo(&elsewhere)
            .args(["learn", "--import"])
            .arg(file)
            .assert()
    };
    import(&kept).code(0);
    let overview = stdout(dbdojo(&elsewhere).args(["learn", "--course"]).arg(&folder));
    assert!(overview.contains("passed  its title"), "{overview}");
    import(&home.path().join("none.json")).code(3);
    import(&folder.join("course.toml")).code(1);
}

/// What is told of `args`, with `input` on standard input, and the exit code.
fn told_with(home: &TempDir, args: &[&str], input: &str) -> String {
    let ran = dbdojo(home).args(args).write_stdin(input).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    let said = said.replace(&home.path().display().to_string(), "HOME");
    format!("{said}exit {}", ran.status.code().unwrap())
}

#[test]
fn what_is_no_progress_is_not_imported_and_no_file_is_overwritten() {
    let home = home();
    let told = |args: &[&str], input| told_with(&home, args, input);
    let said = told(&["learn", "--import", "-"], "nonsense");
    let no_progress = "error: standard input: this is no progress that `learn --export` wrote: ";
    assert!(said.starts_with(no_progress), "{said}");
    assert!(said.ends_with("exit 1"), "{said}");
    let said = told(&["learn", "--import", "-"], "{\"nope\": 1}");
    assert_eq!(said, format!("{no_progress}it has no `exercises`\nexit 1"));
    let said = told(&["learn", "--import", "/nope"], "");
    let missing = "error: could not read the progress /nope: there is no such file\nexit 3";
    assert_eq!(said, missing);
    let said = told(&["learn", "--import", "-"], "{\"exercises\": {}}");
    assert_eq!(said, "Progress of 0 exercises added.\nexit 0");
    let kept = home.path().join("keep.json");
    let kept = kept.to_str().unwrap();
    let exists = "error: HOME/keep.json exists already; --force writes over it\nexit 2";
    assert_eq!(told(&["learn", "--export", kept], ""), "exit 0");
    assert_eq!(told(&["learn", "--export", kept], ""), exists);
    assert_eq!(told(&["learn", "--export", kept, "--force"], ""), "exit 0");
    assert_eq!(told(&["learn", "--export", "-"], ""), "exit 0");
    let said = told(&["-q", "-c", &format!(".recap {kept}")], "");
    assert!(
        said.contains("exists already; --force writes over it"),
        "{said}"
    );
}

#[test]
fn a_recap_can_be_read_from_start_to_end() {
    let home = home();
    let course = dbdojo::lesson::Course::embedded();
    let mut exercises = serde_json::Map::new();
    for lesson in course.lessons() {
        for exercise in &lesson.exercises {
            let answer = match exercise.criterion.question() {
                Some(_) => "14ms",
                None => &exercise.solution.text,
            };
            exercises.insert(
                lesson.id_of(exercise),
                serde_json::json!({"passed_at_ms": 1, "answer": answer}),
            );
        }
    }
    let progress = serde_json::json!({ "exercises": exercises }).to_string();
    assert_eq!(
        told_with(&home, &["learn", "--import", "-"], &progress),
        format!("Progress of {} exercises added.\nexit 0", exercises.len())
    );
    let script = home.path().join("my answers.sql");
    let file = script.to_str().unwrap();
    dbdojo(&home)
        .args(["-c", &format!(".recap '{file}'")])
        .assert()
        .code(0);
    let written = fs::read_to_string(&script).unwrap();
    assert!(written.matches("-- ").count() >= exercises.len());
    let fresh = self::home();
    let read = dbdojo(&fresh)
        .args(["--cache", "builtin", "-c", &format!(".read '{file}'")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&read.stderr);
    assert_eq!(read.status.code(), Some(0), "{told}");
}
