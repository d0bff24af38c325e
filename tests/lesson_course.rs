//! The course in the binary, and what its format refuses.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dbdojo::lesson::{Course, CourseError, parse};

/// A whole lesson, to break in one place at a time.
const LESSON: &str = r#"+++
id = "index-first"
title = "the first index"
dataset = "shop@small"
+++
Prose.

## Exercise: all orders {#all-orders}
Show them.
```toml check
kind = "rows"
ordered_by = ["id"]
```
```sql starter
SELECT 1;
```
```sql solution
SELECT id FROM orders ORDER BY id;
```
> hint: Look.
### Why it works
It does.

## Exercise: all customers {#all-customers}
Show them, too.
```toml check
kind = "rows"
```
```sql starter
SELECT 1;
```
```sql solution
SELECT id FROM customers;
```
### Why it works
It does, too.

## What to remember
All of it.
"#;

#[test]
fn the_embedded_course_is_a_course() {
    let course = Course::embedded();
    assert!(course.find("index-first").is_ok());
    for lesson in course.lessons() {
        assert!(!lesson.closing.markdown.is_empty(), "{}", lesson.id);
    }
}

#[test]
fn an_unknown_name_is_told_the_nearest() {
    let course = Course::embedded();
    insta::assert_snapshot!(
        course.find("index-frist").unwrap_err(),
        @"there is no lesson `index-frist`; did you mean `index-first`?"
    );
    insta::assert_snapshot!(
        course.find_exercise("index-first/orders-by-mail").unwrap_err(),
        @"there is no exercise `index-first/orders-by-mail`; did you mean `index-first/orders-by-email`?"
    );
    insta::assert_snapshot!(
        course.find("poetry").unwrap_err(),
        @"there is no lesson `poetry`"
    );
}

fn told(text: &str) -> String {
    parse("x.md", text).unwrap_err().to_string()
}

/// The lesson with `from` replaced, once.
fn with(from: &str, to: &str) -> String {
    assert!(LESSON.contains(from), "{from}");
    LESSON.replacen(from, to, 1)
}

#[test]
fn errors_name_the_file_the_line_and_the_problem() {
    insta::assert_snapshot!(told("# A title"), @"x.md:1: a lesson starts with a +++ line");
    insta::assert_snapshot!(told(&with("title =", "titel =")), @"x.md:3: unknown field `titel`, expected one of `id`, `title`, `dataset`, `needs`, `formerly`");
    insta::assert_snapshot!(told(&with("shop@small", "shop@smal")), @"x.md:4: unknown scale @smal; there are @tiny, @small, @medium and @large; did you mean @small?");
    insta::assert_snapshot!(told(&with("\"index-first\"", "\"Index First\"")), @"x.md:2: the id `Index First` is not in lower-case-with-dashes");
    insta::assert_snapshot!(told(&with(" {#all-orders}", "")), @"x.md:8: an exercise is named so: ## Exercise: its title {#its-name}");
    insta::assert_snapshot!(told(&with("```sql solution", "```sql solutoin")), @"x.md:17: `sql solutoin` is none of: toml check, sql plant, sql given, sql subject, sql starter, sql solution, sql answer, sql mutant: sentence, sql probe: what it tries; or redis, script, cache for sql, redis setup, and cache subject");
    insta::assert_snapshot!(told(&with("```sql solution", "```sql starter")), @"x.md:17: a second `sql starter` block");
    insta::assert_snapshot!(told(&with("kind = \"rows\"", "kind = \"row\"")), @"x.md:11: unknown variant `row`, expected one of `rows`, `plan`, `state`, `schema`, `predict`, `transaction`, `redis`, `cache`");
    insta::assert_snapshot!(told(&with("ordered_by =", "orderd_by =")), @"x.md:12: unknown field `orderd_by`, expected one of `kind`, `columns`, `ordered_by`, `plan`, `tables`, `returning`, `predict`, `order`, `reads`, `redis`, `keeps_given`, `workload`, `bounds`, `variants`");
    insta::assert_snapshot!(told(&with("### Why it works", "Why it works")), @"x.md:21: only fences, hints and `### Why it works` come after a task");
    insta::assert_snapshot!(told(&with("{#all-customers}", "{#all-orders}")), @"x.md:24: a second exercise is called `all-orders`");
    insta::assert_snapshot!(told(LESSON.split("## Exercise").next().unwrap()), @"x.md:6: a lesson needs an exercise: ## Exercise: title {#name}");
    insta::assert_snapshot!(told(&with("ORDER BY id;\n```", "ORDER BY id;\n")), @"x.md:17: this ``` is never closed");
    insta::assert_snapshot!(told(&with("Prose.", "```measured\n1 row\n```")), @"x.md:6: `measured` follows a `sql` block");
    insta::assert_snapshot!(told(&with("Prose.", "> hint: too soon")), @"x.md:6: a hint belongs after an exercise's solution");
}

#[test]
fn line_ends_of_windows_are_read_alike() {
    let unix = parse("x.md", LESSON).unwrap();
    let windows = parse("x.md", &LESSON.replace('\n', "\r\n")).unwrap();
    assert_eq!(unix, windows);
}

#[test]
fn a_folder_is_a_course_and_all_its_mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let told = || match Course::read(folder.path()) {
        Ok(course) => format!("{} lessons", course.lessons().count()),
        Err(CourseError::Format(errors)) => CourseError::Format(errors).to_string(),
        Err(other) => panic!("{other}"),
    };
    insta::assert_snapshot!(told(), @"course.toml:1: a course names its tracks in this file");
    write(
        "course.toml",
        "[[track]]\nid = \"t\"\ntitle = \"t\"\nlessons = [\"index-first\", \"another\"]\n",
    );
    write("index-first.md", LESSON);
    write("third.md", &LESSON.replacen("index-first", "third", 1));
    insta::assert_snapshot!(told(), @r"
    course.toml:1: track `t` lists `another`: no such file, or listed twice
    third.md:1: no track of course.toml lists `third`
    ");
    write("another.md", LESSON);
    insta::assert_snapshot!(told(), @"another.md:2: lesson `index-first` belongs in index-first.md");
    write("another.md", &LESSON.replacen("index-first", "another", 1));
    std::fs::remove_file(folder.path().join("third.md")).unwrap();
    insta::assert_snapshot!(told(), @"2 lessons");
    assert!(matches!(
        Course::read(&folder.path().join("nowhere")),
        Err(CourseError::Unreadable { .. })
    ));
}
