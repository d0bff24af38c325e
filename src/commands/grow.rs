//! `.grow`: a query at each scale of its dataset, without and with an index.

use std::time::Duration;

use super::{Context, Failure, explain, statement, try_index};
use crate::dataset::{Built, Catalog, DatasetName, Scale, Spec};
use crate::plan::growth::{self, Point};
use crate::plan::{self, Repeat, what_if};
use crate::sandbox::{Practice, Source, Surroundings};
use crate::session::{About, Session};
use crate::sql::{self, Schema};
use crate::view::grow::{self as view, Curve, Measured};

/// A query at one scale is run so often, or as often as begins within so long.
const REPEAT: Repeat = Repeat {
    at_most: 5,
    within: Duration::from_millis(500),
};

/// What to measure.
pub struct Wanted<'a> {
    /// The statement.
    pub sql: &'a str,
    /// The index; empty for those that the learner has made, or else the one
    /// that the findings propose.
    pub ddl: &'a str,
    /// Whether the largest scale is wanted, too.
    pub large: bool,
}

/// Measures a statement at each scale and draws how it grows. Scales that have
/// never been built are built first.
///
/// # Errors
/// A usage failure for data of the learner's own; what is wrong with the
/// statement or the index; Ctrl-C.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    wanted: &Wanted<'_>,
) -> Result<(), Failure> {
    let About::Dataset(built) = session.about().clone() else {
        return Err(Failure::usage(format!(
            "{} is a file of your own and has one size only; .grow measures on a dataset, which \
             can be built at several scales",
            session.label()
        )));
    };
    // A mistake is told before anything is built.
    check(context, session, schema, wanted.sql)?;
    let catalog = Catalog::new(&context.dirs);
    let spec = catalog.find(&built.name.name)?;
    let scales = Scale::ALL
        .into_iter()
        .filter(|it| wanted.large || *it < Scale::Large);
    let mut ddl: Option<Vec<String>> = None;
    let mut points = Vec::new();
    for scale in scales {
        let there = ensure(context, &catalog, &spec, scale, built.seed)?;
        let mut fresh = open(context, &there)?;
        let ddl = match &ddl {
            Some(ddl) => ddl,
            None => ddl.insert(indexes(
                context,
                session,
                schema,
                wanted,
                &fresh,
                &there.name,
            )?),
        };
        let (point, goes_on) =
            measured(context, session, &mut fresh, ddl, wanted.sql, &there.name)?;
        points.push(Measured {
            scale,
            rows: there.rows(),
            point,
        });
        if !goes_on {
            break;
        }
    }
    let curve = Curve {
        dataset: built.name.name.clone(),
        ddl: ddl.unwrap_or_default(),
        points,
        left_out: !wanted.large,
    };
    let style = context.style;
    Ok(view::write(context.out, &style, &curve)?)
}

fn check(
    context: &Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: &str,
) -> Result<(), Failure> {
    let budget = session.budget();
    let explained = session
        .practice_mut()
        .with_budget(budget, |conn| plan::explain(conn, sql));
    match explained {
        Ok(_) => Ok(()),
        Err(error) => Err(explain::failure_of(context, session, error, sql, schema)),
    }
}

fn ensure(
    context: &Context<'_>,
    catalog: &Catalog,
    spec: &Spec,
    scale: Scale,
    seed: u64,
) -> Result<Built, Failure> {
    let mut bar = context.progress_bar();
    Ok(catalog.ensure(spec, scale, seed, &context.interrupt, &mut |p| bar.watch(p))?)
}

fn open(context: &Context<'_>, built: &Built) -> Result<Practice, Failure> {
    let around = Surroundings {
        sessions: context.dirs.sessions(),
        clock: context.clock.clone(),
        interrupt: context.interrupt.clone(),
    };
    let mut bar = context.progress_bar();
    let mut fresh = Practice::open(Source::Built(built.path.clone()), around, &mut |p| {
        bar.watch(p)
    })?;
    fresh.make_private(&mut |p| bar.watch(p))?;
    Ok(fresh)
}

/// The indexes to measure with.
fn indexes(
    context: &Context<'_>,
    session: &mut Session,
    schema: &Schema,
    wanted: &Wanted<'_>,
    fresh: &Practice,
    name: &DatasetName,
) -> Result<Vec<String>, Failure> {
    let may_be_made = |ddl: &str| what_if::create_index(fresh.connection(), ddl).map(str::to_owned);
    if !wanted.ddl.is_empty() {
        return match may_be_made(wanted.ddl) {
            Ok(ddl) => Ok(vec![ddl]),
            // It can be made in the session, so what is missing is the learner's own.
            Err(what_if::Error::Index(error))
                if what_if::create_index(session.practice().connection(), wanted.ddl).is_ok() =>
            {
                Err(own(name, &fresh.explain_error(error).to_string()))
            }
            Err(what_if::Error::Index(error)) => {
                let error = fresh.explain_error(error);
                Err(statement::failure_of(
                    error,
                    wanted.ddl,
                    schema,
                    &context.err_style,
                    1,
                ))
            }
            Err(error) => Err(Failure::usage(error.to_string())),
        };
    }
    // What is built with the dataset cannot be made again, and what is on a
    // table of the learner's own cannot be made here.
    let own: Vec<String> = session
        .practice()
        .create_statements("")?
        .iter()
        .filter_map(|it| may_be_made(it).ok())
        .collect();
    if !own.is_empty() {
        return Ok(own);
    }
    let proposed = try_index::proposed(context, session, schema, wanted.sql);
    Ok(proposed
        .ok()
        .and_then(|it| may_be_made(&it).ok())
        .into_iter()
        .collect())
}

/// The point of one scale, or why there is none, and whether a larger one may
/// be tried.
fn measured(
    context: &Context<'_>,
    session: &Session,
    fresh: &mut Practice,
    ddl: &[String],
    sql: &str,
    name: &DatasetName,
) -> Result<(Result<Point, String>, bool), Failure> {
    let (budget, clock) = (session.budget(), context.clock.clone());
    let point = fresh.with_budget(budget, |conn| {
        growth::measure(conn, ddl, sql, &clock, REPEAT)
    });
    let error = match point {
        Ok(point) => return Ok((Ok(point), true)),
        Err(plan::Error::Sqlite(error)) => fresh.explain_error(error),
        Err(other) => return Err(Failure::usage(other.to_string())),
    };
    match error {
        crate::sandbox::Error::TimeLimit(limit) => {
            let why = format!("stopped after {}", crate::units::duration(limit));
            Ok((Err(why), false))
        }
        crate::sandbox::Error::Interrupted => Err(Failure::from(error)),
        // It runs in the session, so what is missing is the learner's own.
        error => Err(own(name, &error.to_string())),
    }
}

/// Something that only the learner's copy has.
fn own(name: &DatasetName, error: &str) -> Failure {
    let error = error.lines().next().unwrap_or(error);
    Failure::usage(format!(
        "on {name} as it is built: {error}; .grow cannot know how tables and columns of your own \
         would grow"
    ))
}

/// Takes `--large`, an index and a statement after `--` apart.
pub fn parse<'a>(
    rest: &'a str,
    split: fn(&'a str) -> (&'a str, Option<&'a str>),
) -> (bool, &'a str, Option<&'a str>) {
    let (large, rest) = match rest.strip_prefix("--large") {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
            (true, rest.trim())
        }
        _ => (false, rest),
    };
    let is_index = sql::lex(rest)
        .find(|token| !token.is_blank())
        .is_some_and(|token| token.text(rest).eq_ignore_ascii_case("create"));
    match split(rest) {
        (ddl, query) if is_index => (large, ddl, query),
        ("", query) => (large, "", query),
        _ => (large, "", Some(rest)),
    }
}
