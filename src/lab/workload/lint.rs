//! The linter of workloads: what their SQL promises, seen in rows.

use std::path::Path;

use rusqlite::Connection;

use super::{BadWorkload, Template, Workload};
use crate::dataset::{self, Scale, Spec, generate_into};
use crate::interrupt::Interrupt;

/// What is wrong with the workloads of a dataset at `@tiny`: those in
/// `folder/workloads`, or, without a folder, those that come along.
///
/// # Errors
/// Those of making the dataset.
pub fn lint_all(
    spec: &Spec,
    folder: Option<&Path>,
    seed: u64,
    interrupt: &Interrupt,
) -> Result<Vec<String>, dataset::Error> {
    let mut problems = Vec::new();
    let mut workloads = Vec::new();
    for found in of_dataset(spec, folder) {
        match found {
            Ok(workload) => workloads.push(workload),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if workloads.is_empty() {
        return Ok(problems);
    }
    let conn = match Connection::open_in_memory() {
        Ok(conn) => conn,
        Err(error) => {
            problems.push(format!("the workloads could not be checked: {error}"));
            return Ok(problems);
        }
    };
    generate_into(
        &conn,
        spec,
        Scale::Tiny,
        seed,
        interrupt,
        &mut crate::progress::ignore,
    )?;
    problems.extend(workloads.iter().flat_map(|workload| lint(&conn, workload)));
    Ok(problems)
}

fn of_dataset(spec: &Spec, folder: Option<&Path>) -> Vec<Result<Workload, BadWorkload>> {
    let Some(folder) = folder else {
        return match Workload::all() {
            Ok(all) => all
                .into_iter()
                .filter(|w| w.dataset == spec.name())
                .map(Ok)
                .collect(),
            Err(error) => vec![Err(error)],
        };
    };
    let files = std::fs::read_dir(folder.join("workloads"))
        .into_iter()
        .flatten()
        .flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths
        .iter()
        .map(|path| Workload::read(path, Some(spec.name())))
        .collect()
}

/// What is wrong with `workload` on the data behind `conn`, a sentence each:
/// values that are none, statements that do not compile, reads that write.
pub fn lint(conn: &Connection, workload: &Workload) -> Vec<String> {
    let mut problems = Vec::new();
    for template in &workload.templates {
        let what = if template.writes { "write" } else { "read" };
        if let Err(why) = looked_at(conn, template) {
            problems.push(format!("workload {}, {what}: {why}", workload.name));
        }
    }
    problems
}

fn looked_at(conn: &Connection, template: &Template) -> Result<(), String> {
    let said = |error: rusqlite::Error| error.to_string();
    let statement = conn.prepare(&template.sql).map_err(said)?;
    match (template.writes, statement.readonly()) {
        (false, false) => return Err("it changes data: a [[write]] may".to_owned()),
        (true, true) => return Err("it changes nothing".to_owned()),
        _ => {}
    }
    for at in 1..=statement.parameter_count() {
        let name = statement.parameter_name(at).unwrap_or("?");
        if !template.parameters.iter().any(|p| p == name) {
            return Err(format!(
                "the parameter {name} has no value: `parameters` names it"
            ));
        }
    }
    let mut values = conn.prepare(&template.values).map_err(said)?;
    if values.column_count() < template.parameters.len() {
        return Err(format!(
            "its values have {} columns for {} parameters",
            values.column_count(),
            template.parameters.len()
        ));
    }
    match values.exists([]) {
        Ok(true) => Ok(()),
        Ok(false) => Err("its values have no row".to_owned()),
        Err(error) => Err(said(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::Distribution;

    #[test]
    fn each_promise_is_looked_at() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (id, a); INSERT INTO t VALUES (1, 2)")
            .unwrap();
        let told = |sql: &str, values: &str| {
            lint(
                &conn,
                &Workload::of(sql, &[":id"], values, Distribution::Uniform),
            )
        };
        assert!(told("SELECT a FROM t WHERE id = :id", "SELECT id FROM t").is_empty());
        for (sql, values, wrong) in [
            (
                "SELECT b FROM t WHERE id = :id",
                "SELECT id FROM t",
                "no such column: b",
            ),
            (
                "DELETE FROM t WHERE id = :id",
                "SELECT id FROM t",
                "it changes data",
            ),
            (
                "SELECT a FROM t WHERE id = :id AND a = :x",
                "SELECT 1",
                "the parameter :x has no value",
            ),
            (
                "SELECT a FROM t WHERE id = :id",
                "SELECT id FROM t WHERE a = 9",
                "no row",
            ),
        ] {
            let problems = told(sql, values);
            assert!(
                problems.len() == 1 && problems[0].contains(wrong),
                "{problems:?}"
            );
        }
    }
}
