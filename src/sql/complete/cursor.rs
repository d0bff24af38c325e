//! The statement around the cursor, and the word that is being typed.

use super::TokenKind;
use crate::sql::{Token, lex};

/// A statement as it is being typed.
pub(super) struct Cursor<'a> {
    /// All of the text: the tokens' ranges refer to it.
    text: &'a str,
    /// The statement's tokens without blanks, and without the word that is
    /// being typed.
    tokens: Vec<Token>,
    /// The parenthesis that closes or opens each parenthesis, if there is one.
    partners: Vec<Option<usize>>,
    /// The token before which the word stands.
    pub at: usize,
    /// The word that is being typed.
    pub word: Word<'a>,
}

/// What stands before the cursor of the name or keyword to complete.
pub(super) struct Word<'a> {
    /// Where it starts, its quote included.
    pub start: usize,
    /// What is typed of it, without its quote. May be empty.
    pub typed: &'a str,
    /// The quote it was begun with: `"`, `` ` `` or `[`.
    pub quote: Option<char>,
    /// Whether the quote is closed behind the cursor already.
    pub closed: bool,
}

impl<'a> Cursor<'a> {
    /// The statement around byte `at` of `text`; none when nothing can be
    /// completed there: in a comment, a string, a number, a parameter.
    pub fn find(text: &'a str, at: usize) -> Option<Cursor<'a>> {
        let mut tokens = Vec::new();
        let mut word = Word {
            start: at,
            typed: "",
            quote: None,
            closed: false,
        };
        let (mut index, mut ended) = (None, false);
        let mut from = 0;
        'lexing: loop {
            for token in lex(&text[from..]) {
                let range = token.range.start + from..token.range.end + from;
                let token = Token {
                    range: range.clone(),
                    ..token
                };
                let touches = range.start < at && at <= range.end;
                if touches && is_closed_to_names(text, &token, at) {
                    return None;
                }
                if touches && is_being_typed(&token, at) {
                    index = Some(tokens.len());
                    word = word_of(text, &token, at);
                    if token.unterminated {
                        // The quote swallowed the rest, which tells the scope.
                        from = at;
                        continue 'lexing;
                    }
                    continue;
                }
                if range.start >= at && index.is_none() {
                    index = Some(tokens.len());
                }
                if token.is_blank() {
                    continue;
                }
                if token.text(text) == ";" {
                    if range.end <= at {
                        tokens.clear();
                        continue;
                    }
                    ended = true;
                }
                if ended {
                    break;
                }
                tokens.push(token);
            }
            break;
        }
        let at = index.unwrap_or(tokens.len());
        let partners = partners(text, &tokens);
        Some(Cursor {
            text,
            tokens,
            partners,
            at,
            word,
        })
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The text of token `i`; empty outside the statement.
    pub fn text(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |token| token.text(self.text))
    }

    /// The kind of token `i`, if there is one.
    pub fn kind(&self, i: usize) -> Option<TokenKind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    /// Whether token `i` is one of these words or marks, in any case.
    pub fn is(&self, i: usize, words: &[&str]) -> bool {
        let text = self.text(i);
        words.iter().any(|word| word.eq_ignore_ascii_case(text))
    }

    /// Whether the token `back` places before the word is one of these.
    pub fn before(&self, back: usize, words: &[&str]) -> bool {
        self.at.checked_sub(back).is_some_and(|i| self.is(i, words))
    }

    /// Whether the statement starts with this word, after EXPLAIN.
    pub fn starts_with(&self, word: &str) -> bool {
        let mut first = 0;
        while self.is(first, &["explain", "query", "plan"]) {
            first += 1;
        }
        self.is(first, &[word])
    }

    /// The other one of the pair of parentheses to which token `i` belongs.
    pub fn partner(&self, i: usize) -> Option<usize> {
        self.partners.get(i).copied().flatten()
    }

    /// The end of the group that the parenthesis `open` opens: its closing
    /// one, or the end of the statement.
    pub fn close(&self, open: usize) -> usize {
        self.partner(open).unwrap_or(self.len())
    }

    /// The token after `i` on the same level: a group is stepped over.
    pub fn next(&self, i: usize) -> usize {
        if self.text(i) == "(" {
            self.close(i) + 1
        } else {
            i + 1
        }
    }
}

/// Whether `token`, which the cursor is in or right behind, means no name.
fn is_closed_to_names(text: &str, token: &Token, at: usize) -> bool {
    let inside = at < token.range.end || token.unterminated;
    match token.kind {
        TokenKind::Whitespace | TokenKind::Operator => false,
        TokenKind::Comment => inside || token.text(text).starts_with("--"),
        TokenKind::QuotedIdentifier => !inside,
        TokenKind::Keyword | TokenKind::Identifier => false,
        TokenKind::String
        | TokenKind::Number
        | TokenKind::Blob
        | TokenKind::Parameter
        | TokenKind::Illegal => true,
    }
}

fn is_being_typed(token: &Token, at: usize) -> bool {
    match token.kind {
        TokenKind::Keyword | TokenKind::Identifier => true,
        TokenKind::QuotedIdentifier => at < token.range.end || token.unterminated,
        _ => false,
    }
}

fn word_of<'a>(text: &'a str, token: &Token, at: usize) -> Word<'a> {
    let start = token.range.start;
    let typed = &text[start..at];
    let quote = (token.kind == TokenKind::QuotedIdentifier)
        .then(|| typed.chars().next())
        .flatten();
    Word {
        start,
        typed: quote.map_or(typed, |quote| &typed[quote.len_utf8()..]),
        quote,
        closed: quote.is_some() && !token.unterminated,
    }
}

fn partners(text: &str, tokens: &[Token]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.text(text) {
            "(" => open.push(i),
            ")" => {
                if let Some(from) = open.pop() {
                    partners[from] = Some(i);
                    partners[i] = Some(from);
                }
            }
            _ => {}
        }
    }
    partners
}
