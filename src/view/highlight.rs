//! SQL in colour, as it is typed and as it is shown.

use super::Style;
use crate::sql::{TokenKind, lex};

/// `sql` with colours by kind of token. Only zero-width escapes are added, so
/// that every character stays in its column.
pub fn highlight(sql: &str, style: &Style) -> String {
    if !style.color {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len() * 2);
    for token in lex(sql) {
        let text = token.text(sql);
        match ansi(token.kind) {
            Some(code) => {
                out.push_str("\x1b[");
                out.push_str(code);
                out.push('m');
                out.push_str(text);
                out.push_str("\x1b[0m");
            }
            None => out.push_str(text),
        }
    }
    out
}

/// The ANSI codes of a kind, from the sixteen that every theme makes legible.
fn ansi(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Keyword => Some("1;34"),
        TokenKind::String | TokenKind::Blob => Some("32"),
        TokenKind::Number => Some("35"),
        TokenKind::Parameter => Some("36"),
        TokenKind::Comment => Some("2"),
        TokenKind::Illegal => Some("31"),
        TokenKind::Whitespace
        | TokenKind::Identifier
        | TokenKind::QuotedIdentifier
        | TokenKind::Operator => None,
    }
}
