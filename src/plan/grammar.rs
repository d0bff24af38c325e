//! Reads the texts of `EXPLAIN QUERY PLAN`.
//!
//! The grammar is that of SQLite 3.54.1, read from its source
//! (`sqlite3WhereAddExplainText` and every `ExplainQueryPlan`). Names are not
//! quoted in it and may hold any character, so some texts could be read two
//! ways; the reading that finds a known ending wins. Whatever fits nothing is
//! [`Operation::Unknown`].

use super::operation::{Access, Loop, Operation, Purpose, SetOperator, Source, Term};

/// Reads one text. Never fails: see [`Operation::Unknown`].
pub fn parse(detail: &str) -> Operation {
    fixed(detail)
        .or_else(|| constant_rows(detail))
        .or_else(|| temp_b_tree(detail))
        .or_else(|| subquery(detail))
        .or_else(|| other(detail))
        .or_else(|| looped(detail).map(Operation::Loop))
        .unwrap_or(Operation::Unknown)
}

fn fixed(detail: &str) -> Option<Operation> {
    Some(match detail {
        "MULTI-INDEX OR" => Operation::MultiIndexOr,
        "CREATE BLOOM FILTER" => Operation::CreateBloomFilter,
        "COMPOUND QUERY" => Operation::Compound,
        "LEFT-MOST SUBQUERY" => Operation::LeftMost,
        "UNION ALL" => Operation::UnionAll,
        "MERGE (UNION)" => Operation::Merge(SetOperator::Union),
        "MERGE (UNION ALL)" => Operation::Merge(SetOperator::UnionAll),
        "MERGE (INTERSECT)" => Operation::Merge(SetOperator::Intersect),
        "MERGE (EXCEPT)" => Operation::Merge(SetOperator::Except),
        "LEFT" => Operation::Left,
        "RIGHT" => Operation::Right,
        "SETUP" => Operation::Setup,
        "RECURSIVE STEP" => Operation::RecursiveStep,
        _ => return None,
    })
}

fn constant_rows(detail: &str) -> Option<Operation> {
    let rest = detail.strip_prefix("SCAN ")?;
    if rest == "CONSTANT ROW" {
        return Some(Operation::ConstantRows(None));
    }
    let number = rest
        .strip_suffix(" CONSTANT ROWS")
        .or_else(|| rest.strip_suffix(" CONSTANT ROW"))?;
    Some(Operation::ConstantRows(Some(number.parse().ok()?)))
}

fn temp_b_tree(detail: &str) -> Option<Operation> {
    let usage = detail.strip_prefix("USE TEMP B-TREE FOR ")?;
    let purpose = match usage {
        "ORDER BY" => Purpose::OrderBy,
        "LAST TERM OF ORDER BY" => Purpose::LastTermsOfOrderBy(1),
        "GROUP BY" => Purpose::GroupBy,
        "DISTINCT" => Purpose::Distinct,
        _ => {
            if let Some(function) = usage.strip_suffix("(DISTINCT)") {
                Purpose::AggregateDistinct(function.to_owned())
            } else if let Some(function) = usage.strip_suffix("(ORDER BY)") {
                Purpose::AggregateOrderBy(function.to_owned())
            } else {
                let number = usage
                    .strip_prefix("LAST ")?
                    .strip_suffix(" TERMS OF ORDER BY")?;
                Purpose::LastTermsOfOrderBy(number.parse().ok()?)
            }
        }
    };
    Some(Operation::TempBTree(purpose))
}

fn subquery(detail: &str) -> Option<Operation> {
    let number = |prefix: &str| detail.strip_prefix(prefix)?.parse().ok();
    if let Some(number) = number("REUSE SUBQUERY ") {
        return Some(Operation::ReuseSubquery(number));
    }
    if let Some(number) = number("REUSE LIST SUBQUERY ") {
        return Some(Operation::ReuseListSubquery(number));
    }
    let (rest, correlated) = match detail.strip_prefix("CORRELATED ") {
        Some(rest) => (rest, true),
        None => (detail, false),
    };
    let number = |prefix: &str| rest.strip_prefix(prefix)?.parse().ok();
    if let Some(number) = number("SCALAR SUBQUERY ") {
        return Some(Operation::ScalarSubquery { number, correlated });
    }
    number("LIST SUBQUERY ").map(|number| Operation::ListSubquery { number, correlated })
}

fn other(detail: &str) -> Option<Operation> {
    if let Some(rest) = detail.strip_prefix("INDEX ") {
        return rest.parse().ok().map(Operation::OrTerm);
    }
    if let Some(rest) = detail.strip_prefix("CO-ROUTINE ") {
        return Some(Operation::CoRoutine(source(rest)));
    }
    if let Some(rest) = detail.strip_prefix("MATERIALIZE ") {
        return Some(Operation::Materialize(source(rest)));
    }
    if let Some(rest) = detail.strip_prefix("RIGHT-JOIN ") {
        return Some(Operation::RightJoin(rest.to_owned()));
    }
    if let Some(rest) = detail.strip_prefix("BLOOM FILTER ON ") {
        let (name, terms) = named_terms(rest)?;
        return (!terms.is_empty()).then(|| Operation::BloomFilter {
            source: source(name),
            terms,
        });
    }
    if let Some(rest) = detail.strip_prefix("CREATE AUTOMATIC INDEX ON ") {
        return automatic_index(rest);
    }
    let rest = detail
        .strip_prefix("USING ")?
        .strip_suffix(" FOR IN-OPERATOR")?;
    if let Some(table) = rest.strip_prefix("ROWID SEARCH ON TABLE ") {
        return Some(Operation::RowidForIn(table.to_owned()));
    }
    let index = rest.strip_prefix("INDEX ")?;
    Some(Operation::IndexForIn(index.to_owned()))
}

fn automatic_index(rest: &str) -> Option<Operation> {
    let (rest, partial) = match rest.strip_suffix(" WHERE <expr>") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (table, columns) = rest.strip_suffix(')')?.split_once('(')?;
    Some(Operation::AutomaticIndex {
        table: table.to_owned(),
        columns: columns.to_owned(),
        partial,
    })
}

fn looped(detail: &str) -> Option<Loop> {
    let (search, rest) = match detail.strip_prefix("SEARCH ") {
        Some(rest) => (true, rest),
        None => (false, detail.strip_prefix("SCAN ")?),
    };
    let (rest, left_join) = match rest.strip_suffix(" LEFT-JOIN") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (item, access) = item_and_access(rest);
    let (item, exists) = match item.strip_suffix(" EXISTS") {
        Some(item) => (item, true),
        None => (item, false),
    };
    (!item.is_empty()).then(|| Loop {
        search,
        source: source(item),
        exists,
        access,
        left_join,
    })
}

fn item_and_access(rest: &str) -> (&str, Access) {
    for (at, separator) in rest.match_indices(" USING ") {
        if let Some(access) = access(&rest[at + separator.len()..]) {
            return (&rest[..at], access);
        }
    }
    if let Some((item, index)) = rest.split_once(" VIRTUAL TABLE INDEX ")
        && let Some((number, text)) = index.split_once(':')
    {
        let access = Access::Virtual {
            number: number.to_owned(),
            text: text.to_owned(),
        };
        return (item, access);
    }
    (rest, Access::Table)
}

fn access(text: &str) -> Option<Access> {
    if let Some(rest) = text.strip_prefix("AUTOMATIC PARTIAL COVERING INDEX") {
        return Some(Access::AutomaticIndex {
            partial: true,
            terms: only_terms(rest)?,
        });
    }
    if let Some(rest) = text.strip_prefix("AUTOMATIC COVERING INDEX") {
        return Some(Access::AutomaticIndex {
            partial: false,
            terms: only_terms(rest)?,
        });
    }
    if let Some(rest) = text.strip_prefix("INTEGER PRIMARY KEY") {
        return Some(Access::Rowid {
            terms: only_terms(rest)?,
        });
    }
    if let Some(rest) = text.strip_prefix("PRIMARY KEY") {
        return Some(Access::PrimaryKey {
            terms: only_terms(rest)?,
        });
    }
    let (rest, covering) = match text.strip_prefix("COVERING INDEX ") {
        Some(rest) => (rest, true),
        None => (text.strip_prefix("INDEX ")?, false),
    };
    let (name, terms) = named_terms(rest)?;
    Some(Access::Index {
        name: name.to_owned(),
        covering,
        terms,
    })
}

/// `name (terms)` or `name`. The parenthesis that opens the terms is the
/// first from which all the rest reads as terms.
fn named_terms(text: &str) -> Option<(&str, Vec<Term>)> {
    if text.is_empty() {
        return None;
    }
    for (at, _) in text.match_indices(" (") {
        if at > 0
            && let Some(terms) = only_terms(&text[at..])
        {
            return Some((&text[..at], terms));
        }
    }
    Some((text, Vec::new()))
}

/// ` (terms)` or nothing.
fn only_terms(text: &str) -> Option<Vec<Term>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let mut rest = text.strip_prefix(" (")?.strip_suffix(')')?;
    let mut terms = Vec::new();
    loop {
        // A column's name may hold " AND ": take the shortest that is a term.
        let ends = rest.match_indices(" AND ").map(|(at, _)| at);
        let (end, term) = ends
            .chain([rest.len()])
            .find_map(|end| Some((end, term(&rest[..end])?)))?;
        terms.push(term);
        match rest[end..].strip_prefix(" AND ") {
            Some(next) => rest = next,
            None => return Some(terms),
        }
    }
}

fn term(text: &str) -> Option<Term> {
    if let Some(column) = text.strip_suffix("=?") {
        return one(column).map(Term::Equal);
    }
    if let Some(column) = text.strip_prefix("ANY(").and_then(|t| t.strip_suffix(')')) {
        return one(column).map(Term::Any);
    }
    for (operator, make) in [
        ('>', Term::Greater as fn(Vec<String>) -> Term),
        ('<', Term::Less as fn(Vec<String>) -> Term),
    ] {
        let single = [operator, '?'].iter().collect::<String>();
        if let Some(column) = text.strip_suffix(single.as_str()) {
            return one(column).map(|column| make(vec![column]));
        }
        // (a,b)>(?,?)
        let Some((columns, marks)) = text.rsplit_once(operator) else {
            continue;
        };
        let row = |text: &str| Some(text.strip_prefix('(')?.strip_suffix(')')?.to_owned());
        if let (Some(columns), Some(marks)) = (row(columns), row(marks))
            && marks.split(',').all(|mark| mark == "?")
        {
            return Some(make(columns.split(',').map(str::to_owned).collect()));
        }
    }
    None
}

fn one(column: &str) -> Option<String> {
    (!column.is_empty()).then(|| column.to_owned())
}

fn source(item: &str) -> Source {
    let numbered = |prefix: &str| item.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok();
    if let Some(number) = numbered("(subquery-") {
        return Source::Subquery(number);
    }
    if let Some(number) = numbered("(join-") {
        return Source::Join(number);
    }
    if let Some(rows) = item
        .strip_suffix("-ROW VALUES CLAUSE")
        .and_then(|rows| rows.parse().ok())
    {
        return Source::Values(rows);
    }
    match item.split_once('.') {
        Some((schema, name)) if !schema.is_empty() && !name.is_empty() => Source::Named {
            schema: Some(schema.to_owned()),
            name: name.to_owned(),
        },
        _ => Source::Named {
            schema: None,
            name: item.to_owned(),
        },
    }
}
