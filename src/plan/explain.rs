//! The whole of an explanation, put together.

use rusqlite::Connection;

use super::capture;
use super::catalog::Catalog;
use super::error::Error;
use super::explanation::Explanation;
use super::filters::Reading;
use super::findings;
use super::foreign_keys;
use super::measure::{self, Repeat};
use super::rows_out;
use super::scanstatus::Scanned;
use crate::clock::Clock;

/// The plan of the one statement in `sql`, which is not run. A leading EXPLAIN
/// or EXPLAIN QUERY PLAN is not minded, parameters stay open.
///
/// It prepares the statement a few times (well under a millisecond) and asks
/// the schema about its tables.
///
/// # Errors
/// When there is not exactly one statement, when it has no plan (PRAGMA,
/// CREATE, BEGIN), or when SQLite finds a mistake in it.
pub fn explain(conn: &Connection, sql: &str) -> Result<Explanation, Error> {
    let sql = capture::only_statement(conn, sql)?;
    let reading = Reading::of(sql);
    let mut explanation = planned(conn, sql, reading.as_ref())?;
    if let Some(scanned) = Scanned::prepare(conn, sql)? {
        capture::attach(&mut explanation.nodes, scanned.steps());
        for node in &mut explanation.nodes {
            node.loops = None;
            node.visited_rows = None;
            node.time_share = None;
        }
    }
    if let Some(parameters) = capture::parameters(conn, sql)? {
        explanation.notes.push(format!(
            "Planned without a value for {parameters}; with one the plan may differ."
        ));
    }
    finish(conn, explanation, reading.as_ref())
}

/// The plan, and what happens when it is carried out: the statement is run as
/// often as `repeat` says for times and counters, and once more with every step
/// measured. Whatever it changes is rolled back.
///
/// It runs inside a savepoint of its own. `INSERT OR ROLLBACK` and the like
/// can end a transaction that was open before, as they do without it.
///
/// # Errors
/// As [`explain`]; when the statement has parameters; when running it fails or
/// is interrupted.
pub fn explain_run(
    conn: &Connection,
    sql: &str,
    clock: &Clock,
    repeat: Repeat,
) -> Result<Explanation, Error> {
    let sql = capture::only_statement(conn, sql)?;
    if let Some(parameters) = capture::parameters(conn, sql)? {
        return Err(Error::Parameters(parameters));
    }
    let reading = Reading::of(sql);
    let mut explanation = planned(conn, sql, reading.as_ref())?;
    let measured = measure::measure(conn, sql, reading.as_ref(), clock, repeat)?;
    explanation.counters = Some(measured.counters);
    explanation.rows = Some(measured.rows);
    explanation.elapsed = Some(measured.elapsed);
    match measured.steps {
        Some(steps) => {
            capture::attach(&mut explanation.nodes, steps);
            rows_out::fill(
                &mut explanation.nodes,
                reading.as_ref(),
                measured.rows,
                measured.counted,
            );
        }
        None => explanation.notes.push(
            "This build cannot measure the steps of a plan: it was compiled without \
             SQLITE_ENABLE_STMT_SCANSTATUS."
                .to_owned(),
        ),
    }
    finish(conn, explanation, reading.as_ref())
}

fn planned(conn: &Connection, sql: &str, reading: Option<&Reading>) -> Result<Explanation, Error> {
    let mut nodes = capture::nodes(conn, sql)?;
    foreign_keys::mark(&mut nodes, &Catalog(conn), reading);
    Ok(Explanation {
        sql: sql.to_owned(),
        sqlite_version: rusqlite::version(),
        nodes,
        counters: None,
        rows: None,
        elapsed: None,
        findings: Vec::new(),
        notes: Vec::new(),
    })
}

fn finish(
    conn: &Connection,
    mut explanation: Explanation,
    reading: Option<&Reading>,
) -> Result<Explanation, Error> {
    let catalog = Catalog(conn);
    capture::name_tables(&mut explanation.nodes, &catalog, reading);
    rows_out::misestimates(&mut explanation.nodes, &catalog, reading);
    explanation.findings = findings::of(&explanation, &catalog, reading);
    Ok(explanation)
}
