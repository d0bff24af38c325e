//! What a learner wrote in lessons, as a script that the shell reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::commands::lines;
use super::content::{Exercise, Lesson};
use super::course::Course;
use super::criterion::Kind;
use super::progress::Progress;
use super::redis_stage::RedisStage;
use crate::sql;

/// The answers that passed, each under the name of its exercise and on the data
/// of its lesson. `.read` runs it from start to end: what cannot be run alone,
/// such as a guess, is a comment.
pub fn recap(course: &Course, progress: &Progress) -> String {
    let mut script = String::new();
    let mut opened = None;
    for lesson in course.lessons() {
        for exercise in &lesson.exercises {
            let id = lesson.id_of(exercise);
            let record = progress.of(&id);
            let Some(answer) = record.and_then(|record| record.answer.as_deref()) else {
                continue;
            };
            let mut part = format!("-- {id}: {}\n", exercise.title);
            match &exercise.criterion.kind {
                Kind::Query | Kind::Changes(_) => {
                    start_from_data(&mut part, &mut opened, lesson);
                    for sql in exercise.given.iter().map(|given| given.text.as_str()) {
                        push_sql(&mut part, sql);
                    }
                    push_sql(&mut part, answer);
                }
                Kind::Redis(_) => push_commands(&mut part, exercise, answer),
                Kind::Predict(_) => push_comment(&mut part, "your guess", answer),
                Kind::Cache(_) => push_comment(&mut part, "your settings", answer),
                // A refusal can be part of the answer, and would end the script.
                Kind::Transaction(_) => push_comment(&mut part, "your turns", answer),
            }
            script.push_str(&part);
            script.push('\n');
        }
    }
    script
}

/// Each answer began on data as it was built.
fn start_from_data(part: &mut String, opened: &mut Option<String>, lesson: &Lesson) {
    let dataset = lesson.dataset.to_string();
    if opened.is_some() {
        part.push_str(".reset --yes\n");
    }
    if opened.as_ref() != Some(&dataset) {
        let _ = writeln!(part, ".open {dataset}");
        *opened = Some(dataset);
    }
}

fn push_sql(part: &mut String, sql: &str) {
    let sql = sql.trim_end();
    let last = sql.lines().last().unwrap_or_default();
    let end = match (last.ends_with(';'), last.contains("--")) {
        (_, true) => "\n;",
        (true, false) => "",
        (false, false) => ";",
    };
    let _ = writeln!(part, "{sql}{end}");
    if leaves_open(sql) {
        part.push_str("COMMIT;\n");
    }
}

/// Whether a transaction is open at the end: nothing else could be opened then.
fn leaves_open(script: &str) -> bool {
    sql::split(script).fold(false, |open, statement| {
        let mut tokens = sql::lex(statement.text).filter(|token| !token.is_blank());
        let first = tokens.next().map(|token| token.text(statement.text));
        match first.unwrap_or_default().to_ascii_lowercase().as_str() {
            "begin" | "savepoint" => true,
            "commit" | "end" | "rollback" => false,
            _ => open,
        }
    })
}

fn push_comment(part: &mut String, what: &str, answer: &str) {
    let _ = writeln!(part, "-- {what}:");
    for line in answer.trim_end().lines() {
        let _ = writeln!(part, "--   {}", line.trim_end_matches(';'));
    }
}

/// Commands, after what was there for them. What only the keyspace of a lesson
/// understands is a comment: other clients, time that passes at once.
fn push_commands(part: &mut String, exercise: &Exercise, answer: &str) {
    let setup = exercise.setups.first();
    let setup = setup.map(|setup| setup.text.as_str()).unwrap_or_default();
    let mut keyspace = RedisStage::new();
    let mut touched = BTreeSet::new();
    let mut commands = Vec::new();
    for line in lines(setup).chain(lines(answer)) {
        let line = line.strip_prefix(".redis ").unwrap_or(line).trim();
        if RedisStage::names_client(line) {
            return push_comment(part, "your commands", answer);
        }
        // Earlier versions kept commands with `;` between them.
        let line = line.trim_end_matches(';');
        let reply = keyspace.run(line).unwrap_or_default();
        let runs = !reply.is_empty() && !reply.starts_with("(error)") && reply != "(waits)";
        commands.push((line, runs));
        touched.extend(keyspace.keys("*").into_iter().map(|(name, _)| name));
    }
    part.push_str(".cache on\n");
    if !touched.is_empty() {
        let names: Vec<String> = touched.iter().map(|name| format!("\"{name}\"")).collect();
        let _ = writeln!(part, ".redis DEL {}", names.join(" "));
    }
    for (line, runs) in commands {
        let _ = match runs {
            true => writeln!(part, ".redis {line}"),
            false => writeln!(part, "--   {line}"),
        };
    }
    part.push_str(".cache off\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_ends() {
        let part = |sql: &str| {
            let mut part = String::new();
            push_sql(&mut part, sql);
            part
        };
        assert_eq!(part("select 1"), "select 1;\n");
        assert_eq!(part("select 1;\n"), "select 1;\n");
        assert_eq!(part("select 1 -- one"), "select 1 -- one\n;\n");
        assert_eq!(part("begin; select 1"), "begin; select 1;\nCOMMIT;\n");
    }
}
