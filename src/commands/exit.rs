//! What the process tells its caller.

use std::process::ExitCode;

/// The documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// The SQL, the answer or the run failed.
    Failed = 1,
    /// The command line asked for something that does not exist.
    Usage = 2,
    /// What was named (a file, a Redis URL) could not be reached.
    Unreachable = 3,
    /// The time limit was reached.
    TimeLimit = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
