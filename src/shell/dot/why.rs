//! `.why`: what a note under a result means, and what to write instead.

use super::{Argument, DotCommand, Flow};
use crate::commands::Failure;
use crate::plan;
use crate::shell::Shell;
use crate::sql::{self, lint};
use crate::view::lint as view;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".why",
    aliases: &[],
    arguments: "[CODE]",
    completes: Argument::Nothing,
    summary: "what a note or finding means, and the way out",
    details: ".why                      all codes\n\
              .why limit-without-order  one of them, with examples",
    run,
};

fn run(shell: &mut Shell<'_>, code: &str) -> Result<Flow, Failure> {
    let style = shell.context.style;
    let out = &mut *shell.context.out;
    let code = code.to_ascii_lowercase();
    if code.is_empty() {
        view::write_list(out, &style, lint::pages().chain(plan::pages()))?;
    } else {
        let page = lint::page(&code)
            .or_else(|| plan::page(&code))
            .ok_or_else(|| unknown(&code))?;
        view::write_page(out, &style, &page)?;
    }
    Ok(Flow::GoOn)
}

fn unknown(code: &str) -> Failure {
    let lints = lint::LINTS.iter().map(|lint| lint.code);
    let codes = lints.chain(plan::FINDING_CODES.iter().copied());
    Failure::usage(match sql::nearest(code, codes) {
        Some(near) => format!("there is no note {code}; did you mean {near}?"),
        None => format!("there is no note {code}; .why lists them"),
    })
}
