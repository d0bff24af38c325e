//! What only the text of a statement shows: expressions on columns, which the
//! planner offers to nobody, and constants, which a partial index could fix.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, OrderByKind, OrderBySort, Query, Select, SetExpr, Statement,
    TableFactor, TableWithJoins, UnaryOperator, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::recording::How;
use super::schema::{Schema, Table};
use crate::plan::conditions;

/// Expressions and constants of a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub(super) hidden: Vec<Hidden>,
    pub(super) beside: Vec<Beside>,
    pub(super) constants: Vec<Constant>,
}

/// An expression on columns of one table that is compared or sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) table: String,
    /// As it is written, without the table's name.
    pub(super) text: String,
    /// The columns in it.
    pub(super) columns: Vec<usize>,
    /// How it is compared; `None` when rows are sorted or grouped by it.
    pub(super) how: Option<How>,
    pub(super) descending: bool,
}

/// A column that is compared on one side of an OR while another side compares
/// an expression: then the planner offers neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    pub(super) table: String,
    pub(super) column: usize,
}

/// `status = 'pending'`, `returned_at IS NULL`: a condition on one column that
/// holds no parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) table: String,
    pub(super) column: usize,
    pub(super) text: String,
}

impl Written {
    /// Reads `sql`; nothing where it cannot be read.
    pub(super) fn of(schema: &Schema, sql: &str) -> Written {
        let mut reader = Reader {
            schema,
            compared: Vec::new(),
            written: Written::default(),
        };
        let Ok(statements) = Parser::parse_sql(&SQLiteDialect {}, sql) else {
            return reader.written;
        };
        for statement in &statements {
            match statement {
                Statement::Update(update) => {
                    let tables = reader.tables(std::slice::from_ref(&update.table));
                    reader.condition(&tables, update.selection.as_ref());
                }
                Statement::Delete(delete) => {
                    let (sqlparser::ast::FromTable::WithFromKeyword(from)
                    | sqlparser::ast::FromTable::WithoutKeyword(from)) = &delete.from;
                    let tables = reader.tables(from);
                    reader.condition(&tables, delete.selection.as_ref());
                }
                _ => {}
            }
            let _ = statement.visit(&mut reader);
        }
        reader.written
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    /// Columns that are compared.
    compared: Vec<Beside>,
    written: Written,
}

/// (alias, table)
type Tables<'a> = Vec<(String, &'a Table)>;

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_ref() {
            let tables = self.select(select);
            if let Some(order_by) = &query.order_by
                && let OrderByKind::Expressions(terms) = &order_by.kind
            {
                for term in terms {
                    let descending = matches!(term.options.sort, Some(OrderBySort::Desc));
                    self.sorted(&tables, resolved(select, &term.expr), descending);
                }
            }
        } else {
            self.parts(&query.body);
        }
        ControlFlow::Continue(())
    }
}

impl<'a> Reader<'a> {
    fn parts(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => drop(self.select(select)),
            SetExpr::SetOperation { left, right, .. } => {
                self.parts(left);
                self.parts(right);
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &Select) -> Tables<'a> {
        let tables = self.tables(&select.from);
        self.condition(&tables, select.selection.as_ref());
        if let GroupByExpr::Expressions(terms, _) = &select.group_by {
            for term in terms {
                self.sorted(&tables, resolved(select, term), false);
            }
        }
        tables
    }

    fn tables(&self, from: &[TableWithJoins]) -> Tables<'a> {
        let mut tables = Vec::new();
        let relations = from.iter().flat_map(|it| {
            std::iter::once(&it.relation).chain(it.joins.iter().map(|j| &j.relation))
        });
        for relation in relations {
            if let TableFactor::Table { name, alias, .. } = relation
                && let Some(last) = name.0.last().and_then(|it| it.as_ident())
                && let Some(table) = self.schema.table(&last.value)
            {
                let alias = alias.as_ref().map_or(&last.value, |it| &it.name.value);
                tables.push((alias.clone(), table));
            }
        }
        tables
    }

    fn condition(&mut self, tables: &Tables<'a>, condition: Option<&Expr>) {
        match condition {
            None => {}
            Some(Expr::Nested(inner)) => self.condition(tables, Some(inner)),
            Some(Expr::BinaryOp {
                left,
                op: op @ (BinaryOperator::And | BinaryOperator::Or),
                right,
            }) => {
                let (hidden, compared) = (self.written.hidden.len(), self.compared.len());
                self.condition(tables, Some(left));
                self.condition(tables, Some(right));
                if *op == BinaryOperator::Or && self.written.hidden.len() > hidden {
                    let beside = self.compared.split_off(compared);
                    self.written.beside.extend(beside);
                }
            }
            Some(expr) => self.comparison(tables, expr),
        }
    }

    fn comparison(&mut self, tables: &Tables<'a>, expr: &Expr) {
        let (left, how, constant) = match expr {
            Expr::BinaryOp { left, op, right } => {
                let how = match op {
                    BinaryOperator::Eq => How::Equal,
                    BinaryOperator::Lt
                    | BinaryOperator::LtEq
                    | BinaryOperator::Gt
                    | BinaryOperator::GtEq => How::Range,
                    _ => return,
                };
                if conditions::columns(left).is_empty() {
                    (right, how, is_literal(left))
                } else {
                    (left, how, is_literal(right))
                }
            }
            Expr::InList {
                expr,
                list,
                negated: false,
            } => (expr, How::Each, list.iter().all(is_literal)),
            Expr::InSubquery {
                expr,
                negated: false,
                ..
            } => (expr, How::Each, false),
            Expr::Between {
                expr,
                negated: false,
                ..
            } => (expr, How::Range, false),
            Expr::Like {
                expr,
                negated: false,
                ..
            } => (expr, How::Range, false),
            Expr::IsNull(inner) => (inner, How::Equal, true),
            _ => return,
        };
        if conditions::column(left).is_some()
            && let Some((table, columns, _)) = self.owner(tables, left)
        {
            self.compared.extend(columns.iter().map(|column| Beside {
                table: table.name.clone(),
                column: *column,
            }));
        }
        match conditions::column(left) {
            Some(_) if constant && how != How::Range => {
                let Some((table, columns, _)) = self.owner(tables, left) else {
                    return;
                };
                let [column] = columns.as_slice() else { return };
                let constant = Constant {
                    table: table.name.clone(),
                    column: *column,
                    text: unqualified(expr),
                };
                if !self.written.constants.contains(&constant) {
                    self.written.constants.push(constant);
                }
            }
            Some(_) => {}
            None => self.hide(tables, left, Some(how), false),
        }
    }

    fn sorted(&mut self, tables: &Tables<'a>, expr: &Expr, descending: bool) {
        if conditions::column(expr).is_none() {
            self.hide(tables, expr, None, descending);
        }
    }

    fn hide(&mut self, tables: &Tables<'a>, expr: &Expr, how: Option<How>, descending: bool) {
        let expr = match expr {
            Expr::Nested(inner) => inner,
            other => other,
        };
        let Some((table, columns, text)) = self.owner(tables, expr) else {
            return;
        };
        let hidden = Hidden {
            table: table.name.clone(),
            text,
            columns,
            how,
            descending,
        };
        if !self.written.hidden.contains(&hidden) {
            self.written.hidden.push(hidden);
        }
    }

    /// The one table whose columns are in `expr`, if it is one, its columns,
    /// and the text without the table's name.
    fn owner(&self, tables: &Tables<'a>, expr: &Expr) -> Option<(&'a Table, Vec<usize>, String)> {
        let mut owner: Option<(&'a Table, &str)> = None;
        let mut columns = Vec::new();
        for column in conditions::columns(expr) {
            let mut holders = tables.iter().filter(|(alias, table)| {
                let named = column.qualifier.as_ref();
                named.is_none_or(|it| it.eq_ignore_ascii_case(alias))
                    && table.column(&column.name).is_some()
            });
            let (alias, table) = holders.next()?;
            if holders.next().is_some() || owner.is_some_and(|(_, it)| it != alias) {
                return None;
            }
            owner = Some((table, alias));
            columns.extend(table.column(&column.name));
        }
        Some((owner?.0, columns, unqualified(expr)))
    }
}

/// What a term of ORDER BY or GROUP BY stands for: a column's alias or number
/// stands for the expression in the SELECT.
fn resolved<'e>(select: &'e Select, term: &'e Expr) -> &'e Expr {
    use sqlparser::ast::SelectItem;
    let shown = |item: &'e SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    };
    match term {
        Expr::Identifier(name) => select
            .projection
            .iter()
            .find_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias }
                    if alias.value.eq_ignore_ascii_case(&name.value) =>
                {
                    Some(expr)
                }
                _ => None,
            })
            .unwrap_or(term),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number
                .parse::<usize>()
                .ok()
                .and_then(|n| shown(select.projection.get(n.checked_sub(1)?)?))
                .unwrap_or(term),
            _ => term,
        },
        _ => term,
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => is_literal(expr),
        _ => false,
    }
}

/// `expr` as text, its columns without their table.
fn unqualified(expr: &Expr) -> String {
    struct Bare;
    impl VisitorMut for Bare {
        type Break = ();
        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if let Expr::CompoundIdentifier(parts) = expr
                && let Some(last) = parts.pop()
            {
                *expr = Expr::Identifier(last);
            }
            ControlFlow::Continue(())
        }
    }
    let mut expr = expr.clone();
    let _ = VisitMut::visit(&mut expr, &mut Bare);
    expr.to_string()
}
