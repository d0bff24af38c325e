//! Lessons as a learner sees them, and as their author does.

mod verdict;

use std::io::{self, Write};

pub use verdict::{write_verdict, write_verdict_json};

use serde::Serialize;

use super::{Style, prose, sanitize};
use crate::lesson::{Course, Exercise, Lesson, Progress, Report, Track, letter};
use crate::units::counted;

/// The column at which the text beside a label begins.
const INDENT: usize = 10;

/// The opening of a lesson: its place in the course and its prose.
///
/// # Errors
/// What `out` returns.
pub fn write_intro(
    out: &mut dyn Write,
    style: &Style,
    track: &Track,
    lesson: &Lesson,
) -> io::Result<()> {
    write_heading(out, style, track, &lesson.title, "")?;
    writeln!(out)?;
    write_lines(out, &prose::lines(style, &lesson.intro.markdown, 0))?;
    writeln!(out)
}

/// The task of one exercise.
///
/// # Errors
/// What `out` returns.
pub fn write_task(
    out: &mut dyn Write,
    style: &Style,
    track: &Track,
    lesson: &Lesson,
    exercise: &Exercise,
) -> io::Result<()> {
    let at = lesson
        .exercises
        .iter()
        .position(|e| e.slug == exercise.slug);
    let place = format!(
        "{} of {}",
        at.map_or(1, |at| at + 1),
        lesson.exercises.len()
    );
    write_heading(out, style, track, &exercise.title, &place)?;
    write_lines(out, &prose::lines(style, &exercise.task.markdown, 0))?;
    if let Some(given) = &exercise.given {
        writeln!(out, "Made already:")?;
        for line in given.text.trim_end().lines() {
            writeln!(out, "  {line}")?;
        }
    }
    let Some(question) = exercise.criterion.question() else {
        return Ok(());
    };
    for (at, option) in question.options.iter().enumerate() {
        let room = style.width.min(80).saturating_sub(4).max(20);
        for (line, text) in prose::wrapped(option, room, 0).iter().enumerate() {
            let mark = if line == 0 { letter(at) } else { String::new() };
            writeln!(out, "  {mark:1} {text}")?;
        }
    }
    Ok(())
}

fn write_heading(
    out: &mut dyn Write,
    style: &Style,
    track: &Track,
    title: &str,
    place: &str,
) -> io::Result<()> {
    let arrow = if style.unicode { "▸" } else { ">" };
    let left = track.title.chars().count() + title.chars().count() + 4;
    let gap = style
        .width
        .min(80)
        .saturating_sub(left + place.len())
        .max(2);
    let gap = if place.is_empty() { 0 } else { gap };
    writeln!(
        out,
        "{} {}{}{}",
        style.dim(&format!("{}  {arrow}", track.title)),
        style.bold(title),
        " ".repeat(gap),
        style.dim(place)
    )
}

/// One hint, with its number among all.
///
/// # Errors
/// What `out` returns.
pub fn write_hint(
    out: &mut dyn Write,
    style: &Style,
    exercise: &Exercise,
    number: usize,
) -> io::Result<()> {
    let Some(hint) = number.checked_sub(1).and_then(|at| exercise.hints.get(at)) else {
        return labelled(
            out,
            style,
            "hint",
            "there are no more hints; .solution gives it away",
        );
    };
    let place = match exercise.hints.len() - number {
        0 => String::new(),
        left => format!("   ({})", counted(left as u64, "more hint", "more hints")),
    };
    labelled(out, style, "hint", &format!("{hint}{place}"))
}

/// The author's solution.
///
/// # Errors
/// What `out` returns.
pub fn write_solution(out: &mut dyn Write, style: &Style, exercise: &Exercise) -> io::Result<()> {
    writeln!(out, "{}", style.accent("solution"))?;
    for line in exercise.solution.text.trim_end().lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// Why the solution works, and after the last exercise what to remember.
///
/// # Errors
/// What `out` returns.
pub fn write_why(out: &mut dyn Write, style: &Style, exercise: &Exercise) -> io::Result<()> {
    let lines = prose::lines(style, &exercise.why.markdown, INDENT);
    write_beside(out, style, "why", &lines)
}

/// What is read after the last exercise of a lesson.
///
/// # Errors
/// What `out` returns.
pub fn write_closing(out: &mut dyn Write, style: &Style, lesson: &Lesson) -> io::Result<()> {
    if lesson.closing.markdown.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    write_lines(out, &prose::lines(style, &lesson.closing.markdown, 0))
}

/// What comes next.
///
/// # Errors
/// What `out` returns.
pub fn write_next(
    out: &mut dyn Write,
    style: &Style,
    next: Option<(&Lesson, &Exercise)>,
) -> io::Result<()> {
    match next {
        Some((lesson, exercise)) => {
            let text = format!(".learn {}   {}", lesson.id_of(exercise), exercise.title);
            labelled(out, style, "next", &text)
        }
        None => labelled(out, style, "next", "nothing: every exercise is passed"),
    }
}

/// The lessons, with what is passed and what is open.
///
/// # Errors
/// What `out` returns.
pub fn write_progress(
    out: &mut dyn Write,
    style: &Style,
    course: &Course,
    progress: &Progress,
) -> io::Result<()> {
    let widest = |text: fn(&Lesson) -> &str| {
        let lengths = course.lessons().map(|l| text(l).chars().count());
        lengths.max().unwrap_or_default()
    };
    let (titles, ids) = (widest(|l| &l.title), widest(|l| &l.id));
    for track in &course.tracks {
        writeln!(out, "{}", style.bold(&track.title))?;
        for lesson in &track.lessons {
            let (passed, all) = (progress.passed_in(lesson), lesson.exercises.len());
            let state = if passed == all {
                "passed"
            } else if !progress.is_open(course, lesson) {
                "later"
            } else if passed > 0 {
                "begun"
            } else {
                "open"
            };
            writeln!(
                out,
                "  {state:<8}{:<titles$}   {}   {passed} of {all}",
                lesson.title,
                style.dim(&format!("{:<ids$}", lesson.id)),
            )?;
        }
    }
    Ok(())
}

/// What was hard and is worth playing again; nothing when nothing is.
///
/// # Errors
/// What `out` returns.
pub fn write_due(
    out: &mut dyn Write,
    style: &Style,
    due: &[(&Lesson, &Exercise)],
) -> io::Result<()> {
    let Some((lesson, exercise)) = due.first() else {
        return Ok(());
    };
    let number = counted(due.len() as u64, "exercise is", "exercises are");
    let text = format!(
        "{number} due again: .learn review   {}",
        lesson.id_of(exercise)
    );
    labelled(out, style, "review", &text)
}

/// The lessons as data.
///
/// # Errors
/// What `out` returns.
pub fn write_progress_json(
    out: &mut dyn Write,
    course: &Course,
    progress: Option<&Progress>,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a str,
        title: &'a str,
        track: &'a str,
        dataset: String,
        needs: &'a [String],
        exercises: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        passed: Option<usize>,
    }
    let entries: Vec<Entry<'_>> = course
        .tracks
        .iter()
        .flat_map(|track| {
            track.lessons.iter().map(|lesson| Entry {
                id: &lesson.id,
                title: &lesson.title,
                track: &track.id,
                dataset: lesson.dataset.to_string(),
                needs: &lesson.needs,
                exercises: lesson.exercises.iter().map(|e| e.slug.as_str()).collect(),
                passed: progress.map(|progress| progress.passed_in(lesson)),
            })
        })
        .collect();
    write_json(out, &entries)
}

/// What the check of a course found.
///
/// # Errors
/// What `out` returns.
pub fn write_report(out: &mut dyn Write, style: &Style, report: &Report) -> io::Result<()> {
    for failure in &report.failures {
        let place = match &failure.exercise {
            Some(exercise) => format!("{}/{exercise}", failure.lesson),
            None => failure.lesson.clone(),
        };
        writeln!(out, "{}  {}", style.bold(&place), failure.problem)?;
    }
    let number = |n: usize, one, many| counted(n as u64, one, many);
    writeln!(
        out,
        "{}, {}; tried {} and {}: {}",
        number(report.lessons, "lesson", "lessons"),
        number(report.exercises, "exercise", "exercises"),
        number(report.right_answers, "right answer", "right answers"),
        number(report.mutants, "wrong one", "wrong ones"),
        match report.failures.len() {
            0 => "all as it should be".to_owned(),
            n => number(n, "problem", "problems"),
        }
    )
}

/// Any value as one JSON document and a line end.
///
/// # Errors
/// What `out` returns.
pub fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

fn labelled(out: &mut dyn Write, style: &Style, label: &str, text: &str) -> io::Result<()> {
    let room = style.width.min(80).saturating_sub(INDENT).max(20);
    let text = sanitize::one_line(text);
    write_beside(out, style, label, &prose::wrapped(&text, room, 0))
}

fn write_beside(
    out: &mut dyn Write,
    style: &Style,
    label: &str,
    lines: &[String],
) -> io::Result<()> {
    for (at, line) in lines.iter().enumerate() {
        if at == 0 && !label.is_empty() {
            let gap = " ".repeat(INDENT - label.len());
            writeln!(out, "{}{gap}{line}", style.accent(label))?;
        } else {
            writeln!(out, "{}", format!("{:INDENT$}{line}", "").trim_end())?;
        }
    }
    Ok(())
}

fn write_lines(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}
