//! A lesson in the shell: what the learner types is run as always, and graded
//! as they go.

mod answers;
mod data;
mod placing;

use std::collections::HashMap;

pub(super) use placing::Placing;

use super::{Flow, Shell, ask, dot};
use crate::commands::{Exit, Failure, learn, report};
use crate::lesson::{
    Attempt, Course, Exercise, Grader, Kind as Answer, Lesson, Progress, RedisStage, Track, recap,
};
use crate::sandbox::{Changes, Kind};
use crate::view::lesson as view;

/// The exercise that is being played.
pub(super) struct Play {
    course: Course,
    /// `lesson/exercise`.
    id: String,
    attempt: Attempt,
    hints_seen: usize,
    /// The attempt as it was at each `.mark`.
    marked: HashMap<String, Attempt>,
    grader: Grader,
    progress: Progress,
    /// What commands to a cache server work on, where those are asked for.
    keyspace: RedisStage,
    /// What differs from the dataset and may go unasked: what the exercise
    /// gives, and what its answer made.
    settled: Changes,
    /// Passed: the learner looks around until they ask for the next.
    done: bool,
}

impl Play {
    fn exercise(&self) -> Result<(&Track, &Lesson, &Exercise), Failure> {
        let found = self.course.find_exercise(&self.id);
        let (lesson, exercise) = found.map_err(|e| Failure::usage(e.to_string()))?;
        let (track, _) = self
            .course
            .place_of(lesson)
            .ok_or_else(|| Failure::new(Exit::Failed, format!("{} is in no track", lesson.id)))?;
        Ok((track, lesson, exercise))
    }
}

impl Shell<'_> {
    /// Starts a lesson or an exercise by its id, or the next that is open when
    /// there is none. A learner whose copy holds work of their own is asked
    /// first.
    ///
    /// # Errors
    /// An unknown id; data that cannot be built; an open transaction.
    pub fn start_lesson(&mut self, name: Option<&str>) -> Result<(), Failure> {
        let course = self.course_of_lessons();
        let mut progress = learn::load_progress(&mut self.context)?;
        progress.follow_renames(&course);
        let now = self.context.clock.unix_ms();
        let next = match name {
            Some("review") => match progress.due(&course, now).first() {
                Some(due) => Some(*due),
                None => {
                    return Ok(writeln!(self.context.out, "Nothing is due again yet.")?);
                }
            },
            Some(name) => Some(learn::exercise_to_play(&course, &progress, name)?),
            None => {
                let playing = self.play.as_ref().and_then(|p| p.id.split_once('/'));
                match playing.and_then(|(lesson, _)| course.find(lesson).ok()) {
                    Some(lesson) => progress.next_after(&course, lesson),
                    None => progress.next(&course),
                }
            }
        };
        let Some((lesson, exercise)) = next else {
            writeln!(
                self.context.out,
                "Every exercise is passed. .learn NAME plays one again:"
            )?;
            let style = self.context.style;
            return Ok(view::write_progress(
                self.context.out,
                &style,
                &course,
                &progress,
            )?);
        };
        if let [first, ..] = progress.missing_before(&course, lesson).as_slice() {
            let text = format!("This builds on {}: .learn {}", first.title, first.id);
            writeln!(self.context.out, "{}", self.context.style.dim(&text))?;
        }
        let named_exercise = name.is_some_and(|name| name.contains('/'));
        let opens = !named_exercise
            && lesson
                .exercises
                .first()
                .is_some_and(|e| e.slug == exercise.slug);
        let (id, dataset) = (lesson.id_of(exercise), lesson.dataset.to_string());
        if !self.may_lose_copy(!self.is_on(&dataset))? {
            self.placing = Placing::default();
            return Ok(());
        }
        self.work_on(&dataset)?;
        let grader = learn::grader(&self.context);
        self.play = Some(Play {
            course,
            id,
            attempt: Attempt::new(),
            hints_seen: 0,
            marked: HashMap::new(),
            grader,
            progress,
            keyspace: RedisStage::new(),
            settled: Changes::default(),
            done: false,
        });
        self.fill_keyspace();
        self.make_what_is_given()?;
        self.show_task(opens)
    }

    /// Draws the task of the exercise that is being played, after the lesson's
    /// opening if `with_intro`.
    ///
    /// # Errors
    /// A usage failure when no exercise is being played.
    pub(super) fn show_task(&mut self, with_intro: bool) -> Result<(), Failure> {
        let style = self.context.style;
        let play = self.play.as_ref().ok_or_else(not_playing)?;
        let (track, lesson, exercise) = play.exercise()?;
        if with_intro {
            view::write_intro(self.context.out, &style, track, lesson)?;
        }
        view::write_task(self.context.out, &style, track, lesson, exercise)?;
        if exercise.criterion.question().is_some() {
            return self.ask_for_guess();
        }
        let help = match exercise.criterion.kind {
            Answer::Redis(_) => "Type .redis and a command.   .hint helps   .task shows this again",
            Answer::Cache(_) => {
                "Type .cache on and its settings.   .hint helps   .task shows this again"
            }
            Answer::Transaction(_) => {
                ".conn b goes to connection b.   .hint helps   .task shows this again"
            }
            _ => "Type your answer as SQL.   .hint helps   .task shows this again",
        };
        Ok(writeln!(self.context.out, "{}", style.dim(help))?)
    }

    /// Asks for a guess, and measures. Without an answer the learner is back
    /// at the prompt, to look around first.
    fn ask_for_guess(&mut self) -> Result<(), Failure> {
        let play = self.play.as_ref().ok_or_else(not_playing)?;
        let (_, _, exercise) = play.exercise()?;
        let Some(question) = exercise.criterion.question() else {
            return Ok(());
        };
        let (asks, style) = (question.asks_for(), self.context.style);
        let later = "Ctrl-C looks around first; then .guess, or .guess ANSWER";
        if !self.interactive {
            let text = format!("Your guess: {asks}.   .guess ANSWER measures it");
            return Ok(writeln!(self.context.out, "{}", style.dim(&text))?);
        }
        writeln!(self.context.out, "{}", style.dim(later))?;
        self.context.out.flush()?;
        loop {
            let question = format!("your guess? {asks} (enter to just see): ");
            let Some(typed) = ask::ask(&question)? else {
                return Ok(());
            };
            if typed.starts_with('.') {
                return self.leave_question(&typed);
            }
            match self.guess(&typed) {
                Err(failure) if failure.exit == Exit::Usage => report(&mut self.context, &failure)?,
                other => return other,
            }
            self.context.out.flush()?;
        }
    }

    /// Runs a dot command that was typed where a guess was asked for.
    fn leave_question(&mut self, command: &str) -> Result<(), Failure> {
        if dot::run(self, command)? == Flow::Leave {
            let text = format!("The question is left; {command} once more leaves dbdojo.");
            writeln!(self.context.out, "{text}")?;
        }
        Ok(())
    }

    /// Sets `typed` beside the measurement; asks for a guess when it is empty.
    ///
    /// # Errors
    /// A usage failure when no guess is asked for or `typed` is none.
    pub(super) fn take_guess(&mut self, typed: &str) -> Result<(), Failure> {
        let play = self.play.as_ref().ok_or_else(not_playing)?;
        let (_, _, exercise) = play.exercise()?;
        if exercise.criterion.question().is_none() {
            return Err(Failure::usage(
                "this exercise asks for no guess; .task shows it",
            ));
        }
        if typed.is_empty() {
            return self.ask_for_guess();
        }
        self.guess(typed)
    }

    fn guess(&mut self, typed: &str) -> Result<(), Failure> {
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        play.attempt = Attempt::from_text(typed);
        self.judge()
    }

    /// The lessons that are played: those in the binary, or one's own.
    pub(super) fn course_of_lessons(&self) -> Course {
        self.course.clone().unwrap_or_else(Course::embedded)
    }

    /// The lessons of a folder of one's own from now on.
    pub fn teach(&mut self, course: Course) {
        self.course = Some(course);
    }

    /// Puts the exercise off and goes to the next.
    ///
    /// # Errors
    /// A usage failure when no exercise is being played.
    pub(super) fn skip_exercise(&mut self) -> Result<(), Failure> {
        if self.play.is_some() && !self.may_lose_copy(false)? {
            return Ok(());
        }
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        let id = play.id.clone();
        let kept = play.progress.record(&id, |record| {
            record.skipped = record.passed_at_ms.is_none();
        });
        if let Err(error) = kept {
            writeln!(self.context.err, "warning: {error}")?;
        }
        self.placing = Placing::default();
        self.settle();
        self.start_lesson(None)
    }

    /// Draws the map of the tracks.
    ///
    /// # Errors
    /// When the output is closed, or the progress cannot be read.
    pub(super) fn show_progress(&mut self) -> Result<(), Failure> {
        let course = self.course_of_lessons();
        let mut progress = learn::load_progress(&mut self.context)?;
        progress.follow_renames(&course);
        let (style, now) = (self.context.style, self.context.clock.unix_ms());
        view::write_progress(self.context.out, &style, &course, &progress)?;
        let due = progress.due(&course, now);
        Ok(view::write_due(self.context.out, &style, &due)?)
    }

    /// The answers that passed, as a script with comments.
    ///
    /// # Errors
    /// When the progress cannot be read.
    pub(super) fn recap(&mut self) -> Result<String, Failure> {
        let course = self.course_of_lessons();
        let mut progress = learn::load_progress(&mut self.context)?;
        progress.follow_renames(&course);
        Ok(recap(&course, &progress))
    }

    /// Draws one more hint.
    ///
    /// # Errors
    /// A usage failure when no exercise is being played.
    pub(super) fn show_hint(&mut self) -> Result<(), Failure> {
        let style = self.context.style;
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        play.hints_seen += 1;
        let seen = play.hints_seen;
        // A hint that could not be recorded is a hint all the same.
        let _ = play
            .progress
            .record(&play.id, |record| record.saw_hint(seen as u64));
        let (_, _, exercise) = play.exercise()?;
        Ok(view::write_hint(self.context.out, &style, exercise, seen)?)
    }

    /// Draws the author's solution. Before passing, that is giving up, and is
    /// kept as such.
    ///
    /// # Errors
    /// A usage failure when no exercise is being played.
    pub(super) fn show_solution(&mut self) -> Result<(), Failure> {
        let style = self.context.style;
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        let _ = play
            .progress
            .record(&play.id, crate::lesson::Record::saw_solution);
        let (_, _, exercise) = play.exercise()?;
        Ok(view::write_solution(self.context.out, &style, exercise)?)
    }

    /// Takes a statement that has just run into the attempt, and grades when
    /// it is an answer.
    ///
    /// # Errors
    /// When the lesson's data cannot be made, or the output written.
    pub(super) fn grade(&mut self, sql: &str, kind: Kind) -> Result<(), Failure> {
        if self.take_turn(sql)? {
            return Ok(());
        }
        let Some(play) = self.play.as_mut().filter(|play| !play.done) else {
            return Ok(());
        };
        let Play {
            course,
            id,
            attempt,
            ..
        } = play;
        let found = course.find_exercise(id);
        let (_, exercise) = found.map_err(|e| Failure::usage(e.to_string()))?;
        let is_sql = matches!(exercise.criterion.kind, Answer::Query | Answer::Changes(_));
        if !is_sql || !attempt.observe(exercise, sql, kind) {
            return Ok(());
        }
        if exercise.criterion.changes().is_some() && self.session.practice().in_transaction() {
            return Ok(());
        }
        self.judge()
    }

    /// Grades the attempt, keeps what came of it and tells it.
    fn judge(&mut self) -> Result<(), Failure> {
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        let Play {
            course,
            id,
            attempt,
            grader,
            ..
        } = play;
        let found = course.find_exercise(id);
        let (lesson, exercise) = found.map_err(|e| Failure::usage(e.to_string()))?;
        let mut bar = self.context.progress_bar();
        let verdict = grader.grade(lesson, exercise, attempt, &mut |p| bar.watch(p))?;
        drop(bar);
        if !verdict.passed && attempt.may_go_on(exercise) {
            return Ok(());
        }

        let id = id.clone();
        let is_sql = matches!(exercise.criterion.kind, Answer::Query | Answer::Changes(_));
        let answer = match is_sql {
            true => attempt.statements().join(";\n"),
            false => attempt.text(),
        };
        learn::record(
            &mut self.context,
            &mut play.progress,
            &id,
            &verdict,
            &answer,
        )?;
        let (style, out) = (self.context.style, &mut *self.context.out);
        view::write_verdict(out, &style, &verdict)?;
        if verdict.passed {
            play.done = true;
            play.settled = self.session.practice().changes().unwrap_or_default();
            let (_, lesson, exercise) = play.exercise()?;
            view::write_why(out, &style, exercise)?;
            if play.progress.finished(lesson) {
                view::write_closing(out, &style, lesson)?;
            }
            let next = play.progress.next_after(&play.course, lesson);
            view::write_next(out, &style, next)?;
            return self.was_placed();
        } else {
            let (_, _, exercise) = play.exercise()?;
            if matches!(
                exercise.criterion.kind,
                Answer::Changes(_) | Answer::Transaction(_) | Answer::Redis(_)
            ) {
                let tip = "Go on from here, or .reset brings your copy back to the start.";
                writeln!(out, "{}", style.dim(tip))?;
            }
        }
        Ok(())
    }
}

fn not_playing() -> Failure {
    Failure::usage("no lesson is being played: .learn starts the next one")
}
