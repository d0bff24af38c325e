//! `.btree`: the pages of an index or a table, and the way to a key.

use super::{Context, Exit, Failure};
use crate::plan::b_tree::{self, Error, Tree};
use crate::session::{About, Session};
use crate::view;

/// Draws the b-tree called `name` and, unless `key` is empty, the way to it.
///
/// # Errors
/// When there is no such b-tree, when `key` is none, inside a transaction; the
/// time limit; Ctrl-C.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    name: &str,
    key: &str,
) -> Result<(), Failure> {
    let budget = session.budget();
    if !key.is_empty() {
        if session.practice().in_transaction() {
            return Err(Failure::usage(Error::InTransaction.to_string()));
        }
        if matches!(session.about(), About::File { .. }) {
            // Nobody else writes to a copy while its pages are read.
            let mut bar = context.progress_bar();
            session.practice_mut().make_private(&mut |p| bar.watch(p))?;
        }
    }
    let is_copied = session.practice().is_copied();
    let read = session.practice_mut().with_budget(budget, |conn| {
        let tree = Tree::open(conn, name)?;
        if key.is_empty() {
            return Ok((tree, None));
        }
        if is_copied {
            // What a write-ahead log holds goes into the file; without one this
            // does nothing.
            conn.query_row("PRAGMA main.wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        let lookup = b_tree::lookup(conn, &tree, key)?;
        Ok::<_, Error>((tree, Some(lookup)))
    });
    let (tree, lookup) = read.map_err(|error| failure_of(session, error))?;
    let style = context.style;
    Ok(view::b_tree::write(
        context.out,
        &style,
        &tree,
        lookup.as_ref(),
    )?)
}

fn failure_of(session: &Session, error: Error) -> Failure {
    match error {
        Error::Sqlite(error) => Failure::from(session.practice().explain_error(error)),
        Error::Read(_) => Failure::new(Exit::Unreachable, error.to_string()),
        Error::Damaged(_) | Error::NoDatabase => Failure::new(Exit::Failed, error.to_string()),
        other => Failure::usage(other.to_string()),
    }
}
