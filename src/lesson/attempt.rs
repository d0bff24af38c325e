//! What a learner has typed since an exercise began.

use super::content::{Exercise, Sql};
use super::criterion::Kind as Criterion;
use crate::sandbox::Kind;
use crate::sql;

/// The statements of one attempt, in order. An index made first counts, so
/// grading replays them all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    statements: Vec<String>,
    asked: bool,
}

impl Attempt {
    /// An attempt at its start, also after `.reset`.
    pub fn new() -> Attempt {
        Attempt::default()
    }

    /// The attempt that an answer file holds.
    pub fn from_text(sql: &str) -> Attempt {
        Attempt {
            statements: vec![sql.to_owned()],
            asked: true,
        }
    }

    /// The attempt as it is replayed: after what the exercise gives.
    pub(super) fn after(&self, given: Option<&Sql>) -> Attempt {
        let given = given.map(|sql| sql.text.clone());
        Attempt {
            statements: given.into_iter().chain(self.statements.clone()).collect(),
            asked: self.asked,
        }
    }

    /// Takes a statement that has just run without an error, and tells
    /// whether to grade now: a query is an answer, and where the plan counts,
    /// so is a change of the schema after one (the index that was missing).
    pub fn observe(&mut self, exercise: &Exercise, sql: &str, kind: Kind) -> bool {
        self.statements.push(sql.to_owned());
        if exercise.criterion.changes().is_some() {
            return match kind {
                Kind::Write | Kind::Schema => true,
                Kind::Query => exercise.criterion.wants_rows(),
                // COMMIT ends what was begun.
                Kind::Other => starts_with(sql, &["commit", "end"]),
            };
        }
        match kind {
            Kind::Query => {
                let is_answer = !gives_rows_without_asking(sql);
                self.asked |= is_answer;
                is_answer
            }
            Kind::Schema => self.asked && exercise.criterion.plan.is_some(),
            Kind::Write | Kind::Other => false,
        }
    }

    /// Adds a line that is no SQL by itself: a command, a turn, settings.
    pub fn add(&mut self, line: impl Into<String>) {
        self.statements.push(line.into());
    }

    /// Whether fewer steps were taken than the solution takes, where an answer
    /// is made of steps: what is missing may be still to come.
    pub fn may_go_on(&self, exercise: &Exercise) -> bool {
        let steps = |text: &str| match exercise.criterion.kind {
            Criterion::Changes(_) | Criterion::Transaction(_) => sql::split(text).count(),
            Criterion::Redis(_) => text.lines().filter(|line| !line.trim().is_empty()).count(),
            _ => 1,
        };
        let taken: usize = self.statements.iter().map(|text| steps(text)).sum();
        taken < steps(&exercise.solution.text)
    }

    /// All of it as one text.
    pub fn text(&self) -> String {
        self.statements.join("\n")
    }

    /// The statements, in order; one entry may hold several.
    pub fn statements(&self) -> &[String] {
        &self.statements
    }
}

/// EXPLAIN and PRAGMA give rows, too, but answer no task.
fn gives_rows_without_asking(sql: &str) -> bool {
    starts_with(sql, &["explain", "pragma"])
}

fn starts_with(sql: &str, words: &[&str]) -> bool {
    let first = sql::lex(sql).find(|token| !token.is_blank());
    first.is_some_and(|token| {
        let first = token.text(sql);
        words.iter().any(|word| first.eq_ignore_ascii_case(word))
    })
}
