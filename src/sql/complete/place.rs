//! What the grammar wants where the cursor is, as far as the tokens before it
//! tell.

use std::borrow::Cow;

use super::TokenKind;
use super::cursor::Cursor;
use crate::sql::unquote;

/// What fits at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A name that does not exist yet, or one that is not known here.
    Silent,
    /// The first word of a statement.
    Start,
    /// One of these keywords.
    After(&'static [&'static str]),
    /// A keyword: what stands before is whole.
    Keyword,
    /// A table, view or common table expression to read.
    Relation {
        /// Whether a subquery fits, too.
        in_parentheses: bool,
    },
    /// A table or view of the schema.
    Table,
    /// A column of the table or alias of this name, without its quotes.
    ColumnOf(String),
    /// A value: columns, functions, keywords.
    Expression,
}

/// The words that begin statements.
#[rustfmt::skip]
pub(super) const STARTERS: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "EXPLAIN", "CREATE", "DROP", "ALTER", "BEGIN",
    "COMMIT", "ROLLBACK", "VALUES", "REPLACE", "PRAGMA", "ANALYZE", "VACUUM", "REINDEX",
    "SAVEPOINT", "RELEASE", "END", "ATTACH", "DETACH",
];

/// What comes after keywords that want one of a few others.
const FOLLOWERS: &[(&str, &[&str])] = &[
    ("alter", &["TABLE"]),
    (
        "create",
        &[
            "TABLE", "INDEX", "UNIQUE", "VIEW", "TRIGGER", "TEMP", "VIRTUAL",
        ],
    ),
    ("cross", &["JOIN"]),
    ("delete", &["FROM"]),
    ("drop", &["TABLE", "INDEX", "VIEW", "TRIGGER", "COLUMN"]),
    ("full", &["JOIN", "OUTER"]),
    ("group", &["BY"]),
    ("inner", &["JOIN"]),
    ("insert", &["INTO", "OR"]),
    ("left", &["JOIN", "OUTER"]),
    ("natural", &["JOIN", "LEFT", "INNER", "CROSS"]),
    ("order", &["BY"]),
    ("outer", &["JOIN"]),
    ("partition", &["BY"]),
    ("right", &["JOIN", "OUTER"]),
];

/// The place of the cursor.
pub(super) fn of(cursor: &Cursor<'_>) -> Place {
    let Some(last) = cursor.at.checked_sub(1) else {
        return Place::Start;
    };
    let before = |back, words: &[&str]| cursor.before(back, words);
    if cursor.text(last) == "." {
        return match last.checked_sub(1).and_then(|i| name_at(cursor, i)) {
            Some(name) => Place::ColumnOf(name.into_owned()),
            None => Place::Silent,
        };
    }
    if wants_relation(cursor, cursor.at) {
        return Place::Relation {
            in_parentheses: before(1, &["("]),
        };
    }
    if cursor.kind(last) == Some(TokenKind::Keyword) {
        return after_keyword(cursor, &cursor.text(last).to_ascii_lowercase());
    }
    if is_new_common_table(cursor) {
        return Place::Silent;
    }
    if ends_operand(cursor, last) {
        return Place::Keyword;
    }
    Place::Expression
}

/// The place right behind a keyword, given in lower case.
fn after_keyword(cursor: &Cursor<'_>, keyword: &str) -> Place {
    let before = |back, words: &[&str]| cursor.before(back, words);
    let creates = cursor.starts_with("create");
    match keyword {
        "explain" | "plan" => Place::Start,
        "begin" if creates => Place::Start,
        "into" | "references" | "analyze" | "reindex" => Place::Table,
        "update" if is_statement_update(cursor) => Place::Table,
        "table" | "view" if cursor.starts_with("drop") || cursor.starts_with("alter") => {
            Place::Table
        }
        "exists" if before(2, &["if"]) && before(3, &["table", "view"]) => Place::Table,
        "on" if creates => Place::Table,
        "as" if creates && !before(3, &["("]) => Place::After(&["SELECT", "WITH", "VALUES"]),
        "column" if before(2, &["drop", "rename"]) => Place::Expression,
        "exists" if creates && before(2, &["not"]) && before(3, &["if"]) => Place::Silent,
        "table" | "view" | "index" | "trigger" if creates => Place::Silent,
        "as" | "with" | "recursive" | "to" | "pragma" | "savepoint" | "release" | "attach"
        | "detach" | "column" | "window" | "collate" => Place::Silent,
        "index" | "trigger" => Place::Silent,
        "by" if before(2, &["indexed"]) => Place::Silent,
        "fail" | "ignore" | "replace" | "abort" | "rollback" if before(2, &["or"]) => {
            if before(3, &["update"]) {
                Place::Table
            } else {
                Place::After(&["INTO"])
            }
        }
        "null" | "end" | "isnull" | "notnull" | "asc" | "desc" | "current_date"
        | "current_time" | "current_timestamp" => Place::Keyword,
        _ => FOLLOWERS
            .iter()
            .find(|(word, _)| *word == keyword)
            .map_or(Place::Expression, |(_, followers)| Place::After(followers)),
    }
}

/// Whether the UPDATE before the cursor begins a statement: not DO UPDATE, ON
/// UPDATE, AFTER UPDATE.
fn is_statement_update(cursor: &Cursor<'_>) -> bool {
    cursor.at == 1 || cursor.before(2, &["begin", "plan", "explain", ")"])
}

/// Whether a table to read fits before token `at`.
fn wants_relation(cursor: &Cursor<'_>, mut at: usize) -> bool {
    // `from ((`: the outermost parenthesis stands where a table would.
    while at > 0 && cursor.text(at - 1) == "(" {
        at -= 1;
    }
    let Some(last) = at.checked_sub(1) else {
        return false;
    };
    if cursor.is(last, &["join"]) {
        return true;
    }
    if cursor.is(last, &["from"]) {
        return !is_distinct_from(cursor, last);
    }
    cursor.text(last) == "," && {
        let clause = clause_before(cursor, last);
        clause.is_some_and(|i| {
            cursor.is(i, &["join"])
                || cursor.is(i, &["from"]) && !is_distinct_from(cursor, i)
                || cursor.text(i) == "(" && i + 1 < last && wants_relation(cursor, i)
        })
    }
}

/// Whether the FROM at token `from` belongs to `IS [NOT] DISTINCT FROM`.
pub(super) fn is_distinct_from(cursor: &Cursor<'_>, from: usize) -> bool {
    from >= 2 && cursor.is(from - 1, &["distinct"]) && cursor.is(from - 2, &["is", "not"])
}

/// The keyword that opened the clause in which token `i` stands, or the
/// parenthesis around it.
fn clause_before(cursor: &Cursor<'_>, mut i: usize) -> Option<usize> {
    const CLAUSES: &[&str] = &[
        "(",
        "from",
        "group",
        "having",
        "into",
        "join",
        "limit",
        "on",
        "order",
        "returning",
        "select",
        "set",
        "table",
        "update",
        "using",
        "values",
        "where",
        "window",
        "with",
    ];
    loop {
        i = i.checked_sub(1)?;
        if cursor.text(i) == ")" {
            i = cursor.partner(i)?;
        } else if cursor.is(i, CLAUSES) {
            return Some(i);
        }
    }
}

/// Whether the comma before the cursor parts two common table expressions.
fn is_new_common_table(cursor: &Cursor<'_>) -> bool {
    let last = cursor.at - 1;
    cursor.text(last) == "," && clause_before(cursor, last).is_some_and(|i| cursor.is(i, &["with"]))
}

/// Whether an operand can end with token `i`, which is no keyword.
fn ends_operand(cursor: &Cursor<'_>, i: usize) -> bool {
    match cursor.kind(i) {
        Some(TokenKind::Operator) => match cursor.text(i) {
            ")" => true,
            // All columns, not a product.
            "*" => {
                i == 0 || cursor.is(i - 1, &["select", "distinct", "all", "returning", ",", "."])
            }
            _ => false,
        },
        Some(TokenKind::Illegal) | None => false,
        Some(_) => true,
    }
}

fn name_at<'a>(cursor: &Cursor<'a>, i: usize) -> Option<Cow<'a, str>> {
    matches!(
        cursor.kind(i),
        Some(TokenKind::Identifier | TokenKind::QuotedIdentifier | TokenKind::Keyword)
    )
    .then(|| unquote(cursor.text(i)))
}
