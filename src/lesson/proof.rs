//! The proof of one lesson: that it can be played, that right answers pass and
//! that known wrong ones do not.

use super::bounds::Work;
use super::check::{Problem, Report};
use super::content::{Exercise, Lesson, Prose, Sql};
use super::course::Course;
use super::grade::{GradeError, Grader, Verdict};
use super::predict::{Measure, Measured, Question};
use super::stop::Stop;
use super::{Attempt, Ground, Kind, Variant};
use crate::sql;
use crate::units::counted;

/// Proves one lesson. `begun` is told of each exercise.
///
/// # Errors
/// As [`check`](super::check()).
pub(super) fn prove(
    course: &Course,
    lesson: &Lesson,
    grader: &mut Grader,
    begun: &mut dyn FnMut(),
) -> Result<Report, GradeError> {
    let mut report = Report {
        lessons: 1,
        ..Report::default()
    };
    let mut check = Check {
        grader,
        lesson,
        exercise: None,
        report: &mut report,
    };
    check.prerequisites(course);
    match check.prose(&[&lesson.intro, &lesson.closing]) {
        Err(GradeError::Dataset(error)) => check.failed(error.to_string()),
        other => other?,
    }
    for exercise in &lesson.exercises {
        begun();
        check.exercise = Some(exercise);
        check.report.exercises += 1;
        match check.whole_exercise(exercise) {
            Err(GradeError::Broken { why, .. }) => check.failed(why),
            Err(GradeError::Dataset(error)) => check.failed(error.to_string()),
            other => other?,
        }
        check.grader.forget();
    }
    Ok(report)
}

/// The check of one lesson, or of one exercise of it.
struct Check<'a> {
    grader: &'a mut Grader,
    lesson: &'a Lesson,
    exercise: Option<&'a Exercise>,
    report: &'a mut Report,
}

impl Check<'_> {
    fn failed(&mut self, problem: impl Into<String>) {
        self.report.failures.push(Problem {
            lesson: self.lesson.id.clone(),
            exercise: self.exercise.map(|exercise| exercise.slug.clone()),
            problem: problem.into(),
        });
    }

    fn failed_at(&mut self, line: usize, problem: &str) {
        self.failed(format!("line {line}: {problem}"));
    }

    /// A lesson needs only lessons that exist and that come before it, so no
    /// two can need each other.
    fn prerequisites(&mut self, course: &Course) {
        for id in &self.lesson.needs {
            let position = |id: &str| course.lessons().position(|lesson| lesson.id == id);
            match course.find(id) {
                Err(unknown) => self.failed(format!("it needs {id}: {unknown}")),
                Ok(_) if position(id) >= position(&self.lesson.id) => {
                    self.failed(format!("it needs {id}, which does not come before it"));
                }
                Ok(_) => {}
            }
        }
    }

    /// Runs the SQL of each piece of prose, in order, on a fresh copy.
    fn prose(&mut self, pieces: &[&Prose]) -> Result<(), GradeError> {
        for prose in pieces.iter().filter(|prose| !prose.examples.is_empty()) {
            let mut stage = self
                .grader
                .lesson_stage(self.lesson, &mut crate::progress::ignore)?;
            for example in &prose.examples {
                let mut last = None;
                for statement in sql::split(&example.sql.text) {
                    match stage.rehearse(statement.text) {
                        Ok((rows, _)) => last = Some((statement.text, rows.rows.len())),
                        Err(Stop::Interrupted) => return Err(GradeError::Interrupted),
                        Err(stop) => {
                            let problem = format!("this SQL does not run: {stop}");
                            self.failed_at(example.sql.line, &problem);
                        }
                    }
                }
                if let (Some(measured), Some((statement, rows))) = (&example.measured, last) {
                    let work = self.grader.measure(&mut stage, statement)?;
                    self.compare_measured(measured, &measured_line(&work, rows));
                }
            }
        }
        Ok(())
    }

    fn compare_measured(&mut self, written: &Sql, measured: &str) {
        if written.text.trim() != measured {
            let problem = format!("measured now: {measured}");
            self.failed_at(written.line, &problem);
        }
    }

    fn whole_exercise(&mut self, exercise: &Exercise) -> Result<(), GradeError> {
        self.prose(&[&exercise.task, &exercise.why])?;
        if let Some(question) = exercise.criterion.question() {
            return self.guess(exercise, question);
        }
        if exercise.hints.len() < 2 {
            self.failed("it has fewer than two hints");
        }
        if exercise.answers.len() < 2 {
            self.failed("it has fewer than two further right answers (`sql answer`)");
        }
        if exercise.mutants.len() < 2 {
            self.failed("it has fewer than two mutants");
        }
        if self.verdict(exercise, &exercise.starter)?.passed {
            self.failed_at(exercise.starter.line, "the starter passes");
        }
        for answer in std::iter::once(&exercise.solution).chain(&exercise.answers) {
            self.report.right_answers += 1;
            let verdict = self.verdict(exercise, answer)?;
            if let Some(feedback) = &verdict.feedback {
                let problem = format!("a right answer fails{}: {feedback}", place(&verdict));
                self.failed_at(answer.line, &problem);
            }
        }
        self.names_are_stated(exercise)?;
        self.variants_can_tell(exercise)?;
        self.changes_can_tell(exercise)?;
        self.mutants(exercise)
    }

    /// What is to be guessed can be measured, and one option is right.
    fn guess(&mut self, exercise: &Exercise, question: &Question) -> Result<(), GradeError> {
        let options = question.options.len();
        let subjects = exercise.subjects.len();
        let wanted = match question.decided_by() {
            Some(_) => options,
            None => usize::from(question.measure != Measure::Choice),
        };
        if subjects != wanted {
            let language = exercise.criterion.language();
            let one = format!("`{language} subject`");
            let wanted = counted(wanted as u64, &one, &format!("{one}s"));
            self.failed(format!("it needs {wanted}, and has {subjects}"));
            return Ok(());
        }
        if !exercise.answers.is_empty() || !exercise.mutants.is_empty() {
            self.failed("a guess is scored by what is measured: it has no answers and mutants");
        }
        if exercise.why.markdown.is_empty() {
            self.failed("nothing explains what was measured");
        }
        let nothing = Sql {
            text: String::new(),
            line: exercise.line,
        };
        let verdict = self.verdict(exercise, &nothing)?;
        let measured = verdict.prediction.map(|prediction| prediction.measured);
        if let Some(Measured::Option(right, figures)) = measured {
            let others = self
                .grader
                .options_of_others(self.lesson, exercise, question)?;
            if others.iter().any(|other| *other != Some(right)) {
                self.failed("with other readers another option is right");
            }
            if figures
                .iter()
                .filter(|f| Some(*f) == figures.get(right))
                .count()
                > 1
            {
                self.failed("two options measure alike");
            }
        }
        Ok(())
    }

    /// A solution that changes nothing is no better than none.
    fn changes_can_tell(&mut self, exercise: &Exercise) -> Result<(), GradeError> {
        let same = self.grader.solution_changes_nothing_on(
            self.lesson,
            exercise,
            &mut crate::progress::ignore,
        )?;
        for ground in same {
            if ground != Ground::Variant(Variant::Empty) {
                let name = ground.name().unwrap_or_else(|| "the lesson's data".into());
                self.failed(format!(
                    "the solution changes nothing that counts on {name}"
                ));
            }
        }
        let is_schema = exercise
            .criterion
            .changes()
            .is_some_and(|c| c.tables.is_empty());
        if is_schema && exercise.probes.is_empty() {
            self.failed(
                "nothing of what it leaves is compared: name `tables`, or add `sql probe`s",
            );
        }
        Ok(())
    }

    fn verdict(&mut self, exercise: &Exercise, answer: &Sql) -> Result<Verdict, GradeError> {
        let attempt = Attempt::from_text(&answer.text);
        self.grader.grade(
            self.lesson,
            exercise,
            &attempt,
            &mut crate::progress::ignore,
        )
    }

    /// What is graded by name must be a column of the solution, and a stated
    /// name must be in the task.
    fn names_are_stated(&mut self, exercise: &Exercise) -> Result<(), GradeError> {
        let rows =
            self.grader
                .solution_rows(self.lesson, exercise, &mut crate::progress::ignore)?;
        let Some((_, base)) = rows.first() else {
            return Ok(());
        };
        let has = |name: &str| {
            base.columns
                .iter()
                .any(|c| c.name.eq_ignore_ascii_case(name))
        };
        let stated = exercise.criterion.columns.as_deref().unwrap_or_default();
        for key in &exercise.criterion.ordered_by {
            if !has(&key.column) {
                self.failed(format!(
                    "`ordered_by` names {}, no column of the solution",
                    key.column
                ));
            }
        }
        for name in stated {
            if !has(name) {
                self.failed(format!("`columns` names {name}, no column of the solution"));
            }
            if !exercise.task.markdown.contains(&format!("`{name}`")) {
                self.failed(format!(
                    "`{name}` is graded by name, and the task does not state it"
                ));
            }
        }
        Ok(())
    }

    /// Where the solution has no rows, wrong answers have none, either.
    fn variants_can_tell(&mut self, exercise: &Exercise) -> Result<(), GradeError> {
        let rows =
            self.grader
                .solution_rows(self.lesson, exercise, &mut crate::progress::ignore)?;
        for (ground, result) in rows {
            if result.rows.is_empty() && ground != Ground::Variant(Variant::Empty) {
                let name = ground.name().unwrap_or_else(|| "the lesson's data".into());
                self.failed(format!("the solution has no rows on {name}"));
            }
        }
        Ok(())
    }

    fn mutants(&mut self, exercise: &Exercise) -> Result<(), GradeError> {
        let mut by_variant_only = 0;
        for (at, mutant) in exercise.mutants.iter().enumerate() {
            self.report.mutants += 1;
            let line = mutant.sql.line;
            let verdict = self.verdict(exercise, &mutant.sql)?;
            match &verdict.feedback {
                None => self.failed_at(line, "this mutant passes"),
                Some(feedback) if feedback.is_about_columns() => {
                    let problem = format!("this mutant has the wrong columns: {feedback}");
                    self.failed_at(line, &problem);
                }
                Some(_) if verdict.misconception.as_ref() != Some(&mutant.sentence) => {
                    self.failed_at(line, "a learner would read another mutant's sentence");
                }
                Some(_) => {}
            }
            by_variant_only += usize::from(verdict.ground != Ground::Lesson);
            for other in at + 1..exercise.mutants.len() {
                let alike = self.grader.mutants_behave_alike(
                    self.lesson,
                    exercise,
                    (at, other),
                    &mut crate::progress::ignore,
                )?;
                if alike {
                    let other = exercise.mutants[other].sql.line;
                    let problem = format!("this mutant behaves like the one at line {other}");
                    self.failed_at(line, &problem);
                }
            }
        }
        // What the learner's own rows show wrong needs no grader.
        let is_query = matches!(exercise.criterion.kind, Kind::Query);
        if is_query
            && exercise.criterion.plan.is_none()
            && by_variant_only * 5 < exercise.mutants.len() * 2
        {
            self.failed("fewer than 40% of its mutants are wrong on a variant only");
        }
        Ok(())
    }
}

fn place(verdict: &Verdict) -> String {
    verdict
        .ground
        .name()
        .map_or_else(String::new, |name| format!(" on {name}"))
}

/// The line of a `measured` block.
fn measured_line(work: &Work, rows: usize) -> String {
    let visited = work.visited_rows.map_or_else(
        || "rows visited: not counted in this build".to_owned(),
        |n| format!("{} visited", counted(n, "row", "rows")),
    );
    let pages = counted(work.counters.page_fetches, "page", "pages");
    let rows = counted(rows as u64, "row", "rows");
    format!("{visited}, {pages} fetched, {rows} returned")
}
