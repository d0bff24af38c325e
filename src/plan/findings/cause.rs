//! Why a table is scanned although the statement asks for few of its rows: the
//! scan is the effect, this is the cause.

use super::advice::{Filters, MOST, SMALL, create_index, create_index_on, existing, short};
use super::{Case, Weighed};
use crate::plan::catalog::quoted;
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::{Comparison, How, Or, Scope};
use crate::plan::trial::Outcome;

/// What the causes look at: one scan.
struct Scan<'a> {
    case: &'a Case<'a>,
    table: &'a str,
    alias: &'a str,
    scope: &'a Scope,
    filters: Filters<'a>,
}

/// What is told of a cause.
struct Cause {
    code: &'static str,
    title: String,
    why: String,
    try_: Vec<String>,
}

/// The cause of `scan`, a finding about a full scan or a scan in a loop, where
/// it is known and something else than the lack of an index.
pub(super) fn of<'a>(case: &'a Case<'a>, scan: &Weighed) -> Option<Weighed> {
    if !matches!(scan.finding.code, "full-scan" | "scan-in-loop") {
        return None;
    }
    let node = case.plan.node(scan.finding.node?)?;
    let it = node.operation.as_loop()?;
    let (alias, table) = (node.reads()?, node.table.as_deref()?);
    let scope = case.reading?.scope_of(alias)?;
    let filters = Filters::on(case, scope, alias, table);
    let seen = Scan {
        case,
        table,
        alias,
        scope,
        filters,
    };
    let repeated = scan.finding.code == "scan-in-loop";
    let cause = if !it.is_min_max()
        && let Some(cause) = seen.min_max_together()
    {
        cause
    } else if keeps_most(node) || node.checks_foreign_key {
        return None;
    } else if seen.filters.usable(repeated).0.is_empty() {
        if !repeated
            && case
                .catalog
                .rows_at_most(table)
                .is_some_and(|rows| rows <= SMALL)
        {
            return None;
        }
        seen.hidden()
            .or_else(|| seen.wildcard())
            .or_else(|| seen.collation())
            .or_else(|| seen.unindexed_or())?
    } else {
        seen.leading_column(repeated)?
    };
    let severity = if cause.try_.is_empty() {
        Severity::Notice
    } else {
        Severity::Warning
    };
    Some(Weighed {
        cost: scan.cost,
        finding: Finding {
            code: cause.code,
            severity,
            node: scan.finding.node,
            title: cause.title,
            why: cause.why,
            try_: cause.try_,
        },
    })
}

/// Whether so many rows were kept that reading all of them was right.
fn keeps_most(node: &Node) -> bool {
    match (node.output_rows, node.visited_rows) {
        (Some(kept), Some(visited)) => kept as f64 > MOST * visited as f64,
        _ => false,
    }
}

/// A pattern that may begin with anything.
fn anywhere(it: &Comparison) -> Cause {
    Cause {
        code: "leading-wildcard",
        title: format!("{} may match anywhere in the text.", short(&it.text)),
        why: format!(
            "An index on {} is sorted by how the text begins, so none can narrow it down. A \
             full-text index (FTS5) finds words.",
            it.column.name
        ),
        try_: Vec::new(),
    }
}

impl Scan<'_> {
    fn first(&self, how: How) -> Option<&Comparison> {
        self.filters.mine.iter().copied().find(|it| it.how == how)
    }

    fn hidden(&self) -> Option<Cause> {
        let it = self.first(How::Hidden)?;
        let inside = it.inside.as_ref()?;
        let column = &it.column.name;
        let ddl = self.index_expression(column, inside);
        let usable = self.case.catalog.can_create(&ddl) && self.case.holds(&ddl, Some(self.alias));
        let mut why = match existing(self.case, self.table, std::slice::from_ref(column)) {
            Some(index) => format!("The index {index} holds {column} as it is, not {inside}."),
            None => {
                format!("An index on {column} alone would not help: it holds {column} as it is.")
            }
        };
        why += " Compare the bare column where you can: move the calculation to the other side, \
                make a range of it.";
        if usable {
            why += " Or index the expression.";
        }
        Some(Cause {
            code: "hidden-column",
            title: format!("{} hides {column} in {}.", short(&it.text), short(inside)),
            why,
            try_: usable.then_some(ddl).into_iter().collect(),
        })
    }

    /// CREATE INDEX on the expression that hides `column`.
    fn index_expression(&self, column: &str, inside: &str) -> String {
        create_index_on(
            self.case,
            self.table,
            &format!("by_{column}"),
            // SQLite wants parentheses around what is no call of a function.
            &if inside.ends_with(')') && !inside.starts_with('(') {
                inside.to_owned()
            } else {
                format!("({inside})")
            },
        )
    }

    /// CREATE INDEX for LIKE with a known beginning: an ordinary one where it
    /// serves (the column ignores case itself).
    fn index_beginning(&self, column: &str) -> String {
        let plain = create_index(self.case, self.table, &[column.to_owned()]);
        if self.case.serves(&plain, Some(self.alias)) {
            return plain;
        }
        let key = format!("{} collate nocase", quoted(column));
        create_index_on(self.case, self.table, &format!("{column}_nocase"), &key)
    }

    fn wildcard(&self) -> Option<Cause> {
        let it = self.first(How::LikeAnywhere)?;
        Some(anywhere(it))
    }

    fn collation(&self) -> Option<Cause> {
        let it = self.first(How::LikePrefix)?;
        let column = &it.column.name;
        let is_text = self.case.catalog.is_text(self.table, column);
        let ddl = self.index_beginning(column);
        let outcome = self
            .case
            .trial
            .outcome(std::slice::from_ref(&ddl), Some(self.alias));
        if self.case.catalog.ignores_case(self.table, column) || !ddl.contains(" collate nocase)") {
            return None;
        }
        if is_text && outcome == Outcome::Unused && !it.parameters.is_empty() {
            // The value that was given begins with a wildcard, or is not known.
            return Some(anywhere(it));
        }
        let one = std::slice::from_ref(column);
        let why = if is_text {
            let obvious = match existing(self.case, self.table, one) {
                Some(index) => format!("The index {index} does not, so it cannot be used."),
                None => format!("An ordinary index on {column} does not, so it would not be used."),
            };
            format!(
                "{obvious} An index with COLLATE NOCASE can; GLOB, which minds case, can use an \
                 ordinary one."
            )
        } else {
            format!(
                "{column} is not declared as TEXT, so its values are turned into text one by one: \
                 no index helps LIKE here, and none helps GLOB. Compare the value itself, or a \
                 range of it."
            )
        };
        Some(Cause {
            code: "like-collation",
            title: if is_text {
                format!("{} ignores case (a to z).", short(&it.text))
            } else {
                format!("{} compares text, and {column} is none.", short(&it.text))
            },
            why,
            try_: is_text.then_some(ddl).into_iter().collect(),
        })
    }

    fn unindexed_or(&self) -> Option<Cause> {
        let owns = |it: &&Comparison| self.filters.owns(&it.column);
        let or: &Or = self.scope.ors.iter().find(|or| {
            or.sides
                .iter()
                .any(|(_, asked)| asked.iter().any(|it| owns(&it)))
        })?;
        let rowid = self.case.catalog.rowid_column(self.table);
        let mut missing: Vec<(&str, String)> = Vec::new();
        let mut asked_for: Vec<&str> = Vec::new();
        for (text, asked) in &or.sides {
            let usable = |how: How| {
                asked
                    .iter()
                    .filter(|it| owns(it) && it.with.is_none())
                    .find(|it| it.how == how)
            };
            let found = [How::Equal, How::Range, How::LikePrefix, How::Hidden]
                .into_iter()
                .find_map(usable);
            let ddl = found.and_then(|it| self.index_side(it));
            let (Some(it), Some(ddl)) = (found, ddl) else {
                return Some(Cause {
                    code: "unindexed-or",
                    title: format!("{}, one side of an OR, can use no index.", short(text)),
                    why: "Then an index for the other side is of no use either: the rows of this \
                          side are found only by reading all of them."
                        .to_owned(),
                    try_: Vec::new(),
                });
            };
            let column = it.column.name.as_str();
            asked_for.push(column);
            let is_rowid = rowid
                .as_ref()
                .is_some_and(|rowid| rowid.eq_ignore_ascii_case(column));
            let known = missing.iter().any(|(_, other)| *other == ddl);
            let indexed = match it.how {
                How::Equal | How::Range => {
                    it.collation.is_none()
                        && existing(self.case, self.table, std::slice::from_ref(&it.column.name))
                            .is_some()
                }
                How::LikePrefix => self.case.catalog.ignores_case(self.table, column),
                _ => false,
            };
            if !is_rowid && !known && !indexed {
                missing.push((text, ddl));
            }
        }
        let (side, _) = missing.first()?;
        let same = missing.len() == 1 && asked_for.iter().all(|it| *it == asked_for[0]);
        let title = if missing.len() < or.sides.len() && !same {
            format!("{}, one side of an OR, has no index.", short(side))
        } else {
            format!("No side of {} has an index.", short(&or.text))
        };
        let why = if same {
            format!(
                "Each side asks for {}, so one index serves all of them.",
                asked_for[0]
            )
        } else {
            "SQLite can search once for each side, but only if every side has an index; one for a \
             single side changes nothing, and so does one on all columns together."
                .to_owned()
        };
        Some(Cause {
            code: "unindexed-or",
            title,
            why,
            try_: missing.into_iter().map(|(_, ddl)| ddl).collect(),
        })
    }

    /// CREATE INDEX for one side of an OR, if there can be one.
    fn index_side(&self, it: &Comparison) -> Option<String> {
        let column = &it.column.name;
        match it.how {
            How::Equal | How::Range => {
                let one = std::slice::from_ref(column);
                Some(match &it.collation {
                    None => create_index(self.case, self.table, one),
                    Some(collation) => {
                        let collation = collation.to_lowercase();
                        let key = format!("{} collate {collation}", quoted(column));
                        let called = format!("{column}_{collation}");
                        create_index_on(self.case, self.table, &called, &key)
                    }
                })
            }
            How::LikePrefix => self
                .case
                .catalog
                .is_text(self.table, column)
                .then(|| self.index_beginning(column)),
            How::Hidden => {
                let ddl = self.index_expression(column, it.inside.as_ref()?);
                self.case.catalog.can_create(&ddl).then_some(ddl)
            }
            _ => None,
        }
    }

    fn leading_column(&self, repeated: bool) -> Option<Cause> {
        let (asked, _) = self.filters.usable(repeated);
        if existing(self.case, self.table, &asked).is_some() {
            return None;
        }
        let is_asked = |column: &String| asked.iter().any(|it| it.eq_ignore_ascii_case(column));
        let (index, first, column) =
            self.case
                .catalog
                .indexes(self.table)
                .into_iter()
                .find_map(|index| {
                    let first = index.columns.first()?.clone()?;
                    let held = index.columns.iter().skip(1).flatten();
                    let column = held.clone().find(|it| is_asked(it))?.clone();
                    (!index.partial).then_some((index.name, first, column))
                })?;
        Some(Cause {
            code: "leading-column-missing",
            title: if index.starts_with("sqlite_autoindex_") {
                format!(
                    "A key of {} holds {column}, but not as its first column.",
                    self.table
                )
            } else {
                format!("The index {index} holds {column}, but not as its first column.")
            },
            why: format!(
                "It is sorted by {first}, for which the statement asks nothing, so the entries of \
                 one {column} are scattered all over it. An index that begins with {column} has \
                 them side by side."
            ),
            try_: Vec::new(),
        })
    }

    fn min_max_together(&self) -> Option<Cause> {
        let both = |name: &str| self.scope.extremes.iter().find(|(it, _)| it == name);
        let (Some((_, low)), Some((_, high))) = (both("min"), both("max")) else {
            return None;
        };
        let plain = self.scope.only_extremes
            && !self.scope.filters
            && self.scope.outermost
            && self.scope.tables.len() == 1;
        let mut try_ = Vec::new();
        if plain {
            let rowid = self.case.catalog.rowid_column(self.table);
            for column in [low, high] {
                let one = std::slice::from_ref(&column.name);
                let is_rowid = rowid
                    .as_ref()
                    .is_some_and(|rowid| rowid.eq_ignore_ascii_case(&column.name));
                if !is_rowid && existing(self.case, self.table, one).is_none() {
                    let ddl = create_index(self.case, self.table, one);
                    if !try_.contains(&ddl) {
                        try_.push(ddl);
                    }
                }
            }
            let table = quoted(self.table);
            let parts: Vec<String> = self
                .scope
                .extremes
                .iter()
                .map(|(name, it)| format!("(select {name}({}) from {table})", quoted(&it.name)))
                .collect();
            try_.push(format!("select {};", parts.join(", ")));
        }
        Some(Cause {
            code: "min-max-together",
            title: "min() and max() in one SELECT read everything.".to_owned(),
            why:
                "SQLite goes straight to one end of an index only for a single min() or max(), so \
                  an index alone does not help. Ask for each in a subquery of its own."
                    .to_owned(),
            try_,
        })
    }
}
