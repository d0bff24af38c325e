//! `.tour`: two minutes from a slow query to a stale read.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::tour::{self, Audience};
use crate::shell::ask;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".tour",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "two minutes: a slow query, an index, a cache",
    details: ".tour    Enter goes on, q leaves; it types everything itself.\n\
              It is played on a practice database of its own: your data, your\n\
              cache and your lesson stay as they are.",
    run: |shell, rest| {
        if !rest.is_empty() {
            return Err(misused(&COMMAND));
        }
        let watched = shell.interactive && shell.redirect.is_none();
        let mut ask = ask::ask;
        let audience = Audience {
            ask: watched.then_some(&mut ask),
            learn: ".learn",
        };
        if let Some(lesson) = tour::run(&mut shell.context, &shell.options, audience)? {
            shell.start_lesson(Some(&lesson))?;
        }
        Ok(Flow::GoOn)
    },
};
