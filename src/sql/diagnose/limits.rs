//! Statements that are well formed but ask for what cannot be: the wrong
//! number of values, an aggregate where there are no groups, a row that a
//! constraint refuses.

use super::source::Source;
use super::{Advice, Range};

const BEFORE_SUMMING: &str =
    "GROUP BY says which rows belong together, before anything is summed up.";

pub(super) fn explain(source: &Source, message: &str, at: Option<usize>) -> Option<Advice> {
    if let Some(rest) = message.strip_prefix("misuse of aggregate") {
        return Some(aggregate(source, rest, at));
    }
    if message.starts_with("misuse of window function") {
        return Some(window_function(source, at?));
    }
    if message.ends_with("values were supplied") || message.contains(" values for ") {
        return Some(values(source));
    }
    constraint(source, message).or_else(|| fixed(source, message))
}

fn aggregate(source: &Source, rest: &str, at: Option<usize>) -> Advice {
    let Some(at) = at else {
        return Advice::default();
    };
    let clause = source.outer_clause(at).map(|(word, _)| word);
    let is_nested =
        rest.starts_with(" function") && source.clause(at).is_some_and(|(word, _)| word == "(");
    match clause.as_deref() {
        Some("set" | "values") => Advice::because(
            "There are no rows to sum up here: write it as a subquery, (select ...).",
        ),
        _ if is_nested => Advice::because(
            "An aggregate cannot be inside another: compute the inner one in a subquery.",
        ),
        Some("where" | "on") if source.find("group").is_none() => Advice::because(
            "WHERE and ON look at single rows: write it as a subquery, (select ...).",
        ),
        Some("where" | "on") => Advice::because(
            "WHERE and ON look at single rows, before they are grouped: use HAVING.",
        ),
        Some("group") => Advice::because(BEFORE_SUMMING),
        Some("select") => aliased_aggregate(source, at),
        _ => Advice::default(),
    }
}

/// `select count(*) n ... where n > 1`: SQLite points at the aggregate, the
/// slip is where its alias is used.
fn aliased_aggregate(source: &Source, at: usize) -> Advice {
    let mut end = at + 1;
    let mut depth = 0_usize;
    while end < source.tokens.len() {
        match source.text(end) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        end += 1;
        if depth == 0 {
            break;
        }
    }
    if source.is(end, "as") {
        end += 1;
    }
    let used = source
        .find("where")
        .filter(|_| source.is_identifier(end))
        .and_then(|place| source.find_name(source.text(end), place));
    match used {
        Some(used) => Advice::at(source.span(used)).reason(format!(
            "{} is an aggregate, and WHERE looks at single rows: use HAVING.",
            source.text(end)
        )),
        None => Advice::default(),
    }
}

fn window_function(source: &Source, at: usize) -> Advice {
    let close = (at + 2..source.tokens.len())
        .find(|&i| source.is(i, ")") && source.open(i) == Some(at + 1));
    if close.is_some_and(|close| source.is_any(close + 1, &["over", "filter"])) {
        Advice::because(
            "Window functions are computed after WHERE, GROUP BY and HAVING: \
             filter in a query around this one.",
        )
    } else {
        Advice::default()
            .label("over (...) is missing")
            .reason("It needs a window to look at, such as over (order by id).")
    }
}

/// The tuples after `values`: where each is, and how many terms it has.
fn tuples(source: &Source) -> Vec<(Range<usize>, usize)> {
    let mut found = Vec::new();
    let mut at = match source.find("values") {
        Some(values) => values + 1,
        None => return found,
    };
    while source.is(at, "(") {
        let start = source.span(at).start;
        let mut depth = 0_usize;
        let mut terms = 1;
        while at < source.tokens.len() {
            match source.text(at) {
                "(" => depth += 1,
                ")" => depth -= 1,
                "," if depth == 1 => terms += 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            at += 1;
        }
        found.push((start..source.span(at).end, terms));
        at += 1;
        if source.is(at, ",") {
            at += 1;
        }
    }
    found
}

fn values(source: &Source) -> Advice {
    let Some((span, terms)) = tuples(source).into_iter().next() else {
        return Advice::default();
    };
    let Some(mention) = source.mentions.first() else {
        return Advice::at(span);
    };
    let advice = Advice::at(span);
    if source.is(mention.at + 1, "(") {
        return advice.reason("Each column named before VALUES takes one value.");
    }
    let Some(table) = mention.table else {
        return advice;
    };
    let advice = advice.candidates(table.column_names());
    if terms < table.columns.len() {
        advice.reason(format!(
            "To fill only some, name them: insert into {} (name, ...) values (...).",
            mention.name
        ))
    } else {
        advice
    }
}

fn constraint(source: &Source, message: &str) -> Option<Advice> {
    let (kind, what) = message
        .split_once(" constraint failed: ")
        .or_else(|| message.strip_suffix(" constraint failed").map(|k| (k, "")))?;
    let column = what.rsplit('.').next().unwrap_or(what);
    let place = source
        .mentions
        .first()
        .and_then(|m| source.find_name(column, m.at + 1))
        .map(|i| Advice::at(source.span(i)))
        .unwrap_or_default();
    Some(match kind {
        "NOT NULL" => place.reason(format!(
            "{column} is declared NOT NULL: each row needs a value in it."
        )),
        "UNIQUE" if what.contains(", ") => {
            Advice::because("Another row already has these values together.")
        }
        "UNIQUE" => place.reason(format!("Another row already has this {column}.")),
        "CHECK" => {
            Advice::because("The table is declared to take only rows for which this is true.")
        }
        "FOREIGN KEY" if source.is(0, "delete") => {
            Advice::because("Rows of another table still refer to what this would delete.")
        }
        "FOREIGN KEY" if source.is(0, "drop") => {
            Advice::because("Rows of another table still refer to this one.")
        }
        "FOREIGN KEY" => {
            Advice::because("A column refers to a row of another table, and there is no such row.")
        }
        _ => return None,
    })
}

/// Messages that are always explained in the same way.
fn fixed(source: &Source, message: &str) -> Option<Advice> {
    let word = |text: &str| {
        source
            .find(text)
            .map_or_else(Advice::default, |i| Advice::at(source.span(i)))
    };
    if message.starts_with("HAVING clause on a non-aggregate") {
        return Some(
            word("having")
                .did_you_mean("where")
                .reason("HAVING filters groups, and this query makes none; WHERE filters rows."),
        );
    }
    if message == "all VALUES must have the same number of terms" {
        let tuples = tuples(source);
        let odd = tuples.iter().find(|t| t.1 != tuples[0].1)?;
        return Some(Advice::at(odd.0.clone()));
    }
    if message == "no tables specified" {
        return Some(
            word("*").reason("* means all columns of the tables in FROM: FROM is missing."),
        );
    }
    if let Some(rest) = message.strip_prefix("cannot join using column ") {
        let name = rest.split(" - ").next().unwrap_or(rest);
        let using = source.find("using").unwrap_or(0);
        let i = source.find_name(name, using)?;
        return Some(
            Advice::at(source.span(i))
                .reason("USING takes columns that both tables have; ON compares different ones."),
        );
    }
    if let Some((clause, _)) = message.split_once(" clause should come after ") {
        let first = clause.split(' ').next().unwrap_or(clause);
        return Some(
            word(first).reason(
                "It is written once, after the last SELECT, and holds for the whole result.",
            ),
        );
    }
    if message.contains(" BY term out of range") {
        let clause = if message.contains("ORDER") {
            "order"
        } else {
            "group"
        };
        let i =
            (0..source.tokens.len()).find(|&i| source.is(i, clause) && source.is(i + 1, "by"))?;
        return Some(
            Advice::at(source.span(i + 2))
                .reason("A number here counts the columns of the result, from 1."),
        );
    }
    if let Some(i) = message
        .contains("same number of result columns")
        .then(|| {
            source
                .tokens
                .iter()
                .rposition(|t| t.text(source.sql).eq_ignore_ascii_case("select"))
        })
        .flatten()
    {
        return Some(
            Advice::at(source.span(i))
                .reason("The rows of both go below each other, so both need as many columns."),
        );
    }
    if let Some(name) = message
        .starts_with("use DROP ")
        .then(|| message.rsplit(' ').next())
        .flatten()
    {
        let i = source.find_name(name, 0)?;
        return Some(Advice::at(source.span(i)));
    }
    if let Some(clause) = message.strip_prefix("aggregate functions are not allowed in the ") {
        return clause
            .starts_with("GROUP")
            .then(|| word("group").reason(BEFORE_SUMMING));
    }
    let reason = match message {
        "row value misused" => "A single value is compared with a list of several columns here.",
        "datatype mismatch" => {
            "An integer primary key, a LIMIT and an OFFSET take whole numbers only."
        }
        "cannot commit - no transaction is active"
        | "cannot rollback - no transaction is active" => "A transaction starts with BEGIN.",
        "cannot start a transaction within a transaction" => {
            "The last BEGIN is still open: COMMIT or ROLLBACK first; SAVEPOINT nests."
        }
        "database is locked" => "Another connection is writing: SQLite lets one write at a time.",
        _ if message.starts_with("unknown join type") => {
            "Joins are inner, cross, left, right or full; OUTER may follow the last three."
        }
        _ if message.starts_with("sub-select returns ") => {
            "A subquery used as a value gives one column."
        }
        _ if message.ends_with("because it is a view") => {
            "A view only shows rows of its tables: change those."
        }
        _ => return None,
    };
    Some(Advice::because(reason))
}
