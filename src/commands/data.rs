//! `dbdojo data`: the datasets to practise on.

use std::path::PathBuf;

use super::{Context, Exit, Failure, NewFile, Options, erd, import, open};
use crate::dataset::{self, Catalog, Chosen, DatasetName, Entity, Scale, Spec, TableRows};
use crate::lab::workload::lint_all;
use crate::view::datasets;

/// The datasets to practise on
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Data,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Data {
    /// All datasets: rows, size, whether they are built
    List,
    /// Build datasets now, so that a later start need not
    Build {
        /// Such as shop or shop@medium; without one, the one that --data names
        #[arg(value_name = "NAME[@SCALE]")]
        names: Vec<DatasetName>,
    },
    /// Make a dataset of your own out of CSV files or an SQLite database
    Import(import::Args),
    /// The story of a dataset, its tables and what refers to what
    Info {
        /// Such as shop or shop@medium; without one, what --db or --data names
        #[arg(value_name = "NAME[@SCALE]")]
        name: Option<String>,

        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,

        /// Write over the file if it exists
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Free the disk of built datasets; they are built again when asked for
    Remove {
        /// Such as shop (at every scale) or shop@medium
        #[arg(value_name = "NAME[@SCALE]", required = true)]
        names: Vec<String>,
    },
    /// Look for mistakes in datasets, for their authors
    Check {
        /// Folders with a dataset.toml; without one, all datasets
        #[arg(value_name = "DIR")]
        folders: Vec<PathBuf>,

        /// Look at the rows of a larger scale, too (tiny and small are always made)
        #[arg(long, value_name = "SCALE")]
        scale: Option<Scale>,
    },
}

impl Args {
    /// Whether the command can draw a picture.
    pub fn draws(&self) -> bool {
        matches!(self.command, Data::Info { .. })
    }
}

/// Lists, builds, tells of or checks datasets.
///
/// # Errors
/// Usage for an unknown dataset or scale; failed for mistakes in one.
pub fn run(context: &mut Context<'_>, options: &Options, args: Args) -> Result<(), Failure> {
    let named = || options.data.parse().map_err(dataset::Error::from);
    match args.command {
        Data::List => list(context),
        Data::Build { names } if names.is_empty() => build(context, &[named()?]),
        Data::Build { names } => build(context, &names),
        Data::Import(args) => import::run(context, args),
        Data::Info {
            name,
            output,
            force,
        } => {
            let file = output
                .map(|file| NewFile::begin(&file, force))
                .transpose()?;
            let known = match (name, &options.db) {
                (None, Some(_)) => own_file(context, options)?,
                (name, _) => dataset_named(context, name.as_deref().unwrap_or(&options.data))?,
            };
            let Some(mut file) = file else {
                return info(context, known);
            };
            info(&mut context.into_file(&mut file), known)?;
            file.finish().map(|_| ())
        }
        Data::Remove { names } => remove(context, &names),
        Data::Check { folders, scale } => check(context, &folders, scale),
    }
}

fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let catalog = Catalog::new(&context.dirs);
    let mut list = Vec::new();
    for name in catalog.names() {
        match catalog.find(&name) {
            Err(dataset::Error::NoRules(_)) => {}
            Ok(spec) => {
                list.extend(Scale::ALL.map(|scale| catalog.listed(&spec, scale, context.seed)));
            }
            // One that a learner is still writing does not hide the others.
            Err(error) => writeln!(context.err, "{name} cannot be used: {error}")?,
        }
    }
    Ok(datasets::write_list(
        context.out,
        &context.style,
        context.format,
        &list,
        &catalog.imported(),
        catalog.disk_used(),
    )?)
}

fn remove(context: &mut Context<'_>, names: &[String]) -> Result<(), Failure> {
    let catalog = Catalog::new(&context.dirs);
    let mut wanted = Vec::new();
    // All names are looked at before anything is removed.
    for text in names {
        let DatasetName { name, scale } = text.parse().map_err(dataset::Error::from)?;
        catalog.knows(&name)?;
        if text.contains('@') && catalog.find_imported(&name).is_some() {
            let scale = scale.to_string();
            return Err(Failure::from(dataset::Error::OneScale { name, scale }));
        }
        wanted.push((name, text.contains('@').then_some(scale)));
    }
    let mut removed = Vec::new();
    for (name, scale) in wanted {
        let mut bar = context.progress_bar();
        removed.extend(catalog.remove(&name, scale, &context.interrupt, &mut |p| bar.watch(p))?);
    }
    Ok(datasets::write_removed(
        context.out,
        context.format,
        &removed,
    )?)
}

fn build(context: &mut Context<'_>, names: &[DatasetName]) -> Result<(), Failure> {
    let catalog = Catalog::new(&context.dirs);
    // All names are looked at before the first build, which may take long.
    let specs = names.iter().map(|name| catalog.find(&name.name));
    let specs = specs.collect::<Result<Vec<Spec>, dataset::Error>>()?;
    let mut all = Vec::new();
    for (name, spec) in names.iter().zip(&specs) {
        let start = context.clock.now();
        let was_there = catalog.built(spec, name.scale, context.seed).is_some();
        let mut bar = context.progress_bar();
        let built = catalog.ensure(
            spec,
            name.scale,
            context.seed,
            &context.interrupt,
            &mut |p| {
                bar.watch(p);
            },
        )?;
        let took = context.clock.now().since(start);
        all.push((built, (!was_there).then_some(took)));
    }
    Ok(datasets::write_built(
        context.out,
        &context.style,
        context.format,
        &all,
    )?)
}

/// What is known of a dataset, and its tables.
type Told = (datasets::Known, Vec<Entity>);

/// The file that `--db` names.
fn own_file(context: &mut Context<'_>, options: &Options) -> Result<Told, Failure> {
    let mut session = open::session(context, options)?;
    let entities = erd::entities(&mut session)?;
    let path = options.db.clone().unwrap_or_default();
    let tables = entities.iter().map(|entity| TableRows {
        name: entity.name.clone(),
        rows: entity.rows.unwrap_or_default(),
    });
    let known = datasets::Known::File {
        name: session.label(),
        bytes: path.metadata().map_or(0, |meta| meta.len()),
        path,
        tables: tables.collect(),
    };
    Ok((known, entities))
}

fn dataset_named(context: &Context<'_>, name: &str) -> Result<Told, Failure> {
    let catalog = Catalog::new(&context.dirs);
    let (about, mut entities) = match catalog.choose(name)? {
        Chosen::Scaled(spec, name) => {
            let listed = catalog.listed(&spec, name.scale, context.seed);
            let entities = spec.entities()?;
            (datasets::Known::Scaled(spec, listed), entities)
        }
        Chosen::Imported(imported) => {
            let entities = imported.entities()?;
            (datasets::Known::Imported(imported), entities)
        }
    };
    for entity in &mut entities {
        let mut tables = about.tables().iter();
        let found = tables.find(|table| table.name == entity.name);
        entity.rows = found.map(|table| table.rows);
    }
    Ok((about, entities))
}

fn info(context: &mut Context<'_>, (about, entities): Told) -> Result<(), Failure> {
    let (out, style) = (&mut *context.out, &context.style);
    if context.picture.is_some() {
        let title = about.label();
        return Ok(erd::write(out, style, context.picture, &title, &entities)?);
    }
    Ok(datasets::write_info(
        out,
        style,
        context.format,
        &about,
        &entities,
    )?)
}

fn check(
    context: &mut Context<'_>,
    folders: &[PathBuf],
    scale: Option<Scale>,
) -> Result<(), Failure> {
    let mut specs = Vec::new();
    for folder in folders {
        if !folder.is_dir() {
            let message = format!("{} is no folder", folder.display());
            return Err(Failure::new(Exit::Unreachable, message));
        }
        specs.push(Spec::load(folder).map_err(dataset::Error::from)?);
    }
    if folders.is_empty() {
        let catalog = Catalog::new(&context.dirs);
        for name in catalog.names() {
            match catalog.find(&name) {
                // There are no rules to check.
                Err(dataset::Error::NoRules(_)) => {}
                found => specs.push(found?),
            }
        }
    }
    let mut all = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let mut scales = vec![Scale::Tiny, Scale::Small];
        scales.extend(scale.filter(|scale| !scales.contains(scale)));
        for scale in scales {
            let mut bar = context.progress_bar();
            let (seed, interrupt) = (context.seed, &context.interrupt);
            let checked = dataset::check_at(spec, scale, seed, interrupt, &mut |p| bar.watch(p))?;
            let name = DatasetName {
                name: spec.name().to_owned(),
                scale,
            };
            let mut checked = checked;
            if scale == Scale::Tiny {
                let folder = folders.get(at).map(PathBuf::as_path);
                checked
                    .problems
                    .extend(lint_all(spec, folder, seed, interrupt)?);
            }
            all.push((name.to_string(), checked));
        }
    }
    datasets::write_checked(context.out, context.format, &all)?;
    if all.iter().any(|(_, checked)| !checked.problems.is_empty()) {
        return Err(Failure::silent(Exit::Failed));
    }
    Ok(())
}
