//! `dbdojo explain`: the plan of a statement in words, or as a picture.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::{Context, Exit, Failure, NewFile, Options, compare, open, statement, try_index};
use crate::plan::{self, Explanation, Repeat};
use crate::sandbox::{Bindings, Budget, bindings};
use crate::session::Session;
use crate::sql::Schema;
use crate::units;
use crate::view::picture::{mermaid, page, svg};
use crate::view::{Format, Picture, plan as plan_view, plan_json};

/// What a plan can be printed as.
const FORMATS: &[Format] = &[Format::Table, Format::Json, Format::Jsonl];

/// Arguments of `explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Run it, too, and show what really happened; changes are rolled back
    #[arg(long)]
    run: bool,

    /// Another statement, to set beside it; both are run
    #[arg(long, value_name = "SQL", conflicts_with = "with")]
    against: Option<String>,

    /// An index, to measure it before and after; nothing of it stays
    #[arg(long, value_name = "CREATE INDEX ..")]
    with: Option<String>,

    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write over the file if it exists
    #[arg(long, requires = "output")]
    force: bool,

    /// The statement
    #[arg(value_name = "SQL")]
    sql: String,
}

/// Explains the statement on the data that the options name.
///
/// # Errors
/// When the data cannot be opened, when the statement has a mistake or no plan,
/// when the file cannot be written.
pub fn run(context: &mut Context<'_>, options: &Options, args: &Args) -> Result<(), Failure> {
    let Some(path) = &args.output else {
        return draw(context, options, args);
    };
    // Before the work, which may take long.
    let mut file = NewFile::begin(path, args.force)?;
    draw(&mut context.into_file(&mut file), options, args)?;
    file.finish().map(|_| ())
}

fn draw(context: &mut Context<'_>, options: &Options, args: &Args) -> Result<(), Failure> {
    let pair = args.against.is_some() || args.with.is_some();
    if pair
        && (context.format.is_for_machines()
            || matches!(context.picture, Some(p) if p != Picture::Html))
    {
        return Err(Failure::usage(
            "two plans beside each other are drawn as text or with --format html",
        ));
    }
    if context.picture.is_none() && !pair && !FORMATS.contains(&context.format) {
        let word = |format: &Format| {
            let value = format.to_possible_value();
            value.map_or_else(String::new, |it| it.get_name().to_owned())
        };
        let pictures = ["mermaid", "svg", "html"].map(str::to_owned);
        let offered: Vec<String> = FORMATS.iter().map(word).chain(pictures).collect();
        return Err(Failure::usage(format!(
            "a plan is no table of rows, so there is none as {}: --format takes {} here",
            word(&context.format),
            plan::list(&offered, "or"),
        )));
    }
    let mut session = open::session(context, options)?;
    let as_page = context.picture.is_some();
    let schema = session.schema().unwrap_or_default();
    let sql = args.sql.as_str();
    let mut names = bindings::names(sql);
    names.extend(args.against.as_deref().map_or(Vec::new(), bindings::names));
    statement::refuse_unused(session.practice().bindings(), &names)?;
    if let Some(other) = &args.against {
        if !as_page {
            return compare::run(context, &mut session, &schema, [sql, other]);
        }
        let compared = compare::measured(context, &mut session, &schema, [sql, other])?;
        return Ok(page::write_comparison(
            context.out,
            &compared,
            &session.label(),
        )?);
    }
    if let Some(ddl) = &args.with {
        try_index::check(context, &mut session, &schema, ddl, sql)?;
        if !as_page {
            return try_index::weigh(context, &mut session, &schema, ddl, sql, None).map(|_| ());
        }
        let weighed = try_index::measured(context, &mut session, &schema, ddl, sql)?
            .map_err(|why| Failure::new(Exit::Failed, why))?;
        return Ok(page::write_what_if(
            context.out,
            &weighed,
            &session.label(),
        )?);
    }
    explain(context, &mut session, sql, args.run, false)
}

fn write_picture(
    out: &mut dyn io::Write,
    picture: Picture,
    explanation: &Explanation,
    data: &str,
) -> io::Result<()> {
    match picture {
        Picture::Mermaid => mermaid::write(out, explanation),
        Picture::Svg => svg::write(out, explanation),
        Picture::Html => page::write(out, explanation, data),
    }
}

/// Explains `sql` in `session`; `in_shell`, where `.try` is at hand.
///
/// # Errors
/// When the statement has a mistake or no plan.
pub fn explain(
    context: &mut Context<'_>,
    session: &mut Session,
    sql: &str,
    run: bool,
    in_shell: bool,
) -> Result<(), Failure> {
    let schema = session.schema().unwrap_or_default();
    if run {
        prepare_to_run(context, session, sql)?;
    }
    let budget = session.budget();
    let clock = context.clock.clone();
    let given = session.practice().bindings().clone();
    let explained = session.practice_mut().with_budget(budget, |conn| {
        if run {
            plan::explain_run_with(conn, sql, &given, &clock, Repeat::default())
        } else {
            plan::explain_with(conn, sql, &given)
        }
    });
    let (explanation, stopped) = match explained {
        Ok(explanation) => (explanation, None),
        Err(error) => {
            let failure = failure_of(context, session, error, sql, &schema);
            let partial = match failure.exit {
                Exit::TimeLimit if run => how_far(session, sql, &given, A_WHILE),
                Exit::Interrupted if run => {
                    // Another Ctrl-C ends this look, too.
                    context.interrupt.lower();
                    let partial = how_far(session, sql, &given, A_GLANCE);
                    context.interrupt.raise();
                    partial
                }
                _ => None,
            };
            match partial {
                Some(explanation) => (explanation, Some(failure)),
                None => return Err(failure),
            }
        }
    };
    if let Some(picture) = context.picture {
        write_picture(context.out, picture, &explanation, &session.label())?;
        return stopped.map_or(Ok(()), Err);
    }
    match context.format {
        Format::Jsonl => writeln!(context.out, "{}", plan_json(&explanation))?,
        Format::Json => {
            writeln!(context.out, "{:#}", plan_json(&explanation))?;
        }
        _ if in_shell => {
            let style = &context.style;
            plan_view::write_in_shell(context.out, style, context.verbose, &explanation)?;
        }
        _ => plan_view::write(context.out, &context.style, context.verbose, &explanation)?,
    }
    stopped.map_or(Ok(()), Err)
}

/// How long a statement that did not end is measured step by step: after the
/// time limit, and after Ctrl-C, when somebody waits for the prompt.
const A_WHILE: Duration = Duration::from_secs(1);
const A_GLANCE: Duration = Duration::from_millis(300);

/// How far a statement that was stopped comes in one more run of `at_most`.
fn how_far(
    session: &mut Session,
    sql: &str,
    given: &Bindings,
    at_most: Duration,
) -> Option<Explanation> {
    let limit = session.budget().time.unwrap_or(at_most).min(at_most);
    let budget = Budget {
        time: Some(limit),
        steps: None,
    };
    let explained = session
        .practice_mut()
        .with_budget(budget, |conn| plan::explain_stopped(conn, sql, given));
    let mut explanation = explained.ok()?;
    let visited = explanation.visited_rows().is_some();
    explanation.notes.push(if visited {
        format!(
            "It did not end: the rows visited are those of one more run, stopped after {}.",
            units::duration(limit)
        )
    } else {
        "It did not end: how far it came was not measured.".to_owned()
    });
    Some(explanation)
}

/// The failure of a statement that could not be explained, with a caret where
/// its place is known.
pub(super) fn failure_of(
    context: &Context<'_>,
    session: &Session,
    error: plan::Error,
    sql: &str,
    schema: &Schema,
) -> Failure {
    match error {
        plan::Error::Sqlite(error) => {
            let error = session.practice().explain_error(error);
            statement::failure_of(error, sql, schema, &context.err_style, 1)
        }
        other => Failure::usage(other.to_string()),
    }
}

/// A statement that changes something runs on the private copy, although it is
/// rolled back. A mistake in it is told by what follows.
pub(super) fn prepare_to_run(
    context: &Context<'_>,
    session: &mut Session,
    sql: &str,
) -> Result<(), Failure> {
    let notes = session.practice().notes(sql);
    if notes.is_ok_and(|notes| notes.needs_private_copy()) {
        let mut bar = context.progress_bar();
        session.practice_mut().make_private(&mut |p| bar.watch(p))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::clock::Clock;
    use crate::commands::{Cli, Outlet, Settings};
    use crate::dirs::Dirs;
    use crate::interrupt::Interrupt;

    #[test]
    fn ctrl_c_shows_how_far_it_came() {
        let home = tempfile::tempdir().unwrap();
        let cli = Cli::try_parse_from(["dbdojo", "-d", "shop@tiny"]).unwrap();
        let interrupt = Interrupt::new();
        let (mut out, mut drawn, mut err) = (Outlet::new(io::sink()), Vec::new(), Vec::new());
        let mut usual = Context::new(
            Dirs::under(home.path()),
            Settings::default(),
            Clock::wall(),
            interrupt.clone(),
            &cli.options,
            &mut out,
            &mut err,
        );
        let mut context = usual.into_file(&mut drawn);
        let mut session = open::session(&mut context, &cli.options).unwrap();
        interrupt.raise();
        let sql = "select count(*) from orders a, orders b, orders c, orders d, orders e";
        let failure = explain(&mut context, &mut session, sql, true, true).unwrap_err();
        assert_eq!(failure.exit, Exit::Interrupted);
        assert!(
            interrupt.is_raised(),
            "the script that it stands in stops, too"
        );
        let drawn = String::from_utf8(drawn).unwrap();
        let measured = cfg!(scanstatus);
        assert_eq!(drawn.contains("stopped after 300"), measured, "{drawn}");
        assert_eq!(drawn.contains("visited"), measured, "{drawn}");
        assert!(drawn.contains("It did not end"), "{drawn}");
    }
}
