//! Gathers the words that begin with what is typed.

use std::collections::HashSet;

use super::TokenKind;
use super::cursor::Cursor;
use crate::sql::{KEYWORDS, quote_if_needed};

/// The candidates so far, each once, in the order they were offered.
pub(super) struct Offers<'c> {
    cursor: &'c Cursor<'c>,
    /// Whether keywords and functions are written in capitals.
    capitals: bool,
    /// Whether a function's parenthesis stands behind the cursor already.
    has_parenthesis: bool,
    candidates: Vec<String>,
    known: HashSet<String>,
    /// The names among them, as the schema has them.
    names: HashSet<String>,
    /// How many words were looked at, which is what completing costs.
    #[cfg(test)]
    pub(super) looked_at: usize,
}

impl<'c> Offers<'c> {
    pub fn new(cursor: &'c Cursor<'c>, has_parenthesis: bool) -> Offers<'c> {
        Offers {
            cursor,
            capitals: capitals(cursor),
            has_parenthesis,
            candidates: Vec::new(),
            known: HashSet::new(),
            names: HashSet::new(),
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// Offers names of tables and columns, in quotes where they need them or
    /// where the learner began with one.
    pub fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            // Many tables have an `id`: to look is cheaper than to write.
            if self.fits(name) && !self.names.contains(name) {
                self.names.insert(name.to_owned());
                self.add(self.written(name));
            }
        }
    }

    /// Offers functions, ready for their arguments.
    pub fn functions<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        if self.cursor.word.quote.is_some() || self.cursor.word.typed.is_empty() {
            return;
        }
        let parenthesis = if self.has_parenthesis { "" } else { "(" };
        for name in names {
            // `->` is a function, too, but nobody calls it by that name.
            if self.fits(name) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.add(format!("{}{parenthesis}", self.cased(name)));
            }
        }
    }

    /// Offers these keywords, given in capitals.
    pub fn keywords(&mut self, words: &[&str]) {
        if self.cursor.word.quote.is_some() {
            return;
        }
        for word in words {
            if self.fits(word) {
                self.add(self.cased(word));
            }
        }
    }

    /// Offers all keywords that begin with what is typed: none when nothing
    /// is, because all of them are no help.
    pub fn any_keyword(&mut self) {
        if !self.cursor.word.typed.is_empty() {
            self.keywords(KEYWORDS);
        }
    }

    pub fn into_candidates(self) -> Vec<String> {
        self.candidates
    }

    fn fits(&mut self, name: &str) -> bool {
        #[cfg(test)]
        {
            self.looked_at += 1;
        }
        let typed = self.cursor.word.typed;
        name.get(..typed.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(typed))
    }

    fn add(&mut self, candidate: String) {
        if self.known.insert(candidate.clone()) {
            self.candidates.push(candidate);
        }
    }

    fn cased(&self, word: &str) -> String {
        if self.capitals {
            word.to_ascii_uppercase()
        } else {
            word.to_ascii_lowercase()
        }
    }

    fn written(&self, name: &str) -> String {
        let Some(open) = self.cursor.word.quote else {
            return quote_if_needed(name).into_owned();
        };
        let (close, inner) = match open {
            // Nothing stands for a `]` inside brackets.
            '[' if name.contains(']') => return quote_if_needed(name).into_owned(),
            '[' => (']', name.to_owned()),
            quote => (quote, name.replace(quote, &format!("{quote}{quote}"))),
        };
        if self.cursor.word.closed {
            format!("{open}{inner}")
        } else {
            format!("{open}{inner}{close}")
        }
    }
}

/// Whether the learner types keywords in capitals: as far as the word goes,
/// else as in the keyword before.
fn capitals(cursor: &Cursor<'_>) -> bool {
    let is_upper = |word: &str| !word.contains(|c: char| c.is_ascii_lowercase());
    if !cursor.word.typed.is_empty() {
        return is_upper(cursor.word.typed);
    }
    (0..cursor.at)
        .rev()
        .find(|&i| cursor.kind(i) == Some(TokenKind::Keyword))
        .is_some_and(|i| is_upper(cursor.text(i)))
}
