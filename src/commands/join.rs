//! `.join`: the first turns of a join's loops.

use super::{Context, Failure, explain, statement};
use crate::plan::join::{self, Error};
use crate::session::Session;
use crate::sql::Schema;
use crate::view;

/// Draws the first turns of the loops of `sql`.
///
/// # Errors
/// A mistake in it; a usage failure when it has no join that can be shown; the
/// time limit; Ctrl-C.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: &str,
) -> Result<(), Failure> {
    let budget = session.budget();
    let given = session.practice().bindings().clone();
    let turns = session
        .practice_mut()
        .with_budget(budget, |conn| join::turns(conn, sql, &given));
    let turns = turns.map_err(|error| match error {
        Error::Statement(error) => explain::failure_of(context, session, error, sql, schema),
        Error::Sqlite(error) => {
            let error = session.practice().explain_error(error);
            statement::failure_of(error, sql, schema, &context.err_style, 1)
        }
        other => Failure::usage(other.to_string()),
    })?;
    let style = context.style;
    Ok(view::join::write(context.out, &style, &turns)?)
}
