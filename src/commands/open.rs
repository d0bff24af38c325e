//! Opens the session that the options describe.

use std::path::Path;
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
    for binding in &options.params {
        session.practice_mut().bindings_mut().set(binding.clone());
    }
    Ok(session)
}

/// What a name of `.open` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A dataset, by its full name.
    Dataset(String),
    /// A file.
    File,
}

/// Tells a dataset from a file. A name that is both is the dataset; `./shop`
/// is the file.
///
/// # Errors
/// A usage failure for a plain word that is neither, with the nearest dataset.
pub fn data_named(context: &Context<'_>, name: &str) -> Result<Named, Failure> {
    match Catalog::new(&context.dirs).choose(name) {
        Ok(Chosen::Scaled(_, name)) => Ok(Named::Dataset(name.to_string())),
        Ok(Chosen::Imported(_)) => Ok(Named::Dataset(name.to_owned())),
        Err(_) if name.contains(['.', '/', '\\']) || Path::new(name).exists() => Ok(Named::File),
        Err(error) => {
            let told = error.to_string();
            // Without a near name, it may have been meant as a file.
            let file = if told.ends_with('?') {
                ""
            } else {
                "; there is no such file either"
            };
            Err(Failure::usage(format!("{told}{file}")))
        }
    }
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
