//! `dbdojo tour` and `.tour`: two minutes from a slow query to a stale read.

use super::{Context, Exit, Failure, Options, learn, open};
use crate::lesson::Course;
use crate::lesson::tour::{DATA, Door, Error, Guess, SEED, Scene, Tour, doors, read_guess};
use crate::view::tour as view;

/// Asks the person at the keyboard; `None` is Ctrl-C or Ctrl-D.
pub type Ask<'a> = &'a mut dyn FnMut(&str) -> Result<Option<String>, Failure>;

/// Who watches.
pub struct Audience<'a> {
    /// How to ask them; `None` when nobody is there to answer: the tour then
    /// plays to its end without waiting.
    pub ask: Option<Ask<'a>>,
    /// What is typed before the id of a lesson: `.learn` or `dbdojo learn`.
    pub learn: &'static str,
}

/// What was answered to "go on?".
enum Wish {
    GoOn,
    Leave,
    /// The lesson of this door.
    Learn(String),
}

/// Plays the tour on a practice database of its own, and returns the lesson
/// that was chosen at its end.
///
/// # Errors
/// When the data cannot be built or the cache server does not start; Ctrl-C
/// while a step is running.
pub fn run(
    context: &mut Context<'_>,
    options: &Options,
    mut audience: Audience<'_>,
) -> Result<Option<String>, Failure> {
    let mut tour = start(context, options)?;
    let prompt = format!("{}> ", DATA.split('@').next().unwrap_or(DATA));
    let style = context.style;
    loop {
        let mut bar = context.progress_bar();
        let scene = tour.next(&mut |p| bar.watch(p))?;
        drop(bar);
        let Some(scene) = scene else { return Ok(None) };
        if scene.number > 1 {
            writeln!(context.out)?;
        }
        view::write_scene(context.out, &style, &prompt, &scene)?;
        let mut ways = Vec::new();
        if scene.next.is_none() {
            ways = ways_on(context, audience.ask.is_some())?;
            writeln!(context.out)?;
            view::write_doors(context.out, &style, audience.learn, &ways)?;
        }
        let Some(ask) = audience.ask.as_mut() else {
            continue;
        };
        writeln!(context.out)?;
        context.out.flush()?;
        match wish(context, *ask, &mut tour, &scene, &ways)? {
            Wish::GoOn => {}
            Wish::Learn(lesson) => return Ok(Some(lesson)),
            Wish::Leave => {
                if scene.next.is_some() {
                    let (at, of) = (scene.number, scene.of);
                    writeln!(
                        context.out,
                        "You left the tour after step {at} of {of}; nothing of it stays behind."
                    )?;
                }
                return Ok(None);
            }
        }
    }
}

/// A tour on the data that it was written for.
fn start(context: &mut Context<'_>, options: &Options) -> Result<Tour, Failure> {
    let own = Options {
        data: DATA.to_owned(),
        db: None,
        params: Vec::new(),
        ..options.clone()
    };
    let seed = std::mem::replace(&mut context.seed, SEED);
    let session = open::session(context, &own);
    context.seed = seed;
    let mut bar = context.progress_bar();
    let clock = context.clock.clone();
    Ok(Tour::new(session?, clock, &mut |p| bar.watch(p))?)
}

/// The doors that the learner's progress leaves. That a person has played the
/// tour to its end is kept.
fn ways_on(context: &mut Context<'_>, is_watched: bool) -> Result<Vec<Door>, Failure> {
    let mut progress = learn::load_progress(context)?;
    if is_watched && let Err(error) = progress.record_tour(context.clock.unix_ms()) {
        writeln!(context.err, "warning: {error}")?;
    }
    Ok(doors(&Course::embedded(), &progress))
}

/// Asks until it is clear what is wished.
fn wish(
    context: &mut Context<'_>,
    ask: Ask<'_>,
    tour: &mut Tour,
    scene: &Scene,
    ways_on: &[Door],
) -> Result<Wish, Failure> {
    let question = match (&scene.question, &scene.next) {
        (Some(_), _) => "your guess (Enter skips, q leaves): ".to_owned(),
        (None, Some(next)) => format!("Enter goes on to {next}, q leaves: "),
        (None, None) => format!("{} opens one, Enter leaves: ", numbers(ways_on.len())),
    };
    loop {
        let Some(answer) = ask(&question)? else {
            if context.style.plain {
                // A simple console has not ended the line of the question.
                writeln!(context.out)?;
            }
            return Ok(Wish::Leave);
        };
        let answer = answer.trim();
        if is_leaving(answer) {
            return Ok(Wish::Leave);
        }
        if answer.is_empty() {
            return Ok(Wish::GoOn);
        }
        let unclear = if scene.question.is_some() {
            match read_guess(answer, tour.total()) {
                Guess::Number(rows) => {
                    tour.guess(rows);
                    return Ok(Wish::GoOn);
                }
                Guess::Skipped => return Ok(Wish::GoOn),
                Guess::Unclear => "A number is enough, such as 40.",
            }
        } else if scene.next.is_some() {
            "Nothing is to be typed here: the tour types for you."
        } else {
            match door_called(answer, ways_on) {
                Some(door) => return Ok(Wish::Learn(door.lesson.clone())),
                None => "There is no such door.",
            }
        };
        writeln!(context.out, "{unclear}")?;
        context.out.flush()?;
    }
}

/// The door with this number, or to the lesson that is named last: who types
/// the command that is shown means the same.
fn door_called<'d>(answer: &str, doors: &'d [Door]) -> Option<&'d Door> {
    let word = answer
        .split_whitespace()
        .last()?
        .trim_end_matches(['.', ';']);
    doors
        .iter()
        .enumerate()
        .find(|(at, door)| word == (at + 1).to_string() || word == door.lesson)
        .map(|(_, door)| door)
}

fn is_leaving(answer: &str) -> bool {
    let word = answer.trim_start_matches('.').trim_end_matches(';');
    ["q", "quit", "exit"].contains(&word.to_ascii_lowercase().as_str())
}

/// `1, 2 or 3`.
fn numbers(n: usize) -> String {
    let all: Vec<String> = (1..=n).map(|n| n.to_string()).collect();
    crate::plan::list(&all, "or")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Sandbox(error) => Failure::from(error),
            Error::Cache(error) => Failure::from(error),
            other => Failure::new(Exit::Failed, other.to_string()),
        }
    }
}
