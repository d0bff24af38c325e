//! `dbdojo lesson`: the lessons, for those who write them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Context, Exit, Failure, learn};
use crate::lesson::{Course, CourseError, Report, check_on_cores, course_of, template};
use crate::view::{Format, lesson as view};

/// Arguments of `lesson`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// The lessons and their exercises
    List {
        /// A folder with lessons of your own, in place of those in this binary
        #[arg(long, value_name = "DIR")]
        course: Option<PathBuf>,
    },
    /// One lesson as a learner reads it, without the answers
    Show {
        /// The lesson
        #[arg(value_name = "ID")]
        id: String,

        /// A folder with lessons of your own, in place of those in this binary
        #[arg(long, value_name = "DIR")]
        course: Option<PathBuf>,
    },
    /// Write a lesson to begin with into a folder
    New {
        /// Its id, in lower-case-with-dashes
        #[arg(value_name = "ID")]
        id: String,

        /// The folder
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Prove that right answers pass and known wrong ones do not
    Check {
        /// A folder with a course; without it, the course in this binary
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// Lists, shows or checks lessons.
///
/// # Errors
/// An unknown lesson is a usage failure; a course with problems ends with exit
/// code 1, a folder that cannot be read with 3.
pub fn run(context: &mut Context<'_>, args: Args) -> Result<(), Failure> {
    match args.action {
        Action::List { course } => list(context, &learn::course_in(course.as_deref())?),
        Action::Show { id, course } => show(context, &learn::course_in(course.as_deref())?, &id),
        Action::New { id, folder } => new(context, &id, &folder),
        Action::Check { folder } => check_course(context, folder),
    }
}

fn new(context: &mut Context<'_>, id: &str, folder: &Path) -> Result<(), Failure> {
    let text = template(id).map_err(|error| Failure::usage(error.problem))?;
    let file = folder.join(format!("{id}.md"));
    let written = fs::File::create_new(&file).and_then(|mut at| at.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::new(
            Exit::Unreachable,
            format!("could not write {}: {error}", file.display()),
        )
    })?;
    let plan = folder.join("course.toml");
    if fs::File::create_new(&plan)
        .and_then(|mut at| at.write_all(course_of(id).as_bytes()))
        .is_err()
    {
        writeln!(
            context.err,
            "Name it in a track of {}, too.",
            plan.display()
        )?;
    }
    let folder = folder.display();
    writeln!(
        context.out,
        "{} is a lesson that works; make it yours.",
        file.display()
    )?;
    writeln!(context.out, "dbdojo lesson check {folder}     proves it")?;
    Ok(writeln!(
        context.out,
        "dbdojo learn --course {folder} {id}     plays it"
    )?)
}

fn list(context: &mut Context<'_>, course: &Course) -> Result<(), Failure> {
    if matches!(context.format, Format::Json | Format::Jsonl) {
        view::write_progress_json(context.out, course, None)?;
        return Ok(());
    }
    for lesson in course.lessons() {
        writeln!(
            context.out,
            "{}  {}  {}",
            context.style.bold(&lesson.id),
            lesson.title,
            context.style.dim(&lesson.dataset.to_string())
        )?;
        for exercise in &lesson.exercises {
            writeln!(context.out, "  {}  {}", exercise.slug, exercise.title)?;
        }
    }
    Ok(())
}

fn show(context: &mut Context<'_>, course: &Course, id: &str) -> Result<(), Failure> {
    let lesson = course.find(id).map_err(|e| Failure::usage(e.to_string()))?;
    let Some((track, _)) = course.place_of(lesson) else {
        return Ok(());
    };
    view::write_intro(context.out, &context.style, track, lesson)?;
    for exercise in &lesson.exercises {
        view::write_task(context.out, &context.style, track, lesson, exercise)?;
        writeln!(context.out)?;
    }
    view::write_closing(context.out, &context.style, lesson)?;
    Ok(())
}

fn check_course(context: &mut Context<'_>, folder: Option<PathBuf>) -> Result<(), Failure> {
    let course = match folder {
        None => Ok(Course::embedded()),
        Some(folder) => Course::read(&folder),
    };
    let report = match course {
        Ok(course) => {
            let mut bar = context.progress_bar();
            let make = learn::grader_maker(context);
            check_on_cores(&course, &make, &mut |p| bar.watch(p))?
        }
        Err(CourseError::Format(errors)) => Report::from(errors),
        Err(error) => return Err(Failure::new(Exit::Unreachable, error.to_string())),
    };
    match context.format {
        Format::Json | Format::Jsonl => view::write_json(context.out, &report)?,
        _ => view::write_report(context.out, &context.style, &report)?,
    }
    if report.failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::silent(Exit::Failed))
    }
}
