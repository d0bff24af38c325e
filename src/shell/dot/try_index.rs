//! `.try`: an index, weighed on the last query before it is made.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, try_index};
use crate::plan::Verdict;
use crate::plan::what_if::WhatIf;
use crate::shell::{Shell, ask};
use crate::sql::{self, TokenKind};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".try",
    aliases: &[],
    arguments: "[create index ...]",
    completes: Argument::Statement(&["--keep"]),
    summary: "weigh an index on the last query",
    details: ".try                                    the index that .explain proposes\n\
              .try create index i on orders(status)   measured on the last query\n\
              .try create index ... -- select ...     on another one\n\
              .try --keep create index ...            keep it without asking\n\
              Everything is rolled back first; to keep it is to run its statement.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (keep, rest) = match rest.strip_prefix("--keep") {
        Some(rest) => (true, rest.trim()),
        None => (false, rest),
    };
    let (ddl, query) = parts(rest);
    let query = match (query, &shell.last_query) {
        (Some(query), _) => query.to_owned(),
        (None, Some(last)) => last.clone(),
        (None, None) => {
            return Err(Failure::usage(
                "there is no query to weigh it on yet: run one, or write it after --",
            ));
        }
    };
    let query = shell.with_values(&query)?;
    let (context, session, schema) = (&mut shell.context, &mut shell.session, &shell.schema);
    let ddl = if ddl.is_empty() {
        let proposed = try_index::proposed(context, session, schema, &query)?;
        writeln!(context.out, "{}", context.style.bold(&proposed))?;
        proposed
    } else {
        ddl.to_owned()
    };
    try_index::check(context, session, schema, &ddl, &query)?;

    let asks = shell.interactive && !context.quiet;
    let mut guess = None;
    if asks {
        context.out.flush()?;
        // Ctrl-C gives the whole of it up.
        let Some(answer) = ask::ask("your guess? how many times faster (enter to skip): ")? else {
            return Ok(Flow::GoOn);
        };
        guess = read_guess(&answer);
    }
    let weighed = try_index::weigh(context, session, schema, &ddl, &query, guess)?;
    let Some(weighed) = weighed else {
        return Ok(Flow::GoOn);
    };
    if keep || (asks && wants_it(shell)?) {
        shell.answer(&weighed.ddl, 1)?;
    } else {
        tell_dropped(shell, &weighed, asks)?;
    }
    Ok(Flow::GoOn)
}

/// What stands before `--`, and what after it, if there is any.
pub(super) fn parts(text: &str) -> (&str, Option<&str>) {
    let comment = sql::lex(text)
        .find(|token| token.kind == TokenKind::Comment && token.text(text).starts_with("--"));
    match comment {
        Some(comment) => {
            let query = text[comment.range.start + 2..].trim();
            let ddl = text[..comment.range.start].trim();
            (ddl, (!query.is_empty()).then_some(query))
        }
        None => (text.trim(), None),
    }
}

/// `10`, `10x` or `1,000`; anything else is no guess.
fn read_guess(answer: &str) -> Option<f64> {
    let number = answer.trim_end_matches(['x', 'X']).trim().replace(',', "");
    let guess: f64 = number.parse().ok()?;
    (guess.is_finite() && guess > 0.0).then_some(guess)
}

fn wants_it(shell: &mut Shell<'_>) -> Result<bool, Failure> {
    shell.context.out.flush()?;
    ask::agrees("keep it? [y/N] ")
}

fn tell_dropped(shell: &mut Shell<'_>, weighed: &WhatIf, asked: bool) -> Result<(), Failure> {
    let dropped = format!("{} is dropped; the data is as it was.", weighed.index);
    let hint = match weighed.verdict {
        Verdict::Build if !asked => "  .try --keep keeps it.",
        _ => "",
    };
    Ok(writeln!(shell.context.out, "{dropped}{hint}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stands_after_two_dashes() {
        assert_eq!(
            parts("create index i on t(a) -- select '--'"),
            ("create index i on t(a)", Some("select '--'"))
        );
        assert_eq!(
            parts("create index i on t(a) where b = '-- no'"),
            ("create index i on t(a) where b = '-- no'", None)
        );
        assert_eq!(parts("-- select 1"), ("", Some("select 1")));
        assert_eq!(parts(" "), ("", None));
    }

    #[test]
    fn a_guess_is_a_number_above_zero() {
        assert_eq!(read_guess("10"), Some(10.0));
        assert_eq!(read_guess("1,000 x"), Some(1000.0));
        for none in ["", "much", "-3", "0", "inf"] {
            assert_eq!(read_guess(none), None, "{none}");
        }
    }
}
