//! What can be written where the cursor is: tables, columns of what is in
//! scope, functions, keywords.
//!
//! It reads tokens, not a grammar, because a statement that is being typed is
//! rarely a valid one. Where it cannot tell, it offers less.

mod cursor;
mod offers;
mod place;
mod scope;

#[cfg(test)]
mod tests;

use super::{Schema, TokenKind};
use cursor::Cursor;
use offers::Offers;
use place::Place;
use scope::Scopes;

/// What the text between `start` and the cursor can be replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where the word before the cursor starts, in bytes: at the cursor when
    /// there is none.
    pub start: usize,
    /// The words that fit, quoted where they must be, the likeliest first.
    pub candidates: Vec<String>,
}

/// The completions of `text`, one or more statements, at `cursor`, in bytes.
/// Inside comments and strings there are none. A cursor inside a character
/// counts as before it, one behind the end as at the end.
///
/// The cost grows with the text and with the names in `schema`, each of which
/// is looked at a few times at most.
pub fn complete(text: &str, cursor: usize, schema: &Schema) -> Completion {
    let mut at = cursor.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let Some(cursor) = Cursor::find(text, at) else {
        return Completion {
            start: at,
            candidates: Vec::new(),
        };
    };
    Completion {
        start: cursor.word.start,
        candidates: gather(&cursor, text[at..].starts_with('('), schema).into_candidates(),
    }
}

/// All that fits at the cursor.
fn gather<'c>(cursor: &'c Cursor<'c>, has_parenthesis: bool, schema: &Schema) -> Offers<'c> {
    let mut offers = Offers::new(cursor, has_parenthesis);
    match place::of(cursor) {
        Place::Silent => {}
        Place::Start => offers.keywords(place::STARTERS),
        Place::After(words) => offers.keywords(words),
        Place::Keyword => offers.any_keyword(),
        Place::Relation { in_parentheses } => {
            let scopes = Scopes::around(cursor, schema);
            offers.names(scopes.common_tables());
            offers.names(table_names(schema));
            if in_parentheses {
                offers.keywords(&["SELECT", "VALUES", "WITH"]);
            }
        }
        Place::Table => offers.names(table_names(schema)),
        Place::ColumnOf(qualifier) => {
            let scopes = Scopes::around(cursor, schema);
            if let Some(relation) = scopes.relation(&qualifier) {
                offers.names(relation.columns.iter().map(String::as_str));
            } else if let Some(table) = schema.table(&qualifier) {
                offers.names(table.column_names());
            } else if ["main", "temp"].contains(&qualifier.as_str()) {
                offers.names(table_names(schema));
            }
        }
        Place::Expression => offer_expression(&mut offers, cursor, schema),
    }
    offers
}

fn offer_expression(offers: &mut Offers<'_>, cursor: &Cursor<'_>, schema: &Schema) {
    let scopes = Scopes::around(cursor, schema);
    for level in scopes.levels() {
        for relation in level {
            offers.names(relation.columns.iter().map(String::as_str));
        }
        offers.names(level.iter().map(|relation| relation.called()));
    }
    offers.names(scopes.result_columns());
    if scopes.is_empty() && !cursor.word.typed.is_empty() && !cursor.starts_with("create") {
        // The FROM is yet to come: any column may be meant.
        offers.names(schema.tables.iter().flat_map(|table| table.column_names()));
        offers.names(table_names(schema));
    }
    offers.functions(schema.functions.iter().map(String::as_str));
    offers.any_keyword();
}

fn table_names(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.tables.iter().map(|table| table.name.as_str())
}
