//! What one SELECT, UPDATE or DELETE reads, and the conditions it sets.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, JoinOperator, ObjectName, Select, TableFactor,
    TableWithJoins, visit_expressions,
};

use crate::sql::{ColumnDef, Schema, Table, TableKind};

/// The tables of one FROM and the conditions on them.
pub(super) struct Scope<'a> {
    /// `None` for an UPDATE or DELETE.
    pub(super) select: Option<Select>,
    pub(super) sources: Vec<Source<'a>>,
    /// What WHERE joins by AND.
    pub(super) filters: Vec<Expr>,
    /// What the ONs join by AND.
    pub(super) joined: Vec<Expr>,
    /// The columns of each USING.
    pub(super) using: Vec<String>,
    /// Something here joins tables in a way that is not read: NATURAL, a
    /// nested join.
    pub(super) unclear: bool,
}

/// One table of a FROM.
pub(super) struct Source<'a> {
    /// Its alias, or its own name.
    pub(super) name: String,
    /// `None` for a subquery, a WITH or a table function.
    pub(super) table: Option<&'a Table>,
    /// The right side of a LEFT JOIN.
    pub(super) left_joined: bool,
    /// Its join says how it meets the tables before it, or that all rows
    /// shall meet (CROSS JOIN).
    pub(super) tied: bool,
}

impl Source<'_> {
    /// A stored table, of which the keys are known.
    pub(super) fn stored(&self) -> Option<&Table> {
        self.table.filter(|table| table.kind == TableKind::Table)
    }
}

impl<'a> Scope<'a> {
    pub(super) fn of_select(
        select: Select,
        schema: &'a Schema,
        ctes: &HashSet<String>,
    ) -> Scope<'a> {
        let mut scope = Scope::new(&select.from, select.selection.as_ref(), schema, ctes);
        scope.select = Some(select);
        scope
    }

    pub(super) fn new(
        from: &[TableWithJoins],
        condition: Option<&Expr>,
        schema: &'a Schema,
        ctes: &HashSet<String>,
    ) -> Scope<'a> {
        let mut scope = Scope {
            select: None,
            sources: Vec::new(),
            filters: condition.map(conjuncts).unwrap_or_default(),
            joined: Vec::new(),
            using: Vec::new(),
            unclear: false,
        };
        for part in from {
            scope.add(&part.relation, false, false, schema, ctes);
            for join in &part.joins {
                scope.add_join(&join.relation, &join.join_operator, schema, ctes);
            }
        }
        scope
    }

    fn add_join(
        &mut self,
        relation: &TableFactor,
        operator: &JoinOperator,
        schema: &'a Schema,
        ctes: &HashSet<String>,
    ) {
        let (constraint, left, cross) = match operator {
            JoinOperator::Join(it) | JoinOperator::Inner(it) => (it, false, false),
            JoinOperator::Left(it) | JoinOperator::LeftOuter(it) => (it, true, false),
            JoinOperator::CrossJoin(it) => (it, false, true),
            JoinOperator::Right(it)
            | JoinOperator::RightOuter(it)
            | JoinOperator::FullOuter(it) => {
                self.unclear = true;
                (it, false, false)
            }
            _ => {
                self.unclear = true;
                return;
            }
        };
        let tied = match constraint {
            JoinConstraint::On(condition) => {
                self.joined.extend(conjuncts(condition));
                false
            }
            JoinConstraint::Using(columns) => {
                self.using.extend(columns.iter().filter_map(last_name));
                true
            }
            JoinConstraint::Natural => {
                self.unclear = true;
                true
            }
            JoinConstraint::None => cross,
        };
        self.add(relation, left, tied, schema, ctes);
    }

    fn add(
        &mut self,
        factor: &TableFactor,
        left_joined: bool,
        tied: bool,
        schema: &'a Schema,
        ctes: &HashSet<String>,
    ) {
        let (alias, own, table) = match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let own = last_name(name).unwrap_or_default();
                let known = args.is_none() && !ctes.contains(&own.to_ascii_lowercase());
                let table = known.then(|| schema.table(&own)).flatten();
                (alias, own, table)
            }
            TableFactor::Derived { alias, .. } => (alias, String::new(), None),
            _ => {
                self.unclear = true;
                return;
            }
        };
        self.sources.push(Source {
            name: alias.as_ref().map_or(own, |alias| alias.name.value.clone()),
            table,
            left_joined,
            tied,
        });
    }

    /// The place in `sources` of the table that `expr`, a column, belongs to,
    /// and its definition. `None` for what is no column, or of an outer query,
    /// or of a table of which nothing is known.
    pub(super) fn column(&self, expr: &Expr) -> Option<(usize, &'a ColumnDef)> {
        let (qualifier, name) = column_name(expr)?;
        self.sources.iter().enumerate().find_map(|(at, source)| {
            let named = qualifier.is_none_or(|q| q.eq_ignore_ascii_case(&source.name));
            Some((at, source.table.filter(|_| named)?.column(name)?))
        })
    }

    /// The places of the tables whose columns `expr` mentions, in subqueries,
    /// too. A bare name that no known table has may be of any unknown one.
    pub(super) fn mentioned(&self, expr: &Expr) -> HashSet<usize> {
        let mut found = HashSet::new();
        for column in columns(expr) {
            match column_name(&column) {
                Some((Some(qualifier), _)) => found.extend(
                    (0..self.sources.len())
                        .filter(|&at| self.sources[at].name.eq_ignore_ascii_case(qualifier)),
                ),
                Some((None, _)) => match self.column(&column) {
                    Some((at, _)) => {
                        found.insert(at);
                    }
                    None => found.extend(
                        (0..self.sources.len()).filter(|&at| self.sources[at].table.is_none()),
                    ),
                },
                None => {}
            }
        }
        found
    }

    /// WHERE and ON together.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Expr> {
        self.filters.iter().chain(&self.joined)
    }

    /// The column that a condition sets equal to something outside this FROM,
    /// and that something.
    pub(super) fn pinned<'e>(&self, condition: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
        let Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } = bare(condition)
        else {
            return None;
        };
        [(left, right), (right, left)]
            .into_iter()
            .find(|(column, other)| {
                self.column(column).is_some() && self.mentioned(other).is_empty()
            })
            .map(|(column, other)| (bare(column), bare(other)))
    }

    /// Whether the conditions leave at most one row of the table at `at`: they
    /// set all columns of one of its keys.
    pub(super) fn is_one_row(&self, at: usize) -> bool {
        let Some(table) = self.sources[at].stored() else {
            return false;
        };
        let pinned: Vec<&str> = self
            .filters
            .iter()
            .filter_map(|condition| self.pinned(condition))
            .filter_map(|(column, _)| self.column(column))
            .filter(|(source, _)| *source == at)
            .map(|(_, column)| column.name.as_str())
            .collect();
        table
            .keys()
            .iter()
            .any(|key| key.iter().all(|column| pinned.contains(column)))
    }
}

/// `expr` without its parentheses.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        _ => expr,
    }
}

/// The table's name and the column's of a plain column.
pub(super) fn column_name(expr: &Expr) -> Option<(Option<&str>, &str)> {
    match bare(expr) {
        Expr::Identifier(name) => Some((None, &name.value)),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, name] => Some((Some(&table.value), &name.value)),
            _ => None,
        },
        _ => None,
    }
}

/// The last part of a name that may be qualified.
pub(super) fn last_name(name: &ObjectName) -> Option<String> {
    Some(name.0.last()?.as_ident()?.value.clone())
}

/// What a condition joins by AND.
fn conjuncts(condition: &Expr) -> Vec<Expr> {
    match bare(condition) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        other => vec![other.clone()],
    }
}

/// The columns in `expr`, those of subqueries included.
pub(super) fn columns(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    let _ = visit_expressions(expr, |expr| {
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            found.push(expr.clone());
        }
        ControlFlow::<()>::Continue(())
    });
    found
}
