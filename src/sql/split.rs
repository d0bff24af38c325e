//! Where one statement ends and the next begins, as SQLite's shell decides it:
//! at a `;` outside of strings, quoted names and comments, except inside the
//! body of a trigger, which ends at `; end ;`.

use std::iter::Peekable;
use std::ops::Range;

use super::lexer::{Lexer, Token, TokenKind, lex};

/// One statement of a longer text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// From its first token to its last, without the `;` and without blanks
    /// and comments around.
    pub text: &'a str,
    /// Where that text is in the whole, in bytes.
    pub range: Range<usize>,
    /// The line of the whole on which it begins, from 1.
    pub line: usize,
    /// Whether a `;` closes it.
    pub terminated: bool,
}

/// The statements of `sql`. Nothing is made of a bare `;` or of a comment.
pub fn split(sql: &str) -> Split<'_> {
    Split {
        sql,
        tokens: lex(sql).peekable(),
        counted_to: 0,
        line: 1,
    }
}

/// Whether `sql` ends where a statement ends, so that a shell need not ask for
/// another line. Blank text is not complete. The same as `sqlite3_complete`
/// with a line end appended (without it, SQLite waits for the end of a `--`
/// comment), but for Tcl's parameters such as `$a(;)`: they stay whole here.
pub fn is_complete(sql: &str) -> bool {
    let mut state = State::Nothing;
    for token in lex(sql) {
        if token.unterminated {
            return false;
        }
        state = state.after(&token, sql);
    }
    state == State::Start
}

/// Iterates over the statements of a text; see [`split`].
#[derive(Debug, Clone)]
pub struct Split<'a> {
    sql: &'a str,
    tokens: Peekable<Lexer<'a>>,
    counted_to: usize,
    line: usize,
}

impl<'a> Iterator for Split<'a> {
    type Item = Statement<'a>;

    fn next(&mut self) -> Option<Statement<'a>> {
        let sql = self.sql;
        while self
            .tokens
            .next_if(|token| token.is_blank() || token.text(sql) == ";")
            .is_some()
        {}
        let start = self.tokens.peek()?.range.start;
        let mut end = start;
        let mut state = State::Start;
        let mut terminated = false;
        for token in self.tokens.by_ref() {
            state = state.after(&token, sql);
            if state == State::Start {
                terminated = true;
                break;
            }
            if !token.is_blank() {
                end = token.range.end;
            }
        }
        self.line += sql[self.counted_to..start].matches('\n').count();
        self.counted_to = start;
        Some(Statement {
            text: &sql[start..end],
            range: start..end,
            line: self.line,
            terminated,
        })
    }
}

/// The states of `sqlite3_complete` (complete.c), which knows of a grammar only
/// what it takes to see the end of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but blanks yet.
    Nothing,
    /// A `;` has just closed a statement.
    Start,
    /// Inside a statement that the next `;` closes.
    Normal,
    /// After `explain` at the beginning.
    Explain,
    /// After `create`, perhaps with `temp`.
    Create,
    /// Inside a trigger.
    Trigger,
    /// After a `;` inside a trigger.
    TriggerSemicolon,
    /// After `; end` inside a trigger.
    TriggerEnd,
}

impl State {
    fn after(self, token: &Token, sql: &str) -> State {
        if token.is_blank() {
            return self;
        }
        let text = token.text(sql);
        let semicolon = text == ";";
        let word = |word: &str| token.kind == TokenKind::Keyword && text.eq_ignore_ascii_case(word);
        match self {
            State::TriggerSemicolon if word("end") => State::TriggerEnd,
            State::Trigger | State::TriggerSemicolon if semicolon => State::TriggerSemicolon,
            _ if semicolon => State::Start,
            State::Trigger | State::TriggerSemicolon | State::TriggerEnd => State::Trigger,
            State::Nothing | State::Start if word("explain") => State::Explain,
            State::Nothing | State::Start | State::Explain if word("create") => State::Create,
            // `explain query plan` may still be followed by `create trigger`.
            State::Explain
                if !["explain", "temp", "temporary", "trigger", "end"]
                    .into_iter()
                    .any(word) =>
            {
                State::Explain
            }
            State::Create if word("temp") || word("temporary") => State::Create,
            State::Create if word("trigger") => State::Trigger,
            _ => State::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(sql: &str) -> Vec<&str> {
        split(sql).map(|s| s.text).collect()
    }

    #[test]
    fn statements_end_at_their_semicolons() {
        assert_eq!(
            texts("select 1; select ';' as [;], \";\" /* ; */ -- ;\n, 2 ;;\n -- done\n"),
            ["select 1", "select ';' as [;], \";\" /* ; */ -- ;\n, 2"]
        );
        assert!(texts(" ;; -- nothing\n/* at all */").is_empty());
    }

    #[test]
    fn a_trigger_keeps_its_body() {
        let trigger = "create temp trigger t after insert on a begin \
                       update b set c = case when 1 then 2 end; select 1; end";
        assert_eq!(
            texts(&format!("{trigger}; select 2")),
            [trigger, "select 2"]
        );
        assert_eq!(
            texts(&format!("explain query plan {trigger};x")),
            [format!("explain query plan {trigger}").as_str(), "x"]
        );
        assert_eq!(texts("create table trigger(a); end;").len(), 2);
    }

    #[test]
    fn lines_and_ends_are_told() {
        let sql = "-- first\nselect 1;\n\nselect\n2; select 3";
        let told: Vec<_> = split(sql).map(|s| (s.line, s.terminated)).collect();
        assert_eq!(told, [(2, true), (4, true), (5, false)]);
    }

    #[test]
    fn complete_means_closed() {
        for complete in [
            "select 1;",
            "select 1; -- x",
            "; /* x */",
            "create trigger a; end;",
        ] {
            assert!(is_complete(complete), "{complete}");
        }
        for open in [
            "",
            "-- x",
            "select 1",
            "select ';",
            "select 1; /*",
            "create trigger a;",
        ] {
            assert!(!is_complete(open), "{open}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_separators_lies_between_statements(
            sql in "(select|create|trigger|temp|end|explain|;|'|\"|\\[|\\]|--|/\\*|\\*/|\n| |\\PC)*"
        ) {
            let mut at = 0;
            let mut between = String::new();
            for statement in split(&sql) {
                between.push_str(&sql[at..statement.range.start]);
                at = statement.range.end;
                prop_assert_eq!(&sql[statement.range.clone()], statement.text);
                prop_assert_eq!(statement.line, sql[..statement.range.start].matches('\n').count() + 1);
            }
            between.push_str(&sql[at..]);
            for token in lex(&between) {
                prop_assert!(token.is_blank() || token.text(&between) == ";");
            }
        }
    }
}
