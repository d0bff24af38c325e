//! Where in a track a learner begins: the questions that place them, and those
//! that spare them a whole track.

use super::Shell;
use crate::commands::Failure;
use crate::lesson::{Course, Exercise, Lesson, Track};
use crate::units::counted;
use crate::view::prose;

/// Questions that tell what a learner knows already.
#[derive(Default)]
pub(in crate::shell) struct Placing {
    /// The exercises that are still to come, the next last.
    left: Vec<String>,
    /// The one that is being played.
    asked: Option<String>,
    /// Whether all of them are about the whole track, and not each about what
    /// comes before it.
    whole_track: bool,
}

impl Shell<'_> {
    /// Asks the questions that place a learner in a track.
    ///
    /// # Errors
    /// A usage failure for an unknown track.
    pub(in crate::shell) fn place(&mut self, track: &str) -> Result<(), Failure> {
        let course = self.course_of_lessons();
        let questions = track_called(&course, track)?.placement();
        let told = "Each question that you answer without a hint takes the lessons up to it as \
                    known. .skip ends it.";
        self.ask_questions(&questions, false, told)
    }

    /// Asks the questions that spare a learner a whole track.
    ///
    /// # Errors
    /// A usage failure for an unknown track.
    pub(in crate::shell) fn test_out(&mut self, track: &str) -> Result<(), Failure> {
        let course = self.course_of_lessons();
        let questions = track_called(&course, track)?.test_out();
        let told = format!(
            "{} from the end of the track. All without a hint, and the whole track is known. \
             .skip ends it.",
            counted(questions.len() as u64, "exercise", "exercises")
        );
        self.ask_questions(&questions, true, &told)
    }

    fn ask_questions(
        &mut self,
        questions: &[(&Lesson, &Exercise)],
        whole_track: bool,
        told: &str,
    ) -> Result<(), Failure> {
        for line in prose::wrapped(told, 80, 0) {
            writeln!(self.context.out, "{line}")?;
        }
        let ids = questions.iter().map(|(lesson, e)| lesson.id_of(e));
        self.placing = Placing {
            left: ids.rev().collect(),
            asked: None,
            whole_track,
        };
        self.ask_next_question()
    }

    fn ask_next_question(&mut self) -> Result<(), Failure> {
        let Some(id) = self.placing.left.pop() else {
            return Ok(());
        };
        // Where a guess is asked for, it is answered before this returns.
        self.placing.asked = Some(id.clone());
        self.start_lesson(Some(&id))
    }

    /// After a question was passed: what comes before it is known, or, after
    /// the last question about a whole track, all of it.
    pub(super) fn was_placed(&mut self) -> Result<(), Failure> {
        let Some(play) = self.play.as_mut() else {
            return Ok(());
        };
        let asked = self.placing.asked.take();
        if asked.is_none_or(|id| id != play.id) || play.hints_seen > 0 {
            self.placing = Placing::default();
            return Ok(());
        }
        if self.placing.whole_track && !self.placing.left.is_empty() {
            return self.ask_next_question();
        }
        let course = play.course.clone();
        let (lesson, _) = course
            .find_exercise(&play.id)
            .map_err(|e| Failure::usage(e.to_string()))?;
        let known = match course.place_of(lesson) {
            Some((track, _)) if self.placing.whole_track => &track.lessons[..],
            Some((track, _)) => track.up_to(lesson),
            None => &[],
        };
        for lesson in known {
            for exercise in &lesson.exercises {
                // What cannot be kept now is asked again another time.
                let _ = play
                    .progress
                    .record(&lesson.id_of(exercise), |record| record.known = true);
            }
        }
        if self.placing.whole_track {
            let told = format!(
                "The whole track is known: {}.",
                counted(known.len() as u64, "lesson", "lessons")
            );
            writeln!(self.context.out, "{told}")?;
        }
        self.ask_next_question()
    }
}

fn track_called<'c>(course: &'c Course, name: &str) -> Result<&'c Track, Failure> {
    course.track(name).ok_or_else(|| {
        let ids: Vec<&str> = course
            .tracks
            .iter()
            .map(|track| track.id.as_str())
            .collect();
        Failure::usage(format!(
            "there is no track `{name}`; there are {}",
            ids.join(", ")
        ))
    })
}
