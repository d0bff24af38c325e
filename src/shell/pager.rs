//! Results longer than the screen go through a pager.

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use crate::clock::Clock;

/// Output that a pager which does not read can swallow: what a pipe holds, and
/// more. It is kept, to be shown without the pager if that turns out broken.
const KEPT_BYTES: usize = 256 * 1024;

/// The output of one statement: kept back until it is longer than the screen,
/// then handed to the pager.
#[derive(Clone)]
pub(super) struct Pager(Rc<RefCell<Paging>>);

struct Paging {
    command: String,
    /// Lines that the screen shows at once.
    screen: usize,
    lines: usize,
    kept: Vec<u8>,
    /// All that was written, whether or not it is kept.
    bytes: usize,
    state: State,
    /// Stands while the pager takes nothing: somebody is reading.
    clock: Clock,
    problem: Option<String>,
}

enum State {
    /// Everything is in `kept`.
    Waiting,
    Paging(Child),
    /// The pager was left before the end.
    Left,
    /// There is none, or it does not work.
    Without,
}

/// How the paging ended.
pub(super) struct Paged {
    /// What is still to be shown on the screen.
    pub rest: Vec<u8>,
    /// The pager was left before the end: no reason to run on.
    pub was_left: bool,
    /// What to tell of a pager that does not work.
    pub problem: Option<String>,
}

impl Pager {
    /// A pager that is started by `command` (a program and its arguments) once
    /// there are more lines than `screen` shows.
    pub(super) fn new(command: &str, screen: usize, clock: Clock) -> Pager {
        Pager(Rc::new(RefCell::new(Paging {
            command: command.to_owned(),
            screen,
            lines: 0,
            kept: Vec::new(),
            bytes: 0,
            state: State::Waiting,
            clock,
            problem: None,
        })))
    }

    /// Ends the output and waits until the pager is left.
    pub(super) fn finish(&self) -> Paged {
        let mut paging = self.0.borrow_mut();
        let paging = &mut *paging;
        let state = std::mem::replace(&mut paging.state, State::Without);
        let mut rest = std::mem::take(&mut paging.kept);
        let mut was_left = false;
        match state {
            State::Waiting | State::Without => {}
            State::Left => was_left = true,
            State::Paging(mut child) => {
                drop(child.stdin.take());
                let failed = child
                    .wait()
                    .map_or(true, |status| status.code().is_some_and(|c| c != 0));
                // What it has not shown, unless it took more than it could
                // have swallowed without reading.
                if failed && paging.bytes <= KEPT_BYTES {
                    paging.problem = Some(format!("the pager {} failed", paging.command));
                } else {
                    rest.clear();
                }
            }
        }
        if was_left {
            rest.clear();
        }
        Paged {
            rest,
            was_left,
            problem: paging.problem.take(),
        }
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().take(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0.borrow_mut().state {
            State::Paging(child) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            _ => Ok(()),
        }
    }
}

impl Paging {
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        self.lines += bytes.iter().filter(|&&b| b == b'\n').count();
        if self.bytes <= KEPT_BYTES || !matches!(self.state, State::Paging(_)) {
            self.kept.extend_from_slice(bytes);
        }
        match &mut self.state {
            State::Waiting if self.lines >= self.screen => {
                match start(&self.command) {
                    Ok(child) => self.state = State::Paging(child),
                    Err(error) => {
                        let problem =
                            format!("could not start the pager {}: {error}", self.command);
                        self.problem = Some(problem);
                        self.state = State::Without;
                        return Ok(bytes.len());
                    }
                }
                let kept = std::mem::take(&mut self.kept);
                let sent = self.send(&kept);
                self.kept = kept;
                sent.map(|()| bytes.len())
            }
            State::Paging(_) => self.send(bytes).map(|()| bytes.len()),
            State::Left => Err(io::ErrorKind::BrokenPipe.into()),
            State::Waiting | State::Without if self.kept.len() <= KEPT_BYTES => Ok(bytes.len()),
            State::Waiting | State::Without => {
                let kept = std::mem::take(&mut self.kept);
                io::stdout().write_all(&kept).map(|()| bytes.len())
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let State::Paging(child) = &mut self.state else {
            return Ok(());
        };
        let sent = self.clock.aside(|| match &mut child.stdin {
            Some(pipe) => pipe.write_all(bytes),
            None => Ok(()),
        });
        if sent.is_ok() {
            return Ok(());
        }
        drop(child.stdin.take());
        let failed = child
            .wait()
            .map_or(true, |status| status.code().is_some_and(|c| c != 0));
        if failed && self.bytes <= KEPT_BYTES {
            self.problem = Some(format!("the pager {} failed", self.command));
            self.state = State::Without;
            return Ok(());
        }
        self.state = State::Left;
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// Starts the pager with its standard input in our hands.
fn start(command: &str) -> io::Result<Child> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or(io::ErrorKind::NotFound)?;
    let mut pager = Command::new(program);
    pager.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Colours as colours, long lines whole, and what was shown stays.
        pager.env("LESS", "RSX");
    }
    pager.spawn()
}

/// The command of `pager auto`: the learner's `$PAGER`, or less.
pub(super) fn usual() -> String {
    std::env::var("PAGER")
        .ok()
        .filter(|pager| !pager.trim().is_empty())
        .unwrap_or_else(|| "less".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn page(command: &str, lines: usize) -> (Pager, io::Result<()>) {
        let mut pager = Pager::new(command, 3, Clock::wall());
        let written = (0..lines).try_for_each(|i| writeln!(pager, "line {i}"));
        (pager, written)
    }

    #[test]
    fn what_fits_the_screen_is_not_paged() {
        let (pager, written) = page("no-such-pager-anywhere", 2);
        written.unwrap();
        let paged = pager.finish();
        assert_eq!(paged.rest, b"line 0\nline 1\n");
        assert!(paged.problem.is_none());
    }

    #[test]
    fn a_pager_gets_everything() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("paged");
        let (pager, written) = page(&format!("tee {}", to.display()), 1000);
        written.unwrap();
        let paged = pager.finish();
        assert!(paged.rest.is_empty() && paged.problem.is_none());
        let text = std::fs::read_to_string(to).unwrap();
        assert_eq!(text.lines().count(), 1000);
        assert_eq!(text.lines().last(), Some("line 999"));
    }

    #[test]
    fn a_broken_pager_loses_nothing() {
        let (pager, written) = page("false", 4);
        written.unwrap();
        let paged = pager.finish();
        assert_eq!(paged.rest, b"line 0\nline 1\nline 2\nline 3\n");
        assert_eq!(paged.problem.as_deref(), Some("the pager false failed"));
    }

    #[test]
    fn a_pager_that_was_left_ends_the_query() {
        let (pager, written) = page("true", 1_000_000);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let paged = pager.finish();
        assert!(paged.was_left && paged.rest.is_empty() && paged.problem.is_none());
    }
}
