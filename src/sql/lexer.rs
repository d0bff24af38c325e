//! A total lexer for SQLite's SQL: every byte of any text belongs to exactly
//! one token, and no text is refused.
//!
//! The rules are those of `sqlite3GetToken` in SQLite 3.54.1. Two things are
//! told more gently than SQLite does: an unterminated string or quoted name
//! keeps its kind (and says so), and `/*` at the very end is a comment that has
//! just begun, where SQLite sees a slash and a star.

use std::borrow::Cow;
use std::ops::Range;

use super::keyword;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks, line ends, a byte order mark.
    Whitespace,
    /// `-- to the line's end` (which is not part of it) or `/* ... */`.
    Comment,
    /// One of SQLite's keywords, although many of them may also be names.
    Keyword,
    /// A name without quotes.
    Identifier,
    /// A name in `"x"`, `` `x` `` or `[x]`.
    QuotedIdentifier,
    /// `'text'`
    String,
    /// `12`, `1_000`, `1.5e3`, `0xff`
    Number,
    /// `x'00ff'`
    Blob,
    /// `?`, `?1`, `:name`, `@name`, `$name::part(suffix)`
    Parameter,
    /// An operator or a punctuation mark: `||`, `->>`, `(`, `;`, ...
    Operator,
    /// What SQLite has no token for: `1x`, `x'0'`, `!`, a control character.
    Illegal,
}

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// Whether the text ended before the closing quote or `*/`.
    pub unterminated: bool,
}

impl Token {
    /// The token's text, given the text that was lexed.
    pub fn text<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.range.clone()]
    }

    /// Whether it only separates others.
    pub fn is_blank(&self) -> bool {
        matches!(self.kind, TokenKind::Whitespace | TokenKind::Comment)
    }

    /// Whether it can be read as a name: quoted, or a word.
    pub fn is_name(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Keyword | TokenKind::Identifier | TokenKind::QuotedIdentifier
        )
    }
}

/// The tokens of `sql`, in order and without gaps.
pub fn lex(sql: &str) -> Lexer<'_> {
    Lexer { sql, at: 0 }
}

/// Iterates over the tokens of a text; see [`lex`].
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    sql: &'a str,
    at: usize,
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = &self.sql.as_bytes()[self.at..];
        let first = *rest.first()?;
        let found = scan(first, rest);
        let start = self.at;
        self.at += found.length;
        let range = start..self.at;
        let kind = match found.kind {
            TokenKind::Identifier if keyword::is_keyword(&self.sql[range.clone()]) => {
                TokenKind::Keyword
            }
            kind => kind,
        };
        Some(Token {
            kind,
            range,
            unterminated: found.unterminated,
        })
    }
}

struct Found {
    kind: TokenKind,
    length: usize,
    unterminated: bool,
}

impl Found {
    fn whole(kind: TokenKind, length: usize) -> Found {
        Found {
            kind,
            length,
            unterminated: false,
        }
    }
}

/// The token that begins `s`, whose first byte is `first`. It ends where a
/// character ends: bytes from 0x80 on only occur in names, inside quotes and
/// comments, and in the byte order mark.
fn scan(first: u8, s: &[u8]) -> Found {
    use TokenKind::{Blob, Comment, Identifier, Illegal, Operator, Parameter, Whitespace};
    let second = s.get(1).copied().unwrap_or(0);
    let third = s.get(2).copied().unwrap_or(0);
    match first {
        b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' => Found::whole(Whitespace, run(s, 1, is_space)),
        0xEF if second == 0xBB && third == 0xBF => Found::whole(Whitespace, 3),
        b'-' if second == b'-' => Found::whole(Comment, run(s, 2, |b| b != b'\n')),
        b'/' if second == b'*' => block_comment(s),
        b'-' if second == b'>' => Found::whole(Operator, if third == b'>' { 3 } else { 2 }),
        b'=' if second == b'=' => Found::whole(Operator, 2),
        b'<' if matches!(second, b'=' | b'>' | b'<') => Found::whole(Operator, 2),
        b'>' if matches!(second, b'=' | b'>') => Found::whole(Operator, 2),
        b'!' if second == b'=' => Found::whole(Operator, 2),
        b'|' if second == b'|' => Found::whole(Operator, 2),
        b'\'' | b'"' | b'`' | b'[' => quoted(first, s),
        b'.' if second.is_ascii_digit() => number(s),
        b'0'..=b'9' => number(s),
        b'?' => Found::whole(Parameter, run(s, 1, |b| b.is_ascii_digit())),
        b'$' | b'@' | b':' | b'#' => parameter(s),
        b'x' | b'X' if second == b'\'' => {
            let end = run(s, 2, |b| b.is_ascii_hexdigit());
            let closed = s.get(end) == Some(&b'\'');
            if closed && end % 2 == 0 {
                return Found::whole(Blob, end + 1);
            }
            let end = run(s, end, |b| b != b'\'');
            Found {
                kind: Illegal,
                length: (end + 1).min(s.len()),
                unterminated: end == s.len(),
            }
        }
        b'-' | b'/' | b'=' | b'<' | b'>' | b'|' | b'.' | b'(' | b')' | b';' | b'+' | b'*'
        | b'%' | b',' | b'&' | b'~' => Found::whole(Operator, 1),
        b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => {
            Found::whole(Identifier, run(s, 1, is_name_byte))
        }
        _ => Found::whole(Illegal, 1),
    }
}

/// The end of the run of bytes that `wanted` accepts, from `from` on.
fn run(s: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = s.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|b| wanted(**b)).count()
}

fn is_space(b: u8) -> bool {
    // A vertical tab continues a run of blanks but does not begin one.
    b.is_ascii_whitespace() || b == 0x0b
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80
}

fn block_comment(s: &[u8]) -> Found {
    let end = s[2..].windows(2).position(|pair| pair == b"*/");
    Found {
        kind: TokenKind::Comment,
        length: end.map_or(s.len(), |end| end + 4),
        unterminated: end.is_none(),
    }
}

/// A string or a quoted name. The closing quote written twice stands for
/// itself, except in `[x]`.
fn quoted(open: u8, s: &[u8]) -> Found {
    let (kind, close) = match open {
        b'\'' => (TokenKind::String, open),
        b'[' => (TokenKind::QuotedIdentifier, b']'),
        _ => (TokenKind::QuotedIdentifier, open),
    };
    let mut at = 1;
    while at < s.len() {
        if s[at] != close {
            at += 1;
        } else if close != b']' && s.get(at + 1) == Some(&close) {
            at += 2;
        } else {
            return Found::whole(kind, at + 1);
        }
    }
    Found {
        kind,
        length: s.len(),
        unterminated: true,
    }
}

/// Digits may be parted by underscores. Letters that follow at once make the
/// whole illegal.
fn number(s: &[u8]) -> Found {
    let digits = |from| run(s, from, |b| b.is_ascii_digit() || b == b'_');
    let byte = |at: usize| s.get(at).copied().unwrap_or(0);
    let end = if byte(0) == b'0' && byte(1) | 0x20 == b'x' && byte(2).is_ascii_hexdigit() {
        run(s, 3, |b| b.is_ascii_hexdigit() || b == b'_')
    } else {
        let mut end = digits(0);
        if byte(end) == b'.' {
            end = digits(end + 1);
        }
        let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
        if byte(end) | 0x20 == b'e' && byte(end + 1 + sign).is_ascii_digit() {
            end = digits(end + 1 + sign);
        }
        end
    };
    let all = run(s, end, is_name_byte);
    let kind = if all == end {
        TokenKind::Number
    } else {
        TokenKind::Illegal
    };
    Found::whole(kind, all)
}

/// `:name`, with Tcl's `::` between its parts and a suffix in parentheses.
fn parameter(s: &[u8]) -> Found {
    let byte = |at: usize| s.get(at).copied().unwrap_or(0);
    let mut named = false;
    let mut at = 1;
    loop {
        let b = byte(at);
        if is_name_byte(b) {
            named = true;
            at += 1;
        } else if b == b'(' && named {
            let end = run(s, at + 1, |b| b != b')' && !is_space(b));
            return if byte(end) == b')' {
                Found::whole(TokenKind::Parameter, end + 1)
            } else {
                Found::whole(TokenKind::Illegal, end)
            };
        } else if b == b':' && byte(at + 1) == b':' {
            at += 2;
        } else {
            break;
        }
    }
    let kind = if named {
        TokenKind::Parameter
    } else {
        TokenKind::Illegal
    };
    Found::whole(kind, at)
}

/// The name or text that a token spells, without its quotes: `"a""b"` is
/// `a"b`. What has no quotes, or no closing one, stays as it is.
pub fn unquote(token: &str) -> Cow<'_, str> {
    let (open, close, twice) = match token.as_bytes().first() {
        Some(b'[') => ('[', ']', ""),
        Some(b'"') => ('"', '"', "\"\""),
        Some(b'`') => ('`', '`', "``"),
        Some(b'\'') => ('\'', '\'', "''"),
        _ => return Cow::Borrowed(token),
    };
    let inner = token
        .strip_prefix(open)
        .and_then(|rest| rest.strip_suffix(close));
    match inner {
        Some(inner) if !twice.is_empty() && inner.contains(twice) => {
            Cow::Owned(inner.replace(twice, &twice[1..]))
        }
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(token),
    }
}

/// The name as it is written in SQL: in double quotes if it needs them.
pub fn quote_if_needed(name: &str) -> Cow<'_, str> {
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        && name.bytes().all(is_name_byte)
        && !keyword::is_reserved(name);
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::TokenKind::*;
    use super::*;
    use proptest::prelude::*;

    fn kinds(sql: &str) -> Vec<(TokenKind, &str)> {
        lex(sql)
            .filter(|t| t.kind != Whitespace)
            .map(|t| (t.kind, t.text(sql)))
            .collect()
    }

    #[test]
    fn a_statement_falls_into_its_tokens() {
        assert_eq!(
            kinds("SELECT \"a b\", x'0f' || 'it''s' -- why\nFROM [t] where a->>'$.x' <> ?1;"),
            [
                (Keyword, "SELECT"),
                (QuotedIdentifier, "\"a b\""),
                (Operator, ","),
                (Blob, "x'0f'"),
                (Operator, "||"),
                (String, "'it''s'"),
                (Comment, "-- why"),
                (Keyword, "FROM"),
                (QuotedIdentifier, "[t]"),
                (Keyword, "where"),
                (Identifier, "a"),
                (Operator, "->>"),
                (String, "'$.x'"),
                (Operator, "<>"),
                (Parameter, "?1"),
                (Operator, ";"),
            ]
        );
    }

    #[test]
    fn numbers_and_parameters_follow_sqlite() {
        for number in [
            "0", "1_000", "1.", ".5", "1.5e3", "1e-3", "0xFF_ff", "1e+1_0",
        ] {
            assert_eq!(kinds(number), [(Number, number)]);
        }
        for parameter in [
            "?", "?12", ":a", "@a", "$a", "#a", "$a::b", "$x::y(z)", ":é",
        ] {
            assert_eq!(kinds(parameter), [(Parameter, parameter)]);
        }
        for illegal in [
            "1x", "0xg", "1e5e", "x'0'", "x'zz'", "!", ":", "$a(b", "\u{0}",
        ] {
            assert_eq!(kinds(illegal), [(Illegal, illegal)]);
        }
        assert_eq!(kinds("1e"), [(Illegal, "1e")]);
        assert_eq!(
            kinds("a.b"),
            [(Identifier, "a"), (Operator, "."), (Identifier, "b")]
        );
        assert_eq!(kinds("größe$1"), [(Identifier, "größe$1")]);
        assert_eq!(kinds("\u{feff}x"), [(Identifier, "x")]);
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end() {
        for (open, kind) in [
            ("'a''", String),
            ("\"a", QuotedIdentifier),
            ("[a", QuotedIdentifier),
            ("/* a", Comment),
            ("/*", Comment),
            ("/*/", Comment),
            ("x'0", Illegal),
        ] {
            let tokens: Vec<_> = lex(open).collect();
            assert_eq!(tokens.len(), 1, "{open}");
            assert_eq!(tokens[0].kind, kind, "{open}");
            assert!(tokens[0].unterminated, "{open}");
        }
        assert!(lex("/**/ 'a''' [a] -- b").all(|t| !t.unterminated));
    }

    #[test]
    fn quotes_come_off_and_go_on() {
        assert_eq!(unquote("\"a\"\"b\""), "a\"b");
        assert_eq!(unquote("[a]"), "a");
        assert_eq!(unquote("`a`"), "a");
        assert_eq!(unquote("a"), "a");
        assert_eq!(unquote("\""), "\"");
        assert_eq!(quote_if_needed("created_at"), "created_at");
        assert_eq!(quote_if_needed("order"), "\"order\"");
        assert_eq!(quote_if_needed("a \"b"), "\"a \"\"b\"");
    }

    proptest! {
        #[test]
        fn every_byte_belongs_to_one_token(sql in "(\\PC|[-/*'\"\\[\\]`$:@#?().x0-9eE_;\n\t\u{0}\u{feff}\u{b}])*") {
            let mut at = 0;
            for token in lex(&sql) {
                prop_assert_eq!(token.range.start, at);
                prop_assert!(token.range.end > at);
                prop_assert!(sql.is_char_boundary(token.range.end));
                at = token.range.end;
            }
            prop_assert_eq!(at, sql.len());
        }
    }
}
