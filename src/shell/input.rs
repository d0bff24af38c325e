//! Takes one input apart: statements, dot commands and bare words, also when
//! several were pasted at once.

use super::editor::is_bare_word;
use super::pager::{self, Pager};
use super::script::Failures;
use super::{Flow, Shell, ask, dot};
use crate::commands::{Exit, Failure, report, settings, statement};
use crate::sandbox::Kind;
use crate::sql;
use crate::view::lint::question;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A line that starts with a dot.
    Dot(&'a str),
    /// `help`, `exit` or `quit`, without its dot.
    Word(&'a str),
    /// One SQL statement without its semicolon.
    Sql(&'a str),
}

/// The pieces of `input` in order, each with the line it starts on. A dot
/// command is a line that starts with a dot where a statement could start.
pub(super) fn pieces(input: &str) -> Vec<(Piece<'_>, usize)> {
    let mut pieces = Vec::new();
    let (mut at, mut line, mut counted_to) = (0, 1, 0);
    loop {
        at += blank_len(&input[at..]);
        let rest = &input[at..];
        if rest.is_empty() {
            return pieces;
        }
        line += input[counted_to..at].matches('\n').count();
        counted_to = at;
        if rest.starts_with('.') {
            let first_line = rest.lines().next().unwrap_or(rest);
            pieces.push((Piece::Dot(first_line.trim_end()), line));
            at += first_line.len();
        } else if let Some(first_line) = bare_word_line(rest) {
            let word = first_line.trim().trim_end_matches(';');
            pieces.push((Piece::Word(word), line));
            at += first_line.len();
        } else if let Some(statement) = sql::split(rest).next() {
            pieces.push((Piece::Sql(statement.text), line));
            at += statement.range.end;
        } else {
            return pieces;
        }
    }
}

/// The first line of `rest` if it is a bare word. Looks at its beginning
/// only: a line may hold a million statements, each of which asks.
fn bare_word_line(rest: &str) -> Option<&str> {
    const LONGEST: usize = 32;
    let window = rest.as_bytes().iter().take(LONGEST);
    let end = window.clone().position(|&b| b == b'\n');
    let end = end.or((rest.len() <= LONGEST).then_some(rest.len()))?;
    let line = rest[..end].trim_end_matches('\r');
    is_bare_word(line).then_some(line)
}

/// Bytes of blanks, comments and bare semicolons at the start of `text`.
fn blank_len(text: &str) -> usize {
    sql::lex(text)
        .take_while(|token| token.is_blank() || token.text(text) == ";")
        .last()
        .map_or(0, |token| token.range.end)
}

impl Shell<'_> {
    /// Does everything that `input` asks for, one piece after another;
    /// `failures` decides whether to stop at the first that fails.
    ///
    /// # Errors
    /// That of the piece that failed.
    pub(super) fn feed(&mut self, input: &str, failures: &mut Failures) -> Result<Flow, Failure> {
        for (piece, line) in pieces(input) {
            match self.take(&piece, line) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::Leave) => return Ok(Flow::Leave),
                Err(failure) => failures.take(self, failure)?,
            }
        }
        Ok(Flow::GoOn)
    }

    /// Does everything that was typed or pasted, and tells what fails: what
    /// was pasted after it is answered, too, unless Ctrl-C stopped it.
    ///
    /// # Errors
    /// When the reader of the output has gone.
    pub(super) fn feed_typed(&mut self, input: &str) -> Result<Flow, Failure> {
        for (piece, line) in pieces(input) {
            self.context.measure();
            match self.take(&piece, line) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::Leave) => return Ok(Flow::Leave),
                Err(failure) if failure.is_closed_pipe() => return Err(failure),
                Err(failure) => {
                    report(&mut self.context, &failure)?;
                    if failure.exit == Exit::Interrupted {
                        break;
                    }
                }
            }
            // The next one may take its time.
            self.context.out.flush()?;
        }
        Ok(Flow::GoOn)
    }

    /// Does one thing; the file that `.once` named before it is finished
    /// after it, or given up if it fails.
    ///
    /// # Errors
    /// Its own, and those of the file.
    pub(super) fn take(&mut self, piece: &Piece<'_>, line: usize) -> Result<Flow, Failure> {
        let is_last = self.redirects_once();
        let done = self.take_alone(piece, line);
        dot::cache::tell_stopped_flush(self)?;
        if is_last {
            match &done {
                Ok(_) => self.end_redirect()?,
                Err(_) => self.drop_redirect()?,
            }
        }
        done
    }

    fn take_alone(&mut self, piece: &Piece<'_>, line: usize) -> Result<Flow, Failure> {
        match piece {
            Piece::Dot(command) if self.take_dot(command)? => Ok(Flow::GoOn),
            Piece::Dot(command) => dot::run(self, command),
            Piece::Word(word) => dot::run(self, &format!(".{}", word.to_ascii_lowercase())),
            Piece::Sql(sql) => self.answer(sql, line).map(|()| Flow::GoOn),
        }
    }

    /// Asks before a write that takes every row of a table.
    fn may_write(&mut self, sql: &str) -> Result<bool, Failure> {
        let Some((whole, rows)) = statement::at_stake(&mut self.session, sql) else {
            return Ok(true);
        };
        self.context.out.flush()?;
        ask::agrees(&question(&whole, rows))
    }

    /// A pager for a result of which all rows are wanted, on a screen.
    fn start_pager(&mut self, told: statement::Presentation) -> Result<Option<Pager>, Failure> {
        let wanted = told.interactive && told.window.is_none() && self.context.is_terminal;
        let command = match &self.context.settings.pager {
            _ if !wanted => return Ok(None),
            settings::Pager::Off => return Ok(None),
            settings::Pager::Auto if self.context.style.plain => return Ok(None),
            settings::Pager::Auto => pager::usual(),
            settings::Pager::Command(command) => command.clone(),
        };
        let Some((_, height)) = terminal_size::terminal_size() else {
            return Ok(None);
        };
        let pager = Pager::new(&command, usize::from(height.0), self.context.clock.clone());
        self.context.outlet.divert(pager.clone())?;
        Ok(Some(pager))
    }

    /// Waits until the pager is left, and shows what it has not shown. Returns
    /// whether it was left before the end.
    fn end_pager(&mut self, pager: Option<Pager>) -> Result<bool, Failure> {
        let Some(pager) = pager else {
            return Ok(false);
        };
        self.context.outlet.restore();
        let paged = pager.finish();
        self.context.out.write_all(&paged.rest)?;
        if let Some(problem) = paged.problem {
            self.context.out.flush()?;
            writeln!(
                self.context.err,
                "warning: {problem}; .set pager off does without"
            )?;
        }
        Ok(paged.was_left)
    }

    /// Runs one statement and draws its answer.
    pub(super) fn answer(&mut self, sql: &str, line: usize) -> Result<(), Failure> {
        // A script was written to be run.
        if self.interactive && self.scripts == 0 && !self.may_write(sql)? {
            return Ok(writeln!(self.context.out, "Nothing was changed.")?);
        }
        let on_screen = self.interactive && self.redirect.is_none();
        let presentation = statement::Presentation {
            interactive: on_screen,
            window: self.context.settings.rows.filter(|_| on_screen),
            timer: self.context.settings.timer,
            after_result: self.has_printed && !on_screen,
            line,
            headers: self.headers,
            results_only: self.scripts > 0,
        };
        let pager = self.start_pager(presentation)?;
        let answered = statement::run(
            &mut self.context,
            &mut self.session,
            sql,
            &self.schema,
            presentation,
        );
        let was_left = self.end_pager(pager)?;
        let answered = match answered {
            // Whoever leaves the pager has seen enough.
            Err(failure) if was_left && failure.is_closed_pipe() => Kind::Query,
            // Where connections take turns, a refusal is part of the answer.
            Err(failure) if self.interactive && failure.exit == Exit::Failed => {
                report(&mut self.context, &failure)?;
                return self.take_turn(sql).map(|_| ());
            }
            answered => answered?,
        };
        if matches!(answered, Kind::Query | Kind::Write) {
            self.last_query = Some(sql.to_owned());
            self.asked.push(sql.to_owned());
        }
        self.has_printed |= answered == Kind::Query;
        if answered == Kind::Schema {
            self.refresh_schema();
        }
        self.grade(sql, answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_things_pasted_at_once_are_several_pieces() {
        assert_eq!(
            pieces("select 1; select ';';\n.mode csv\n\nselect\n2\n;help\nexit;"),
            [
                (Piece::Sql("select 1"), 1),
                (Piece::Sql("select ';'"), 1),
                (Piece::Dot(".mode csv"), 2),
                (Piece::Sql("select\n2"), 4),
                (Piece::Word("help"), 6),
                (Piece::Word("exit"), 7),
            ]
        );
    }

    #[test]
    fn a_dot_inside_a_statement_is_no_command() {
        assert_eq!(pieces("select 1\n.5;"), [(Piece::Sql("select 1\n.5"), 1)]);
        assert_eq!(pieces(" ; -- nothing\n ;"), []);
        assert_eq!(
            pieces("-- first\n.timer off\n/* then */ select 1"),
            [(Piece::Dot(".timer off"), 2), (Piece::Sql("select 1"), 3)]
        );
    }
}
