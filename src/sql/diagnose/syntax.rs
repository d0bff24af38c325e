//! Text that SQLite's grammar stops at.

use super::source::Source;
use super::{Advice, slips};

pub(super) fn explain(source: &Source, message: &str, at: Option<usize>) -> Option<Advice> {
    if let Some(advice) = at.and_then(|at| hash_comment(source, at)) {
        return Some(advice);
    }
    if message.ends_with(": syntax error") {
        return slips::explain(source, at?);
    }
    if message == "incomplete input" {
        return Some(incomplete(source));
    }
    if message.starts_with("unrecognized token: ") {
        return unrecognized(source, at?);
    }
    None
}

/// `# a comment`, as MySQL writes it; `#1` is a slip for a parameter.
fn hash_comment(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    let (before, text) = source.sql.split_at(start);
    let before = before.trim_end_matches([' ', '\t']);
    let begins_line = before.is_empty() || before.ends_with('\n');
    let is_one = text.starts_with("# ") || text.starts_with('#') && begins_line;
    is_one.then(|| Advice::at(start..start + 1).reason("A comment begins with --, not with #."))
}

/// The statement ended where SQLite expected more.
fn incomplete(source: &Source) -> Advice {
    let count = source.tokens.len();
    if let Some(advice) = slips::join_chain(source, count) {
        return advice;
    }
    if let Some(open) = source.open(count) {
        return Advice::at(source.span(open)).label("this ( is never closed");
    }
    let Some(last) = count.checked_sub(1) else {
        return Advice::default();
    };
    let end = source.span(last).end;
    let advice = Advice::at(end..end);
    if source.is(last, ",") {
        return Advice::at(source.span(last)).label("is this comma too many?");
    }
    if source.is(0, "create") && source.find("trigger").is_some() && source.find("begin").is_some()
    {
        return advice.label("; END is missing here");
    }
    if slips::has_open_case(source, count) {
        return advice.label("the END of this CASE is missing");
    }
    if source.is(0, "with") && source.find("select").is_some() && source.is(last, ")") {
        return advice
            .label("a statement is missing")
            .reason("WITH only names a query: a SELECT that uses it has to follow.");
    }
    let is_value = source.is(last, "not") && source.follows(last, &["is"]);
    let missing = match source.text(last).to_ascii_lowercase().as_str() {
        "not" if is_value => "a value",
        "where" | "on" | "having" | "and" | "or" | "not" | "when" => "a condition",
        "from" | "join" | "into" | "update" | "table" => "a table",
        "select" | "by" | "set" => "a column",
        "=" | "==" | "<>" | "!=" | "<" | ">" | "<=" | ">=" | "like" | "between" | "is" | "+"
        | "-" | "*" | "/" | "||" => "a value",
        "limit" | "offset" => "a number",
        "as" => "a name",
        "in" | "values" => "a list in parentheses",
        "union" | "all" | "intersect" | "except" => "a SELECT",
        _ => return advice.label("more is expected here"),
    };
    advice.label(format!("{missing} is missing here"))
}

/// Something that is no token at all.
fn unrecognized(source: &Source, at: usize) -> Option<Advice> {
    let text = source.text(at);
    let start = source.span(at).start;
    let first = text.chars().next()?;
    let opening = Advice::at(start..start + first.len_utf8());
    Some(match first {
        '\'' => opening
            .label("this quote is never closed")
            .reason("A quote inside text is written twice: 'O''Brien'."),
        '"' => opening
            .label("this quote is never closed")
            .reason("Text goes in single quotes; double quotes are for names."),
        '`' | '[' => opening.label("this is never closed"),
        ':' if source.sql[start..].starts_with("::") => Advice::at(start..start + 2)
            .reason("SQLite has no ::, it converts with cast(x as text)."),
        ':' | '@' | '$' | '#' => Advice::because("A parameter needs a name, such as :id."),
        '!' => Advice::default().label("did you mean != or not?"),
        '^' => Advice::because("SQLite has no ^: a power is pow(x, 2)."),
        '\\' => Advice::because("Text has no escapes with \\: a quote inside is written twice."),
        '{' | '}' => Advice::because("SQL groups with parentheses."),
        'x' | 'X' => Advice::because("A blob is written in pairs of hexadecimal digits: x'00ff'."),
        _ if first.is_ascii_digit() => {
            Advice::because("A number holds digits only, and a name cannot begin with one.")
        }
        _ => return None,
    })
}
