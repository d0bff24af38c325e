//! Opens the session that the options describe.

use std::time::Duration;

use super::{Context, Failure, Options};
use crate::dataset::{Catalog, Chosen};
use crate::sandbox::{Source, Surroundings};
use crate::session::{About, Session};

/// Opens the learner's own file, or the dataset, which is built first if it
/// has never been.
///
/// # Errors
/// An unknown dataset is a usage failure; a file or server that cannot be
/// reached ends with exit code 3.
pub fn session(context: &mut Context<'_>, options: &Options) -> Result<Session, Failure> {
    let (source, about) = source(context, options)?;
    let around = Surroundings {
        sessions: context.dirs.sessions(),
        clock: context.clock.clone(),
        interrupt: context.interrupt.clone(),
    };
    let mut bar = context.progress_bar();
    let mut session = Session::open(source, about, around, &mut |p| bar.watch(p))?;
    session.set_time_limit((options.timeout > Duration::ZERO).then_some(options.timeout));
    Ok(session)
}

/// The learner's own file, or the dataset, which is built first if it has
/// never been.
///
/// # Errors
/// An unknown dataset is a usage failure.
pub fn source(context: &mut Context<'_>, options: &Options) -> Result<(Source, About), Failure> {
    let Some(path) = &options.db else {
        return dataset_source(context, &options.data);
    };
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into(),
    );
    Ok((Source::File(path.clone()), About::File { name }))
}

fn dataset_source(context: &mut Context<'_>, name: &str) -> Result<(Source, About), Failure> {
    let catalog = Catalog::new(&context.dirs);
    let (spec, name) = match catalog.choose(name)? {
        Chosen::Scaled(spec, name) => (spec, name),
        Chosen::Imported(imported) => {
            let source = Source::Built(imported.path.clone());
            return Ok((source, About::Imported(imported)));
        }
    };
    let mut bar = context.progress_bar();
    let built = catalog.ensure(
        &spec,
        name.scale,
        context.seed,
        &context.interrupt,
        &mut |p| {
            bar.watch(p);
        },
    )?;
    Ok((Source::Built(built.path.clone()), About::Dataset(built)))
}
