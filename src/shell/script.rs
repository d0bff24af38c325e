//! Input that nobody is typing: `-c`, files, standard input.

use std::io::Read;

use super::input::pieces;
use super::{Flow, Shell};
use crate::commands::{Exit, Failure};

/// Runs each of the `-c` arguments; the first failure ends it.
///
/// # Errors
/// That failure.
pub fn run_statements(shell: &mut Shell<'_>, statements: &[String]) -> Result<(), Failure> {
    for text in statements {
        if shell.feed(text)? == Flow::Leave {
            break;
        }
    }
    Ok(shell.context.out.flush()?)
}

/// Runs a script; the first failure ends it, and is told with its line.
///
/// # Errors
/// That failure; standard input that cannot be read or is not UTF-8.
pub fn run_script(shell: &mut Shell<'_>, input: &mut dyn Read) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::new(Exit::Unreachable, format!("could not read the script: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count()
            + 1;
        Failure::new(
            Exit::Failed,
            format!("line {line} of the script is not UTF-8"),
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    for (piece, line) in pieces(text) {
        match shell.take(&piece, line) {
            Ok(Flow::GoOn) => {}
            Ok(Flow::Leave) => break,
            Err(failure) => return Err(failure.at_line(line)),
        }
    }
    Ok(shell.context.out.flush()?)
}
