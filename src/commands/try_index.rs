//! `.try`: an index, weighed on a query before it is made.

use super::{Context, Failure, explain, statement};
use crate::plan;
use crate::plan::what_if::{self, WhatIf};
use crate::session::Session;
use crate::sql::Schema;
use crate::view::what_if as view;

/// The first index that the findings on `sql` propose.
///
/// # Errors
/// A mistake in `sql`; a usage failure when nothing is proposed.
pub fn proposed(
    context: &Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: &str,
) -> Result<String, Failure> {
    let budget = session.budget();
    let explained = session
        .practice_mut()
        .with_budget(budget, |conn| plan::explain(conn, sql));
    let explanation =
        explained.map_err(|error| explain::failure_of(context, session, error, sql, schema))?;
    let mut statements = explanation.findings.iter().flat_map(|it| &it.try_);
    statements
        .find(|statement| statement.starts_with("create index"))
        .cloned()
        .ok_or_else(|| {
            Failure::usage(
                "no index is proposed for the last query: write .try create index NAME on ..",
            )
        })
}

/// Looks whether `ddl` makes an index and `sql` has a plan, before anything is
/// copied or asked.
///
/// # Errors
/// What is wrong with them; an open transaction.
pub fn check(
    context: &Context<'_>,
    session: &mut Session,
    schema: &Schema,
    ddl: &str,
    sql: &str,
) -> Result<(), Failure> {
    if session.practice().in_transaction() {
        return Err(Failure::usage(what_if::Error::InTransaction.to_string()));
    }
    let budget = session.budget();
    let checked = session.practice_mut().with_budget(budget, |conn| {
        what_if::create_index(conn, ddl)?;
        plan::explain(conn, sql)
            .map(|_| ())
            .map_err(what_if::Error::Statement)
    });
    checked.map_err(|error| failure_of(context, session, schema, error, ddl, sql))
}

/// Weighs the index of `ddl` on `sql`, on the private copy, and draws it.
/// Afterwards the data is as it was. `None` when it cannot be: that was told.
///
/// # Errors
/// What is wrong with either statement; the time limit; Ctrl-C.
pub fn weigh(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    ddl: &str,
    sql: &str,
    guess: Option<f64>,
) -> Result<Option<WhatIf>, Failure> {
    let style = context.style;
    match measured(context, session, schema, ddl, sql)? {
        Ok(weighed) => {
            view::write(context.out, &style, &weighed, guess)?;
            Ok(Some(weighed))
        }
        Err(why) => {
            view::write_impossible(context.out, &style, &why)?;
            Ok(None)
        }
    }
}

/// Weighs the index of `ddl` on `sql`, on the private copy. Afterwards the data
/// is as it was. The inner error says why it cannot be built.
///
/// # Errors
/// What is wrong with either statement; the time limit; Ctrl-C.
pub fn measured(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    ddl: &str,
    sql: &str,
) -> Result<Result<WhatIf, String>, Failure> {
    let mut bar = context.progress_bar();
    session.practice_mut().make_private(&mut |p| bar.watch(p))?;
    drop(bar);
    let (budget, clock) = (session.budget(), context.clock.clone());
    let weighed = session
        .practice_mut()
        .with_budget(budget, |conn| what_if::what_if(conn, ddl, sql, &clock));
    match weighed {
        Ok(weighed) => Ok(Ok(weighed)),
        Err(what_if::Error::NotUnique(why)) => Ok(Err(why)),
        Err(error) => Err(failure_of(context, session, schema, error, ddl, sql)),
    }
}

fn failure_of(
    context: &Context<'_>,
    session: &Session,
    schema: &Schema,
    error: what_if::Error,
    ddl: &str,
    sql: &str,
) -> Failure {
    match error {
        what_if::Error::Statement(error) => {
            explain::failure_of(context, session, error, sql, schema)
        }
        what_if::Error::Index(error) | what_if::Error::Sqlite(error) => {
            let error = session.practice().explain_error(error);
            statement::failure_of(error, ddl, schema, &context.style, 1)
        }
        other => Failure::usage(other.to_string()),
    }
}
