//! Names that SQLite does not find, or finds twice.

use super::super::lexer::{TokenKind, quote_if_needed};
use super::super::schema::Table;
use super::super::suggest::nearest;
use super::source::Source;
use super::{Advice, elsewhere};

/// What SQLite appends when double quotes may have been meant for text.
pub(super) const QUOTE_HINT: &str = " - should this be a string literal in single-quotes?";

pub(super) fn explain(source: &Source, message: &str, at: Option<usize>) -> Option<Advice> {
    if let Some(name) = message.strip_prefix("no such column: ") {
        return Some(match name.strip_suffix(QUOTE_HINT) {
            Some(quoted) => double_quoted(source, quoted, at),
            None => column(source, name.trim_matches('"'), at),
        });
    }
    if let Some(name) = message.strip_prefix("no such table: ") {
        return Some(table(source, name));
    }
    if let Some(name) = message.strip_prefix("no such function: ") {
        return Some(function(source, name));
    }
    if let Some(name) = message.strip_prefix("ambiguous column name: ") {
        return Some(ambiguous(source, name, at));
    }
    if let Some(rest) = message.strip_prefix("table ") {
        let (table, column) = rest.split_once(" has no column named ")?;
        return Some(column_of(source, table, column));
    }
    let (_, name) = message.split_once("no such ")?.1.split_once(": ")?;
    let last = name.rsplit('.').next().unwrap_or(name);
    source
        .find_name(last, 0)
        .map(|i| Advice::at(source.span(i)))
}

fn column(source: &Source, name: &str, at: Option<usize>) -> Advice {
    if name.contains(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']) {
        let text = name.trim_matches(|c: char| !c.is_alphanumeric());
        return Advice::default()
            .did_you_mean(&format!("'{text}'"))
            .reason("Curly quotes are letters of a name to SQL: type straight ones.");
    }
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or(name);
    let Some(qualifier) = parts.next() else {
        return bare_column(source, last, at);
    };
    // SQLite points at the first part: a third one is the schema's name.
    let schemas = parts.count();
    let first = at
        .map(|at| at + 2 * schemas)
        .or_else(|| find_dotted(source, qualifier, last));
    qualified_column(source, qualifier, last, first)
}

/// The token of `qualifier` in `qualifier.column`.
fn find_dotted(source: &Source, qualifier: &str, column: &str) -> Option<usize> {
    (0..source.tokens.len()).find(|&i| {
        source.name(i).eq_ignore_ascii_case(qualifier)
            && source.is(i + 1, ".")
            && source.name(i + 2).eq_ignore_ascii_case(column)
    })
}

fn bare_column(source: &Source, name: &str, at: Option<usize>) -> Advice {
    // An UPDATE's unknown column comes without an offset.
    let set = source.find("set").unwrap_or(0);
    let at = at
        .or_else(|| source.find_name(name, set))
        .or_else(|| source.find_name(name, 0));
    let advice = at.map_or_else(Advice::default, |i| Advice::at(source.span(i)));

    if let Some(i) = at
        && source
            .schema
            .functions
            .iter()
            .any(|f| f.eq_ignore_ascii_case(name))
        && !source.is_any(i + 1, &["=", "<", ">", "."])
    {
        return advice.did_you_mean(&format!("{name}(...)")).reason(format!(
            "{name} is a function: what it works on goes in parentheses."
        ));
    }
    if let Some(sentence) = elsewhere::advice(elsewhere::WORDS, name) {
        return advice.reason(sentence);
    }
    let tables: Vec<&Table> = source.visible(at).filter_map(|m| m.table).collect();
    let columns = || tables.iter().flat_map(|table| table.column_names());
    if let Some(near) = nearest(name, columns().chain(aliases(source, at))) {
        return advice
            .did_you_mean(&quote_if_needed(near))
            .candidates(columns());
    }
    if source.mentions.is_empty() && source.is(0, "select") && source.find("from").is_none() {
        return advice.reason("This statement reads no table: FROM is missing.");
    }
    let owners: Vec<&str> = source
        .schema
        .tables
        .iter()
        .filter(|table| table.has_column(name))
        .map(|table| table.name.as_str())
        .collect();
    if !owners.is_empty() {
        return advice.candidates(columns()).reason(format!(
            "{name} is a column of {}, which this statement does not read.",
            owners.join(" and of ")
        ));
    }
    if at.is_some_and(|i| source.follows(i, &["limit", "offset"])) {
        return advice.reason("LIMIT and OFFSET take a number, the same for the whole query.");
    }
    if at.is_some_and(|i| is_value_place(source, i)) {
        return advice
            .did_you_mean(&format!("'{name}'"))
            .reason("Text goes in single quotes; a bare word is the name of a column.");
    }
    advice.candidates(columns())
}

/// The names that `as` gives in the statement, but for the token in question.
fn aliases<'s>(source: &'s Source, at: Option<usize>) -> impl Iterator<Item = &'s str> {
    (1..source.tokens.len())
        .filter(move |&i| Some(i) != at && source.follows(i, &["as"]) && source.is_identifier(i))
        .map(|i| source.text(i))
}

/// Whether a value to compare with, or to store, is likely at token `i`.
fn is_value_place(source: &Source, i: usize) -> bool {
    const BEFORE: &[&str] = &[
        "=", "==", "<>", "!=", "<", ">", "<=", ">=", "like", "glob", "is", "between", "||",
    ];
    if source.follows(i, BEFORE) || source.follows(i, &["not"]) && source.follows(i - 1, &["is"]) {
        return true;
    }
    source.clause(i).is_some_and(|(word, open)| {
        word == "("
            && source.follows(i, &["(", ","])
            && (source.follows(open, &["in", "values"])
                || source
                    .clause(open)
                    .is_some_and(|(word, _)| word == "values"))
    })
}

fn qualified_column(source: &Source, qualifier: &str, name: &str, first: Option<usize>) -> Advice {
    let at = |i: Option<usize>| i.map_or_else(Advice::default, |i| Advice::at(source.span(i)));
    let called = |name: &str| {
        source
            .mentions
            .iter()
            .find(|m| m.called().eq_ignore_ascii_case(name))
    };
    if let Some(mention) = called(qualifier) {
        let Some(table) = mention.table else {
            return at(first.map(|i| i + 2));
        };
        let advice = at(first.map(|i| i + 2)).candidates(table.column_names());
        return match nearest(name, table.column_names()) {
            Some(near) => advice.did_you_mean(&quote_if_needed(near)),
            None => advice,
        };
    }
    let advice = at(first);
    let by_name = source
        .mentions
        .iter()
        .find(|m| m.name.eq_ignore_ascii_case(qualifier));
    if let Some(mention) = by_name {
        return advice.did_you_mean(mention.called()).reason(format!(
            "This statement calls {} {}, and then knows it by that name only.",
            mention.name,
            mention.called()
        ));
    }
    if is_derived(source, qualifier) {
        return at(first.map(|i| i + 2));
    }
    let names = || source.visible(first).map(|m| m.called());
    if let Some(near) = nearest(qualifier, names()) {
        return advice.did_you_mean(&quote_if_needed(near));
    }
    let advice = advice.candidates(names());
    match source.schema.table(qualifier) {
        Some(table) => advice.reason(format!(
            "{} is not in FROM: join it to use its columns.",
            table.name
        )),
        None => advice.reason(format!("No table in FROM is called {qualifier}.")),
    }
}

/// Whether a subquery in FROM is called this: `(select ...) name`.
fn is_derived(source: &Source, name: &str) -> bool {
    (1..source.tokens.len()).any(|i| {
        let before = if source.follows(i, &["as"]) { i - 1 } else { i };
        source.name(i).eq_ignore_ascii_case(name) && source.follows(before, &[")"])
    })
}

/// `name` is a double-quoted word, quotes included.
fn double_quoted(source: &Source, name: &str, at: Option<usize>) -> Advice {
    let inner = name.trim_matches('"');
    let near = bare_column(source, inner, at);
    let value = at.is_some_and(|i| is_value_place(source, i));
    if near.label.is_some() && !value {
        return near;
    }
    Advice::default()
        .did_you_mean(&format!("'{inner}'"))
        .reason("Double quotes are for names; text goes in single quotes.")
}

fn table(source: &Source, name: &str) -> Advice {
    let last = name.rsplit('.').next().unwrap_or(name);
    let at = source
        .mentions
        .iter()
        .find(|m| m.name.eq_ignore_ascii_case(last))
        .map(|m| m.at)
        .or_else(|| source.find_name(last, 0));
    let advice = at.map_or_else(Advice::default, |i| Advice::at(source.span(i)));
    let tables = source.schema.tables.iter().map(|t| t.name.as_str());
    let advice = advice.candidates(tables);
    match source.schema.nearest_table(last) {
        Some(near) => advice.did_you_mean(&quote_if_needed(near)),
        None if advice.candidates.is_empty() => advice.reason("This database has no tables yet."),
        None => advice,
    }
}

fn function(source: &Source, name: &str) -> Advice {
    if let Some(instead) = elsewhere::advice(elsewhere::FUNCTIONS, name) {
        return Advice::default().label(format!("in SQLite: {instead}"));
    }
    if let Some(sentence) = elsewhere::advice(elsewhere::WORDS, name) {
        return Advice::because(sentence);
    }
    let functions = source.schema.functions.iter().map(String::as_str);
    match nearest(name, functions) {
        Some(near) => Advice::default().did_you_mean(near),
        None => Advice::default(),
    }
}

fn ambiguous(source: &Source, name: &str, at: Option<usize>) -> Advice {
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or(name);
    if let Some(qualifier) = parts.next() {
        let mut twice = source
            .mentions
            .iter()
            .filter(|m| m.called().eq_ignore_ascii_case(qualifier));
        let second = twice.nth(1).map(|m| match m.alias {
            Some(_) => source.find_name(qualifier, m.at + 1).unwrap_or(m.at),
            None => m.at,
        });
        return second
            .map_or_else(Advice::default, |i| Advice::at(source.span(i)))
            .reason(format!(
                "Two tables of this statement are called {qualifier}: give one another name."
            ));
    }
    let owners: Vec<String> = source
        .visible(at)
        .filter(|m| m.table.is_some_and(|table| table.has_column(last)))
        .map(|m| format!("{}.{last}", quote_if_needed(m.called())))
        .collect();
    let advice = at.map_or_else(Advice::default, |i| Advice::at(source.span(i)));
    if owners.len() < 2 {
        return advice;
    }
    advice.label(format!("{}?", owners.join(" or ")))
}

fn column_of(source: &Source, table: &str, column: &str) -> Advice {
    let from = source.find_name(table, 0).map_or(0, |i| i + 1);
    let at = source.find_name(column, from).or_else(|| {
        // Names of other kinds, such as 'text', are taken for columns, too.
        (from..source.tokens.len())
            .find(|&i| source.kind(i) == Some(TokenKind::String) && source.name(i) == column)
    });
    let advice = at.map_or_else(Advice::default, |i| Advice::at(source.span(i)));
    let Some(table) = source.schema.table(table) else {
        return advice;
    };
    let advice = advice.candidates(table.column_names());
    match nearest(column, table.column_names()) {
        Some(near) => advice.did_you_mean(&quote_if_needed(near)),
        None => advice,
    }
}
