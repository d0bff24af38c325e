//! `.redis`: commands in an exercise on a cache server's commands.

use super::{Argument, DotCommand, Flow, misused};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".redis",
    aliases: &[],
    arguments: "COMMAND",
    completes: Argument::Nothing,
    summary: "a command in a lesson on Redis commands",
    details: ".redis SET k v EX 10    runs it on the lesson's own keyspace\n\
              .redis wait 10s         lets time pass there\n\
              .redis b: GET k         as another client, called b",
    run: |shell, rest| {
        if rest.is_empty() {
            return Err(misused(&COMMAND));
        }
        shell.redis_command(rest)?;
        Ok(Flow::GoOn)
    },
};
