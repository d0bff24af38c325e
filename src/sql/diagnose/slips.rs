//! What a syntax error at a token usually comes from. Each function knows one
//! family of slips; the first that recognises its own speaks.

use super::super::keyword::is_reserved;
use super::super::suggest::nearest;
use super::source::Source;
use super::{Advice, elsewhere, signs};

pub(super) fn explain(source: &Source, at: usize) -> Option<Advice> {
    const FAMILIES: &[fn(&Source, usize) -> Option<Advice>] = &[
        signs::no_break_space,
        first_word,
        signs::quote_in_text,
        signs::extra_comma,
        other_dialect,
        join_chain,
        reserved_name,
        missing_word,
        signs::wrong_sign,
        signs::parentheses,
        clause_order,
        signs::missing_operand,
        misspelt_keyword,
        signs::missing_semicolon,
        signs::missing_separator,
    ];
    FAMILIES.iter().find_map(|family| family(source, at))
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
pub(super) const STATEMENTS: &[&str] = &[
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
    if source.is(at, "foreign") && !source.follows(at, &[",", "("]) {
        return Some(Advice::because(
            "In a column's own line, references alone is enough: references customers(id).",
        ));
    }
    if source.is(at, ",") && source.is(0, "alter") {
        return Some(Advice::because("ALTER TABLE makes one change at a time."));
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

/// Words that can only be followed by one other.
const DEMANDED: &[(&str, &str)] = &[
    ("group", "by"),
    ("order", "by"),
    ("partition", "by"),
    ("primary", "key"),
    ("foreign", "key"),
    ("query", "plan"),
];

/// A word that those before demand.
fn missing_word(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    let here = |word: &str| Advice::at(start..start).label(format!("{word} is missing here"));
    let before = at.checked_sub(1)?;
    if let Some((_, next)) = DEMANDED.iter().find(|(word, _)| source.is(before, word))
        && !source.is(at, next)
    {
        return Some(match nearest(source.text(at), [*next]) {
            Some(next) if !source.knows(source.text(at)) => keyword(source, at, next),
            _ => here(&next.to_ascii_uppercase()),
        });
    }
    if at == 1
        && source.is_any(0, &["drop", "alter"])
        && source.schema.table(&source.name(at)).is_some()
    {
        return Some(here("TABLE"));
    }
    if source.is(before, "table") && source.is(at, "(") {
        return Some(here("the table's name"));
    }
    if source.follows(at, &["union", "all", "intersect", "except"])
        && !source.is_any(at, &["select", "values", "from"])
    {
        return Some(here("a SELECT"));
    }
    if source.is(at, "select") && source.is(0, "create") && source.find("as").is_none() {
        return Some(here("AS"));
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
    if at == 2 && source.is(0, "update") && source.is(at + 1, "set") {
        return Some(here("AS"));
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
        "transaction",
        "immediate",
        "deferred",
        "exclusive",
        "trigger",
        "autoincrement",
        "recursive",
        "column",
        "rename",
    ];
    // Not slips of "into" and "end": types, which may stand before anything.
    const TYPES: &[&str] = &[
        "int", "text", "real", "blob", "date", "time", "char", "bool",
    ];
    // The word itself, or the one before it, which SQLite took for a name: in
    // `customers wher id = 1` it stops at `id`.
    [Some(at), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .filter(|&i| source.is_identifier(i) && !source.is_any(i, TYPES))
        .filter(|&i| source.text(i).len() >= 3 && !source.knows(source.text(i)))
        .find_map(|i| {
            let near = nearest(source.text(i), KEYWORDS.iter().copied())?;
            Some(keyword(source, i, near))
        })
}
