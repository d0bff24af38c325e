//! The statement that failed, as tokens to ask questions of.

use std::ops::Range;

use super::super::lexer::{Token, TokenKind, lex, unquote};
use super::super::schema::Schema;
use super::scope::{Mention, mentions};

/// A statement, its tokens without blanks and comments, and the tables it
/// names.
pub(super) struct Source<'a> {
    pub sql: &'a str,
    pub tokens: Vec<Token>,
    pub schema: &'a Schema,
    pub mentions: Vec<Mention<'a>>,
    /// For each token, and for the end, the `(` that is open around it.
    around: Vec<Option<usize>>,
}

impl<'a> Source<'a> {
    pub fn new(sql: &'a str, schema: &'a Schema) -> Source<'a> {
        let tokens: Vec<Token> = lex(sql).filter(|token| !token.is_blank()).collect();
        let mentions = mentions(sql, &tokens, schema);
        Source {
            around: open_around(sql, &tokens),
            sql,
            tokens,
            schema,
            mentions,
        }
    }

    /// The token at a byte of the statement.
    pub fn index_at(&self, offset: usize) -> Option<usize> {
        self.tokens
            .iter()
            .position(|token| token.range.contains(&offset))
    }

    /// The text of token `i`; empty outside of the statement.
    pub fn text(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |token| token.text(self.sql))
    }

    pub fn kind(&self, i: usize) -> Option<TokenKind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    pub fn span(&self, i: usize) -> Range<usize> {
        self.tokens
            .get(i)
            .map_or(self.sql.len()..self.sql.len(), |token| token.range.clone())
    }

    /// Whether token `i` is this word or sign, in any case.
    pub fn is(&self, i: usize, text: &str) -> bool {
        self.text(i).eq_ignore_ascii_case(text)
    }

    /// Whether token `i` is one of these words or signs.
    pub fn is_any(&self, i: usize, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.is(i, text))
    }

    /// Whether the token before `i` is one of these.
    pub fn follows(&self, i: usize, texts: &[&str]) -> bool {
        i > 0 && self.is_any(i - 1, texts)
    }

    /// The name that token `i` spells, without quotes.
    pub fn name(&self, i: usize) -> std::borrow::Cow<'a, str> {
        unquote(self.text(i))
    }

    /// Whether token `i` is a name without quotes that is no keyword.
    pub fn is_identifier(&self, i: usize) -> bool {
        self.kind(i) == Some(TokenKind::Identifier)
    }

    /// The first token from `from` on that spells this name.
    pub fn find_name(&self, name: &str, from: usize) -> Option<usize> {
        (from..self.tokens.len())
            .find(|&i| self.tokens[i].is_name() && self.name(i).eq_ignore_ascii_case(name))
    }

    /// The first token that is this word or sign.
    pub fn find(&self, text: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|&i| self.is(i, text))
    }

    /// Whether a table, column or alias of this name is known, so that it is
    /// no misspelt keyword.
    pub fn knows(&self, name: &str) -> bool {
        self.schema
            .tables
            .iter()
            .any(|table| table.name.eq_ignore_ascii_case(name) || table.has_column(name))
    }

    /// The innermost `(` that is open around token `i`, or at the end.
    pub fn open(&self, i: usize) -> Option<usize> {
        self.around[i.min(self.tokens.len())]
    }

    /// Whether the `(` that is token `open` is closed anywhere.
    pub fn is_closed(&self, open: usize) -> bool {
        (open + 1..self.tokens.len()).any(|i| self.is(i, ")") && self.open(i) == Some(open))
    }

    /// The tables that a name at token `at` may belong to: those of its own
    /// query and of the queries around it.
    pub fn visible(&self, at: Option<usize>) -> impl Iterator<Item = &Mention<'a>> {
        let around: Option<Vec<usize>> =
            at.map(|at| std::iter::successors(self.open(at), |&open| self.open(open)).collect());
        self.mentions
            .iter()
            .filter(move |mention| match (&around, self.open(mention.at)) {
                (Some(around), Some(open)) => around.contains(&open),
                _ => true,
            })
    }
}

fn open_around(sql: &str, tokens: &[Token]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut around = Vec::with_capacity(tokens.len() + 1);
    for (i, token) in tokens.iter().enumerate() {
        around.push(open.last().copied());
        match token.text(sql) {
            "(" => open.push(i),
            ")" => {
                open.pop();
            }
            _ => {}
        }
    }
    around.push(open.last().copied());
    around
}
