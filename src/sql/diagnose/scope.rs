//! Which tables a statement names, read from its tokens.

use std::borrow::Cow;

use super::super::lexer::{Token, TokenKind, unquote};
use super::super::schema::{Schema, Table};

/// A table that a statement names, after `from`, `join`, `update`, `into`,
/// `alter table` or an index's `on`. One that a `with` defines counts, too.
#[derive(Debug, Clone)]
pub(super) struct Mention<'a> {
    /// The name, without quotes and schema.
    pub name: Cow<'a, str>,
    /// What the schema knows of it.
    pub table: Option<&'a Table>,
    /// What the statement calls it.
    pub alias: Option<Cow<'a, str>>,
    /// The token of the name.
    pub at: usize,
}

impl Mention<'_> {
    /// The name by which the statement's columns are qualified.
    pub fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// Finds them, in the order of the statement. Subqueries are not told apart.
pub(super) fn mentions<'a>(sql: &'a str, tokens: &[Token], schema: &'a Schema) -> Vec<Mention<'a>> {
    let is = |i: usize, word: &str| {
        tokens
            .get(i)
            .is_some_and(|token: &Token| token.text(sql).eq_ignore_ascii_case(word))
    };
    let is_index = is(0, "create") && (is(1, "index") || is(2, "index"));
    let mut found = Vec::new();
    for i in 0..tokens.len() {
        let introduces = ["from", "join", "update", "into"].iter().any(|w| is(i, w))
            || is(i, "table") && is(0, "alter")
            || is(i, "on") && is_index;
        if !introduces {
            continue;
        }
        let mut at = i + 1;
        if is(i, "update") && is(at, "or") {
            at += 2;
        }
        loop {
            let (mention, next) = mention_at(sql, tokens, schema, at);
            found.extend(mention);
            // More tables of a `from`; what follows `(` comes with its own.
            if next > at && is(next, ",") && (is(i, "from") || is(i, "join")) {
                at = next + 1;
            } else {
                break;
            }
        }
    }
    found
}

/// The mention that begins at token `at`, and the token after it.
fn mention_at<'a>(
    sql: &'a str,
    tokens: &[Token],
    schema: &'a Schema,
    mut at: usize,
) -> (Option<Mention<'a>>, usize) {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text(sql));
    let is_name = |i: usize| {
        tokens.get(i).is_some_and(|token| {
            matches!(
                token.kind,
                TokenKind::Identifier | TokenKind::QuotedIdentifier
            )
        })
    };
    if !is_name(at) {
        return (None, at);
    }
    if text(at + 1) == "." && is_name(at + 2) {
        at += 2;
    }
    let name = unquote(text(at));
    let named = usize::from(text(at + 1).eq_ignore_ascii_case("as"));
    let alias = is_name(at + 1 + named).then(|| unquote(text(at + 1 + named)));
    let next = at + 1 + if alias.is_some() { named + 1 } else { 0 };
    let mention = Mention {
        table: schema.table(&name),
        name,
        alias,
        at,
    };
    (Some(mention), next)
}
