//! What is wrong with a dataset's folder, and where.

use std::fmt;

/// One mistake in a dataset's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as a path from the working folder or inside the binary.
    pub file: String,
    /// The table, or `table.column`; empty when the file as a whole is wrong.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// A dataset's folder that cannot be used: all mistakes that were found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(problems))]
pub struct BadSpec {
    /// At least one.
    pub problems: Vec<Problem>,
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

impl BadSpec {
    pub(super) fn one(file: &str, place: &str, problem: impl Into<String>) -> BadSpec {
        BadSpec {
            problems: vec![Problem {
                file: file.to_owned(),
                place: place.to_owned(),
                problem: problem.into(),
            }],
        }
    }
}
