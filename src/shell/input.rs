//! Takes one input apart: statements, dot commands and bare words, also when
//! several were pasted at once.

use super::editor::is_bare_word;
use super::{Flow, Shell, dot};
use crate::commands::{Failure, statement};
use crate::sql;

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

/// The pieces of `input` in order. A dot command is one at the start of a line
/// where a statement could start.
pub(super) fn pieces(input: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < input.len() {
        let rest = &input[at..];
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        let rest = &input[at..];
        if rest.starts_with('.') {
            let end = rest.find('\n').unwrap_or(rest.len());
            pieces.push(Piece::Dot(rest[..end].trim_end()));
            at += end;
            continue;
        }
        let line_end = rest.find('\n').unwrap_or(rest.len());
        if is_bare_word(&rest[..line_end]) {
            pieces.push(Piece::Word(rest[..line_end].trim().trim_end_matches(';')));
            at += line_end;
            continue;
        }
        let Some(first) = sql::split(rest).next() else {
            break;
        };
        let line = input[..at + first.range.start].matches('\n').count() + 1;
        pieces.push(Piece::Sql(&rest[first.range.clone()], line));
        at += first.end;
    }
    pieces
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
                Piece::Sql(text, _) => {
                    self.answer(text)?;
                    Flow::GoOn
                }
            };
            if flow == Flow::Leave {
                return Ok(flow);
            }
        }
        Ok(Flow::GoOn)
    }

    /// Runs one statement and draws its answer.
    pub(super) fn answer(&mut self, sql: &str) -> Result<(), Failure> {
        let presentation = statement::Presentation {
            interactive: self.interactive,
            timer: self.settings.timer,
        };
        let answered =
            statement::run(&mut self.context, &mut self.session, sql, &self.schema, presentation)?;
        if answered.explainable {
            self.last_query = Some(sql.to_owned());
        }
        if answered.schema_changed {
            self.refresh_schema();
        }
        Ok(())
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
    }
}
