//! What a learner sees on arriving.

use std::io;

use crate::commands::Context;
use crate::session::{About, Session};
use crate::units;
use crate::view;

/// Four lines: the program, the data, the cache, the way on.
///
/// # Errors
/// What the output returns.
pub(super) fn write(context: &mut Context<'_>, session: &mut Session) -> io::Result<()> {
    let style = context.style;
    let version = env!("CARGO_PKG_VERSION");
    let data = match session.about() {
        About::Dataset(built) => {
            let rows: u64 = built.tables.iter().map(|t| t.rows).sum();
            format!(
                "{} tables, {} rows, your own copy (.reset restores it)",
                built.tables.len(),
                units::count(rows)
            )
        }
        About::File { .. } => "read only; the first change makes your own copy".to_owned(),
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
    writeln!(
        context.out,
        "learn  {} the first lesson",
        style.accent(&format!("{:<12}", ".learn"))
    )?;
    writeln!(
        context.out,
        "{}",
        style.dim("SQL ends with ;     .help lists the rest     .what WORD explains a word")
    )
}
