//! A lesson in the shell: what the learner types is run as always, and graded
//! as they go.

mod answers;

use std::collections::HashMap;

use super::{Shell, ask};
use crate::commands::{Exit, Failure, Options, learn, open, report};
use crate::lesson::{
    Attempt, Course, Exercise, Grader, Kind as Answer, LESSON_SEED, Lesson, Progress, RedisStage,
    Track,
};
use crate::sandbox::{Kind, ResultSet};
use crate::session::About;
use crate::sql;
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
    /// there is none.
    ///
    /// # Errors
    /// An unknown id; data that cannot be built.
    pub fn start_lesson(&mut self, name: Option<&str>) -> Result<(), Failure> {
        let course = self.course.clone().unwrap_or_else(Course::embedded);
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
            match self.guess(&typed) {
                Err(failure) if failure.exit == Exit::Usage => report(&mut self.context, &failure)?,
                other => return other,
            }
            self.context.out.flush()?;
        }
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

    /// The lessons of a folder of one's own from now on.
    pub fn teach(&mut self, course: Course) {
        self.course = Some(course);
    }

    /// Puts the exercise off and goes to the next.
    ///
    /// # Errors
    /// A usage failure when no exercise is being played.
    pub(super) fn skip_exercise(&mut self) -> Result<(), Failure> {
        let play = self.play.as_mut().ok_or_else(not_playing)?;
        let id = play.id.clone();
        let kept = play.progress.record(&id, |record| {
            record.skipped = record.passed_at_ms.is_none();
        });
        if let Err(error) = kept {
            writeln!(self.context.err, "warning: {error}")?;
        }
        self.placing.clear();
        self.start_lesson(None)
    }

    /// Draws the map of the tracks.
    ///
    /// # Errors
    /// When the output is closed, or the progress cannot be read.
    pub(super) fn show_progress(&mut self) -> Result<(), Failure> {
        let course = self.course.clone().unwrap_or_else(Course::embedded);
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
        let course = self.course.clone().unwrap_or_else(Course::embedded);
        let mut progress = learn::load_progress(&mut self.context)?;
        progress.follow_renames(&course);
        Ok(view::recap(&course, &progress))
    }

    /// Asks the questions that place a learner in a track.
    ///
    /// # Errors
    /// A usage failure for an unknown track.
    pub(super) fn place(&mut self, track: &str) -> Result<(), Failure> {
        let course = self.course.clone().unwrap_or_else(Course::embedded);
        let Some(found) = course.track(track) else {
            let ids: Vec<&str> = course
                .tracks
                .iter()
                .map(|track| track.id.as_str())
                .collect();
            return Err(Failure::usage(format!(
                "there is no track `{track}`; there are {}",
                ids.join(", ")
            )));
        };
        let questions = found.placement();
        self.placing = questions
            .iter()
            .rev()
            .map(|(lesson, e)| lesson.id_of(e))
            .collect();
        let told = "Each question that you answer without a hint takes the lessons up to it as \
                    known. .skip ends it.";
        writeln!(self.context.out, "{told}")?;
        match self.placing.pop() {
            Some(id) => self
                .start_lesson(Some(&id))
                .map(|()| self.placed_by = Some(id)),
            None => Ok(()),
        }
    }

    /// After a question of a placement was passed: what comes before is known.
    fn was_placed(&mut self) -> Result<(), Failure> {
        let Some(play) = self.play.as_mut() else {
            return Ok(());
        };
        let is_question = self.placed_by.take().is_some_and(|id| id == play.id);
        if !is_question || play.hints_seen > 0 {
            self.placing.clear();
            return Ok(());
        }
        let course = play.course.clone();
        let (lesson, _) = course
            .find_exercise(&play.id)
            .map_err(|e| Failure::usage(e.to_string()))?;
        let track = course.place_of(lesson).map(|(track, _)| track);
        for known in track.map_or(&[][..], |track| track.up_to(lesson)) {
            for exercise in &known.exercises {
                // What cannot be kept now is asked again another time.
                let _ = play
                    .progress
                    .record(&known.id_of(exercise), |record| record.known = true);
            }
        }
        match self.placing.pop() {
            Some(id) => self
                .start_lesson(Some(&id))
                .map(|()| self.placed_by = Some(id)),
            None => Ok(()),
        }
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

    /// Makes what the exercise gives, on data that is as it was built.
    fn make_what_is_given(&mut self) -> Result<(), Failure> {
        let play = self.play.as_ref().ok_or_else(not_playing)?;
        let (_, _, exercise) = play.exercise()?;
        let Some(given) = exercise.given.as_ref().map(|sql| sql.text.clone()) else {
            return Ok(());
        };
        for statement in sql::split(&given) {
            let mut bar = self.context.progress_bar();
            let mut rows = ResultSet::default();
            self.session
                .run(statement.text, &mut rows, &mut |p| bar.watch(p))?;
        }
        self.refresh_schema();
        Ok(())
    }

    /// Begins the attempt anew, as `.reset` does with the data.
    ///
    /// # Errors
    /// When what the exercise gives cannot be made.
    pub(super) fn begin_again(&mut self) -> Result<(), Failure> {
        let Some(play) = &mut self.play else {
            return Ok(());
        };
        play.attempt = Attempt::new();
        self.fill_keyspace();
        self.make_what_is_given()
    }

    /// Remembers the attempt with the data, as `.mark` does.
    pub(super) fn mark_attempt(&mut self, mark: &str) {
        if let Some(play) = &mut self.play {
            play.marked.insert(mark.to_owned(), play.attempt.clone());
        }
    }

    /// Takes the attempt back with the data, as `.back` does. A mark from
    /// before the exercise began is the attempt's start.
    pub(super) fn attempt_at_mark(&mut self, mark: &str) {
        if let Some(play) = &mut self.play {
            play.attempt = play.marked.get(mark).cloned().unwrap_or_default();
        }
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
        let answer = play.attempt.statements().join(";\n");
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

    /// Gives the exercise the data that it is graded on: the lesson's dataset,
    /// as it was built, without the indexes of the exercise before.
    fn work_on(&mut self, dataset: &str) -> Result<(), Failure> {
        let is_on_it = matches!(
            self.session.about(),
            About::Dataset(built) if built.name.to_string() == dataset && built.seed == LESSON_SEED
        );
        if is_on_it {
            if self.session.practice().is_copied() {
                let mut bar = self.context.progress_bar();
                self.session.reset(&mut |p| bar.watch(p))?;
                drop(bar);
                self.refresh_schema();
                writeln!(
                    self.context.out,
                    "Your copy of {dataset} is as it was at the start."
                )?;
            }
            return Ok(());
        }
        self.context.seed = LESSON_SEED;
        let options = Options {
            data: dataset.to_owned(),
            db: None,
            ..self.options.clone()
        };
        self.session = open::session(&mut self.context, &options)?;
        self.refresh_schema();
        Ok(writeln!(
            self.context.out,
            "This lesson is on {dataset}; you are working on it now."
        )?)
    }
}

fn not_playing() -> Failure {
    Failure::usage("no lesson is being played: .learn starts the next one")
}
