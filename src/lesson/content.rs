//! What a lesson holds, as its author wrote it.

use super::Criterion;
use crate::dataset::DatasetName;

/// SQL from a lesson file, with the line on which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// One statement or several.
    pub text: String,
    /// Line of the file, from 1.
    pub line: usize,
}

/// One lesson: a file of the course.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Never renamed: progress is keyed by it.
    pub id: String,
    /// What a learner reads in lists, in lower case.
    pub title: String,
    /// The data it is played on.
    pub dataset: DatasetName,
    /// Ids of the lessons to pass before this one.
    pub needs: Vec<String>,
    /// Ids that it had before.
    pub formerly: Vec<String>,
    /// What is read before the first exercise.
    pub intro: Prose,
    /// In the order they are played.
    pub exercises: Vec<Exercise>,
    /// What is read after the last exercise.
    pub closing: Prose,
    /// The file it came from, for messages to its author.
    pub file: String,
}

/// Markdown, and the SQL shown in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prose {
    /// All of it, the examples included.
    pub markdown: String,
    /// Its `sql` blocks in order, which `lesson check` runs one after another.
    pub examples: Vec<Example>,
}

/// A worked example in the prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What runs.
    pub sql: Sql,
    /// The `measured` block behind it, which `lesson check` measures again.
    pub measured: Option<Sql>,
}

/// One task with everything that is needed to judge an answer to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// The part of its id after the lesson's.
    pub slug: String,
    /// What a learner reads above the task.
    pub title: String,
    /// What to do, in Markdown.
    pub task: Prose,
    /// What makes an answer right.
    pub criterion: Criterion,
    /// Runs on each variant once it is made, so that what the task names
    /// (a customer, an address) exists there, too.
    pub plant: Option<Sql>,
    /// What runs before the answer, where commands go to a cache server: the
    /// first is the learner's own, the others are hidden.
    pub setups: Vec<Sql>,
    /// What has been made when the exercise begins, such as an index that
    /// leads astray. Every attempt begins with it; it changes no rows.
    pub given: Option<Sql>,
    /// What is measured, where a guess is asked for: one, or one for each
    /// option.
    pub subjects: Vec<Sql>,
    /// What a learner may start from. It fails. Empty where a guess is asked
    /// for.
    pub starter: Sql,
    /// The author's answer: what is expected is what it does. Empty where a
    /// guess is asked for.
    pub solution: Sql,
    /// Further right answers, written differently. They pass.
    pub answers: Vec<Sql>,
    /// Known wrong answers. They fail.
    pub mutants: Vec<Mutant>,
    /// Tried on what an answer leaves; what comes of each must be what comes
    /// of it after the solution.
    pub probes: Vec<Probe>,
    /// Shown one at a time.
    pub hints: Vec<String>,
    /// Why the solution works, shown after success, in Markdown.
    pub why: Prose,
    /// Line of its heading.
    pub line: usize,
}

/// A known wrong answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The wrong answer.
    pub sql: Sql,
    /// What someone who wrote it should read.
    pub sentence: String,
}

/// Statements that show what a schema allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// They run in order, the last one tells, and all are taken back.
    pub sql: Sql,
    /// What they try, as a learner reads it: `an order of nobody`.
    pub tries: String,
}

impl Lesson {
    /// The exercise called `slug`.
    pub fn exercise(&self, slug: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|e| e.slug == slug)
    }

    /// The id of one of its exercises: `lesson/exercise`.
    pub fn id_of(&self, exercise: &Exercise) -> String {
        format!("{}/{}", self.id, exercise.slug)
    }
}
