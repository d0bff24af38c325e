//! One statement, read for the lints.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::ptr;

use sqlparser::ast::{
    Expr, FromTable, Query, Select, Statement, UpdateTableFromKind, Visit, Visitor,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::scope::Scope;
use crate::sql::{self, Schema};

/// Longer statements are not read: their syntax trees are walked recursively,
/// and no note is worth a stack overflow.
const MAX_TOKENS: usize = 1_500;

/// A statement, its queries, and what is known of the tables it names.
pub(super) struct Reading<'a> {
    pub(super) statement: Statement,
    pub(super) schema: &'a Schema,
    pub(super) caching: bool,
    /// How many rows it gave, once it has run.
    pub(super) rows: Option<u64>,
    /// Each SELECT and the UPDATE or DELETE: what it reads and asks for.
    pub(super) scopes: Vec<Scope<'a>>,
    /// Each query with its ORDER BY and LIMIT.
    pub(super) queries: Vec<QueryAt>,
    /// Names that a WITH gives.
    pub(super) ctes: HashSet<String>,
}

/// A query and where it stands.
pub(super) struct QueryAt {
    pub(super) query: Query,
    /// Inside EXISTS, or the body of a recursive WITH: there, LIMIT does not
    /// choose which rows are seen.
    pub(super) limit_is_fine: bool,
    /// Whether it is the statement itself.
    pub(super) is_whole: bool,
}

impl<'a> Reading<'a> {
    /// Reads `sql`, or does not.
    pub(super) fn of(sql: &str, schema: &'a Schema, caching: bool) -> Option<Reading<'a>> {
        let statement = parse(sql)?;
        let mut parts = Parts::default();
        let _ = statement.visit(&mut parts);
        // An outer query is visited before those within it.
        if let (Statement::Query(_), Some(first)) = (&statement, parts.queries.first_mut()) {
            first.is_whole = true;
        }
        let mut scopes = Vec::new();
        let ctes = &parts.ctes;
        match &statement {
            Statement::Query(_) | Statement::Insert(_) => {}
            Statement::Update(update) => {
                let mut from = vec![update.table.clone()];
                if let Some(
                    UpdateTableFromKind::BeforeSet(more) | UpdateTableFromKind::AfterSet(more),
                ) = &update.from
                {
                    from.extend(more.iter().cloned());
                }
                scopes.push(Scope::new(&from, update.selection.as_ref(), schema, ctes));
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                scopes.push(Scope::new(from, delete.selection.as_ref(), schema, ctes));
            }
            _ => return None,
        }
        for select in parts.selects {
            scopes.push(Scope::of_select(select, schema, &parts.ctes));
        }
        Some(Reading {
            statement,
            schema,
            caching,
            rows: None,
            scopes,
            queries: parts.queries,
            ctes: parts.ctes,
        })
    }
}

/// The syntax tree of one statement that is not too long.
pub(super) fn parse(sql: &str) -> Option<Statement> {
    if sql::lex(sql).take(MAX_TOKENS + 1).count() > MAX_TOKENS {
        return None;
    }
    let mut statements = Parser::parse_sql(&SQLiteDialect {}, sql).ok()?;
    let statement = statements.pop()?;
    statements.is_empty().then_some(statement)
}

#[derive(Default)]
struct Parts {
    selects: Vec<Select>,
    queries: Vec<QueryAt>,
    ctes: HashSet<String>,
    limit_is_fine: HashSet<*const Query>,
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                self.ctes.insert(cte.alias.name.value.to_ascii_lowercase());
                if with.recursive {
                    self.limit_is_fine.insert(ptr::from_ref(&*cte.query));
                }
            }
        }
        self.queries.push(QueryAt {
            query: query.clone(),
            limit_is_fine: self.limit_is_fine.contains(&ptr::from_ref(query)),
            is_whole: false,
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.selects.push(select.clone());
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Exists { subquery, .. } = expr {
            self.limit_is_fine.insert(ptr::from_ref(&**subquery));
        }
        ControlFlow::Continue(())
    }
}
