//! Input that nobody is typing: `-c`, files, standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::input::{Piece, pieces};
use super::{Flow, Shell, dot};
use crate::commands::{Exit, Failure, report};
use crate::units;

/// Scripts that read scripts: deeper than this is a circle.
const DEEPEST: usize = 16;

/// Runs each of the `-c` arguments; the first failure ends it, unless the
/// shell keeps going.
///
/// # Errors
/// That failure.
pub fn run_statements(shell: &mut Shell<'_>, statements: &[String]) -> Result<(), Failure> {
    let done = feed_all(shell, statements);
    finish(shell, done)
}

fn feed_all(shell: &mut Shell<'_>, statements: &[String]) -> Result<(), Failure> {
    let mut failures = Failures::new(shell.keep_going);
    for text in statements {
        if shell.feed(text, &mut failures)? == Flow::Leave {
            break;
        }
    }
    failures.end()
}

/// Runs a script; the first failure ends it, unless the shell keeps going, and
/// each is told with its line and its statement.
///
/// # Errors
/// That failure; standard input that cannot be read or is not UTF-8.
pub fn run_script(shell: &mut Shell<'_>, input: &mut dyn Read) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::new(Exit::Unreachable, format!("could not read the script: {e}")))?;
    let keep_going = shell.keep_going;
    let done = text_of(bytes, "the script").and_then(|text| run(shell, &text, None, keep_going));
    finish(shell, done.map(|_| ()))
}

/// Runs the script in a file, as [`run_script`] does.
///
/// # Errors
/// A failure in it; a file that cannot be read; scripts that read each other
/// in a circle.
pub(super) fn run_file(
    shell: &mut Shell<'_>,
    path: &Path,
    keep_going: bool,
) -> Result<Flow, Failure> {
    if shell.scripts >= DEEPEST {
        return Err(Failure::new(
            Exit::Failed,
            format!(
                "{} is read from {DEEPEST} scripts already: do they read each other?",
                path.display()
            ),
        ));
    }
    let bytes = fs::read(path).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
            io::ErrorKind::IsADirectory => "this is a folder, not a script".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(Exit::Unreachable, format!("{}: {why}", path.display()))
    })?;
    let name = path.display().to_string();
    let text = text_of(bytes, &name)?;
    let keep_going = keep_going || shell.keep_going;
    shell.scripts += 1;
    let done = run(shell, &text, Some(&name), keep_going);
    shell.scripts -= 1;
    if done.is_ok() && shell.scripts == 0 {
        let pieces = units::counted(pieces(&text).len() as u64, "statement", "statements");
        shell.note(&format!("Read {name}: {pieces}."))?;
    }
    done
}

fn run(
    shell: &mut Shell<'_>,
    text: &str,
    file: Option<&str>,
    keep_going: bool,
) -> Result<Flow, Failure> {
    let mut failures = Failures::new(keep_going);
    for (piece, line) in pieces(text) {
        match shell.take(&piece, line) {
            Ok(Flow::GoOn) => {}
            Ok(Flow::Leave) => return failures.end().map(|()| Flow::Leave),
            Err(failure) => {
                let statement = match piece {
                    Piece::Sql(sql) => sql,
                    Piece::Dot(_) | Piece::Word(_) => "",
                };
                failures.take(shell, failure.at_place(file, line, statement))?;
            }
        }
        if shell.interactive {
            // Somebody watches.
            shell.context.out.flush()?;
        }
    }
    failures.end().map(|()| Flow::GoOn)
}

/// What has failed so far.
pub(super) struct Failures {
    keep_going: bool,
    first: Option<Exit>,
}

impl Failures {
    fn new(keep_going: bool) -> Failures {
        Failures {
            keep_going,
            first: None,
        }
    }

    /// Tells the failure, if the rest is to be run all the same.
    ///
    /// # Errors
    /// The failure, if it is not, or nobody would read more.
    pub(super) fn take(&mut self, shell: &mut Shell<'_>, failure: Failure) -> Result<(), Failure> {
        let ends = failure.is_closed_pipe() || failure.exit == Exit::Interrupted;
        if ends || !self.keep_going {
            return Err(failure);
        }
        report(&mut shell.context, &failure)?;
        self.first.get_or_insert(failure.exit);
        Ok(())
    }

    /// The end of it: the exit code is that of the first failure.
    fn end(self) -> Result<(), Failure> {
        self.first.map_or(Ok(()), |exit| Err(Failure::silent(exit)))
    }
}

/// The text of a script, without a byte order mark.
fn text_of(bytes: Vec<u8>, name: &str) -> Result<String, Failure> {
    let mut text = String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        Failure::new(Exit::Failed, format!("line {line} of {name} is not UTF-8"))
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// Gives the database what waits for it, and puts a redirected file in its
/// place; also when the script failed: what was written before is in it.
fn finish(shell: &mut Shell<'_>, done: Result<(), Failure>) -> Result<(), Failure> {
    let stored = dot::cache::finish(shell).and_then(|()| match shell.lacks_writes {
        false => Ok(()),
        true => {
            let told = "the database has not all writes that were acknowledged";
            Err(Failure::new(Exit::Failed, told.to_owned()))
        }
    });
    let ended = shell.end_redirect();
    let flushed = shell.context.out.flush().map_err(Failure::from);
    done.and(stored).and(ended).and(flushed)
}
