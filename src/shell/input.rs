//! Takes one input apart: statements, dot commands and bare words, also when
//! several were pasted at once.

use super::editor::{agrees, is_bare_word};
use super::{Flow, Shell, dot, terminal_failed};
use crate::commands::{Failure, statement};
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
    /// One SQL statement without its semicolon, and the line it starts on.
    Sql(&'a str, usize),
}

/// The pieces of `input` in order. A dot command is a line that starts with a
/// dot where a statement could start.
pub(super) fn pieces(input: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut at, mut line, mut counted_to) = (0, 1, 0);
    loop {
        at += blank_len(&input[at..]);
        let rest = &input[at..];
        if rest.is_empty() {
            return pieces;
        }
        let first_line = rest.lines().next().unwrap_or(rest);
        if rest.starts_with('.') {
            pieces.push(Piece::Dot(first_line.trim_end()));
            at += first_line.len();
        } else if is_bare_word(first_line) {
            pieces.push(Piece::Word(first_line.trim().trim_end_matches(';')));
            at += first_line.len();
        } else if let Some(statement) = sql::split(rest).next() {
            line += input[counted_to..at].matches('\n').count();
            counted_to = at;
            pieces.push(Piece::Sql(statement.text, line));
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
    /// Does everything that `input` asks for, one piece after another; stops
    /// at the first that fails.
    ///
    /// # Errors
    /// That of the piece that failed.
    pub(super) fn feed(&mut self, input: &str) -> Result<Flow, Failure> {
        for piece in pieces(input) {
            let flow = match piece {
                Piece::Dot(line) => dot::run(self, line)?,
                Piece::Word(word) => dot::run(self, &format!(".{}", word.to_ascii_lowercase()))?,
                Piece::Sql(text, line) => {
                    self.answer(text, line)?;
                    Flow::GoOn
                }
            };
            if flow == Flow::Leave {
                return Ok(flow);
            }
        }
        Ok(Flow::GoOn)
    }

    /// Asks before a write that takes every row of a table.
    fn may_write(&mut self, sql: &str) -> Result<bool, Failure> {
        let Some((whole, rows)) = statement::at_stake(&mut self.session, sql) else {
            return Ok(true);
        };
        self.context.out.flush()?;
        agrees(&question(&whole, rows)).map_err(terminal_failed)
    }

    /// Runs one statement and draws its answer.
    pub(super) fn answer(&mut self, sql: &str, line: usize) -> Result<(), Failure> {
        if self.interactive && !self.may_write(sql)? {
            return Ok(writeln!(self.context.out, "Nothing was changed.")?);
        }
        let presentation = statement::Presentation {
            interactive: self.interactive,
            timer: self.settings.timer,
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
        }
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
                Piece::Sql("select 1", 1),
                Piece::Sql("select ';'", 1),
                Piece::Dot(".mode csv"),
                Piece::Sql("select\n2", 4),
                Piece::Word("help"),
                Piece::Word("exit"),
            ]
        );
    }

    #[test]
    fn a_dot_inside_a_statement_is_no_command() {
        assert_eq!(pieces("select 1\n.5;"), [Piece::Sql("select 1\n.5", 1)]);
        assert_eq!(pieces(" ; -- nothing\n ;"), []);
        assert_eq!(
            pieces("-- first\n.timer off\n/* then */ select 1"),
            [Piece::Dot(".timer off"), Piece::Sql("select 1", 3)]
        );
    }
}
