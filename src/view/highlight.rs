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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLORED: Style = Style {
        color: true,
        ..Style::PIPED
    };

    #[test]
    fn kinds_have_their_colours() {
        insta::assert_snapshot!(
            highlight("select a, 'x', 1 from t -- y", &COLORED).replace('\x1b', "^"),
            @"^[1;34mselect^[0m a, ^[32m'x'^[0m, ^[35m1^[0m ^[1;34mfrom^[0m t ^[2m-- y^[0m"
        );
        assert_eq!(highlight("select 1", &Style::PIPED), "select 1");
    }

    proptest! {
        #[test]
        fn only_escapes_are_added(sql in "(select|'|\"|--|/\\*|1|x|[^\u{1b}])*") {
            let mut plain = String::new();
            for (i, part) in highlight(&sql, &COLORED).split('\x1b').enumerate() {
                plain.push_str(if i == 0 { part } else { &part[part.find('m').unwrap() + 1..] });
            }
            prop_assert_eq!(plain, sql);
        }
    }
}
