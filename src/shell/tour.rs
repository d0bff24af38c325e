//! `dbdojo tour`, for a person or for a file.

use std::io::{self, IsTerminal};

use super::{Shell, ask};
use crate::commands::tour::{self, Audience};
use crate::commands::{Context, Failure, Options, open};
use crate::lesson::tour::DATA;

/// Plays the tour, and goes on in the shell with the lesson that is chosen at
/// its end.
///
/// # Errors
/// When the data cannot be built, or the output is closed; Ctrl-C.
pub fn tour(mut context: Context<'_>, options: &Options) -> Result<(), Failure> {
    if options.db.is_some() || options.data != DATA {
        return Err(Failure::usage(format!(
            "the tour is played on {DATA}, whatever else there is: leave --data and --db out"
        )));
    }
    if context.format.is_for_machines() {
        return Err(Failure::usage("the tour is for people: leave --format out"));
    }
    let watched = io::stdin().is_terminal() && context.is_terminal;
    let mut ask = ask::ask;
    let audience = Audience {
        ask: watched.then_some(&mut ask),
        learn: "dbdojo learn",
    };
    let Some(lesson) = tour::run(&mut context, options, audience)? else {
        return Ok(());
    };
    let session = open::session(&mut context, options)?;
    let mut shell = Shell::new(context, options.clone(), session, true);
    shell.start_lesson(Some(&lesson))?;
    shell.interact()
}
