//! `.compare`: two statements beside each other.

use super::{Context, Failure, explain};
use crate::plan::compare::{self, Comparison};
use crate::session::Session;
use crate::sql::Schema;
use crate::view;

/// Runs both statements in turns, rolls back what they change, and draws what
/// each costs.
///
/// # Errors
/// A mistake in one of them; the time limit; Ctrl-C.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: [&str; 2],
) -> Result<(), Failure> {
    let compared = measured(context, session, schema, sql)?;
    let style = context.style;
    Ok(view::compare::write(context.out, &style, &compared)?)
}

/// Runs both statements in turns and rolls back what they change.
///
/// # Errors
/// A mistake in one of them; the time limit; Ctrl-C.
pub fn measured(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: [&str; 2],
) -> Result<Comparison, Failure> {
    for sql in sql {
        explain::prepare_to_run(context, session, sql)?;
    }
    let (budget, clock) = (session.budget(), context.clock.clone());
    let compared = session
        .practice_mut()
        .with_budget(budget, |conn| compare::compare(conn, sql, &clock));
    compared.map_err(|(at, error)| explain::failure_of(context, session, error, sql[at], schema))
}
