//! Grading statements on several connections: they take turns as written, some
//! of them are refused, and what they leave is compared.

use rusqlite::backup::Backup;

use super::Attempt;
use super::content::{Exercise, Lesson, Sql};
use super::criterion::Interleaving;
use super::grade::{GradeError, Grader};
use super::observed::Observed;
use super::played::{Ground, Played};
use super::stage::Stage;
use super::stop::Stop;
use super::variants::Variant;
use crate::sandbox::ResultSet;
use crate::sql;

/// The connection that looks at what the others left.
const JUDGE: &str = "judge";

/// What one connection does before the next has its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The connection's name.
    pub name: String,
    /// Its statements.
    pub sql: String,
}

/// The turns that a script writes down: `name:` before a statement gives the
/// turn to that connection, until the next such name. What stands before the
/// first belongs to `a`.
pub fn turns(script: &str) -> Vec<Turn> {
    let mut found: Vec<Turn> = Vec::new();
    for statement in sql::split(script) {
        let (name, sql) = named(statement.text);
        let last = found.last_mut();
        let name = name.or_else(|| last.as_ref().map(|turn| turn.name.clone()));
        let name = name.unwrap_or_else(|| "a".to_owned());
        match last {
            Some(turn) if turn.name == name => {
                turn.sql.push_str(";\n");
                turn.sql.push_str(sql);
            }
            _ => found.push(Turn {
                name,
                sql: sql.to_owned(),
            }),
        }
    }
    found
}

/// A statement and the name before it, if there is one.
fn named(statement: &str) -> (Option<String>, &str) {
    let start = sql::lex(statement)
        .find(|token| !token.is_blank())
        .map_or(0, |token| token.range.start);
    let text = &statement[start..];
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    match text.split_once(':') {
        Some((name, sql)) if is_name(name.trim_end()) => {
            (Some(name.trim_end().to_ascii_lowercase()), sql.trim_start())
        }
        _ => (None, text),
    }
}

impl Grader {
    /// Plays the turns of `attempt` on every ground.
    pub(super) fn play_turns(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        wanted: &Interleaving,
        attempt: &Attempt,
        mut stage: Stage,
        mut played: Played,
    ) -> Result<Played, GradeError> {
        let turns = turns(&attempt.text());
        let given = exercise.given.as_ref();
        if let Err(stop) = in_order(wanted, &turns) {
            return played.ended(stop);
        }
        match observe(&mut stage, wanted, given, &turns) {
            Err(stop) => return played.ended(stop),
            observed => played.add(Ground::Lesson, observed)?,
        }
        drop(stage);
        self.play_variants(lesson, exercise, attempt, &mut played)?;
        Ok(played)
    }

    /// What the turns of `attempt` do on one variant.
    pub(super) fn turns_on_variant(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        wanted: &Interleaving,
        attempt: &Attempt,
        variant: Variant,
    ) -> Result<Result<Observed, Stop>, GradeError> {
        // Several connections need a file.
        let folder = tempfile::tempdir().map_err(|error| GradeError::Folder(error.to_string()))?;
        let file = folder.path().join("variant.db");
        let mut on_disk = rusqlite::Connection::open(&file).map_err(GradeError::Variant)?;
        self.databases
            .with_variant(lesson, exercise, variant, |made| {
                Backup::new(made, &mut on_disk).and_then(|backup| backup.step(-1))
            })?;
        drop(on_disk);
        let mut stage = self.databases.on_file(file)?;
        let given = exercise.given.as_ref();
        Ok(observe(&mut stage, wanted, given, &turns(&attempt.text())))
    }
}

fn in_order(wanted: &Interleaving, turns: &[Turn]) -> Result<(), Stop> {
    let got: Vec<String> = turns.iter().map(|turn| turn.name.clone()).collect();
    if got.is_empty() {
        return Err(Stop::NoChange);
    }
    if got.iter().any(|name| name == JUDGE) {
        return Err(Stop::Failed(format!(
            "a connection cannot be called {JUDGE} here"
        )));
    }
    if wanted.order.is_empty() || wanted.order == got {
        return Ok(());
    }
    Err(Stop::Turns {
        expected: wanted.order.clone(),
        got,
    })
}

/// Makes what is given, which is nobody's turn, and then lets the connections
/// take theirs.
fn observe(
    stage: &mut Stage,
    wanted: &Interleaving,
    given: Option<&Sql>,
    turns: &[Turn],
) -> Result<Observed, Stop> {
    let mut observed = Observed::default();
    for statement in given.iter().flat_map(|given| sql::split(&given.text)) {
        stage.rehearse(statement.text)?;
    }
    for (at, turn) in turns.iter().enumerate() {
        let (mut refused, mut last_read) = (None, None);
        for statement in sql::split(&turn.sql) {
            match stage.on_connection(&turn.name, statement.text)? {
                Ok(rows) if rows.columns.is_empty() => {}
                Ok(rows) => last_read = Some(rows),
                Err(why) => refused = Some(why),
            }
        }
        let of_turn = if wanted.order.is_empty() {
            format!("connection {}", turn.name)
        } else {
            format!("turn {} ({})", at + 1, turn.name)
        };
        let fact = |observed: &mut Observed, is: String| {
            // Where turns are free, what a connection met at any time counts.
            match observed.facts.iter_mut().find(|(of, _)| *of == of_turn) {
                Some((_, was)) if is == REFUSED => *was = is,
                Some(_) => {}
                None => observed.facts.push((of_turn.clone(), is)),
            }
        };
        let is = if refused.is_some() {
            REFUSED
        } else {
            "no refusal"
        };
        fact(&mut observed, is.to_owned());
        if let (true, Some(rows)) = (wanted.reads, last_read) {
            let what = format!("what turn {} ({}) reads", at + 1, turn.name);
            observed.facts.push((what, written(&rows)));
        }
    }
    if let Some(open) = stage.open_transaction() {
        observed.facts.push((
            format!("connection {open} at the end"),
            "in a transaction".to_owned(),
        ));
    }
    stage.go_to(JUDGE)?;
    for table in &wanted.tables {
        observed.tables.push(stage.table(table)?);
    }
    Ok(observed)
}

const REFUSED: &str = "a refusal";

fn written(rows: &ResultSet) -> String {
    let mut lines: Vec<String> = rows
        .rows
        .iter()
        .map(|row| format!("{}", super::feedback::Row(row)))
        .collect();
    lines.sort();
    match lines.is_empty() {
        true => "no rows".to_owned(),
        false => lines.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_list_of_turns() {
        let read: Vec<(String, String)> = turns(
            "-- the schedule\na: BEGIN;\nUPDATE t SET x = 'b: 1';\nb: SELECT 1; SELECT 2;\nB: SELECT 3;\na: COMMIT;",
        )
        .into_iter()
        .map(|turn| (turn.name, turn.sql.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
        let read: Vec<String> = read
            .into_iter()
            .map(|(name, sql)| format!("{name}| {sql}"))
            .collect();
        assert_eq!(
            read,
            [
                "a| BEGIN; UPDATE t SET x = 'b: 1'",
                "b| SELECT 1; SELECT 2; SELECT 3",
                "a| COMMIT",
            ]
        );
    }
}
