//! Why a command did not do what was asked: one message for the person, one
//! code for the caller.

use std::io;

use super::{Exit, settings};
use crate::cache::raw;
use crate::dataset::import::ImportError;
use crate::view::sanitize;
use crate::{dataset, sandbox, session};

/// A command's failure.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code.
    pub exit: Exit,
    /// What to print after `error: `; its further lines (a caret, a hint) as
    /// they are. `None` when everything was said already, and for a closed pipe.
    pub message: Option<String>,
}

impl Failure {
    /// A failure with something to say. The message may quote what was typed,
    /// or a name from a file: a terminal sees it escaped.
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        let message: String = message.into();
        Failure {
            exit,
            message: Some(sanitize::lines(&message).into_owned()),
        }
    }

    /// The command line asked for something that does not exist.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// Whether the reader of the output has gone.
    pub fn is_closed_pipe(&self) -> bool {
        self.message.is_none() && self.exit == Exit::Ok
    }

    /// The same failure in other words, which are ready to be drawn.
    pub fn saying(mut self, message: String) -> Failure {
        self.message = Some(message);
        self
    }

    /// The same failure, told with its place in a script: the file if it is
    /// one, the line, and the statement unless the message shows it.
    pub fn at_place(mut self, file: Option<&str>, line: usize, statement: &str) -> Failure {
        self.message = self.message.map(|message| {
            let place = match file {
                Some(file) => format!("{file}, line {line}"),
                None => format!("line {line}"),
            };
            let shown = if message.contains('\n') {
                String::new()
            } else {
                first_line(statement)
            };
            format!("{place}: {message}{shown}")
        });
        self
    }

    /// Ends with `exit` and says nothing more.
    pub fn silent(exit: Exit) -> Failure {
        Failure {
            exit,
            message: None,
        }
    }
}

/// The first line of a statement as a further line of a message, shortened to
/// the screen.
fn first_line(statement: &str) -> String {
    const WIDEST: usize = 76;
    let Some(line) = statement.lines().next() else {
        return String::new();
    };
    let Some(line) = raw::without_secrets(line) else {
        return String::new();
    };
    let line = sanitize::one_line(&line);
    let rest = line.chars().count() > WIDEST || statement.lines().nth(1).is_some();
    let short: String = line.chars().take(WIDEST - 4).collect();
    match rest {
        true => format!("\n  {} ...", short.trim_end()),
        false => format!("\n  {line}"),
    }
}

impl From<io::Error> for Failure {
    /// A failed write to standard output. A closed pipe (`dbdojo ... | head`)
    /// is a reader that has enough: a quiet success.
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::silent(Exit::Ok)
        } else {
            Failure::new(Exit::Failed, format!("could not write the output: {error}"))
        }
    }
}

impl From<sandbox::Error> for Failure {
    /// Without the statement, so without a caret: `statement::run` does better.
    fn from(error: sandbox::Error) -> Failure {
        use sandbox::Error as E;
        let exit = match &error {
            E::Interrupted => Exit::Interrupted,
            E::TimeLimit(_) => Exit::TimeLimit,
            E::Unbound(_) => Exit::Usage,
            E::Copy { error, .. } if error.kind() == io::ErrorKind::StorageFull => Exit::Failed,
            E::Unreachable { .. } | E::InUse(_) | E::Copy { .. } => Exit::Unreachable,
            E::Connection(_) | E::Mark(_) => Exit::Usage,
            E::Sql { .. }
            | E::Refused(_)
            | E::Full
            | E::InTransaction
            | E::InTransactionOn(_)
            | E::Busy { .. }
            | E::Locked(_)
            | E::Sink(_) => Exit::Failed,
        };
        match error {
            E::Sink(error) => Failure::from(error),
            other => Failure::new(exit, other.to_string()),
        }
    }
}

impl From<dataset::Error> for Failure {
    fn from(error: dataset::Error) -> Failure {
        use dataset::Error as E;
        let exit = match &error {
            E::Unknown { .. } | E::BadName(_) => Exit::Usage,
            E::Taken(_) | E::Exists(_) | E::OneScale { .. } | E::NoRules(_) => Exit::Usage,
            E::Import(
                ImportError::NotAFile(_) | ImportError::Folder(_) | ImportError::NoFiles(_),
            ) => Exit::Unreachable,
            E::File { .. } => Exit::Unreachable,
            E::Interrupted => Exit::Interrupted,
            E::BadSpec(_) | E::DiskFull | E::Import(_) | E::Sqlite { .. } => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<session::CacheError> for Failure {
    fn from(error: session::CacheError) -> Failure {
        match error {
            session::CacheError::Practice(error) => Failure::from(error),
            session::CacheError::Open(error) if error.is_usage() => {
                Failure::usage(error.to_string())
            }
            session::CacheError::Open(error) => Failure::new(Exit::Unreachable, error.to_string()),
        }
    }
}

impl From<session::ImportError> for Failure {
    fn from(error: session::ImportError) -> Failure {
        match error {
            session::ImportError::Data(error) => Failure::from(error),
            session::ImportError::Practice(error) => Failure::from(error),
        }
    }
}

impl From<settings::Unknown> for Failure {
    fn from(error: settings::Unknown) -> Failure {
        Failure::usage(error.to_string())
    }
}

impl From<settings::SaveError> for Failure {
    fn from(error: settings::SaveError) -> Failure {
        Failure::new(Exit::Failed, error.to_string())
    }
}
