//! `.compare`: two statements beside each other.

use super::{Context, Failure, explain};
use crate::plan::compare;
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
    for sql in sql {
        explain::prepare_to_run(context, session, sql)?;
    }
    let (budget, clock) = (session.budget(), context.clock.clone());
    let compared = session
        .practice_mut()
        .with_budget(budget, |conn| compare::compare(conn, sql, &clock));
    let compared = compared
        .map_err(|(at, error)| explain::failure_of(context, session, error, sql[at], schema))?;
    let style = context.style;
    Ok(view::compare::write(context.out, &style, &compared)?)
}
