//! A SELECT taken apart: its tables, and which of them each condition needs.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, Query,
    SetExpr, Statement, TableFactor, Visit, Visitor, visit_expressions_mut,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::Error;
use crate::plan::catalog::{Catalog, quoted};

/// One table of a FROM.
pub(super) struct Item {
    /// What the statement calls it.
    pub(super) alias: String,
    /// The table.
    pub(super) table: String,
    /// Its columns.
    pub(super) columns: Vec<String>,
}

/// One condition of a WHERE or ON that must hold.
pub(super) struct Condition {
    /// As SQL.
    pub(super) text: String,
    /// The tables it speaks of, by their place; all of them for one with a
    /// subquery, which may speak of any.
    pub(super) tables: BTreeSet<usize>,
    /// The columns it speaks of.
    pub(super) columns: BTreeSet<(usize, String)>,
    /// The table after JOIN, for a condition of its ON.
    pub(super) joins: Option<usize>,
}

/// A SELECT, taken apart.
pub(super) struct Reading {
    pub(super) items: Vec<Item>,
    pub(super) conditions: Vec<Condition>,
    pub(super) grouped: bool,
}

impl Reading {
    pub(super) fn of(sql: &str, catalog: &Catalog<'_>) -> Result<Reading, Error> {
        let parsed = Parser::parse_sql(&SQLiteDialect {}, sql).map_err(|_| Error::Unread)?;
        let [Statement::Query(query)] = parsed.as_slice() else {
            return Err(Error::NoSelect);
        };
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Err(Error::NoSelect);
        };
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(terms, _) => !terms.is_empty(),
            GroupByExpr::All(_) => true,
        };
        let distinct = !matches!(select.distinct, None | Some(Distinct::All));
        let ctes: Vec<String> = query
            .with
            .iter()
            .flat_map(|with| &with.cte_tables)
            .map(|cte| cte.alias.name.value.clone())
            .collect();
        let mut reading = Reading {
            items: Vec::new(),
            conditions: Vec::new(),
            grouped: grouped || distinct,
        };
        // Conditions are read once all tables are known.
        let mut written: Vec<(Expr, Option<usize>)> = Vec::new();
        for from in &select.from {
            reading.item(&from.relation, catalog, &ctes)?;
            for join in &from.joins {
                reading.item(&join.relation, catalog, &ctes)?;
                let place = reading.items.len() - 1;
                let constraint = match &join.join_operator {
                    JoinOperator::Join(on)
                    | JoinOperator::Inner(on)
                    | JoinOperator::CrossJoin(on)
                    | JoinOperator::Left(on)
                    | JoinOperator::LeftOuter(on) => on,
                    JoinOperator::Right(_) | JoinOperator::RightOuter(_) => {
                        return Err(Error::Kind("RIGHT JOIN"));
                    }
                    JoinOperator::FullOuter(_) => return Err(Error::Kind("FULL JOIN")),
                    _ => return Err(Error::Kind("join of this kind")),
                };
                match constraint {
                    JoinConstraint::On(on) => parts(on, Some(place), &mut written),
                    JoinConstraint::Using(columns) => {
                        for column in columns {
                            let name = column.0.last().and_then(|it| it.as_ident());
                            let name = name.map(|it| it.value.clone()).unwrap_or_default();
                            reading.equal(&name, place);
                        }
                    }
                    JoinConstraint::Natural => {
                        let before: BTreeSet<String> = reading.items[..place]
                            .iter()
                            .flat_map(|it| it.columns.iter().map(|it| it.to_ascii_lowercase()))
                            .collect();
                        for column in reading.items[place].columns.clone() {
                            if before.contains(&column.to_ascii_lowercase()) {
                                reading.equal(&column, place);
                            }
                        }
                    }
                    JoinConstraint::None => {}
                }
            }
        }
        if let Some(condition) = &select.selection {
            parts(condition, None, &mut written);
        }
        for (expression, joins) in written {
            let condition = reading.condition(expression, joins);
            reading.conditions.push(condition);
        }
        Ok(reading)
    }

    /// The table of this name in the FROM.
    pub(super) fn place(&self, alias: &str) -> Option<usize> {
        self.items
            .iter()
            .position(|it| it.alias.eq_ignore_ascii_case(alias))
    }

    fn item(
        &mut self,
        relation: &TableFactor,
        catalog: &Catalog<'_>,
        ctes: &[String],
    ) -> Result<(), Error> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } = relation
        else {
            return Err(Error::NoTable("a subquery".to_owned()));
        };
        let written = name
            .0
            .last()
            .and_then(|it| it.as_ident())
            .map(|it| it.value.clone());
        let written = written.unwrap_or_default();
        let is_cte = ctes.iter().any(|cte| cte.eq_ignore_ascii_case(&written));
        let elsewhere =
            name.0.len() > 1 && !name.to_string().to_ascii_lowercase().starts_with("main.");
        let table = catalog.table(&written).filter(|_| !is_cte && !elsewhere);
        let table = table.ok_or_else(|| Error::NoTable(written.clone()))?;
        self.items.push(Item {
            alias: alias.as_ref().map_or(written, |it| it.name.value.clone()),
            columns: catalog.columns(&table),
            table,
        });
        Ok(())
    }

    /// USING (column): the table at `place` and the first before it that has it.
    fn equal(&mut self, column: &str, place: usize) {
        let has = |it: &Item| {
            it.columns
                .iter()
                .any(|name| name.eq_ignore_ascii_case(column))
        };
        let Some(other) = self.items[..place].iter().position(has) else {
            return;
        };
        let side = |at: usize| format!("{}.{}", quoted(&self.items[at].alias), quoted(column));
        self.conditions.push(Condition {
            text: format!("{} = {}", side(other), side(place)),
            tables: [other, place].into(),
            columns: [(other, column.to_owned()), (place, column.to_owned())].into(),
            joins: Some(place),
        });
    }

    fn condition(&self, mut expression: Expr, joins: Option<usize>) -> Condition {
        let mut tables = BTreeSet::new();
        let mut columns = BTreeSet::new();
        let mut subquery = Subquery(false);
        let _ = expression.visit(&mut subquery);
        if subquery.0 {
            tables.extend(0..self.items.len());
        } else {
            let _ = visit_expressions_mut(&mut expression, |it| {
                let found = match it {
                    Expr::Identifier(name) => {
                        let place = self.items.iter().position(|item| {
                            item.columns
                                .iter()
                                .any(|column| column.eq_ignore_ascii_case(&name.value))
                        });
                        let name = name.clone();
                        // USING makes a name clear that is not so here.
                        if let Some(place) = place {
                            let alias = Ident::with_quote('"', &self.items[place].alias);
                            *it = Expr::CompoundIdentifier(vec![alias, name.clone()]);
                        }
                        place.map(|place| (place, name.value))
                    }
                    Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                        [.., alias, name] => self
                            .place(&alias.value)
                            .map(|place| (place, name.value.clone())),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some((place, name)) = found {
                    tables.insert(place);
                    columns.insert((place, name));
                }
                ControlFlow::<()>::Continue(())
            });
        }
        Condition {
            text: expression.to_string(),
            tables,
            columns,
            joins,
        }
    }
}

/// The parts of a condition that are joined by AND.
fn parts(expression: &Expr, joins: Option<usize>, all: &mut Vec<(Expr, Option<usize>)>) {
    match expression {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            parts(left, joins, all);
            parts(right, joins, all);
        }
        Expr::Nested(inner) => match inner.as_ref() {
            Expr::BinaryOp {
                op: BinaryOperator::And,
                ..
            } => parts(inner, joins, all),
            _ => all.push((expression.clone(), joins)),
        },
        other => all.push((other.clone(), joins)),
    }
}

struct Subquery(bool);

impl Visitor for Subquery {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.0 = true;
        ControlFlow::Break(())
    }
}
