//! Syntax errors that come from signs: commas, quotes, operators and
//! parentheses, too many or too few.

use super::super::lexer::TokenKind;
use super::source::Source;
use super::{Advice, elsewhere, slips};

pub(super) fn no_break_space(source: &Source, at: usize) -> Option<Advice> {
    source.text(at).contains('\u{a0}').then(|| {
        Advice::because("There is a no-break space in it, pasted perhaps: type a plain one.")
    })
}

pub(super) fn quote_in_text(source: &Source, at: usize) -> Option<Advice> {
    let before = at.checked_sub(1)?;
    let touches = source.span(before).end == source.span(at).start;
    (touches && source.kind(before) == Some(TokenKind::String)).then(|| {
        let start = source.span(before).end - 1;
        Advice::at(start..start + 1)
            .label("the text ends at this quote")
            .reason("A quote inside text is written twice: 'O''Brien'.")
    })
}

pub(super) fn extra_comma(source: &Source, at: usize) -> Option<Advice> {
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

pub(super) fn wrong_sign(source: &Source, at: usize) -> Option<Advice> {
    let before = at.checked_sub(1)?;
    let both = || source.span(before).start..source.span(at).end;
    let number = |i| source.kind(i) == Some(TokenKind::Number);
    Some(match (source.text(before), source.text(at)) {
        ("&", "&") => Advice::at(both()).did_you_mean("AND"),
        ("=", ">") => Advice::at(both()).did_you_mean(">="),
        ("=", "<") => Advice::at(both()).did_you_mean("<="),
        (">", "<") => Advice::at(both()).did_you_mean("<>"),
        ("=" | "==", "=") => Advice::at(both()).did_you_mean("="),
        (">=" | "<=" | "<>" | "!=" | "=", ">" | "<" | ">=" | "<=" | "<>" | "!=") => {
            Advice::at(both()).label("one sign is too many")
        }
        (_, "to") if source.clause(at).is_some_and(|(word, _)| word == "set") => {
            Advice::default().did_you_mean("=")
        }
        (_, ",") if called(source, at).is_some_and(|i| source.is(i, "cast")) => {
            Advice::default().did_you_mean("AS")
        }
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

/// The word before the parenthesis that is open around token `at`.
fn called(source: &Source, at: usize) -> Option<usize> {
    source.open(at)?.checked_sub(1)
}

/// Whether the nearest condition before token `at` is `between` without `and`.
fn between_is_open(source: &Source, at: usize) -> bool {
    (0..at)
        .rev()
        .take(4)
        .find(|&i| source.is_any(i, &["between", "and"]))
        .is_some_and(|i| source.is(i, "between"))
}

pub(super) fn parentheses(source: &Source, at: usize) -> Option<Advice> {
    let start = source.span(at).start;
    if source.is(at, ")") && source.open(at).is_none() {
        return Some(Advice::default().label("this ) closes nothing"));
    }
    if source.is(at, "(") && source.follows(at, &["over"]) {
        return Some(Advice::because(
            "OVER follows a function: sum(total) over ().",
        ));
    }
    if let Some(over) = (0..at).rev().find(|&i| source.is(i, "over"))
        && source.is_any(over + 1, &["order", "partition"])
    {
        let start = source.span(over + 1).start;
        return Some(Advice::at(start..start).label("( is missing here"));
    }
    if source.follows(at, &["in", "values"]) && !source.is(at, "select") {
        return Some(
            Advice::at(start..start)
                .label("( is missing here")
                .reason("The list goes in parentheses: (1, 2)."),
        );
    }
    if source.is(at, "select") && source.follows(at, &["exists", "as", "in", "=", "<", ">"]) {
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
    let lists_columns = source.is(0, "insert") && at == 3 && source.is(at + 1, ",")
        || source.is(0, "create")
            && source.find("index").is_some()
            && source.follows(at.saturating_sub(1), &["on"]);
    if lists_columns {
        return Some(Advice::at(start..start).label("( is missing here"));
    }
    if source.ends_list(at) && !source.is(at, ")") || source.is(at, "values") {
        let open = source.open(at)?;
        if !source.is_closed(open) {
            return Some(Advice::at(source.span(open)).label("this ( is never closed"));
        }
        let function = called(source, at)?;
        let instead = match source.text(function).to_ascii_lowercase().as_str() {
            "substring" => "substr(name, 1, 2)",
            "trim" => "trim(name, ' ')",
            other => elsewhere::advice(elsewhere::FUNCTIONS, other)?,
        };
        return Some(Advice::at(source.span(function)).label(format!("in SQLite: {instead}")));
    }
    None
}

/// An operator without anything before it, or after it: `where not in (1)`,
/// `select price * from products`.
pub(super) fn missing_operand(source: &Source, at: usize) -> Option<Advice> {
    const STARTS: &[&str] = &["where", "and", "or", "not", "on", "having", "("];
    const COMPARISONS: &[&str] = &["in", "like", "is", "between", "=", "<", ">", "<>"];
    const OPERATORS: &[&str] = &[
        "+", "-", "/", "%", "||", "=", "<", ">", "<=", ">=", "<>", "!=", "like", "not", "all",
    ];
    let start = source.span(at).start;
    let what = if source.is_any(at, COMPARISONS) && source.follows(at, STARTS) {
        "what to compare"
    } else if source.is_any(at, &["and", "or"]) && source.follows(at, STARTS) {
        "a condition"
    } else if source.ends_list(at) && source.follows(at, OPERATORS) {
        "a value"
    } else {
        return None;
    };
    Some(Advice::at(start..start).label(format!("{what} is missing here")))
}

/// A statement that begins where the one before has not ended.
pub(super) fn missing_semicolon(source: &Source, at: usize) -> Option<Advice> {
    let end = source.span(at.checked_sub(1)?).end;
    source
        .is_any(at, slips::STATEMENTS)
        .then(|| Advice::at(end..end).label("is a ; missing here?"))
}

/// Two things side by side that something has to part.
pub(super) fn missing_separator(source: &Source, at: usize) -> Option<Advice> {
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
        _ if between_is_open(source, at) => here.label("AND is missing here"),
        "where" | "on" | "having" => here.label("is AND or OR missing here?"),
        "select" | "by" | "(" | "set" | "values" | "group" | "order" => {
            here.label("is a comma missing here?")
        }
        _ => return None,
    })
}
