//! `.advise`: which indexes to build for the last query, or for all of them.

use super::{Argument, DotCommand, Flow};
use crate::commands::advise::Origin;
use crate::commands::{Failure, advise};
use crate::plan::advise::Weighted;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".advise",
    aliases: &[],
    arguments: "[SQL|history]",
    completes: Argument::Statement(&["history"]),
    summary: "the best indexes, really built and measured",
    details: ".advise                 for the last query\n\
              .advise select ...      for this one\n\
              .advise history         the smallest set for all you ran, as often\n\
              \u{20}                       as you ran it\n\
              Everything is rolled back; to keep an index, run its statement.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (context, session, schema) = (&mut shell.context, &mut shell.session, &shell.schema);
    if rest.eq_ignore_ascii_case("history") {
        let mut statements = often(&shell.asked);
        // A table may be gone by now.
        statements.retain(|it| session.practice().notes(&it.sql).is_ok());
        if statements.is_empty() {
            return Err(Failure::usage("there is no query in this session yet"));
        }
        advise::on_workload(context, session, schema, &statements, &Origin::History)?;
        return Ok(Flow::GoOn);
    }
    let sql = match (rest, &shell.last_query) {
        ("", Some(last)) => last.as_str(),
        ("", None) => {
            return Err(Failure::usage(
                "there is no query to advise on yet: run one, or write it after .advise",
            ));
        }
        (sql, _) => sql,
    };
    advise::on_statement(context, session, schema, sql)?;
    Ok(Flow::GoOn)
}

/// Each statement once, its weight how often it was run.
fn often(asked: &[String]) -> Vec<Weighted> {
    let mut statements: Vec<Weighted> = Vec::new();
    for sql in asked {
        match statements.iter_mut().find(|it| it.sql == *sql) {
            Some(known) => known.weight += 1.0,
            None => statements.push(Weighted {
                sql: sql.clone(),
                weight: 1.0,
            }),
        }
    }
    statements
}
