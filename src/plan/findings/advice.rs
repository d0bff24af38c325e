//! Which index would narrow a scan down, or why none would.

use super::Case;
use crate::plan::catalog::quoted;
use crate::plan::explanation::Node;
use crate::plan::filters::{Column, Comparison, How, Scope};
use crate::plan::operation::{Operation, Purpose};

/// What can be done about a scan.
pub(super) enum Advice {
    /// This index, for this reason.
    Create { ddl: String, why: String },
    /// No index, for this reason.
    Leave(String),
    /// Nothing can be said: the statement could not be read so far.
    Unknown,
}

/// A table with at most so many rows fits in a few pages: an index on it saves
/// nothing that could be felt.
pub(super) const SMALL: u64 = 200;

/// The share of a table from which on an index no longer pays: each row found
/// through it costs a walk down the table's tree, while a scan reads on.
pub(super) const MOST: f64 = 0.2;

/// What can be done about `node`, a scan of `table`. `repeated` when it is
/// started again for each row of a loop around it.
pub(super) fn for_scan(case: &Case<'_>, node: &Node, table: &str, repeated: bool) -> Advice {
    let Some(alias) = node.reads() else {
        return Advice::Unknown;
    };
    let Some(scope) = case.reading.and_then(|reading| reading.scope_of(alias)) else {
        return Advice::Unknown;
    };
    let filters = Filters::on(case, scope, alias, table);
    let (columns, joined) = filters.usable(repeated);
    if columns.is_empty() {
        if let Some(served) = filters.by_beginning(case) {
            return served;
        }
        return if repeated {
            filters.reason(case, scope)
        } else {
            start_elsewhere(case, scope, &filters, table)
                .unwrap_or_else(|| filters.reason(case, scope))
        };
    }
    if !repeated {
        if let Some(rows) = case.catalog.rows_at_most(table)
            && rows <= SMALL
        {
            return Advice::Leave(format!(
                "{table} is so small that reading all of it costs no more than an index would."
            ));
        }
        if let (Some(kept), Some(visited)) = (node.output_rows, node.visited_rows)
            && visited > 0
            && kept as f64 > MOST * visited as f64
            && !filters.stops_early(scope, &columns)
        {
            let share = kept as f64 / visited as f64 * 100.0;
            return Advice::Leave(format!(
                "It kept {share:.0}% of what it read. Fetching so many rows one by one through \
                 an index would hardly be faster."
            ));
        }
    }
    if !filters.names_collation(&columns)
        && let Some(index) = existing(case, table, &columns)
    {
        return Advice::Leave(format!(
            "The index {index} starts with {}, but SQLite expects reading all rows to cost less.",
            columns[0]
        ));
    }
    let mut sorted = columns.clone();
    sorted.extend(filters.order_after(case, node, scope, &columns));
    let known = filters.known_before(&columns);
    let keys = [&sorted, &columns, &known];
    let mut proposals = keys
        .into_iter()
        .filter(|key| !key.is_empty())
        .map(|key| filters.create_index(case, table, key));
    let first = proposals.next().unwrap_or_default();
    let ddl = std::iter::once(first.clone())
        .chain(proposals)
        .find(|ddl| case.holds(ddl, Some(alias)))
        .unwrap_or(first);
    let purpose = if joined {
        "it is joined by"
    } else {
        "you filter on"
    };
    let why = match columns.as_slice() {
        [one] => format!("No index starts with {one}, the column {purpose}."),
        _ => format!(
            "No index starts with {}, the columns {purpose}.",
            list(&columns, "or")
        ),
    };
    Advice::Create { ddl, why }
}

/// What an index that stays should hold, where SQLite builds one of `columns`
/// for each run: the other columns asked for, too, as that one does, where they
/// are not too many.
pub(super) fn instead_of_automatic(
    case: &Case<'_>,
    node: &Node,
    table: &str,
    columns: &[String],
) -> String {
    let plain = create_index(case, table, columns);
    let alias = node.reads();
    let scope = alias.and_then(|it| case.reading?.scope_of(it));
    let wide = scope.zip(alias).and_then(|(scope, alias)| {
        let filters = Filters::on(case, scope, alias, table);
        let compared = filters.mine.iter().map(|it| &it.column);
        let used = compared
            .chain(scope.shown.as_ref()?)
            .chain(scope.order_by.iter().map(|it| &it.column))
            .chain(&scope.group_by);
        let rowid = case.catalog.rowid_column(table);
        let mut key = columns.to_vec();
        for column in used.filter(|it| filters.owns(it)) {
            let is_known = |it: &String| it.eq_ignore_ascii_case(&column.name);
            if !key.iter().any(is_known) && !rowid.as_ref().is_some_and(is_known) {
                key.push(column.name.clone());
            }
        }
        let worth_it = key.len() > columns.len() && key.len() <= WIDEST;
        worth_it.then(|| create_index(case, table, &key))
    });
    match wide {
        Some(wide) if !case.holds(&plain, alias) => wide,
        _ => plain,
    }
}

/// The most columns of an index that is proposed to hold all that are used.
const WIDEST: usize = 5;

/// What can be done about `node`, a walk through `table` for min() or max().
pub(super) fn for_min_max(case: &Case<'_>, node: &Node, table: &str, repeated: bool) -> Advice {
    let Some((alias, scope)) = node.reads().and_then(|alias| {
        let scope = case.reading?.scope_of(alias)?;
        Some((alias, scope))
    }) else {
        return Advice::Unknown;
    };
    let filters = Filters::on(case, scope, alias, table);
    let Some(column) = scope
        .min_max_of
        .as_ref()
        .filter(|column| filters.owns(column))
        .map(|column| column.name.clone())
    else {
        return for_scan(case, node, table, repeated);
    };
    if !filters.mine.is_empty() {
        let (mut key, _) = filters.usable(repeated);
        if key.is_empty() || existing(case, table, &key).is_some() {
            return for_scan(case, node, table, repeated);
        }
        if filters.all_equal() {
            key.push(column);
        }
        return Advice::Create {
            why: format!(
                "No index starts with {}, the column it is narrowed down by.",
                list(&key[..1], "or")
            ),
            ddl: create_index(case, table, &key),
        };
    }
    let one = std::slice::from_ref(&column);
    let is_rowid = case
        .catalog
        .rowid_column(table)
        .is_some_and(|rowid| rowid.eq_ignore_ascii_case(&column));
    if is_rowid || existing(case, table, one).is_some() {
        return Advice::Unknown;
    }
    Advice::Create {
        why: format!(
            "No index is sorted by {column}; its first or last entry would be the answer."
        ),
        ddl: create_index(case, table, one),
    }
}

/// `create index orders_customer_id on orders(customer_id);`, under a name that
/// is free.
pub(super) fn create_index(case: &Case<'_>, table: &str, columns: &[String]) -> String {
    let key: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    create_index_on(case, table, &columns.join("_"), &key.join(", "))
}

/// The same on any key, which is written as SQL; `called` is what the index is
/// called after the table.
pub(super) fn create_index_on(case: &Case<'_>, table: &str, called: &str, key: &str) -> String {
    let base = format!("{table}_{called}");
    let name = std::iter::once(base.clone())
        .chain((2..).map(|n| format!("{base}_{n}")))
        .find(|name| !case.catalog.is_taken(name))
        .unwrap_or(base);
    let schema = match case.catalog.schema_of(table).as_deref() {
        None | Some("main") => String::new(),
        Some(other) => format!("{}.", quoted(other)),
    };
    format!(
        "create index {schema}{} on {}({key});",
        quoted(&name),
        quoted(table),
    )
}

/// The name of an index of `table` that starts with one of `columns`.
pub(super) fn existing(case: &Case<'_>, table: &str, columns: &[String]) -> Option<String> {
    case.catalog
        .indexes(table)
        .into_iter()
        .find(|index| {
            let first = index.columns.first().and_then(Option::as_deref);
            !index.partial
                && first.is_some_and(|first| {
                    columns
                        .iter()
                        .any(|column| column.eq_ignore_ascii_case(first))
                })
        })
        .map(|index| index.name)
}

/// A condition as a sentence can hold it: its beginning, if it is long.
pub(super) fn short(condition: &str) -> String {
    const LONGEST: usize = 60;
    match condition.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", condition[..end].trim_end()),
        None => condition.to_owned(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// Nothing narrows this table down, but another one of the join is narrowed
/// down: an index here would let SQLite start there.
fn start_elsewhere(
    case: &Case<'_>,
    scope: &Scope,
    filters: &Filters<'_>,
    table: &str,
) -> Option<Advice> {
    let join = filters
        .mine
        .iter()
        .find(|it| it.how == How::Equal && it.with.is_some())?;
    let other = join.with.as_ref()?.qualifier.as_deref()?;
    let other_table = case.catalog.table(scope.table_of(other)?)?;
    let narrowed = Filters::on(case, scope, other, &other_table)
        .usable(false)
        .0;
    let column = join.column.name.clone();
    if narrowed.is_empty() || existing(case, table, std::slice::from_ref(&column)).is_some() {
        return None;
    }
    Some(Advice::Create {
        why: format!(
            "Nothing narrows {table} down by itself. With an index on {column} SQLite could start \
             from {other_table}, where you filter on {}.",
            list(&narrowed, "and")
        ),
        ddl: create_index(case, table, &[column]),
    })
}

/// What the statement asks of one table's columns.
pub(super) struct Filters<'a> {
    alias: &'a str,
    table: String,
    columns: Vec<String>,
    pub(super) mine: Vec<&'a Comparison>,
}

impl<'a> Filters<'a> {
    /// The comparisons of `scope` on the table it calls `alias`, without those
    /// on the rowid, which needs no index.
    pub(super) fn on(
        case: &Case<'_>,
        scope: &'a Scope,
        alias: &'a str,
        table: &str,
    ) -> Filters<'a> {
        let columns = case.catalog.columns(table);
        let rowid = case.catalog.rowid_column(table);
        let mut filters = Filters {
            alias,
            table: table.to_owned(),
            columns,
            mine: Vec::new(),
        };
        filters.mine = scope
            .comparisons
            .iter()
            .filter(|it| filters.owns(&it.column))
            .filter(|it| {
                rowid
                    .as_ref()
                    .is_none_or(|rowid| !rowid.eq_ignore_ascii_case(&it.column.name))
            })
            .collect();
        filters
    }

    /// Whether `column` is one of this table's.
    pub(super) fn owns(&self, column: &Column) -> bool {
        let here = column
            .qualifier
            .as_ref()
            .is_none_or(|it| it.eq_ignore_ascii_case(self.alias));
        here && self
            .columns
            .iter()
            .any(|it| it.eq_ignore_ascii_case(&column.name))
    }

    /// The columns of an index that would narrow the table down: those compared
    /// for equality, then one that is compared by range. The flag tells that
    /// only joins ask for them. Joins count where the loop is `repeated`.
    pub(super) fn usable(&self, repeated: bool) -> (Vec<String>, bool) {
        let counts = |it: &&&Comparison| match &it.with {
            None => true,
            Some(with) => repeated && !self.owns(with),
        };
        let mut columns: Vec<String> = Vec::new();
        let mut joined = true;
        let equal = self.mine.iter().filter(|it| it.how == How::Equal);
        let ranges = self.mine.iter().filter(|it| it.how == How::Range);
        for it in equal.filter(counts).chain(ranges.filter(counts).take(1)) {
            joined &= it.with.is_some();
            if !columns.contains(&it.column.name) {
                columns.push(it.column.name.clone());
            }
        }
        (columns, joined)
    }

    /// Those of `columns` whose value is known before the row is read: what a
    /// subquery finds may depend on it.
    fn known_before(&self, columns: &[String]) -> Vec<String> {
        let asks = |column: &&String| {
            !self
                .mine
                .iter()
                .any(|it| it.subquery && it.column.name.eq_ignore_ascii_case(column))
        };
        columns.iter().filter(asks).cloned().collect()
    }

    /// The collation that the statement compares `column` by, if it names one.
    fn collation(&self, column: &str) -> Option<&str> {
        let mut mine = self.mine.iter();
        mine.find(|it| it.collation.is_some() && it.column.name.eq_ignore_ascii_case(column))
            .and_then(|it| it.collation.as_deref())
    }

    fn names_collation(&self, columns: &[String]) -> bool {
        columns.iter().any(|it| self.collation(it).is_some())
    }

    /// CREATE INDEX on `columns`, with the collations they are compared by.
    pub(super) fn create_index(&self, case: &Case<'_>, table: &str, columns: &[String]) -> String {
        let key: Vec<String> = columns
            .iter()
            .map(|column| match self.collation(column) {
                Some(collation) => {
                    format!("{} collate {}", quoted(column), collation.to_lowercase())
                }
                None => quoted(column),
            })
            .collect();
        let mut called = columns.join("_");
        if let Some(collation) = columns.iter().find_map(|it| self.collation(it)) {
            called += "_";
            called += &collation.to_lowercase();
        }
        create_index_on(case, table, &called, &key.join(", "))
    }

    /// LIKE with a known beginning, where an ordinary index serves: on a column
    /// declared with COLLATE NOCASE, or under `PRAGMA case_sensitive_like`.
    fn by_beginning(&self, case: &Case<'_>) -> Option<Advice> {
        let it = self.mine.iter().find(|it| it.how == How::LikePrefix)?;
        let column = std::slice::from_ref(&it.column.name);
        let ddl = create_index(case, &self.table, column);
        let new = existing(case, &self.table, column).is_none();
        (new && case.serves(&ddl, Some(self.alias))).then(|| Advice::Create {
            why: format!(
                "No index starts with {}, the column you filter on.",
                column[0]
            ),
            ddl,
        })
    }

    /// Whether every usable comparison is with one value, so that an index
    /// gives what follows in order.
    pub(super) fn all_equal(&self) -> bool {
        self.mine.iter().all(|it| it.is_one_value())
    }

    /// Whether something is asked of `column`.
    pub(super) fn is_compared(&self, column: &str) -> bool {
        self.mine
            .iter()
            .any(|it| it.column.name.eq_ignore_ascii_case(column))
    }

    /// The ORDER BY columns that the same index could give in order, so that
    /// nothing needs sorting.
    fn order_after(
        &self,
        case: &Case<'_>,
        node: &Node,
        scope: &Scope,
        columns: &[String],
    ) -> Vec<String> {
        let sorts = case.plan.children(node.parent).any(|other| {
            matches!(
                other.operation,
                Operation::TempBTree(Purpose::OrderBy | Purpose::LastTermsOfOrderBy(_))
            )
        });
        let one_value_each = self
            .mine
            .iter()
            .filter(|it| columns.contains(&it.column.name))
            .all(|it| it.is_one_value());
        if !sorts || !one_value_each {
            return Vec::new();
        }
        self.order(scope)
            .into_iter()
            .filter(|column| !columns.contains(column))
            .collect()
    }

    /// Whether an index on `columns` gives the rows in the order asked for, so
    /// that a LIMIT ends the reading after its few rows.
    fn stops_early(&self, scope: &Scope, columns: &[String]) -> bool {
        let one_value = |column: &String| {
            self.mine
                .iter()
                .any(|it| it.column.name.eq_ignore_ascii_case(column) && it.is_one_value())
        };
        let order = self.order(scope);
        scope.limit
            && !order.is_empty()
            && columns
                .iter()
                .skip_while(|column| one_value(column))
                .eq(order.iter())
    }

    /// The ORDER BY columns, if all are this only table's and go one way.
    pub(super) fn order(&self, scope: &Scope) -> Vec<String> {
        let one_way = scope
            .order_by
            .windows(2)
            .all(|pair| pair[0].descending == pair[1].descending);
        let mine = scope.order_by.iter().all(|term| self.owns(&term.column));
        if one_way && mine && scope.tables.len() == 1 && !scope.reshapes {
            scope
                .order_by
                .iter()
                .map(|term| term.column.name.clone())
                .collect()
        } else {
            Vec::new()
        }
    }

    /// Why no index on this table would help.
    fn reason(&self, case: &Case<'_>, scope: &Scope) -> Advice {
        let first = |how: How| self.mine.iter().find(|it| it.how == how);
        let reason = if let Some(it) = first(How::Hidden) {
            format!(
                "{} computes with {}, so an ordinary index on that column cannot be used.",
                short(&it.text),
                it.column.name
            )
        } else if let Some(it) = first(How::LikeAnywhere) {
            format!(
                "{} may match anywhere in the text, so no index on {} can narrow it down.",
                short(&it.text),
                it.column.name
            )
        } else if let Some(it) = first(How::LikePrefix) {
            format!(
                "LIKE ignores case and an ordinary index on {} does not, so it cannot be used.",
                it.column.name
            )
        } else if let Some(it) = first(How::Either) {
            format!(
                "{} is an OR: it is narrowed down only if each side has an index.",
                short(&it.text)
            )
        } else if let Some(it) = first(How::Unequal) {
            if it.text.ends_with("IS NOT NULL") {
                format!(
                    "An index on {} would help only if few rows have a value there.",
                    it.column.name
                )
            } else {
                format!(
                    "An index finds values that are asked for; {} names what is not wanted.",
                    short(&it.text)
                )
            }
        } else if !scope.filters && case.reading.is_some_and(|it| it.only_scope().is_some()) {
            let so = if scope.limit {
                ""
            } else {
                ", so every row has to be read"
            };
            format!("Nothing in the statement narrows it down{so}.")
        } else {
            return Advice::Unknown;
        };
        Advice::Leave(reason)
    }
}
