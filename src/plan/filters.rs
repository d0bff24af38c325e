//! What a statement filters on, joins on and sorts by, as plain values.

use super::explanation::Node;

/// A statement as far as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// What the statement does.
    pub(super) verb: Verb,
    /// The table that it changes.
    pub(super) target: Option<String>,
    /// The columns that an UPDATE sets; of another statement none.
    pub(super) sets: Vec<String>,
    /// It may do more to rows than its verb says: REPLACE removes some, an
    /// upsert changes some.
    pub(super) resolves_conflicts: bool,
    /// Its SELECTs (and the WHERE of an UPDATE or DELETE), the outermost first.
    pub(super) scopes: Vec<Scope>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// It asks.
    Select,
    /// It adds rows.
    Insert,
    /// It changes rows.
    Update,
    /// It removes rows.
    Delete,
}

/// One SELECT, UPDATE or DELETE, without the subqueries in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Scope {
    /// What it reads: (alias or name, name).
    pub(super) tables: Vec<(String, String)>,
    /// What its WHERE and ON ask of a column, all of it joined by AND.
    pub(super) comparisons: Vec<Comparison>,
    /// Whether it has a WHERE, HAVING or ON at all.
    pub(super) filters: bool,
    /// ORDER BY, as far as it is columns; empty if any of it is something else.
    pub(super) order_by: Vec<SortTerm>,
    /// GROUP BY, likewise.
    pub(super) group_by: Vec<Column>,
    /// It groups, aggregates, numbers windows or drops duplicates: its rows are
    /// not the rows that its loops find.
    pub(super) reshapes: bool,
    /// The place of a plain `count(*)` among its columns, when it makes one row.
    pub(super) counts_rows: Option<usize>,
    /// It drops duplicates.
    pub(super) distinct: bool,
    /// min() or max() is in it.
    pub(super) min_max: bool,
    /// The column of the last of those.
    pub(super) min_max_of: Option<Column>,
    /// Its calls of min() and max() of one column, if it makes one row: (name,
    /// column).
    pub(super) extremes: Vec<(String, Column)>,
    /// It shows nothing but those.
    pub(super) only_extremes: bool,
    /// The ORs among its conditions.
    pub(super) ors: Vec<Or>,
    /// The columns that it shows or computes with; `None` for all (`*`).
    pub(super) shown: Option<Vec<Column>>,
    /// The parameters of LIMIT and of OFFSET, as they are written.
    pub(super) limit_parameters: (Option<String>, Option<String>),
    /// LIMIT.
    pub(super) limit: bool,
    /// OFFSET.
    pub(super) offset: bool,
    /// Each row it finds is a row of the result, or a row changed: it is no
    /// subquery, no part of a compound, and no conflict clause drops any.
    pub(super) outermost: bool,
}

/// A column as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// The alias or table before the dot.
    pub(super) qualifier: Option<String>,
    /// The column.
    pub(super) name: String,
}

/// One column of ORDER BY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortTerm {
    /// The column.
    pub(super) column: Column,
    /// DESC.
    pub(super) descending: bool,
}

/// What a condition asks of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The column.
    pub(super) column: Column,
    /// How it is compared.
    pub(super) how: How,
    /// The column that it is compared to, for a join.
    pub(super) with: Option<Column>,
    /// The condition, as `sqlparser` writes it.
    pub(super) text: String,
    /// For [`How::Hidden`], what the column is hidden in, with bare names: what
    /// an index on the expression would hold.
    pub(super) inside: Option<String>,
    /// The parameters that it is compared with, as they are written.
    pub(super) parameters: Vec<String>,
    /// The collation that COLLATE names, if the comparison has one.
    pub(super) collation: Option<String>,
    /// It is compared with what a subquery finds, perhaps for this very row.
    pub(super) subquery: bool,
}

/// Conditions joined by OR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Or {
    /// All of it, as `sqlparser` writes it.
    pub(super) text: String,
    /// Each side: its text, and what it asks.
    pub(super) sides: Vec<(String, Vec<Comparison>)>,
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// `=`, `IN`, `IS`, `IS NULL`.
    Equal,
    /// `<`, `>`, `BETWEEN`, `GLOB 'x*'` (or a parameter).
    Range,
    /// `LIKE 'x%'`, and LIKE with a parameter, which may be such.
    LikePrefix,
    /// `LIKE '%x'`, and GLOB likewise.
    LikeAnywhere,
    /// `<>`, `NOT IN`, `NOT LIKE`, `IS NOT NULL`.
    Unequal,
    /// Inside a function or a calculation.
    Hidden,
    /// One side of an OR.
    Either,
}

impl Comparison {
    /// Whether it asks for one value of its column.
    pub(super) fn is_one_value(&self) -> bool {
        self.how == How::Equal && !self.text.contains(" IN ")
    }
}

impl Reading {
    /// The one scope of a statement without subqueries, compounds and CTEs.
    pub(super) fn only_scope(&self) -> Option<&Scope> {
        match self.scopes.as_slice() {
            [scope] => Some(scope),
            _ => None,
        }
    }

    /// Whether it changes the rows that `node` reads: whatever the plan says of
    /// an index, the table is reached then, too.
    pub(super) fn changes(&self, node: &Node) -> bool {
        matches!(self.verb, Verb::Update | Verb::Delete)
            && node.parent.is_none()
            && !node.checks_foreign_key
            && node
                .table
                .as_deref()
                .zip(self.target.as_deref())
                .is_some_and(|(read, changed)| read.eq_ignore_ascii_case(changed))
    }

    /// The scope that reads something by the name `alias`: the only one, or one
    /// of several that ask the same of it, as the sides of a UNION may.
    pub(super) fn scope_of(&self, alias: &str) -> Option<&Scope> {
        let mut with_it = self
            .scopes
            .iter()
            .filter(|scope| scope.table_of(alias).is_some());
        let first = with_it.next()?;
        with_it.all(|other| other.asks_as(first)).then_some(first)
    }
}

impl Scope {
    /// Whether it asks the same columns of the same tables, though perhaps for
    /// other values. Only where each is one side of a compound: a subquery
    /// and the query around it stay apart.
    fn asks_as(&self, other: &Scope) -> bool {
        let asked = |scope: &Scope| -> Vec<(Column, How, Option<Column>)> {
            scope
                .comparisons
                .iter()
                .map(|it| (it.column.clone(), it.how, it.with.clone()))
                .collect()
        };
        !self.outermost
            && !other.outermost
            && self.tables == other.tables
            && asked(self) == asked(other)
            && self.limit == other.limit
            && self.reshapes == other.reshapes
            && self.order_by == other.order_by
    }

    /// What `alias` stands for.
    pub(super) fn table_of(&self, alias: &str) -> Option<&str> {
        self.tables
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(alias))
            .map(|(_, table)| table.as_str())
    }
}
