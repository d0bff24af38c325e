//! Takes one input apart: statements, dot commands and bare words, also when
//! several were pasted at once.

use super::editor::is_bare_word;
use super::{Flow, Shell, ask, dot};
use crate::commands::{Exit, Failure, report, statement};
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
        let first_line = rest.lines().next().unwrap_or(rest);
        if rest.starts_with('.') {
            pieces.push((Piece::Dot(first_line.trim_end()), line));
            at += first_line.len();
        } else if is_bare_word(first_line) {
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

/// Bytes of blanks, comments and bare semicolons at the start of `text`.
fn blank_len(text: &str) -> usize {
    sql::lex(text)
        .take_while(|token| token.is_blank() || token.text(text) == ";")
        .last()
        .map_or(0, |token| token.range.end)
}

impl Shell<'_> {
    /// Does everything that `input` asks for, one piece after another, and
    /// stops at the first that fails.
    ///
    /// # Errors
    /// That of the piece that failed.
    pub(super) fn feed(&mut self, input: &str) -> Result<Flow, Failure> {
        for (piece, line) in pieces(input) {
            if self.take(&piece, line)? == Flow::Leave {
                return Ok(Flow::Leave);
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

    /// Does one thing.
    pub(super) fn take(&mut self, piece: &Piece<'_>, line: usize) -> Result<Flow, Failure> {
        match piece {
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

    /// Runs one statement and draws its answer.
    pub(super) fn answer(&mut self, sql: &str, line: usize) -> Result<(), Failure> {
        if self.interactive && !self.may_write(sql)? {
            return Ok(writeln!(self.context.out, "Nothing was changed.")?);
        }
        let presentation = statement::Presentation {
            interactive: self.interactive,
            window: self.context.settings.rows.filter(|_| self.interactive),
            timer: self.context.settings.timer,
            after_result: self.has_printed && !self.interactive,
            line,
        };
        let answered = statement::run(
            &mut self.context,
            &mut self.session,
            sql,
            &self.schema,
            presentation,
        )?;
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
