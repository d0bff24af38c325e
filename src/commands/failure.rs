//! Why a command did not do what was asked: one message for the person, one
//! code for the caller.

use std::io;

use super::Exit;

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
    /// A failure with something to say.
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure {
            exit,
            message: Some(message.into()),
        }
    }

    /// The command line asked for something that does not exist.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// Ends with `exit` and says nothing more.
    pub fn silent(exit: Exit) -> Failure {
        Failure {
            exit,
            message: None,
        }
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
