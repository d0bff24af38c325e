//! What a syntax error at a token usually comes from. Each function knows one
//! family of slips; the first that recognises its own speaks.

use super::super::keyword::is_reserved;
use super::super::lexer::TokenKind;
use super::super::suggest::nearest;
use super::source::Source;
use super::{Advice, elsewhere};

pub(super) fn explain(source: &Source, at: usize) -> Option<Advice> {
    const FAMILIES: &[fn(&Source, usize) -> Option<Advice>] = &[
        no_break_space,
        first_word,
        quote_in_text,
        extra_comma,
        other_dialect,
        join_chain,
        reserved_name,
        clause_order,
        missing_word,
        wrong_sign,
        parentheses,
        missing_operand,
        misspelt_keyword,
        missing_semicolon,
        missing_separator,
    ];
    FAMILIES.iter().find_map(|family| family(source, at))
}

fn no_break_space(source: &Source, at: usize) -> Option<Advice> {
    source.text(at).contains('\u{a0}').then(|| {
        Advice::because("There is a no-break space in it, pasted perhaps: type a plain one.")
    })
}

/// Proposes a keyword for token `at`, in the case in which it is typed.
fn keyword(source: &Source, at: usize, near: &str) -> Advice {
    let is_upper = !source.text(at).contains(|c: char| c.is_ascii_lowercase());
    Advice::at(source.span(at)).did_you_mean(&if is_upper {
        near.to_ascii_uppercase()
    } else {
        near.to_owned()
    })
}

/// Words that begin a statement.
const STATEMENTS: &[&str] = &[
    "select",
    "insert",
    "update",
    "delete",
    "create",
    "drop",
    "alter",
    "with",
    "explain",
    "pragma",
    "begin",
    "commit",
    "rollback",
    "savepoint",
    "release",
    "vacuum",
    "analyze",
    "reindex",
    "attach",
    "detach",
    "replace",
    "values",
];

fn first_word(source: &Source, at: usize) -> Option<Advice> {
    if at > 0 {
        return None;
    }
    let word = source.text(at);
    if let Some(sentence) = elsewhere::advice(elsewhere::STATEMENTS, word) {
        return Some(Advice::because(sentence));
    }
    nearest(word, STATEMENTS.iter().copied()).map(|near| keyword(source, at, near))
}

fn quote_in_text(source: &Source, at: usize) -> Option<Advice> {
    let before = at.checked_sub(1)?;
    let touches = source.span(before).end == source.span(at).start;
    (touches && source.kind(before) == Some(TokenKind::String)).then(|| {
        let start = source.span(before).end - 1;
        Advice::at(start..start + 1)
            .label("the text ends at this quote")
            .reason("A quote inside text is written twice: 'O''Brien'.")
    })
}

fn extra_comma(source: &Source, at: usize) -> Option<Advice> {
    const TOO_MANY: &str = "this comma is too many";
    if source.follows(at, &[","]) && source.ends_list(at) {
        return Some(Advice::at(source.span(at - 1)).label(TOO_MANY));
    }
    if source.is(0, "with") && source.follows(at, &[","]) && source.is(at, "select") {
        return Some(Advice::at(source.span(at - 1)).label(TOO_MANY));
    }
    (source.is(at, ",") && source.follows(at, &["select", "distinct", ",", "(", "by", "set"]))
        .then(|| Advice::default().label(TOO_MANY))
}

fn other_dialect(source: &Source, at: usize) -> Option<Advice> {
    for i in [Some(at), at.checked_sub(1)].into_iter().flatten() {
        if let Some(sentence) = elsewhere::advice(elsewhere::WORDS, source.text(i))
            && !source.knows(source.text(i))
        {
            return Some(Advice::at(source.span(i)).reason(sentence));
        }
    }
    if source.is(at + 1, "(")
        && let Some(instead) = elsewhere::advice(elsewhere::FUNCTIONS, source.text(at))
    {
        return Some(Advice::default().label(format!("in SQLite: {instead}")));
    }
    if source.is(at, "on") && source.follows(at, &["distinct"]) {
        return Some(Advice::because(
            "SQLite has no DISTINCT ON: number the rows with row_number() and keep the first.",
        ));
    }
    if source.is(at, "limit") && source.is_any(0, &["update", "delete"]) {
        return Some(Advice::because(
            "Choose the rows in a subquery: where id in (select id ... limit 1).",
        ));
    }
    if source.is(at, "set") && source.is(0, "insert") {
        return Some(Advice::because(
            "INSERT takes lists: insert into t (name, ...) values ('x', ...).",
        ));
    }
    if source.is(at, "into") && source.is(0, "select") {
        return Some(Advice::because(
            "SELECT fills no table: write create table t as select ...",
        ));
    }
    None
}

/// `left orders`, `inner jion orders`: words of a join without `join`.
/// SQLite takes the words after the first for names, and stumbles later.
pub(super) fn join_chain(source: &Source, at: usize) -> Option<Advice> {
    const KINDS: &[&str] = &[
        "natural", "left", "right", "full", "outer", "inner", "cross",
    ];
    let (clause, from) = source.clause(at)?;
    if clause != "from" && clause != "join" {
        return None;
    }
    let first = (from + 1..at).rev().find(|&i| source.is_any(i, KINDS))?;
    let word = first + 1;
    if source.is(word, "join")
        || source.is_any(word, &[",", ".", ")"])
        || word >= source.tokens.len()
    {
        return None;
    }
    let misspelt = !source.knows(source.text(word));
    let near = nearest(source.text(word), ["join", "outer", "inner"]).filter(|_| misspelt);
    Some(match near {
        Some(near) => keyword(source, word, near),
        None => {
            let end = source.span(first).end;
            Advice::at(end..end).label("JOIN is missing here")
        }
    })
}

fn reserved_name(source: &Source, at: usize) -> Option<Advice> {
    const BEFORE: &[&str] = &[
        "select", "distinct", ",", "(", ".", "table", "index", "view", "into", "update", "from",
        "join", "on", "set", "by", "where", "and", "or", "as", "exists",
    ];
    const NEVER: &[&str] = &[
        "select", "from", "where", "on", "and", "or", "in", "is", "like", "between", "as", "into",
        "then", "else", "join", "having", "union", "delete", "not", "null", "using", "set",
    ];
    let word = source.text(at);
    if !is_reserved(word) || source.is_any(at, NEVER) || !source.follows(at, BEFORE) {
        return None;
    }
    Some(
        Advice::default()
            .label(format!("as a name: \"{word}\""))
            .reason(format!(
                "{word} is a word of SQL. As a name it needs double quotes."
            )),
    )
}

fn clause_order(source: &Source, at: usize) -> Option<Advice> {
    let (here, there) = source.clause_out_of_order(at)?;
    Some(Advice::because(if here == there {
        format!("A query has one {here}.")
    } else {
        format!("{here} comes before {there}.")
    }))
}

/// A word that the one before demands.
fn missing_word(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    let here = |word: &str| Advice::at(start..start).label(format!("{word} is missing here"));
    let before = at.checked_sub(1)?;
    if source.is_any(before, &["group", "order", "partition"]) && !source.is(at, "by") {
        return Some(match nearest(source.text(at), ["by"]) {
            Some(by) if !source.knows(source.text(at)) => keyword(source, at, by),
            _ => here("BY"),
        });
    }
    if source.is(before, "delete") && source.is(at, "*") {
        return Some(Advice::because(
            "DELETE removes whole rows: delete from the table, without columns.",
        ));
    }
    if source.is(0, "update") && source.is(at, "from") && at == 1 {
        return Some(Advice::because(
            "UPDATE names its table at once: update t set ...",
        ));
    }
    if at == 1 && source.is(0, "insert") {
        return Some(here("INTO"));
    }
    if at == 1 && source.is(0, "delete") {
        return Some(here("FROM"));
    }
    if at == 2 && source.is(0, "update") && !source.is(at, "set") {
        return Some(match nearest(source.text(at), ["set"]) {
            Some(set) if !source.knows(source.text(at)) => keyword(source, at, set),
            _ => here("SET"),
        });
    }
    if source.is(0, "create") && source.is(at, "on") && source.is(before, "index") {
        return Some(here("the index's name"));
    }
    if source.is(0, "create")
        && source.is_any(1, &["index", "unique"])
        && source.is(at + 1, "(")
        && source.find("on").is_none()
    {
        return Some(here("ON"));
    }
    if source.is_any(at, &["from", "where"]) && source.is(before, "select") {
        return Some(Advice::at(start..start).label("name columns here, or * for all"));
    }
    if source.is(before, "as") && source.ends_list(at) {
        return Some(here("a name"));
    }
    if source.is(before, "*")
        && source.is(0, "select")
        && source.schema.table(source.text(at)).is_some()
    {
        return Some(here("FROM"));
    }
    if source.is(at, "then") && source.find("when").is_none() {
        return Some(Advice::because(
            "Each THEN of a CASE follows a WHEN: case when ... then ... end.",
        ));
    }
    if source.ends_list(at) && has_open_case(source, at) {
        return Some(here("the END of this CASE"));
    }
    None
}

/// Whether a `case` before token `end` lacks its `end`.
pub(super) fn has_open_case(source: &Source, end: usize) -> bool {
    let count = |word: &str| (0..end).filter(|&i| source.is(i, word)).count();
    source.is(0, "select") && count("case") > count("end")
}

fn wrong_sign(source: &Source, at: usize) -> Option<Advice> {
    let before = at.checked_sub(1)?;
    let both = || source.span(before).start..source.span(at).end;
    let number = |i| source.kind(i) == Some(TokenKind::Number);
    Some(match (source.text(before), source.text(at)) {
        ("&", "&") => Advice::at(both()).did_you_mean("AND"),
        ("=", ">") => Advice::at(both()).did_you_mean(">="),
        ("=", "<") => Advice::at(both()).did_you_mean("<="),
        ("=" | "==", "=") => Advice::at(both()).did_you_mean("="),
        (_, ",") if number(before) && between_is_open(source, at) => {
            Advice::default().did_you_mean("AND")
        }
        (whole, ",") if number(before) && number(at + 1) => {
            Advice::at(source.span(before).start..source.span(at + 1).end)
                .did_you_mean(&format!("{whole}{}", source.text(at + 1)))
                .reason("A number is written without separators.")
        }
        _ => return None,
    })
}

/// Whether the nearest condition before token `at` is `between` without `and`.
fn between_is_open(source: &Source, at: usize) -> bool {
    (0..at)
        .rev()
        .take(4)
        .find(|&i| source.is_any(i, &["between", "and"]))
        .is_some_and(|i| source.is(i, "between"))
}

fn parentheses(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    if source.is(at, ")") && source.open_parentheses(at).is_empty() {
        return Some(Advice::default().label("this ) closes nothing"));
    }
    if source.follows(at, &["in", "values"]) {
        return Some(
            Advice::at(start..start)
                .label("( is missing here")
                .reason("The list goes in parentheses: (1, 2)."),
        );
    }
    if source.is(at, "select") && source.follows(at, &["exists", "as", "=", "<", ">"]) {
        return Some(
            Advice::at(start..start)
                .label("( is missing here")
                .reason("A query inside another goes in parentheses."),
        );
    }
    if source.is(at, "select") && source.is(0, "with") && source.follows(at, &["("]) {
        let open = source.span(at - 1).start;
        return Some(Advice::at(open..open).label("AS is missing here"));
    }
    if at == 3 && source.is(0, "create") && source.is(1, "table") {
        return Some(
            Advice::at(start..start)
                .label("( is missing here")
                .reason("The columns go in parentheses: create table t (id integer, ...)."),
        );
    }
    if source.ends_list(at) && !source.is(at, ")") {
        let open = *source.open_parentheses(at).last()?;
        return Some(Advice::at(source.span(open)).label("this ( is never closed"));
    }
    None
}

fn misspelt_keyword(source: &Source, at: usize) -> Option<Advice> {
    // Two-letter words are near to too much; `missing_word` knows their places.
    const KEYWORDS: &[&str] = &[
        "select",
        "distinct",
        "from",
        "where",
        "group",
        "order",
        "having",
        "limit",
        "offset",
        "join",
        "inner",
        "left",
        "outer",
        "cross",
        "natural",
        "union",
        "except",
        "intersect",
        "using",
        "and",
        "not",
        "like",
        "between",
        "null",
        "values",
        "set",
        "into",
        "desc",
        "asc",
        "case",
        "when",
        "then",
        "else",
        "end",
        "exists",
        "returning",
        "primary",
        "references",
        "unique",
        "default",
        "table",
        "index",
        "view",
        "over",
        "partition",
        "query",
    ];
    // The word itself, or the one before it, which SQLite took for a name: in
    // `customers wher id = 1` it stops at `id`.
    [Some(at), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .filter(|&i| source.is_identifier(i))
        .filter(|&i| source.text(i).len() >= 3 && !source.knows(source.text(i)))
        .find_map(|i| {
            let near = nearest(source.text(i), KEYWORDS.iter().copied())?;
            Some(keyword(source, i, near))
        })
}

/// An operator without anything before it: `where not in (1)`.
fn missing_operand(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    (source.is_any(at, &["in", "like", "is", "between", "=", "<", ">", "<>"])
        && source.follows(at, &["where", "and", "or", "not", "on", "having", "("]))
    .then(|| Advice::at(start..start).label("what to compare is missing here"))
}

/// A statement that begins where the one before has not ended.
fn missing_semicolon(source: &Source, at: usize) -> Option<Advice> {
    let end = source.span(at.checked_sub(1)?).end;
    source
        .is_any(at, STATEMENTS)
        .then(|| Advice::at(end..end).label("is a ; missing here?"))
}

/// Two things side by side that something has to part.
fn missing_separator(source: &Source, at: usize) -> Option<Advice> {
    let before = at.checked_sub(1)?;
    let is_term = |i: usize| {
        matches!(
            source.kind(i),
            Some(
                TokenKind::Identifier
                    | TokenKind::QuotedIdentifier
                    | TokenKind::String
                    | TokenKind::Number
                    | TokenKind::Blob
                    | TokenKind::Parameter
            )
        )
    };
    if !is_term(at) || !(is_term(before) || source.is_any(before, &[")", "*"])) {
        return None;
    }
    let end = source.span(before).end;
    let here = Advice::at(end..end);
    Some(match source.clause(at)?.0.as_str() {
        "where" | "on" | "having" => here.label("is AND or OR missing here?"),
        "select" | "by" | "(" | "set" | "values" | "group" | "order" => {
            here.label("is a comma missing here?")
        }
        _ => return None,
    })
}
