//! `.btree`: the pages of an index or a table, and the way to a key.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, b_tree};
use crate::shell::Shell;
use crate::sql;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".btree",
    aliases: &[],
    arguments: "INDEX|TABLE [KEY]",
    completes: Argument::Table,
    summary: "the pages of an index, and the way to a key",
    details: ".btree orders_customer                   its pages, depth and fan-out\n\
              .btree orders_customer 42                from the root to the entries of 42\n\
              .btree some_index 42 '2024-01-01'        a value for each of its columns\n\
              .btree orders 42                         the row with rowid 42\n\
              The way is read from the file's pages; SQLite counts beside it.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let mut tokens = sql::lex(rest).filter(|token| !token.is_blank());
    let Some(name) = tokens.next() else {
        return Err(misused(&COMMAND));
    };
    let key = rest[name.range.end..].trim();
    let name = sql::unquote(name.text(rest));
    b_tree::run(&mut shell.context, &mut shell.session, &name, key)?;
    Ok(Flow::GoOn)
}
