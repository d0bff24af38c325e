//! `.worth`: would a cache help the last query, or an index?

use clap::Parser;

use super::{Argument, DotCommand, Flow};
use crate::cache::Choice;
use crate::commands::worth::{self, How, Question};
use crate::commands::{Failure, Options};
use crate::lab::worth::{Subject, keys};
use crate::sandbox::Bindings;
use crate::sandbox::bindings::{Binding, literal};
use crate::shell::{Shell, ask};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".worth",
    aliases: &[],
    arguments: "[FLAG] [SQL]",
    completes: Argument::Statement(&[
        "--trace",
        "--trace-columns",
        "--skip-bad-lines",
        "--rtt-db",
        "--rtt-cache",
    ]),
    summary: "would a cache help this query? an index?",
    details: ".worth                      the last query, measured over many keys\n\
              .worth select ...           this one\n\
              .worth --rtt-db 2ms --rtt-cache 500us    with servers that far away\n\
              .worth --trace FILE         with your reads: a key on each line\n\
              Literals become parameters; .parameter set NAME select ... gives their\n\
              values. .share FILE.md writes the answer down.",
    run,
};

/// `.worth`'s own flags: the same as the subcommand's.
#[derive(Parser)]
#[command(name = ".worth", no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(flatten)]
    how: How,
}

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (flags, sql) = parts(rest);
    let line = Line::try_parse_from(flags).map_err(|error| {
        let message = error.to_string();
        let line = message.lines().next().unwrap_or_default();
        Failure::usage(line.trim_start_matches("error: "))
    })?;
    let sql = match (sql, &shell.last_query) {
        ("", Some(last)) => last.clone(),
        ("", None) => {
            return Err(Failure::usage(
                "there is no query to weigh yet: run one, or write it after .worth",
            ));
        }
        (sql, _) => sql.to_owned(),
    };
    let mut given = several(shell.session.practice().bindings());
    let context = &shell.context;
    let subject = worth::subject(context, &mut shell.session, &sql, &given)?;
    if shell.interactive && !context.quiet && !ask_for_keys(shell, &subject, &mut given)? {
        return Ok(Flow::GoOn);
    }
    let options = with_server(shell);
    let question = Question {
        sql: &sql,
        subject: &subject,
        given: &given,
        how: &line.how,
    };
    let weighed = worth::weigh(&mut shell.context, &options, &mut shell.session, &question)?;
    worth::write(&mut shell.context, &weighed)?;
    shell.weighed = Some(weighed);
    Ok(Flow::GoOn)
}

/// The shell's options, with the server that the learner has turned on.
pub(super) fn with_server(shell: &Shell<'_>) -> Options {
    let mut options = shell.options.clone();
    match (shell.session.cache_choice(), &options.cache) {
        (Some(chosen), _) => options.cache = chosen.clone(),
        // That was about the start.
        (None, Choice::Off) => options.cache = Choice::Auto,
        (None, _) => {}
    }
    options
}

/// The flags before the statement, with their values, and the statement.
fn parts(text: &str) -> (Vec<&str>, &str) {
    let mut flags = Vec::new();
    let mut rest = text.trim();
    while rest.starts_with("--") {
        let (flag, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        flags.push(flag);
        rest = after.trim_start();
        let has_value = !flag.contains('=') && flag != "--skip-bad-lines";
        if has_value && !rest.is_empty() {
            let (value, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            flags.push(value);
            rest = after.trim_start();
        }
    }
    (flags, rest)
}

/// The values that stand for several. One alone is the value of the last run,
/// an example as a literal is.
pub(super) fn several(bindings: &Bindings) -> Bindings {
    let mut given = Bindings::default();
    for binding in bindings.iter().filter(|it| keys::is_several(&it.value)) {
        given.set(binding.clone());
    }
    given
}

/// Asks where the keys come from, unless that is said; `false` when it is given up.
pub(super) fn ask_for_keys(
    shell: &mut Shell<'_>,
    subject: &Subject,
    given: &mut Bindings,
) -> Result<bool, Failure> {
    shell.context.out.flush()?;
    for parameter in &subject.parameters {
        if given.get(&parameter.name).is_some() {
            continue;
        }
        let otherwise = match &parameter.column {
            Some((table, column)) => format!("enter: sampled from {table}.{column}"),
            None => "such as select id from t, or 1,2,3".to_owned(),
        };
        let question = format!(
            "values of {}? SELECT or list ({otherwise}): ",
            parameter.name
        );
        let Some(answer) = ask::ask(&question)? else {
            return Ok(false);
        };
        if !answer.is_empty() {
            given.set(Binding {
                name: parameter.name.clone(),
                value: literal(answer.trim_end_matches(';')),
            });
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_before_the_statement() {
        assert_eq!(
            parts("--rtt-db 2ms --trace=x.csv select 1 -- end"),
            (vec!["--rtt-db", "2ms", "--trace=x.csv"], "select 1 -- end")
        );
        assert_eq!(parts("select 1"), (vec![], "select 1"));
        assert_eq!(
            parts("--skip-bad-lines select 1"),
            (vec!["--skip-bad-lines"], "select 1")
        );
        assert_eq!(parts("--trace"), (vec!["--trace"], ""));
    }
}
