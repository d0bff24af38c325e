//! Grading: an attempt is replayed on the lesson's data and on hidden variants
//! of it, and its answer compared with the solution's on each.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::Attempt;
use super::bounds::{self, Bounded, Inspection, Work, inspect};
use super::commands::{bounds_kept, play_commands, play_settings};
use super::content::{Exercise, Lesson};
use super::criterion::{Kind, PlanBounds};
use super::databases::Databases;
use super::feedback::{Difference, Feedback};
use super::given;
use super::observed::Observed;
use super::played::{Ground, Played, behave_alike, first_problem};
use super::predict::NoGuess;
use super::prediction::Prediction;
use super::stage::Stage;
use super::stop::Stop;
use super::variants::Variant;
use super::workload::SEEDS;
use super::workload_result::WorkloadResult;
use crate::clock::Clock;
use crate::dataset::{self, Catalog};
use crate::plan::{self, Explanation, Repeat};
use crate::progress::Watcher;
use crate::sandbox::{self, Index, ResultSet, Surroundings};

/// Grades answers. Keeps what does not change between two of them: the
/// variants, and what the solutions and mutants give there.
pub struct Grader {
    pub(super) databases: Databases,
    clock: Clock,
    known: HashMap<(String, Known), Rc<Played>>,
}

/// What an answer is worth, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it is right.
    pub passed: bool,
    /// Why not.
    pub feedback: Option<Feedback>,
    /// Where it failed first: nothing for the learner's own data.
    pub ground: Ground,
    /// What the learner probably misunderstood, where the answer behaves as a
    /// known wrong one.
    pub misconception: Option<String>,
    /// The author's question to a learner whose rows are right and whose plan
    /// is not.
    pub question: Option<String>,
    /// What the answer cost on the lesson's data, if it ran there.
    pub work: Option<Work>,
    /// What the starter costs there, where the plan counts.
    pub starter: Option<Work>,
    /// Each figure that is bounded, once the answer is right.
    pub bounded: Vec<Bounded>,
    /// Statements that were left out, because they change the rows that the
    /// question is about.
    pub left_out: Vec<String>,
    /// The guess beside the measurement, where a guess is asked for.
    pub prediction: Option<Prediction>,
    /// What came of the settings of a cache, where they are asked for.
    pub workload: Option<WorkloadResult>,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// The lesson's data could not be made.
    #[error(transparent)]
    Dataset(#[from] dataset::Error),
    /// It could not be opened.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// A variant of it could not be made.
    #[error("could not make the tables to check the answer on: {0}")]
    Variant(#[source] rusqlite::Error),
    /// There is no place for it.
    #[error("could not make a folder to check the answer in: {0}")]
    Folder(String),
    /// The plan of an answer that ran could not be read.
    #[error("could not read the plan of the answer: {0}")]
    Plan(String),
    /// A guess is asked for, and this is none.
    #[error(transparent)]
    NoGuess(#[from] NoGuess),
    /// A guess at rows visited, in a build that cannot count them.
    #[error(
        "this question is about rows visited, which this build of dbdojo cannot count: it was \
         compiled without SQLITE_ENABLE_STMT_SCANSTATUS"
    )]
    Uncounted,
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The lesson itself is wrong.
    #[error("exercise {exercise} is broken: {why}")]
    Broken {
        /// Its id.
        exercise: String,
        /// What is wrong, as the rest of a sentence.
        why: String,
    },
}

/// The answers that come with an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Known {
    Starter,
    Solution,
    Mutant(usize),
}

impl Verdict {
    /// Where the answer failed, in a learner's words; nothing for the data that
    /// the learner sees. The order of rows is named where it alone is wrong.
    pub fn place(&self) -> Option<&'static str> {
        match (self.ground, &self.feedback) {
            (
                Ground::Variant(Variant::Shuffled),
                Some(Feedback::Rows(Difference::WrongOrder { .. })),
            ) => Some("on tables like yours with the rows stored in another order"),
            (ground, _) => ground.description(),
        }
    }
}

impl Grader {
    /// A grader on the datasets of `catalog`.
    pub fn new(catalog: Catalog, around: Surroundings) -> Grader {
        Grader {
            clock: around.clock.clone(),
            databases: Databases::new(catalog, around),
            known: HashMap::new(),
        }
    }

    /// The verdict on `attempt`. Builds the lesson's data if need be, and
    /// reports that to `watcher`; after that it takes well under a second.
    ///
    /// # Errors
    /// No data, Ctrl-C, or a lesson whose own solution fails. A wrong answer
    /// is no error.
    pub fn grade(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        watcher: Watcher<'_>,
    ) -> Result<Verdict, GradeError> {
        if exercise.criterion.question().is_some() {
            return self.predict(lesson, exercise, &attempt.text(), watcher);
        }
        let solution = self.known(lesson, exercise, Known::Solution, &mut *watcher)?;
        if let Some((_, Err(stop))) = solution.results.iter().find(|(_, r)| r.is_err()) {
            return Err(GradeError::Broken {
                exercise: lesson.id_of(exercise),
                why: format!("its solution fails: {stop}"),
            });
        }
        if let Some(lost) = solution.given_lost() {
            return Err(GradeError::Broken {
                exercise: lesson.id_of(exercise),
                why: format!("its solution does not keep {lost}, which it gives"),
            });
        }
        let played = self.play(lesson, exercise, attempt, &mut *watcher)?;
        let criterion = &exercise.criterion;
        let work = played.work();
        let mut verdict = Verdict {
            passed: false,
            feedback: None,
            ground: Ground::Lesson,
            misconception: None,
            question: None,
            work,
            starter: None,
            bounded: Vec::new(),
            left_out: played.left_out.clone(),
            prediction: None,
            workload: played.workload,
        };
        if let Some((ground, problem)) = first_problem(exercise, &solution, &played) {
            let on_both = (&*solution, &played);
            let simpler =
                self.problem_without_change(lesson, exercise, attempt, ground, on_both)?;
            let (ground, problem) = simpler.unwrap_or((ground, problem));
            verdict.feedback = Some(problem);
            verdict.ground = ground;
        } else if let Some(inspection) = &played.inspection {
            let mut misses = inspection.misses.clone();
            let bounds = criterion.plan.as_ref();
            misses.extend(bounds::steps_miss(bounds, solution.work(), work));
            verdict.feedback = (!misses.is_empty()).then_some(Feedback::Plan(misses));
        }
        if matches!(verdict.feedback, Some(Feedback::Plan(_))) {
            verdict.question = criterion.plan.as_ref().and_then(|p| p.question.clone());
        }
        verdict.passed = verdict.feedback.is_none();
        let is_bounded = criterion.plan.is_some() || matches!(criterion.kind, Kind::Cache(_));
        if is_bounded && verdict.passed {
            let starter = self.known(lesson, exercise, Known::Starter, &mut *watcher)?;
            verdict.starter = starter.work();
            if let Some(bounds) = &criterion.plan {
                let of = [work, solution.work(), starter.work()];
                verdict.bounded = bounds::bounded(bounds, of);
            }
            if let (Kind::Cache(task), Some(result)) = (&criterion.kind, &played.workload) {
                verdict.bounded = task.bounds.bounded(result, starter.workload.as_ref());
            }
        }
        if !verdict.passed {
            verdict.misconception =
                self.misconception(lesson, exercise, &solution, &played, watcher)?;
        }
        Ok(verdict)
    }

    /// Forgets what was kept of exercises: a course of them takes much memory.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.databases.forget();
    }

    /// The sentence of the mutant that behaves as the answer does.
    fn misconception(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        solution: &Played,
        played: &Played,
        watcher: Watcher<'_>,
    ) -> Result<Option<String>, GradeError> {
        for (at, mutant) in exercise.mutants.iter().enumerate() {
            let known = self.known(lesson, exercise, Known::Mutant(at), &mut *watcher)?;
            if behave_alike(exercise, solution, &known, played) {
                return Ok(Some(mutant.sentence.clone()));
            }
        }
        Ok(None)
    }

    /// Whether two mutants of an exercise cannot be told apart.
    pub(super) fn mutants_behave_alike(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        (one, other): (usize, usize),
        watcher: Watcher<'_>,
    ) -> Result<bool, GradeError> {
        let solution = self.known(lesson, exercise, Known::Solution, &mut *watcher)?;
        let one = self.known(lesson, exercise, Known::Mutant(one), &mut *watcher)?;
        let other = self.known(lesson, exercise, Known::Mutant(other), watcher)?;
        Ok(behave_alike(exercise, &solution, &one, &other))
    }

    /// The rows that the solution gives on each ground.
    pub(super) fn solution_rows(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        watcher: Watcher<'_>,
    ) -> Result<Vec<(Ground, ResultSet)>, GradeError> {
        let solution = self.known(lesson, exercise, Known::Solution, watcher)?;
        let rows = |observed: &Result<Observed, Stop>| observed.as_ref().ok()?.rows.clone();
        let grounds = solution.results.iter();
        Ok(grounds
            .filter_map(|(ground, result)| Some((*ground, rows(result)?)))
            .collect())
    }

    /// The lesson's own data, for what else is to be run on it.
    pub(super) fn lesson_stage(
        &self,
        lesson: &Lesson,
        watcher: Watcher<'_>,
    ) -> Result<Stage, GradeError> {
        self.databases.lesson_data(lesson, watcher)
    }

    pub(super) fn known(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        which: Known,
        watcher: Watcher<'_>,
    ) -> Result<Rc<Played>, GradeError> {
        let key = (lesson.id_of(exercise), which);
        if let Some(played) = self.known.get(&key) {
            return Ok(Rc::clone(played));
        }
        let sql = match which {
            Known::Starter => &exercise.starter,
            Known::Solution => &exercise.solution,
            Known::Mutant(at) => &exercise.mutants[at].sql,
        };
        let attempt = Attempt::from_text(&sql.text);
        let played = match (&exercise.criterion.kind, which) {
            (Kind::Cache(task), Known::Solution) => bounds_kept(task, Played::default()),
            // Of settings that fail, one run is looked at.
            (Kind::Cache(task), _) => {
                let interrupt = self.databases.interrupt();
                let played = Played::default();
                play_settings(task, &attempt, &SEEDS[..1], interrupt, played)?
            }
            (_, Known::Solution) => {
                let mut played = self.play(lesson, exercise, &attempt, watcher)?;
                played.expect_the_same_reversed();
                played
            }
            _ => self.play(lesson, exercise, &attempt, watcher)?,
        };
        let played = Rc::new(played);
        self.known.insert(key, Rc::clone(&played));
        Ok(played)
    }

    /// Replays `attempt` on every ground.
    fn play(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        watcher: Watcher<'_>,
    ) -> Result<Played, GradeError> {
        let played = Played::default();
        let given = exercise.given.as_ref();
        match &exercise.criterion.kind {
            Kind::Cache(task) => {
                let interrupt = self.databases.interrupt();
                return play_settings(task, &attempt.after(given), &SEEDS, interrupt, played);
            }
            Kind::Redis(redis) => {
                return play_commands(exercise, redis, &attempt.after(given), played);
            }
            _ => {}
        }
        let mut stage = self.lesson_stage(lesson, watcher)?;
        match &exercise.criterion.kind {
            Kind::Changes(changes) => {
                self.play_changes(lesson, exercise, changes, attempt, stage, played)
            }
            Kind::Transaction(turns) => {
                self.play_turns(lesson, exercise, turns, attempt, stage, played)
            }
            _ => self.play_query(lesson, exercise, attempt, &mut stage, played),
        }
    }

    fn play_query(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        stage: &mut Stage,
        mut played: Played,
    ) -> Result<Played, GradeError> {
        let criterion = &exercise.criterion;
        let replayed = match stage.replay(&attempt.after(exercise.given.as_ref())) {
            Ok(replayed) => replayed,
            Err(stop) => return played.ended(stop),
        };
        played.left_out = replayed.left_out;
        match stage.run(&replayed.answer) {
            Ok((rows, counters)) => {
                played.counters = counters;
                let mut observed = Observed::of_rows(rows);
                if let Some(given) = exercise.given.as_ref().filter(|_| criterion.keeps_given) {
                    match given::lost(stage, given) {
                        Ok(lost) => observed.given_lost = lost,
                        Err(stop) => return played.ended(stop),
                    }
                }
                played.results.push((Ground::Lesson, Ok(observed)));
            }
            Err(stop) => return played.ended(stop),
        }
        self.play_variants(lesson, exercise, attempt, &mut played)?;
        if !criterion.ordered_by.is_empty() {
            let result = stage.run_reversed(&replayed.answer);
            played.add(Ground::Reversed, result.map(Observed::of_rows))?;
        }
        if let Some(bounds) = &criterion.plan {
            let inspection = self.inspect(Some(bounds), stage, &replayed.answer)?;
            played.inspection = Some(inspection);
        }
        Ok(played)
    }

    /// What one run of `statement` costs.
    pub(super) fn measure(&self, stage: &mut Stage, statement: &str) -> Result<Work, GradeError> {
        self.inspect(None, stage, statement).map(|found| found.work)
    }

    fn inspect(
        &self,
        bounds: Option<&PlanBounds>,
        stage: &mut Stage,
        answer: &str,
    ) -> Result<Inspection, GradeError> {
        let (explanation, indexes) = self.explained(stage, answer)?;
        let counters = explanation.counters.unwrap_or_default();
        let mut entries = BTreeMap::new();
        if bounds.is_some_and(|bounds| bounds.largest_index.is_some()) {
            entries = stage
                .index_entries(&bounds::indexes_used(&explanation))
                .map_err(|stop| GradeError::Plan(stop.to_string()))?;
        }
        Ok(inspect(bounds, &explanation, counters, &indexes, &entries))
    }

    /// The plan of one run of `statement`, and the indexes there are.
    pub(super) fn explained(
        &self,
        stage: &mut Stage,
        statement: &str,
    ) -> Result<(Explanation, Vec<Index>), GradeError> {
        let clock = self.clock.clone();
        let once = Repeat {
            at_most: 1,
            within: std::time::Duration::ZERO,
        };
        let explained = stage.within_budget(|conn| {
            plan::explain_run(conn, statement, &clock, once)
                .or_else(|_| plan::explain(conn, statement))
        });
        let explanation = explained.map_err(|error| GradeError::Plan(error.to_string()))?;
        let indexes = stage
            .practice()
            .map_or_else(|| Ok(Vec::new()), |practice| practice.indexes(""))?;
        Ok((explanation, indexes))
    }
}
