//! The data that an exercise is played on, and what the learner has made of it.

use super::{Shell, ask, not_playing};
use crate::commands::{Failure, Options, open};
use crate::lesson::{Attempt, LESSON_SEED};
use crate::sandbox::ResultSet;
use crate::session::About;
use crate::shell::dot;
use crate::sql;
use crate::view::{changes as view, prose};

impl Shell<'_> {
    /// Whether the copy as it is may go: asked of a person who has made
    /// something that no exercise has taken. `marks_go`: the marks go with it,
    /// as other data has none of them.
    ///
    /// # Errors
    /// A transaction is open: what it holds would be lost unseen.
    pub(in crate::shell) fn may_lose_copy(&mut self, marks_go: bool) -> Result<bool, Failure> {
        let practice = self.session.practice();
        practice.refuse_in_transaction()?;
        // What cannot be looked at is no reason not to go on.
        let own = practice.changes().unwrap_or_default();
        let marks = if marks_go { practice.marks() } else { &[] };
        let settled = self.play.as_ref().map(|play| &play.settled);
        let is_safe = own.is_empty() || settled == Some(&own);
        if is_safe && marks.is_empty() {
            return Ok(true);
        }
        let label = self.session.label();
        if !self.interactive {
            let told = format!("Thrown away of {label}: {}.", view::in_short(&own, marks));
            self.note(&prose::wrapped(&told, 80, 0).join("\n"))?;
            return Ok(true);
        }
        let style = self.context.style;
        view::write_loss(self.context.out, &style, &label, &own, marks)?;
        self.context.out.flush()?;
        let goes_on = ask::agrees("Go on? [y/N] ")?;
        if !goes_on {
            self.note("Still here, with everything. .save FILE keeps it as a file.")?;
        }
        Ok(goes_on)
    }

    /// Nothing of the copy as it is now need be asked about.
    pub(super) fn settle(&mut self) {
        let now = self.session.practice().changes().unwrap_or_default();
        if let Some(play) = &mut self.play {
            play.settled = now;
        }
    }

    /// Makes what the exercise gives, on data that is as it was built.
    pub(super) fn make_what_is_given(&mut self) -> Result<(), Failure> {
        let play = self.play.as_ref().ok_or_else(not_playing)?;
        let (_, _, exercise) = play.exercise()?;
        let Some(given) = exercise.given.as_ref().map(|sql| sql.text.clone()) else {
            self.settle();
            return Ok(());
        };
        for statement in sql::split(&given) {
            let mut bar = self.context.progress_bar();
            let mut rows = ResultSet::default();
            self.session
                .run(statement.text, &mut rows, &mut |p| bar.watch(p))?;
        }
        self.refresh_schema();
        self.settle();
        Ok(())
    }

    /// Begins the attempt anew, as `.reset` does with the data.
    ///
    /// # Errors
    /// When what the exercise gives cannot be made.
    pub(in crate::shell) fn begin_again(&mut self) -> Result<(), Failure> {
        let Some(play) = &mut self.play else {
            return Ok(());
        };
        play.attempt = Attempt::new();
        self.fill_keyspace();
        self.make_what_is_given()
    }

    /// Remembers the attempt with the data, as `.mark` does.
    pub(in crate::shell) fn mark_attempt(&mut self, mark: &str) {
        if let Some(play) = &mut self.play {
            play.marked.insert(mark.to_owned(), play.attempt.clone());
        }
    }

    /// Takes the attempt back with the data, as `.back` does. A mark from
    /// before the exercise began is the attempt's start.
    pub(in crate::shell) fn attempt_at_mark(&mut self, mark: &str) {
        if let Some(play) = &mut self.play {
            play.attempt = play.marked.get(mark).cloned().unwrap_or_default();
        }
    }

    /// Whether the session is on a lesson's dataset, with the marks made there.
    pub(super) fn is_on(&self, dataset: &str) -> bool {
        matches!(
            self.session.about(),
            About::Dataset(built) if built.name.to_string() == dataset && built.seed == LESSON_SEED
        )
    }

    /// Gives the exercise the data that it is graded on: the lesson's dataset,
    /// as it was built, without the indexes of the exercise before.
    pub(super) fn work_on(&mut self, dataset: &str) -> Result<(), Failure> {
        if self.is_on(dataset) {
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
        let session = open::session(&mut self.context, &options)?;
        dot::cache::finish(self)?;
        self.work_in(session);
        Ok(writeln!(
            self.context.out,
            "This lesson is on {dataset}; you are working on it now."
        )?)
    }
}
