//! What a learner is told about an answer, in words of their own world.

use std::fmt;

use super::excess::Excess;
use super::plan_miss::PlanMiss;
use super::stop::Stop;
use crate::sandbox::Value;
use crate::units;

/// Why an answer is not right yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Feedback {
    /// No SELECT was among the statements.
    NoQuery,
    /// SQLite or the guard refused a statement.
    Failed {
        /// What they said.
        message: String,
    },
    /// The answer ran past its budget of steps or rows.
    TooMuchWork(Excess),
    /// Its rows are not the solution's.
    Rows(Difference),
    /// Its rows are right; its plan is outside the bounds.
    Plan(Vec<PlanMiss>),
    /// No statement changed anything.
    NoChange,
    /// A transaction is open at the end: nothing of it is kept.
    OpenTransaction,
    /// A table is not as it should be.
    Table {
        /// The table.
        table: String,
        /// In what.
        difference: Difference,
    },
    /// A table is missing.
    NoTable {
        /// The table.
        table: String,
    },
    /// A table is there that should not be.
    TableLeft {
        /// The table.
        table: String,
    },
    /// A table that was to stay as it was did not.
    AlsoChanged {
        /// The table.
        table: String,
    },
    /// What the exercise had made is not there any more as it was.
    GivenLost {
        /// Its name.
        name: String,
    },
    /// What should be refused is accepted.
    ProbeAccepted {
        /// What was tried.
        tries: String,
    },
    /// What should be accepted is refused.
    ProbeRefused {
        /// What was tried.
        tries: String,
        /// What SQLite said.
        message: String,
    },
    /// What is tried does not fit the schema.
    ProbeMisfit {
        /// What was tried.
        tries: String,
        /// What SQLite said.
        message: String,
    },
    /// Something else is not as it should be.
    Fact {
        /// What.
        what: String,
        /// How it should be; `None`: it should not be there.
        expected: Option<String>,
        /// How it is; `None`: it is not there.
        got: Option<String>,
    },
    /// The connections did not take the turns that the task asks for.
    Turns {
        /// As asked for.
        expected: Vec<String>,
        /// As taken.
        got: Vec<String>,
    },
    /// What is tried gives other rows.
    ProbeRows {
        /// What was tried.
        tries: String,
        /// In what.
        difference: Difference,
    },
}

/// How a result differs from the expected one.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// Too many columns, or too few.
    ColumnCount {
        /// Columns asked for.
        expected: usize,
        /// Columns given.
        got: usize,
        /// The one column too many, if it can be told.
        extra: Option<String>,
    },
    /// The task states names, and these are others.
    ColumnNames {
        /// As stated.
        expected: Vec<String>,
        /// As given.
        got: Vec<String>,
    },
    /// Rows are missing, none is wrong.
    MissingRows {
        /// How many.
        count: usize,
        /// The first of them.
        example: Vec<Value>,
    },
    /// Rows too many, none is missing.
    ExtraRows {
        /// How many.
        count: usize,
        /// The first of them.
        example: Vec<Value>,
    },
    /// Some are missing and others are too many.
    DifferentRows {
        /// Expected and not there.
        missing: usize,
        /// There and not expected.
        extra: usize,
        /// The first that is missing.
        expected: Vec<Value>,
        /// The one given that is most like it.
        got: Vec<Value>,
    },
    /// Each expected row is there, but not as often as it should be.
    DuplicatesLost {
        /// Rows lost.
        count: usize,
        /// The first of them.
        example: Vec<Value>,
    },
    /// Each row given is expected, but not as often.
    DuplicatesAdded {
        /// Rows too many.
        count: usize,
        /// The first of them.
        example: Vec<Value>,
    },
    /// All missing rows hold a NULL.
    NullsDropped {
        /// How many.
        count: usize,
        /// The first of them.
        example: Vec<Value>,
    },
    /// The right rows in another order than asked for.
    WrongOrder {
        /// The first row out of place, from 1.
        row: usize,
        /// The sort key that tells.
        column: String,
        /// What it should be there.
        expected: Value,
        /// What it is.
        got: Value,
    },
}

impl From<&Stop> for Feedback {
    fn from(stop: &Stop) -> Feedback {
        match stop {
            Stop::NoQuery => Feedback::NoQuery,
            Stop::NoChange => Feedback::NoChange,
            Stop::Turns { expected, got } => Feedback::Turns {
                expected: expected.clone(),
                got: got.clone(),
            },
            Stop::OpenTransaction => Feedback::OpenTransaction,
            Stop::Failed(message) => Feedback::Failed {
                message: message.clone(),
            },
            Stop::TooMuchWork(excess) => Feedback::TooMuchWork(excess.clone()),
            Stop::Interrupted => Feedback::Failed {
                message: "interrupted".to_owned(),
            },
        }
    }
}

impl Feedback {
    /// Whether the rows were not even looked at.
    pub fn is_about_columns(&self) -> bool {
        matches!(
            self,
            Feedback::Rows(Difference::ColumnCount { .. } | Difference::ColumnNames { .. })
        )
    }
}

impl fmt::Display for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Feedback::NoQuery => write!(f, "no query yet: the answer is the rows of a SELECT"),
            Feedback::Failed { message } => write!(f, "it does not run: {message}"),
            Feedback::TooMuchWork(excess) => excess.fmt(f),
            Feedback::Rows(difference) => difference.fmt(f),
            Feedback::NoChange => write!(f, "nothing has been changed yet"),
            Feedback::OpenTransaction => write!(
                f,
                "a transaction is still open: nothing of it is kept before COMMIT"
            ),
            Feedback::Table { table, difference } => write!(f, "in {table}: {difference}"),
            Feedback::NoTable { table } => {
                write!(
                    f,
                    "there is no {table} with the columns that the task names"
                )
            }
            Feedback::TableLeft { table } => write!(f, "{table} is still there"),
            Feedback::AlsoChanged { table } => {
                write!(f, "{table} was changed, too, and should be as it was")
            }
            Feedback::GivenLost { name } => write!(
                f,
                "{name} was made already and should stay as it is; it is gone or is another now"
            ),
            Feedback::ProbeAccepted { tries } => {
                write!(f, "{tries} should be refused, and is accepted")
            }
            Feedback::ProbeRefused { tries, message } => {
                write!(f, "{tries} should be accepted, and is refused: {message}")
            }
            Feedback::ProbeMisfit { tries, message } => {
                write!(
                    f,
                    "{tries} was tried, and does not fit your schema: {message}"
                )
            }
            Feedback::Fact {
                what,
                expected,
                got,
            } => {
                let shown = |is: &Option<String>| is.clone().unwrap_or_else(|| "nothing".into());
                write!(
                    f,
                    "{what}: expected {}, got {}",
                    shown(expected),
                    shown(got)
                )
            }
            Feedback::Turns { expected, got } => write!(
                f,
                "the task lets the connections take turns so: {}; yours took {}",
                expected.join(" "),
                got.join(" ")
            ),
            Feedback::ProbeRows { tries, difference } => write!(f, "{tries}: {difference}"),
            Feedback::Plan(misses) => {
                write!(f, "right answer, but ")?;
                for (at, miss) in misses.iter().enumerate() {
                    match at {
                        0 => {}
                        _ if at + 1 == misses.len() => write!(f, ", and ")?,
                        _ => write!(f, ", ")?,
                    }
                    miss.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::ColumnCount {
                extra: Some(name), ..
            } => write!(f, "one column too many: {name}"),
            Difference::ColumnCount { expected, got, .. } => write!(
                f,
                "the task asks for {}, and your answer has {got}",
                counted(*expected, "column", "columns")
            ),
            Difference::ColumnNames { expected, got } => write!(
                f,
                "the columns should be called {}, and yours are {}",
                expected.join(", "),
                got.join(", ")
            ),
            Difference::MissingRows { count, example } => write!(
                f,
                "{} missing, such as {}",
                is_are(*count, "row"),
                Row(example)
            ),
            Difference::ExtraRows { count, example } => write!(
                f,
                "{} too many, such as {}",
                is_are(*count, "row"),
                Row(example)
            ),
            Difference::DifferentRows {
                missing,
                extra,
                expected,
                got,
            } => {
                if (*missing, *extra) != (1, 1) {
                    write!(
                        f,
                        "{} missing and {extra} should not be there: ",
                        is_are(*missing, "row")
                    )?;
                }
                write!(f, "expected {}, got {}", Row(expected), Row(got))
            }
            Difference::DuplicatesLost { count, example } => write!(
                f,
                "duplicates lost: {} missing, such as another {}",
                is_are(*count, "row"),
                Row(example)
            ),
            Difference::DuplicatesAdded { count, example } => write!(
                f,
                "rows repeated: {} too many, such as another {}",
                is_are(*count, "row"),
                Row(example)
            ),
            Difference::NullsDropped { count, example } => write!(
                f,
                "NULLs dropped: {} missing, such as {}",
                is_are(*count, "row"),
                Row(example)
            ),
            Difference::WrongOrder {
                row,
                column,
                expected,
                got,
            } => write!(
                f,
                "right rows, wrong order: {column} is {} in row {row}, expected {}",
                Shown(got),
                Shown(expected)
            ),
        }
    }
}

fn counted(n: usize, singular: &str, plural: &str) -> String {
    units::counted(n as u64, singular, plural)
}

fn is_are(n: usize, noun: &str) -> String {
    let plural = format!("{noun}s");
    let verb = if n == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(n, noun, &plural))
}

/// A row, short enough for a line.
pub(super) struct Row<'a>(pub(super) &'a [Value]);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        write!(f, "(")?;
        for (at, value) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Shown(value))?;
        }
        let rest = if self.0.len() > SHOWN { ", ..)" } else { ")" };
        write!(f, "{rest}")
    }
}

/// A value as SQL would write it, long ones cut.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 30;
        match self.0 {
            Value::Null => write!(f, "NULL"),
            Value::Integer(i) => write!(f, "{i}"),
            Value::Real(r) => write!(f, "{r:?}"),
            Value::Text(text) if text.chars().count() > SHOWN => {
                write!(f, "'{}..'", text.chars().take(SHOWN).collect::<String>())
            }
            Value::Text(text) => write!(f, "'{text}'"),
            Value::Blob(bytes) => write!(f, "a blob of {} bytes", bytes.len()),
        }
    }
}
