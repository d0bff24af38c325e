//! What went wrong with a benchmark, as a failure of the command.

use crate::cache::layer::OpenError;
use crate::commands::{Exit, Failure};
use crate::lab::bench::BenchError;
use crate::lab::report::BadSaved;
use crate::lab::simulate::TraceError;
use crate::lab::workload::BadWorkload;
use crate::sandbox;

impl From<BadWorkload> for Failure {
    fn from(error: BadWorkload) -> Failure {
        match error {
            BadWorkload::Unknown { .. } => Failure::usage(error.to_string()),
            BadWorkload::Malformed { .. } => Failure::new(Exit::Failed, error.to_string()),
            BadWorkload::Unreachable { .. } => Failure::new(Exit::Unreachable, error.to_string()),
        }
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Failure {
        if let BenchError::Data {
            error: sandbox::Error::Interrupted,
            ..
        } = error
        {
            return Failure::silent(Exit::Interrupted);
        }
        let exit = match &error {
            BenchError::TooFewKeys { .. }
            | BenchError::NoKeys { .. }
            | BenchError::ForeignFaults(_)
            | BenchError::WriteBehind
            | BenchError::Keys(_)
            | BenchError::Capacity(_) => Exit::Usage,
            BenchError::Trace(error) => trace_failure(error),
            BenchError::TooFewRows { .. } | BenchError::TraceTooShort { .. } => Exit::Usage,
            BenchError::Cache(error) => open_failure(error),
            BenchError::Bound(_) | BenchError::Uncacheable { .. } => Exit::Failed,
            BenchError::Data { error, .. } => match error {
                sandbox::Error::Unreachable { .. } | sandbox::Error::InUse(_) => Exit::Unreachable,
                _ => Exit::Failed,
            },
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<BadSaved> for Failure {
    fn from(error: BadSaved) -> Failure {
        let exit = match error {
            BadSaved::Unreachable { .. } => Exit::Unreachable,
            BadSaved::NoRun { .. } => Exit::Usage,
        };
        Failure::new(exit, error.to_string())
    }
}

fn trace_failure(error: &TraceError) -> Exit {
    match error {
        TraceError::File { .. } => Exit::Unreachable,
        TraceError::Line { .. } | TraceError::Empty(_) => Exit::Failed,
        TraceError::NoColumn { .. } => Exit::Usage,
    }
}

fn open_failure(error: &OpenError) -> Exit {
    if error.is_usage() {
        Exit::Usage
    } else {
        Exit::Unreachable
    }
}
