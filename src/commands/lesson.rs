//! `dbdojo lesson`: the lessons, for those who write them.

use std::path::PathBuf;

use super::{Context, Exit, Failure, learn};
use crate::lesson::{Course, CourseError, Report, check};
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
    List,
    /// One lesson as a learner reads it, without the answers
    Show {
        /// The lesson
        #[arg(value_name = "ID")]
        id: String,
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
        Action::List => list(context),
        Action::Show { id } => show(context, &id),
        Action::Check { folder } => check_course(context, folder),
    }
}

fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let course = Course::embedded();
    if matches!(context.format, Format::Json | Format::Jsonl) {
        view::write_progress_json(context.out, &course, None)?;
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

fn show(context: &mut Context<'_>, id: &str) -> Result<(), Failure> {
    let course = Course::embedded();
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
            check(&course, &mut learn::grader(context), &mut |p| bar.watch(p))?
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
