//! A SELECT taken apart: its tables, and which of them each condition needs.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, Query,
    SetExpr, Statement, TableFactor, Visit, Visitor, visit_expressions_mut,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use super::derived::Derived;
use super::{Error, Level, UNNAMED};
use crate::plan::catalog::{Catalog, quoted};
use crate::sql::{Token, lex};

/// One table of a FROM.
pub(super) struct Item {
    /// What the statement calls it.
    pub(super) alias: String,
    /// The table, or the temporary one that holds the rows of something else.
    pub(super) table: String,
    /// Its columns.
    pub(super) columns: Vec<String>,
    /// The names under which a plan may read it.
    read_as: Vec<String>,
    /// A CTE, a subquery or a view.
    pub(super) derived: bool,
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
    /// The WITH clause, with a space behind it; empty if there is none.
    pub(super) with: String,
}

impl Reading {
    pub(super) fn of(sql: &str, catalog: &Catalog<'_>) -> Result<Reading, Error> {
        let parse = |sql: &str| Parser::parse_sql(&SQLiteDialect {}, sql);
        let parsed = parse(sql).or_else(|_| parse(&without_cross(sql)));
        let parsed = parsed.map_err(|_| Error::Unread)?;
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
        let mut reading = Reading {
            items: Vec::new(),
            conditions: Vec::new(),
            grouped: grouped || distinct,
            with: query
                .with
                .as_ref()
                .map_or_else(String::new, |with| format!("{with} ")),
        };
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        let ctes: Vec<&str> = ctes.map(|it| it.alias.name.value.as_str()).collect();
        // Conditions are read once all tables are known.
        let mut written: Vec<(Expr, Option<usize>)> = Vec::new();
        let mut outer = false;
        let mut merged_names = false;
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
                    JoinOperator::Right(on)
                    | JoinOperator::RightOuter(on)
                    | JoinOperator::FullOuter(on) => {
                        outer = true;
                        on
                    }
                    _ => return Err(Error::Unread),
                };
                match constraint {
                    JoinConstraint::On(on) => parts(on, Some(place), &mut written),
                    JoinConstraint::Using(columns) => {
                        merged_names = true;
                        for column in columns {
                            let name = column.0.last().and_then(|it| it.as_ident());
                            let name = name.map(|it| it.value.clone()).unwrap_or_default();
                            reading.equal(&name, place);
                        }
                    }
                    JoinConstraint::Natural => {
                        merged_names = true;
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
        if outer && reading.items.len() > 2 {
            return Err(Error::Outer("of more than two tables"));
        }
        // There a name means the column of either table.
        if outer && merged_names && select.selection.is_some() {
            return Err(Error::Outer("with USING or NATURAL and a WHERE"));
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
    fn place(&self, alias: &str) -> Option<usize> {
        self.items
            .iter()
            .position(|it| it.alias.eq_ignore_ascii_case(alias))
    }

    /// The table that each of these loops is over.
    pub(super) fn places(&self, loops: &[Level]) -> Result<Vec<usize>, Error> {
        let mut places: Vec<usize> = Vec::new();
        for level in loops {
            let is_free = |place: &usize| !places.contains(place);
            let reads = |place: &usize| {
                let mut names = self.items[*place].read_as.iter();
                names.any(|it| it.eq_ignore_ascii_case(&level.name))
            };
            let named = self.place(&level.name).filter(is_free);
            let place = named.or_else(|| (0..self.items.len()).filter(is_free).find(reads));
            let missed = || {
                let mut derived = self.items.iter().filter(|it| it.derived);
                derived.next().map_or_else(
                    || Error::NoTable(level.name.clone()),
                    |it| Error::Merged(it.alias.clone()),
                )
            };
            places.push(place.ok_or_else(missed)?);
        }
        Ok(places)
    }

    fn item(
        &mut self,
        relation: &TableFactor,
        catalog: &Catalog<'_>,
        ctes: &[&str],
    ) -> Result<(), Error> {
        let place = self.items.len();
        let (source, name, alias) = match relation {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let last = name.0.last().and_then(|it| it.as_ident());
                let written = last.map(|it| it.value.clone()).unwrap_or_default();
                let is_cte = ctes.iter().any(|cte| cte.eq_ignore_ascii_case(&written));
                let schema = name.to_string().to_ascii_lowercase();
                let elsewhere = name.0.len() > 1 && !schema.starts_with("main.");
                let table = catalog.table(&written).filter(|_| !is_cte && !elsewhere);
                if let Some(table) = table {
                    self.items.push(Item {
                        alias: alias.as_ref().map_or(written, |it| it.name.value.clone()),
                        columns: catalog.columns(&table),
                        table,
                        read_as: Vec::new(),
                        derived: false,
                    });
                    return Ok(());
                }
                (name.to_string(), Some(written), alias)
            }
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias,
                ..
            } => (format!("({subquery})"), None, alias),
            TableFactor::Table { name, .. } => return Err(Error::NoTable(name.to_string())),
            _ => return Err(Error::Unread),
        };
        let derived = Derived::of(catalog.0, &self.with, &source, place)?;
        let mut read_as = Vec::from_iter(derived.inner);
        let named = alias.as_ref().map(|it| it.name.value.clone()).or(name);
        let is_unnamed = |it: &&Item| it.read_as.iter().any(|name| name == UNNAMED);
        let unnamed = self.items.iter().filter(is_unnamed).count();
        if named.is_none() {
            read_as.push(UNNAMED.to_owned());
        }
        self.items.push(Item {
            alias: named.unwrap_or_else(|| format!("subquery {}", unnamed + 1)),
            table: derived.table,
            columns: derived.columns,
            read_as,
            derived: true,
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

/// `sql` with JOIN for each CROSS JOIN. SQLite lets an ON follow one, which the
/// parser does not know; the order of the tables is the plan's business.
fn without_cross(sql: &str) -> String {
    let tokens: Vec<Token> = lex(sql).filter(|it| !it.is_blank()).collect();
    let is = |token: &Token, word: &str| token.text(sql).eq_ignore_ascii_case(word);
    let mut text = sql.to_owned();
    for pair in tokens.windows(2).rev() {
        if is(&pair[0], "cross") && is(&pair[1], "join") {
            text.replace_range(pair[0].range.clone(), "");
        }
    }
    text
}
