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

/// A column's name; with parentheses in it only if they match, so that those of
/// an index's name before it are not taken for its own.
fn one(column: &str) -> Option<String> {
    let mut open = 0_u32;
    for c in column.chars() {
        match c {
            '(' => open += 1,
            ')' => open = open.checked_sub(1)?,
            _ => {}
        }
    }
    (open == 0 && !column.is_empty()).then(|| column.to_owned())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(name: &str) -> Source {
        Source::Named {
            schema: None,
            name: name.to_owned(),
        }
    }

    fn access_of(detail: &str) -> Access {
        match parse(detail) {
            Operation::Loop(it) => it.access,
            other => panic!("{detail}: {other:?}"),
        }
    }

    #[test]
    fn texts_that_are_hard_to_make_sqlite_write() {
        for (text, operation) in [
            ("REUSE SUBQUERY 3", Operation::ReuseSubquery(3)),
            ("REUSE LIST SUBQUERY 4", Operation::ReuseListSubquery(4)),
            (
                "CORRELATED LIST SUBQUERY 2",
                Operation::ListSubquery {
                    number: 2,
                    correlated: true,
                },
            ),
            ("SCAN CONSTANT ROW", Operation::ConstantRows(None)),
            ("SCAN 1 CONSTANT ROW", Operation::ConstantRows(Some(1))),
            ("SCAN 12 CONSTANT ROWS", Operation::ConstantRows(Some(12))),
            (
                "MERGE (INTERSECT)",
                Operation::Merge(SetOperator::Intersect),
            ),
            ("CO-ROUTINE (join-2)", Operation::CoRoutine(Source::Join(2))),
            (
                "MATERIALIZE 7-ROW VALUES CLAUSE",
                Operation::Materialize(Source::Values(7)),
            ),
            (
                "CREATE AUTOMATIC INDEX ON t(a, b) WHERE <expr>",
                Operation::AutomaticIndex {
                    table: "t".to_owned(),
                    columns: "a, b".to_owned(),
                    partial: true,
                },
            ),
            (
                "BLOOM FILTER ON t (rowid=?)",
                Operation::BloomFilter {
                    source: named("t"),
                    terms: vec![Term::Equal("rowid".to_owned())],
                },
            ),
        ] {
            assert_eq!(parse(text), operation, "{text}");
        }
    }

    #[test]
    fn accesses_and_their_terms() {
        let index = |name: &str, covering, terms| Access::Index {
            name: name.to_owned(),
            covering,
            terms,
        };
        let row = |columns: &[&str]| columns.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(
            access_of("SEARCH t USING INDEX i (ANY(a) AND b=? AND <expr>>?)"),
            index(
                "i",
                false,
                vec![
                    Term::Any("a".to_owned()),
                    Term::Equal("b".to_owned()),
                    Term::Greater(row(&["<expr>"])),
                ]
            )
        );
        assert_eq!(
            access_of("SEARCH t USING COVERING INDEX i ((a,b)>(?,?) AND (a,b)<(?,?)) LEFT-JOIN"),
            index(
                "i",
                true,
                vec![
                    Term::Greater(row(&["a", "b"])),
                    Term::Less(row(&["a", "b"]))
                ]
            )
        );
        assert_eq!(
            access_of("SCAN t VIRTUAL TABLE INDEX 0x1f:a:b"),
            Access::Virtual {
                number: "0x1f".to_owned(),
                text: "a:b".to_owned(),
            }
        );
    }

    #[test]
    fn names_may_hold_anything() {
        assert_eq!(
            access_of("SEARCH my table USING INDEX my index (one) (first and AND last=?)"),
            Access::Index {
                name: "my index (one)".to_owned(),
                covering: false,
                terms: vec![Term::Equal("first and AND last".to_owned())],
            }
        );
        let Operation::Loop(it) = parse("SCAN a USING b") else {
            panic!("no loop");
        };
        assert_eq!((it.source, it.access), (named("a USING b"), Access::Table));
        assert_eq!(
            source("main.orders"),
            Source::Named {
                schema: Some("main".to_owned()),
                name: "orders".to_owned(),
            }
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            parse(&text);
        }

        #[test]
        fn any_mix_of_sqlites_words_is_read_without_a_panic(
            words in proptest::collection::vec(
                prop_oneof![
                    Just("SCAN"), Just("SEARCH"), Just("USING"), Just("COVERING"), Just("INDEX"),
                    Just("("), Just(")"), Just("(a=?)"), Just("AND"), Just("ANY("), Just("VIRTUAL"),
                    Just("TABLE"), Just("PRIMARY"), Just("KEY"), Just("LEFT-JOIN"), Just("a>?"),
                    Just("USE TEMP B-TREE FOR"), Just("LAST"), Just("ORDER BY"), Just("EXISTS"),
                    Just("(a,b)>(?,?)"), Just("\u{e9}"), Just("(subquery-"), Just("3"),
                ],
                0..12,
            )
        ) {
            parse(&words.join(" "));
            parse(&words.concat());
        }

        #[test]
        fn plain_names_come_back(
            table in "[a-z_][a-z0-9_]{0,12}",
            index in "[a-z_][a-z0-9_]{0,12}",
            column in "[a-z_][a-z0-9_]{0,12}",
        ) {
            let text = format!("SEARCH {table} USING INDEX {index} ({column}=? AND {column}>?)");
            let Operation::Loop(it) = parse(&text) else {
                return Err(TestCaseError::fail("no loop"));
            };
            prop_assert_eq!(it.source.name(), Some(table.as_str()));
            prop_assert_eq!(it.index(), Some(index.as_str()));
            prop_assert_eq!(it.terms().len(), 2);
        }
    }
}
