//! `.grow`: the last query at each scale, without and with an index.

use super::try_index::parts;
use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, grow};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".grow",
    aliases: &[],
    arguments: "[--large] [INDEX]",
    completes: Argument::Statement(&["--large"]),
    summary: "the last query at each scale, with and without",
    details: ".grow                               with the indexes you have made, or else\n\
              \x20                                   the one that .explain proposes\n\
              .grow create index i on orders(id)  with this one\n\
              .grow create index ... -- select .. of another query\n\
              .grow --large                       @large, too: it takes its time\n\
              Rows visited, page fetches and time on the dataset as it is built.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (large, ddl, query) = grow::parse(rest, parts);
    let sql = match (query, &shell.last_query) {
        (Some(query), _) => query.to_owned(),
        (None, Some(last)) => last.clone(),
        (None, None) => {
            return Err(Failure::usage(
                "there is no query to measure yet: run one, or write it after --",
            ));
        }
    };
    let sql = shell.with_values(&sql)?;
    let wanted = grow::Wanted {
        sql: &sql,
        ddl,
        large,
    };
    grow::run(
        &mut shell.context,
        &mut shell.session,
        &shell.schema,
        &wanted,
    )?;
    Ok(Flow::GoOn)
}
