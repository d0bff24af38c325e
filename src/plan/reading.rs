//! Reads a statement with `sqlparser`.
//!
//! SQLite is the judge of SQL; this only reads, so that a finding can name a
//! column. `sqlparser` cannot read every statement that SQLite accepts: then
//! there is no [`Reading`], and findings say less.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Distinct, Expr, FromTable, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, LimitClause,
    ObjectName, OrderByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor, TableObject, TableWithJoins, UpdateTableFromKind, Visit, Visitor,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::conditions;
use super::filters::{Column, Comparison, How, Reading, Scope, SortTerm, Verb};
use crate::sql::{AGGREGATES, own_expressions};

impl Reading {
    /// Reads `sql`, or does not.
    pub(super) fn of(sql: &str) -> Option<Reading> {
        let statements = Parser::parse_sql(&SQLiteDialect {}, sql).ok()?;
        let [statement] = statements.as_slice() else {
            return None;
        };
        let mut scopes = Scopes::default();
        let (mut target, mut sets, mut resolves_conflicts) = (None, Vec::new(), false);
        let verb = match statement {
            Statement::Query(_) => {
                scopes.first_is_outermost = true;
                Verb::Select
            }
            Statement::Insert(insert) => {
                if let TableObject::TableName(name) = &insert.table {
                    target = last_name(name);
                }
                resolves_conflicts =
                    insert.or.is_some() || insert.on.is_some() || insert.replace_into;
                scopes.first_is_outermost =
                    insert.or.is_none() && insert.on.is_none() && !insert.replace_into;
                Verb::Insert
            }
            Statement::Update(update) => {
                let mut scope = Scope::default();
                scope.read_from(std::slice::from_ref(&update.table));
                target = scope.tables.first().map(|(_, table)| table.clone());
                sets = update.assignments.iter().flat_map(assigned).collect();
                resolves_conflicts = update.or.is_some();
                if let Some(
                    UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from),
                ) = &update.from
                {
                    scope.read_from(from);
                }
                scope.outermost = update.or.is_none() && update.from.is_none();
                scope.limit = update.limit.is_some();
                scope.read_condition(update.selection.as_ref());
                scopes.found.push(scope);
                Verb::Update
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                let mut scope = Scope {
                    outermost: true,
                    limit: delete.limit.is_some(),
                    ..Scope::default()
                };
                scope.read_from(from);
                target = scope.tables.first().map(|(_, table)| table.clone());
                scope.read_condition(delete.selection.as_ref());
                scopes.found.push(scope);
                Verb::Delete
            }
            _ => return None,
        };
        let _ = statement.visit(&mut scopes);
        Some(Reading {
            verb,
            target,
            sets,
            resolves_conflicts,
            scopes: scopes.found,
        })
    }
}

/// Collects a scope for each SELECT, from the outside in.
#[derive(Default)]
struct Scopes {
    found: Vec<Scope>,
    first_is_outermost: bool,
}

impl Visitor for Scopes {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let outermost = std::mem::take(&mut self.first_is_outermost);
        match query.body.as_ref() {
            SetExpr::Select(select) => {
                let mut scope = Scope::of(select);
                scope.outermost = outermost;
                scope.read_ending(query);
                self.found.push(scope);
            }
            body => self.parts(body, query.limit_clause.is_some()),
        }
        ControlFlow::Continue(())
    }
}

impl Scopes {
    /// The SELECTs of a compound, which its LIMIT may stop. A query in
    /// parentheses is visited by itself.
    fn parts(&mut self, body: &SetExpr, limit: bool) {
        match body {
            SetExpr::Select(select) => {
                let mut scope = Scope::of(select);
                scope.limit = limit;
                self.found.push(scope);
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.parts(left, limit);
                self.parts(right, limit);
            }
            _ => {}
        }
    }
}

impl Scope {
    fn of(select: &Select) -> Scope {
        let mut scope = Scope::default();
        scope.read_from(&select.from);
        scope.read_condition(select.selection.as_ref());
        scope.filters |= select.having.is_some();
        let mut functions = Functions::default();
        functions.note(&select.projection);
        functions.note(&select.having);
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(terms, _) => !terms.is_empty(),
            GroupByExpr::All(_) => true,
        };
        if let GroupByExpr::Expressions(terms, _) = &select.group_by {
            scope.group_by = terms
                .iter()
                .map(conditions::column)
                .collect::<Option<_>>()
                .unwrap_or_default();
        }
        let distinct = !matches!(select.distinct, None | Some(Distinct::All));
        scope.reshapes = distinct || grouped || functions.aggregate;
        scope.distinct = distinct;
        scope.min_max = functions.min_max;
        scope.min_max_of = functions.min_max_of;
        scope.shown = shown(select);
        if !grouped && !distinct && select.having.is_none() {
            scope.only_extremes = functions.extremes.len() == select.projection.len()
                && select.projection.iter().all(is_call);
            scope.extremes = functions.extremes;
        }
        if !grouped && !distinct && select.having.is_none() {
            scope.counts_rows = select.projection.iter().position(is_count_star);
        }
        scope
    }

    fn read_ending(&mut self, query: &Query) {
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                self.limit = limit.is_some();
                self.offset = offset.is_some();
                self.limit_parameters = (
                    limit.as_ref().and_then(conditions::parameter),
                    offset
                        .as_ref()
                        .and_then(|it| conditions::parameter(&it.value)),
                );
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                self.limit_parameters =
                    (conditions::parameter(limit), conditions::parameter(offset));
                self.limit = true;
                self.offset = true;
            }
            None => {}
        }
        if let Some(order_by) = &query.order_by
            && let OrderByKind::Expressions(terms) = &order_by.kind
        {
            self.order_by = terms
                .iter()
                .map(sort_term)
                .collect::<Option<_>>()
                .unwrap_or_default();
        }
    }

    fn read_from(&mut self, from: &[TableWithJoins]) {
        for item in from {
            self.read_table(&item.relation);
            for join in &item.joins {
                self.read_table(&join.relation);
                let (constraint, outer) = match &join.join_operator {
                    JoinOperator::Join(on)
                    | JoinOperator::Inner(on)
                    | JoinOperator::CrossJoin(on) => (on, false),
                    JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
                    _ => continue,
                };
                let joined = name_of(&join.relation);
                match constraint {
                    JoinConstraint::On(on) => {
                        self.filters = true;
                        let mut found = conditions::read(on);
                        if outer {
                            // The left table's rows stay, whatever ON says of them.
                            found.retain(|it| it.column.qualifier == joined);
                        }
                        self.comparisons.extend(found);
                    }
                    JoinConstraint::Using(columns) => {
                        self.filters = true;
                        let left = name_of(&item.relation);
                        for column in columns.iter().filter_map(last_name) {
                            self.join_by(&column, left.as_ref(), joined.as_ref(), outer);
                        }
                    }
                    JoinConstraint::Natural => self.filters = true,
                    JoinConstraint::None => {}
                }
            }
        }
    }

    /// USING (column).
    fn join_by(
        &mut self,
        column: &str,
        left: Option<&String>,
        joined: Option<&String>,
        outer: bool,
    ) {
        let side = |qualifier: Option<&String>| Column {
            qualifier: qualifier.cloned(),
            name: column.to_owned(),
        };
        let mut push = |column: Column, with: Column| {
            self.comparisons.push(Comparison {
                text: format!("using ({})", column.name),
                inside: None,
                parameters: Vec::new(),
                collation: None,
                subquery: false,
                column,
                how: How::Equal,
                with: Some(with),
            });
        };
        push(side(joined), side(left));
        if !outer {
            push(side(left), side(joined));
        }
    }

    fn read_table(&mut self, relation: &TableFactor) {
        match relation {
            TableFactor::Table { name, .. } => {
                if let (Some(table), Some(alias)) = (last_name(name), name_of(relation)) {
                    self.tables.push((alias, table));
                }
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => {
                self.read_from(std::slice::from_ref(table_with_joins));
            }
            _ => {}
        }
    }

    fn read_condition(&mut self, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            self.filters = true;
            self.comparisons.extend(conditions::read(condition));
            self.ors.extend(conditions::ors(condition));
        }
    }
}

/// The columns that a SET gives a value.
fn assigned(it: &Assignment) -> Vec<String> {
    match &it.target {
        AssignmentTarget::ColumnName(name) => last_name(name).into_iter().collect(),
        AssignmentTarget::Tuple(names) => names.iter().filter_map(last_name).collect(),
    }
}

fn last_name(name: &ObjectName) -> Option<String> {
    Some(name.0.last()?.as_ident()?.value.clone())
}

/// The alias of a table, or its name.
fn name_of(relation: &TableFactor) -> Option<String> {
    match relation {
        TableFactor::Table { name, alias, .. } => match alias {
            Some(alias) => Some(alias.name.value.clone()),
            None => last_name(name),
        },
        TableFactor::Derived { alias, .. } => alias.as_ref().map(|it| it.name.value.clone()),
        _ => None,
    }
}

fn sort_term(term: &OrderByExpr) -> Option<SortTerm> {
    if term.options.nulls_first.is_some() {
        return None;
    }
    Some(SortTerm {
        column: conditions::column(&term.expr)?,
        descending: matches!(term.options.sort, Some(OrderBySort::Desc)),
    })
}

/// Every column that a SELECT shows or computes with, after its WHERE.
fn shown(select: &Select) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                columns.extend(conditions::columns(expr));
            }
            _ => return None,
        }
    }
    if let Some(having) = &select.having {
        columns.extend(conditions::columns(having));
    }
    Some(columns)
}

fn is_call(item: &SelectItem) -> bool {
    matches!(item, SelectItem::UnnamedExpr(Expr::Function(_)))
}

fn is_count_star(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return false;
    };
    let Expr::Function(function) = expr else {
        return false;
    };
    let FunctionArguments::List(list) = &function.args else {
        return false;
    };
    function.filter.is_none()
        && function.over.is_none()
        && name_is(function, &["count"])
        && matches!(
            list.args.as_slice(),
            [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]
        )
}

fn name_is(function: &Function, names: &[&str]) -> bool {
    last_name(&function.name)
        .is_some_and(|name| names.iter().any(|it| it.eq_ignore_ascii_case(&name)))
}

/// What the functions of a SELECT do to its rows, without those in subqueries.
#[derive(Default)]
struct Functions {
    aggregate: bool,
    min_max: bool,
    min_max_of: Option<Column>,
    extremes: Vec<(String, Column)>,
}

impl Functions {
    fn note(&mut self, part: &impl Visit) {
        own_expressions(part, |expr| {
            if let Expr::Function(function) = expr {
                self.aggregate |= function.over.is_some() || name_is(function, AGGREGATES);
                if name_is(function, &["min", "max"]) {
                    self.min_max = true;
                    self.min_max_of = only_argument(function);
                    if let Some(column) = &self.min_max_of {
                        let name = function.name.to_string().to_ascii_lowercase();
                        self.extremes.push((name, column.clone()));
                    }
                }
            }
            ControlFlow::<()>::Continue(())
        });
    }
}

/// The column that is a function's only argument.
fn only_argument(function: &Function) -> Option<Column> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => conditions::column(expr),
        _ => None,
    }
}
