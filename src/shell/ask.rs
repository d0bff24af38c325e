//! A question to the person at the keyboard.

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::terminal_failed;
use crate::commands::Failure;

/// What is answered to `question`, trimmed; `None` for Ctrl-C and Ctrl-D. The
/// answer is not kept in the history.
///
/// # Errors
/// When the terminal fails.
pub(super) fn ask(question: &str) -> Result<Option<String>, Failure> {
    let mut editor = DefaultEditor::new().map_err(terminal_failed)?;
    match editor.readline(question) {
        Ok(answer) => Ok(Some(answer.trim().to_owned())),
        Err(ReadlineError::Interrupted | ReadlineError::Eof) => Ok(None),
        Err(error) => Err(terminal_failed(error)),
    }
}

/// Whether `y` or `yes` is answered to `question`; anything else, Ctrl-C and
/// the end of the input are a no.
///
/// # Errors
/// When the terminal fails.
pub(super) fn agrees(question: &str) -> Result<bool, Failure> {
    let answer = ask(question)?.unwrap_or_default();
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}
