//! The whole of an explanation, put together.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::capture;
use super::catalog::Catalog;
use super::error::Error;
use super::explanation::Explanation;
use super::filters::Reading;
use super::findings;
use super::foreign_keys;
use super::meaning;
use super::measure::{self, Repeat};
use super::rows_out;
use super::samples::{self, Values};
use super::scanstatus::Scanned;
use crate::clock::Clock;
use crate::sandbox::bindings::{self, Bindings, written};
use crate::units::counted;

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
    explain_with(conn, sql, &Bindings::default())
}

/// As [`explain`], with values for the statement's parameters. Where one is
/// missing, a sample is taken from the column that it is compared with, and a
/// note says so.
///
/// # Errors
/// As [`explain`].
pub fn explain_with(conn: &Connection, sql: &str, given: &Bindings) -> Result<Explanation, Error> {
    let sql = capture::only_statement(conn, sql)?;
    let reading = Reading::of(sql);
    let values = samples::values(conn, sql, given)?;
    let bound = values.typical.as_deref().unwrap_or_default();
    let mut explanation = planned(conn, sql, bound, reading.as_ref())?;
    if let Some(scanned) = Scanned::prepare(conn, sql)? {
        capture::attach(&mut explanation.nodes, scanned.steps());
        for node in &mut explanation.nodes {
            node.loops = None;
            node.visited_rows = None;
            node.time_share = None;
        }
    }
    if !values.open.is_empty() {
        explanation.notes.push(format!(
            "Planned without a value for {}; with one the plan may differ.",
            values.open.join(", ")
        ));
    }
    tell_samples(&mut explanation, "Planned", &values);
    finish(conn, explanation, reading.as_ref(), bound)
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
    let names = bindings::parameter_names(&conn.prepare(sql)?, sql);
    if !names.is_empty() {
        return Err(Error::Parameters(names.into_iter().flatten().collect()));
    }
    explain_run_with(conn, sql, &Bindings::default(), clock, repeat)
}

/// As [`explain_run`], with values for the statement's parameters. Where one is
/// missing, it is run with a typical value of the column that it is compared
/// with, and once more with the most common one; notes say so.
///
/// # Errors
/// As [`explain_run`]; of parameters, only those without a value that cannot be
/// sampled.
pub fn explain_run_with(
    conn: &Connection,
    sql: &str,
    given: &Bindings,
    clock: &Clock,
    repeat: Repeat,
) -> Result<Explanation, Error> {
    let sql = capture::only_statement(conn, sql)?;
    let values = samples::values(conn, sql, given)?;
    let Some(bound) = &values.typical else {
        return Err(Error::Parameters(values.open));
    };
    let reading = Reading::of(sql);
    let mut explanation = planned(conn, sql, bound, reading.as_ref())?;
    let measured = measure::measure(conn, sql, bound, reading.as_ref(), clock, repeat)?;
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
    tell_samples(&mut explanation, "Run", &values);
    if let Some(common) = &values.common {
        let once = Repeat {
            at_most: 1,
            ..repeat
        };
        let other = measure::measure(conn, sql, common, reading.as_ref(), clock, once)?;
        explanation.notes.push(format!(
            "With the most common {} instead ({}): {}, {}.",
            if common.len() == 1 { "value" } else { "values" },
            common.iter().map(written).collect::<Vec<_>>().join(", "),
            counted(other.rows, "row", "rows"),
            counted(other.counters.page_fetches, "page fetch", "page fetches"),
        ));
    }
    finish(conn, explanation, reading.as_ref(), bound)
}

/// The plan, and how far a statement comes until it is stopped: loops and rows
/// visited are those until then. For one that [`explain_run_with`] could not
/// run to its end. Findings are about the plan alone, since what was not
/// finished proves little.
///
/// # Errors
/// As [`explain_run_with`], but being stopped is none.
pub fn explain_stopped(
    conn: &Connection,
    sql: &str,
    given: &Bindings,
) -> Result<Explanation, Error> {
    let mut explanation = explain_with(conn, sql, given)?;
    let values = samples::values(conn, &explanation.sql, given)?;
    let bound = values.typical.as_deref().unwrap_or_default();
    if let Some(steps) = measure::until_stopped(conn, &explanation.sql, bound)? {
        let tables: Vec<Option<String>> = explanation
            .nodes
            .iter()
            .map(|it| it.table.clone())
            .collect();
        capture::attach(&mut explanation.nodes, steps);
        for (node, table) in explanation.nodes.iter_mut().zip(tables) {
            node.table = table;
            // SQLite adds up the time of a step when it is done.
            node.time_share = None;
        }
    }
    Ok(explanation)
}

/// Says which values nobody gave.
fn tell_samples(explanation: &mut Explanation, done: &str, values: &Values) {
    if !values.taken.is_empty() {
        explanation.notes.push(format!(
            "{done} with samples from your data: {}. --param or .param gives others.",
            values.taken.join("; ")
        ));
    }
}

fn planned(
    conn: &Connection,
    sql: &str,
    values: &[Value],
    reading: Option<&Reading>,
) -> Result<Explanation, Error> {
    let mut nodes = capture::nodes(conn, sql, values)?;
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
    values: &[Value],
) -> Result<Explanation, Error> {
    let catalog = Catalog(conn);
    capture::name_tables(&mut explanation.nodes, &catalog, reading);
    rows_out::misestimates(&mut explanation.nodes, &catalog, reading);
    let fetches = explanation.counters.map(|it| it.page_fetches);
    meaning::fill(&mut explanation.nodes, &catalog, reading, fetches);
    explanation.findings = findings::of(&explanation, &catalog, reading, values);
    Ok(explanation)
}
