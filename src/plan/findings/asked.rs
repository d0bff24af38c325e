//! What a statement asks of the columns of one table.

use super::Case;
use super::advice::{Advice, create_index, create_index_on, existing, short};
use crate::plan::catalog::quoted;
use crate::plan::explanation::Node;
use crate::plan::filters::{Column, Comparison, How, Scope};
use crate::plan::operation::{Operation, Purpose};

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
    pub(super) fn known_before(&self, columns: &[String]) -> Vec<String> {
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

    pub(super) fn names_collation(&self, columns: &[String]) -> bool {
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
    pub(super) fn by_beginning(&self, case: &Case<'_>) -> Option<Advice> {
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
    pub(super) fn order_after(
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
    pub(super) fn stops_early(&self, scope: &Scope, columns: &[String]) -> bool {
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
    pub(super) fn reason(&self, case: &Case<'_>, scope: &Scope) -> Advice {
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
