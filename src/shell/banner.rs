//! What a learner sees on arriving.

use std::io;

use crate::commands::{Context, learn};
use crate::session::{About, Session};
use crate::units;
use crate::view;

/// Four lines: the program, the data, the cache, the way on.
///
/// # Errors
/// What the output returns.
pub(super) fn write(context: &mut Context<'_>, session: &mut Session) -> io::Result<()> {
    let style = context.style;
    // Progress that cannot be read has been told of, and is no newcomer's.
    let is_new = learn::load_progress(context).is_ok_and(|it| it.is_untouched());
    let version = env!("CARGO_PKG_VERSION");
    let sizes = match session.about() {
        About::Dataset(built) => Some((built.tables.len(), built.rows())),
        About::Imported(imported) => Some((imported.tables.len(), imported.rows())),
        About::File { .. } => None,
    };
    let data = match sizes {
        Some((tables, rows)) => format!(
            "{}, {}, your own copy (.reset restores it)",
            units::counted(tables as u64, "table", "tables"),
            units::counted(rows, "row", "rows")
        ),
        None => "read only; the first change makes your own copy".to_owned(),
    };
    let label = format!("{:<12}", session.label());
    writeln!(
        context.out,
        "{} {version}   practise SQL and caching on data that answers back",
        style.bold("dbdojo")
    )?;
    writeln!(context.out, "data   {} {data}", style.accent(&label))?;
    let (state, cache) = match session.cache() {
        Some(layer) => ("on", view::cache::whereabouts(layer.server())),
        None => ("off", ".cache on starts one".to_owned()),
    };
    writeln!(
        context.out,
        "cache  {} {cache}",
        style.accent(&format!("{state:<12}"))
    )?;
    let (way, learn) = if is_new {
        (
            ".tour",
            "two minutes: a slow query, an index, a cache; or .learn",
        )
    } else {
        (".learn", "the next exercise; .tour is the two-minute tour")
    };
    writeln!(
        context.out,
        "learn  {} {learn}",
        style.accent(&format!("{way:<12}"))
    )?;
    writeln!(
        context.out,
        "{}",
        style.dim("SQL ends with ;     .help lists the rest     .what WORD explains a word")
    )
}
