//! `dbdojo learn`: the list of lessons, a task, or the verdict on an answer.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use super::{Context, Exit, Failure, NewFile};
use crate::dataset::Catalog;
use crate::lesson::{
    Attempt, Course, CourseError, Exercise, GradeError, Grader, ImportError, Lesson, Progress,
    Record, SetAside, Verdict,
};
use crate::sandbox::Surroundings;
use crate::units::counted;
use crate::view::{Format, lesson as view};

/// Arguments of `learn`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A lesson, one of its exercises, or a track; without it, the list of them
    #[arg(value_name = "LESSON[/EXERCISE]", value_parser = LessonName, hide_possible_values = true)]
    lesson: Option<String>,

    /// Grade the SQL in this file (- for standard input) and exit 0 or 1
    #[arg(long, value_name = "FILE", requires = "lesson")]
    answer: Option<PathBuf>,

    /// A folder with lessons of your own, in place of those in this binary
    #[arg(long, value_name = "DIR")]
    course: Option<PathBuf>,

    /// Write your progress to this file (- for standard output)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lesson", "import"])]
    export: Option<PathBuf>,

    /// Write over the file if it exists
    #[arg(long, requires = "export")]
    force: bool,

    /// Add the progress that was exported to this file (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "lesson")]
    import: Option<PathBuf>,
}

impl Args {
    /// Whether a person wants to play a lesson in the shell.
    pub fn is_interactive(&self) -> bool {
        self.lesson.is_some() && self.answer.is_none() && io::stdin().is_terminal()
    }

    /// The lessons: those in the folder that was named, or in the binary.
    ///
    /// # Errors
    /// A folder that cannot be read is unreachable; one whose files are not in
    /// the format fails.
    pub fn course(&self) -> Result<Course, Failure> {
        course_in(self.course.as_deref())
    }

    /// The lesson or exercise that was named.
    pub fn lesson(&self) -> Option<&str> {
        self.lesson.as_deref()
    }
}

/// Takes any text, as a course of one's own has other lessons; completion
/// offers the tracks and lessons of the binary.
#[derive(Debug, Clone, Copy)]
struct LessonName;

impl TypedValueParser for LessonName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        // Clap keeps names that live as long as the program.
        static NAMES: OnceLock<Vec<String>> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let course = Course::embedded();
            let tracks = course.tracks.iter().map(|track| track.id.clone());
            let lessons = course.lessons().map(|lesson| lesson.id.clone());
            tracks.chain(lessons).collect()
        });
        Some(Box::new(
            names.iter().map(|name| PossibleValue::new(name.as_str())),
        ))
    }
}

/// Lists the lessons, shows a task or grades an answer.
///
/// # Errors
/// An unknown lesson is a usage failure, an answer that cannot be read is
/// unreachable, and a wrong answer ends with exit code 1.
pub fn run(context: &mut Context<'_>, args: Args) -> Result<(), Failure> {
    let course = args.course()?;
    let mut progress = load_progress(context)?;
    if let Some(file) = &args.export {
        return export(context, &progress, file, args.force);
    }
    if let Some(file) = &args.import {
        let text = read_text(file, "the progress")?;
        let count = progress.import(&text).map_err(|error| {
            let message = match error {
                ImportError::NotKept(error) => error.to_string(),
                of_text => format!("{}: {of_text}", name_of(file)),
            };
            Failure::new(Exit::Failed, message)
        })?;
        let told = counted(count as u64, "exercise", "exercises");
        return Ok(writeln!(context.err, "Progress of {told} added.")?);
    }
    progress.follow_renames(&course);
    let Some(name) = &args.lesson else {
        match context.format {
            Format::Json | Format::Jsonl => {
                view::write_progress_json(context.out, &course, Some(&progress))?;
            }
            _ => view::write_progress(context.out, &context.style, &course, &progress)?,
        }
        return Ok(());
    };
    match &args.answer {
        None => show(context, &course, &progress, name),
        Some(file) => {
            let (lesson, exercise) = exercise_called(&course, name)?;
            let answer = read_text(file, "the answer")?;
            let verdict = grade(context, lesson, exercise, &Attempt::from_text(&answer))?;
            let id = lesson.id_of(exercise);
            record(context, &mut progress, &id, &verdict, &answer)?;
            write_verdict(context, lesson, exercise, &verdict)?;
            if verdict.passed {
                Ok(())
            } else {
                Err(Failure::silent(Exit::Failed))
            }
        }
    }
}

/// The course in `folder`, or the one in the binary.
///
/// # Errors
/// As [`Args::course`].
pub fn course_in(folder: Option<&Path>) -> Result<Course, Failure> {
    let Some(folder) = folder else {
        return Ok(Course::embedded());
    };
    Course::read(folder).map_err(|error| {
        let exit = match error {
            CourseError::Unreadable { .. } => Exit::Unreachable,
            CourseError::Format(_) => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    })
}

fn export(
    context: &mut Context<'_>,
    progress: &Progress,
    file: &Path,
    force: bool,
) -> Result<(), Failure> {
    let text = progress.exported();
    if file == Path::new("-") {
        return Ok(write!(context.out, "{text}")?);
    }
    let mut written = NewFile::begin(file, force)?;
    written.write_all(text.as_bytes())?;
    written.finish().map(|_| ())
}

/// What the shell plays when `name` is a lesson or an exercise: the exercise,
/// or the first of the lesson that is not passed, or its first.
///
/// # Errors
/// A usage failure with the nearest name.
pub fn exercise_to_play<'c>(
    course: &'c Course,
    progress: &Progress,
    name: &str,
) -> Result<(&'c Lesson, &'c Exercise), Failure> {
    if name.contains('/') {
        return course.find_exercise(name).map_err(Failure::usage_of);
    }
    if let Some(track) = course.track(name) {
        let first = track.lessons.first();
        let first = first.and_then(|lesson| Some((lesson, lesson.exercises.first()?)));
        return progress
            .next_of_track(track)
            .or(first)
            .ok_or_else(|| Failure::usage(format!("track {name} has no lessons")));
    }
    let lesson = course.find(name).map_err(Failure::usage_of)?;
    let exercise = progress.next_in(lesson).or(lesson.exercises.first());
    exercise
        .map(|exercise| (lesson, exercise))
        .ok_or_else(|| Failure::usage(format!("lesson {name} has no exercises")))
}

fn show(
    context: &mut Context<'_>,
    course: &Course,
    progress: &Progress,
    name: &str,
) -> Result<(), Failure> {
    let (lesson, exercise) = exercise_to_play(course, progress, name)?;
    let Some((track, _)) = course.place_of(lesson) else {
        return Ok(());
    };
    if !name.contains('/') {
        view::write_intro(context.out, &context.style, track, lesson)?;
    }
    view::write_task(context.out, &context.style, track, lesson, exercise)?;
    Ok(())
}

/// The exercise of which an answer is to be graded.
fn exercise_called<'c>(
    course: &'c Course,
    name: &str,
) -> Result<(&'c Lesson, &'c Exercise), Failure> {
    if name.contains('/') {
        return course.find_exercise(name).map_err(Failure::usage_of);
    }
    let lesson = course.find(name).map_err(Failure::usage_of)?;
    match lesson.exercises.as_slice() {
        [only] => Ok((lesson, only)),
        several => {
            let ids: Vec<String> = several.iter().map(|e| lesson.id_of(e)).collect();
            Err(Failure::usage(format!(
                "{name} has several exercises; name one:\n  {}",
                ids.join("\n  ")
            )))
        }
    }
}

fn name_of(file: &Path) -> String {
    match file == Path::new("-") {
        true => "standard input".to_owned(),
        false => file.display().to_string(),
    }
}

/// The text of `file`, which holds `what`.
fn read_text(file: &Path, what: &str) -> Result<String, Failure> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        let message = format!("could not read {what} {}: {why}", name_of(file));
        Failure::new(Exit::Unreachable, message)
    })
}

/// A grader with the surroundings of this command.
pub fn grader(context: &Context<'_>) -> Grader {
    grader_maker(context)()
}

/// Makes as many such graders as are wanted.
pub fn grader_maker(context: &Context<'_>) -> impl Fn() -> Grader + Sync + use<> {
    let around = Surroundings {
        sessions: context.dirs.sessions(),
        clock: context.clock.clone(),
        interrupt: context.interrupt.clone(),
    };
    let dirs = context.dirs.clone();
    move || Grader::new(Catalog::new(&dirs), around.clone())
}

fn grade(
    context: &Context<'_>,
    lesson: &Lesson,
    exercise: &Exercise,
    attempt: &Attempt,
) -> Result<Verdict, Failure> {
    let mut bar = context.progress_bar();
    let mut grader = grader(context);
    Ok(grader.grade(lesson, exercise, attempt, &mut |p| bar.watch(p))?)
}

/// The learner's progress; a file that held none is told of.
///
/// # Errors
/// The file is there and cannot be read.
pub fn load_progress(context: &mut Context<'_>) -> Result<Progress, Failure> {
    let (progress, aside) = Progress::load(&context.dirs.progress())
        .map_err(|error| Failure::new(Exit::Unreachable, error.to_string()))?;
    tell_set_aside(context, aside)?;
    Ok(progress)
}

/// Keeps what `verdict` says about exercise `id`. A progress file that cannot
/// be written is told of and does not change the verdict.
///
/// # Errors
/// When standard error is closed.
pub fn record(
    context: &mut Context<'_>,
    progress: &mut Progress,
    id: &str,
    verdict: &Verdict,
    answer: &str,
) -> Result<(), Failure> {
    let now = context.clock.unix_ms();
    let far_off = verdict
        .prediction
        .as_ref()
        .is_some_and(|p| p.guess.is_some() && !p.is_close());
    let change = |record: &mut Record| {
        record.guessed_wrong |= far_off && record.passed_at_ms.is_none();
        record.graded(verdict.passed, answer, now);
    };
    match progress.record(id, change) {
        Ok(aside) => tell_set_aside(context, aside),
        Err(error) => Ok(writeln!(context.err, "warning: {error}")?),
    }
}

fn tell_set_aside(context: &mut Context<'_>, aside: Option<SetAside>) -> Result<(), Failure> {
    if let Some(aside) = aside {
        writeln!(
            context.err,
            "warning: {} held no progress that can be read; it is kept as {}",
            aside.was.display(),
            aside.now.display()
        )?;
    }
    Ok(())
}

fn write_verdict(
    context: &mut Context<'_>,
    lesson: &Lesson,
    exercise: &Exercise,
    verdict: &Verdict,
) -> Result<(), Failure> {
    match context.format {
        Format::Json | Format::Jsonl => {
            view::write_verdict_json(context.out, lesson, exercise, verdict)?;
        }
        _ => {
            view::write_verdict(context.out, &context.style, verdict)?;
            if verdict.passed && !context.quiet {
                view::write_why(context.out, &context.style, exercise)?;
            }
        }
    }
    Ok(())
}

impl Failure {
    /// The command line named what does not exist.
    fn usage_of(error: impl std::fmt::Display) -> Failure {
        Failure::usage(error.to_string())
    }
}

impl From<GradeError> for Failure {
    fn from(error: GradeError) -> Failure {
        match error {
            GradeError::Dataset(error) => Failure::from(error),
            GradeError::Sandbox(error) => Failure::from(error),
            GradeError::Interrupted => Failure::new(Exit::Interrupted, error.to_string()),
            GradeError::NoGuess(_) => Failure::usage(error.to_string()),
            GradeError::Variant(_)
            | GradeError::Folder(_)
            | GradeError::Plan(_)
            | GradeError::Uncounted
            | GradeError::Broken { .. } => Failure::new(Exit::Failed, error.to_string()),
        }
    }
}
