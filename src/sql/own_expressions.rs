//! The walk through a piece of syntax that leaves subqueries alone: they have
//! tables, conditions and aggregates of their own.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Visit, Visitor};

/// Calls `look` with each expression in `part`, from the outside in, without
/// those inside subqueries, until it breaks. Returns what it broke with.
pub(crate) fn own_expressions<T>(
    part: &impl Visit,
    look: impl FnMut(&Expr) -> ControlFlow<T>,
) -> Option<T> {
    let mut walk = Walk {
        subqueries: 0,
        look,
    };
    part.visit(&mut walk).break_value()
}

struct Walk<F> {
    /// How many subqueries the walk is inside of.
    subqueries: u32,
    look: F,
}

impl<T, F: FnMut(&Expr) -> ControlFlow<T>> Visitor for Walk<F> {
    type Break = T;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<T> {
        self.subqueries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<T> {
        self.subqueries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<T> {
        if self.subqueries > 0 {
            return ControlFlow::Continue(());
        }
        (self.look)(expr)
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::SQLiteDialect;
    use sqlparser::parser::Parser;

    use super::*;

    fn expression(text: &str) -> Expr {
        let mut parser = Parser::new(&SQLiteDialect {})
            .try_with_sql(text)
            .expect("it is lexed");
        parser.parse_expr().expect("it is an expression")
    }

    #[test]
    fn what_is_inside_a_subquery_is_left_out_and_what_follows_is_not() {
        let mut seen = Vec::new();
        let expr = expression("a IN (SELECT b FROM t WHERE c = (SELECT d)) AND e = 1");
        let broke: Option<()> = own_expressions(&expr, |it| {
            if let Expr::Identifier(name) = it {
                seen.push(name.value.clone());
            }
            ControlFlow::Continue(())
        });
        assert_eq!((broke, seen), (None, vec!["a".to_owned(), "e".to_owned()]));
    }

    #[test]
    fn it_stops_at_the_first_answer() {
        let expr = expression("a + b");
        let found = own_expressions(&expr, |it| match it {
            Expr::Identifier(name) => ControlFlow::Break(name.value.clone()),
            _ => ControlFlow::Continue(()),
        });
        assert_eq!(found.as_deref(), Some("a"));
    }
}
