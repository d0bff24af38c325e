//! `.mode`: how results are printed from now on.

use clap::ValueEnum;

use super::{Argument, DotCommand, Flow};
use crate::commands::Failure;
use crate::shell::Shell;
use crate::sql;
use crate::view::Format;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".mode",
    aliases: &[],
    arguments: "[FORMAT]",
    completes: Argument::Words(&[
        ("table", &[]),
        ("csv", &[]),
        ("json", &[]),
        ("jsonl", &[]),
        ("markdown", &[]),
        ("line", &[]),
    ]),
    summary: "table, csv, json, jsonl, markdown or line",
    details: ".mode line    one name: value a line, for wide rows\n\
              .mode         tells the present one",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    if rest.is_empty() {
        writeln!(shell.context.out, "{}", name_of(shell.context.format))?;
        return Ok(Flow::GoOn);
    }
    shell.context.format = Format::from_str(rest, true).map_err(|_| {
        let names = || Format::value_variants().iter().map(|f| name_of(*f));
        let all: Vec<_> = names().collect();
        Failure::usage(match sql::nearest(rest, names()) {
            Some(near) => format!("there is no format {rest:?}; did you mean {near}?"),
            None => format!("there is no format {rest:?}; there are {}", all.join(", ")),
        })
    })?;
    Ok(Flow::GoOn)
}

fn name_of(format: Format) -> &'static str {
    match format {
        Format::Table => "table",
        Format::Csv => "csv",
        Format::Json => "json",
        Format::Jsonl => "jsonl",
        Format::Markdown => "markdown",
        Format::Line => "line",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_offered() {
        let Argument::Words(offered) = COMMAND.completes else {
            panic!("Tab offers no formats");
        };
        let names: Vec<_> = offered.iter().map(|(name, _)| *name).collect();
        let formats: Vec<_> = Format::value_variants()
            .iter()
            .map(|f| name_of(*f))
            .collect();
        assert_eq!(names, formats);
    }
}
