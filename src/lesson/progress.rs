//! What a learner has passed, kept across sessions and versions.
//!
//! A JSON object keyed by `lesson/exercise`. It is never overwritten in place
//! and never written from memory alone: a change takes the lock, reads what is
//! there now, merges, writes a new file and renames it over the old one. So
//! two shells at once and a kill in mid-write lose nothing, and fields that a
//! later version wrote survive an earlier one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::content::{Exercise, Lesson};
use super::course::{Course, Track};

/// The state of each exercise that was touched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    path: PathBuf,
    kept: Kept,
}

/// The file's content.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    exercises: BTreeMap<String, Record>,
    /// When the tour was first played to its end, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    tour_at_ms: Option<u64>,
    /// What later versions keep here.
    #[serde(flatten)]
    unknown: serde_json::Map<String, serde_json::Value>,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What was remembered for so long is not asked again.
const LONGEST_REVIEW_DAYS: u64 = 60;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What is known of one exercise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// When it was first passed, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_at_ms: Option<u64>,
    /// Answers graded until it was passed.
    #[serde(default)]
    pub answers: u64,
    /// The most hints seen at a time.
    #[serde(default)]
    pub hints: u64,
    /// The solution was shown before it was passed.
    #[serde(default)]
    pub gave_up: bool,
    /// The guess before the measurement was far off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guessed_wrong: bool,
    /// Put off by the learner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// Tested out: what a later exercise builds on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// When it is worth playing again, as it was hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at_ms: Option<u64>,
    /// Days from the last review to that one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub review_days: u64,
    /// The answer that passed first, for the learner's own record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What later versions keep here.
    #[serde(flatten)]
    unknown: serde_json::Map<String, serde_json::Value>,
}

impl Record {
    /// Takes note of a graded answer. What was true at the first pass stays;
    /// what was hard is due again, and each time after a longer while.
    pub fn graded(&mut self, passed: bool, answer: &str, unix_ms: u64) {
        if self.passed_at_ms.is_some() {
            if self.due_at_ms.is_some_and(|due| due <= unix_ms) {
                self.reviewed(passed, unix_ms);
            }
            return;
        }
        self.answers += 1;
        if passed {
            self.skipped = false;
            self.passed_at_ms = Some(unix_ms);
            self.answer = Some(answer.to_owned());
            if self.was_hard() {
                self.review_days = 1;
                self.due_at_ms = Some(unix_ms + DAY_MS);
            }
        }
    }

    /// Whether it took a solution, two hints, more than three answers, or a
    /// guess that was far off.
    pub fn was_hard(&self) -> bool {
        self.gave_up || self.hints >= 2 || self.answers > 3 || self.guessed_wrong
    }

    fn reviewed(&mut self, passed: bool, unix_ms: u64) {
        self.review_days = if passed {
            self.review_days.max(1) * 3
        } else {
            1
        };
        let wait = self.review_days * DAY_MS;
        self.due_at_ms = (self.review_days <= LONGEST_REVIEW_DAYS).then(|| unix_ms + wait);
    }

    /// What is known from two records of one exercise: nothing is lost.
    fn merged(mut self, other: Record) -> Record {
        let first = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        if other.passed_at_ms.is_some()
            && (self.passed_at_ms.is_none() || other.passed_at_ms < self.passed_at_ms)
        {
            self.answer = other.answer.or(self.answer);
        }
        self.passed_at_ms = first(self.passed_at_ms, other.passed_at_ms);
        self.due_at_ms = first(self.due_at_ms, other.due_at_ms);
        self.review_days = self.review_days.max(other.review_days);
        self.answers = self.answers.max(other.answers);
        self.hints = self.hints.max(other.hints);
        self.gave_up |= other.gave_up;
        self.guessed_wrong |= other.guessed_wrong;
        self.known |= other.known;
        self.skipped = (self.skipped || other.skipped) && self.passed_at_ms.is_none();
        for (key, value) in other.unknown {
            self.unknown.entry(key).or_insert(value);
        }
        self
    }

    /// Takes note of the hint with this number, from 1.
    pub fn saw_hint(&mut self, number: u64) {
        self.hints = self.hints.max(number);
    }

    /// Takes note that the solution was shown.
    pub fn saw_solution(&mut self) {
        self.gave_up |= self.passed_at_ms.is_none();
    }
}

/// Progress could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("could not keep your progress in {}: {error}", path.display())]
pub struct ProgressError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub error: io::Error,
}

/// What was to be added to the progress was not.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is no JSON.
    #[error("this is no progress that `learn --export` wrote: {0}")]
    Unread(#[from] serde_json::Error),
    /// It is other JSON.
    #[error("this is no progress that `learn --export` wrote: it has no `exercises`")]
    Other,
    /// The learner's own progress could not be kept.
    #[error(transparent)]
    NotKept(#[from] ProgressError),
}

/// The progress file held no progress and was put aside, unharmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The file.
    pub was: PathBuf,
    /// Where its content is now.
    pub now: PathBuf,
}

impl Progress {
    /// Reads the progress in `path`. A missing file is progress at its start;
    /// a file that is no progress is moved aside, and the caller should say so.
    ///
    /// # Errors
    /// The file is there and cannot be read, or cannot be moved aside.
    pub fn load(path: &Path) -> Result<(Progress, Option<SetAside>), ProgressError> {
        let (kept, aside) = read(path)?;
        let progress = Progress {
            path: path.to_owned(),
            kept,
        };
        Ok((progress, aside))
    }

    /// What is known of `lesson/exercise`.
    pub fn of(&self, id: &str) -> Option<&Record> {
        self.kept.exercises.get(id)
    }

    /// Whether `lesson/exercise` has been passed.
    pub fn passed(&self, id: &str) -> bool {
        self.of(id).is_some_and(|r| r.passed_at_ms.is_some())
    }

    /// Whether `lesson/exercise` has been passed or tested out.
    pub fn done(&self, id: &str) -> bool {
        self.passed(id) || self.of(id).is_some_and(|r| r.known)
    }

    /// Reads what is known under earlier ids of the lessons of `course`, so
    /// that a lesson that was renamed is not to be played again.
    pub fn follow_renames(&mut self, course: &Course) {
        for lesson in course.lessons() {
            for exercise in &lesson.exercises {
                for former in &lesson.formerly {
                    let old = format!("{former}/{}", exercise.slug);
                    if let Some(record) = self.kept.exercises.get(&old).cloned() {
                        let new = self
                            .kept
                            .exercises
                            .entry(lesson.id_of(exercise))
                            .or_default();
                        *new = std::mem::take(new).merged(record);
                    }
                }
            }
        }
    }

    /// What was hard and is worth playing again by now, the longest due first.
    pub fn due<'c>(&self, course: &'c Course, unix_ms: u64) -> Vec<(&'c Lesson, &'c Exercise)> {
        let exercises = course
            .lessons()
            .flat_map(|lesson| lesson.exercises.iter().map(move |e| (lesson, e)));
        let mut due: Vec<(u64, _)> = exercises
            .filter_map(|(lesson, exercise)| {
                let due = self.of(&lesson.id_of(exercise))?.due_at_ms?;
                (due <= unix_ms).then_some((due, (lesson, exercise)))
            })
            .collect();
        due.sort_by_key(|(due, _)| *due);
        due.into_iter().map(|(_, found)| found).collect()
    }

    /// All of it as JSON, to be kept or carried elsewhere.
    pub fn exported(&self) -> String {
        serde_json::to_string_pretty(&self.kept).unwrap_or_default() + "\n"
    }

    /// Adds what was exported elsewhere; of two records of one exercise nothing
    /// is lost. Returns how many exercises it told of.
    ///
    /// # Errors
    /// Text that is no progress; a file that cannot be written.
    pub fn import(&mut self, text: &str) -> Result<usize, ImportError> {
        let json: serde_json::Value = serde_json::from_str(text)?;
        if !json.get("exercises").is_some_and(|all| all.is_object()) {
            return Err(ImportError::Other);
        }
        let read: Kept = serde_json::from_value(json)?;
        let count = read.exercises.len();
        self.keep(|kept| {
            for (id, record) in &read.exercises {
                let own = kept.exercises.entry(id.clone()).or_default();
                *own = std::mem::take(own).merged(record.clone());
            }
        })?;
        Ok(count)
    }

    /// How many exercises of `lesson` have been passed or tested out.
    pub fn passed_in(&self, lesson: &Lesson) -> usize {
        lesson
            .exercises
            .iter()
            .filter(|e| self.done(&lesson.id_of(e)))
            .count()
    }

    /// Whether every exercise of `lesson` has been passed.
    pub fn finished(&self, lesson: &Lesson) -> bool {
        self.passed_in(lesson) == lesson.exercises.len()
    }

    /// Whether all lessons that `lesson` needs are finished.
    pub fn is_open(&self, course: &Course, lesson: &Lesson) -> bool {
        lesson
            .needs
            .iter()
            .all(|id| course.find(id).is_ok_and(|needed| self.finished(needed)))
    }

    /// The first exercise of `lesson` that has not been passed or put off.
    pub fn next_in<'c>(&self, lesson: &'c Lesson) -> Option<&'c Exercise> {
        lesson.exercises.iter().find(|exercise| {
            let id = lesson.id_of(exercise);
            !self.done(&id) && !self.of(&id).is_some_and(|r| r.skipped)
        })
    }

    fn skipped_in<'c>(&self, lesson: &'c Lesson) -> Option<&'c Exercise> {
        let mut exercises = lesson.exercises.iter();
        exercises.find(|exercise| !self.done(&lesson.id_of(exercise)))
    }

    /// The next open exercise for somebody who plays `lesson`: in it, then in
    /// the lessons of its track, and then wherever one is open.
    pub fn next_after<'c>(
        &self,
        course: &'c Course,
        lesson: &'c Lesson,
    ) -> Option<(&'c Lesson, &'c Exercise)> {
        let track = course.place_of(lesson).map(|(track, _)| track);
        let in_track = track.iter().flat_map(|track| &track.lessons);
        std::iter::once(lesson)
            .chain(in_track.filter(|lesson| self.is_open(course, lesson)))
            .find_map(|lesson| Some((lesson, self.next_in(lesson)?)))
            .or_else(|| self.next(course))
    }

    /// The first exercise of `course` that is open and has not been passed;
    /// those that were put off come last.
    pub fn next<'c>(&self, course: &'c Course) -> Option<(&'c Lesson, &'c Exercise)> {
        course
            .lessons()
            .filter(|lesson| self.is_open(course, lesson))
            .find_map(|lesson| Some((lesson, self.next_in(lesson)?)))
            .or_else(|| {
                let mut lessons = course.lessons();
                lessons.find_map(|lesson| Some((lesson, self.skipped_in(lesson)?)))
            })
    }

    /// The first exercise of a track that has not been passed.
    pub fn next_of_track<'c>(&self, track: &'c Track) -> Option<(&'c Lesson, &'c Exercise)> {
        let lessons = || track.lessons.iter();
        lessons()
            .find_map(|lesson| Some((lesson, self.next_in(lesson)?)))
            .or_else(|| lessons().find_map(|lesson| Some((lesson, self.skipped_in(lesson)?))))
    }

    /// The lessons that `lesson` builds on and that are not finished.
    pub fn missing_before<'c>(&self, course: &'c Course, lesson: &Lesson) -> Vec<&'c Lesson> {
        let needed = lesson.needs.iter().filter_map(|id| course.find(id).ok());
        needed.filter(|needed| !self.finished(needed)).collect()
    }

    /// Changes the record of `id` and keeps it at once, together with what
    /// others have written meanwhile.
    ///
    /// # Errors
    /// The folder or file cannot be locked, read or written. The change is
    /// then known to this session only.
    pub fn record(
        &mut self,
        id: &str,
        change: impl Fn(&mut Record),
    ) -> Result<Option<SetAside>, ProgressError> {
        self.keep(|kept| change(kept.exercises.entry(id.to_owned()).or_default()))
    }

    /// Keeps that the tour was played to its end.
    ///
    /// # Errors
    /// As [`record`](Progress::record).
    pub fn record_tour(&mut self, unix_ms: u64) -> Result<Option<SetAside>, ProgressError> {
        self.keep(|kept| {
            kept.tour_at_ms.get_or_insert(unix_ms);
        })
    }

    /// Whether neither the tour nor an exercise has been played.
    pub fn is_untouched(&self) -> bool {
        self.kept.tour_at_ms.is_none() && self.kept.exercises.is_empty()
    }

    fn keep(&mut self, change: impl Fn(&mut Kept)) -> Result<Option<SetAside>, ProgressError> {
        change(&mut self.kept);
        let failed = |error| ProgressError {
            path: self.path.clone(),
            error,
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        // A file of its own: the progress file itself is replaced by a rename.
        let lock = File::create(self.path.with_extension("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let (mut on_disk, aside) = read(&self.path)?;
        change(&mut on_disk);
        write(&self.path, folder, &on_disk).map_err(failed)?;
        self.kept = on_disk;
        Ok(aside)
    }
}

fn read(path: &Path) -> Result<(Kept, Option<SetAside>), ProgressError> {
    let failed = |error| ProgressError {
        path: path.to_owned(),
        error,
    };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Kept::default(), None));
        }
        Err(error) => return Err(failed(error)),
    };
    if let Ok(kept) = serde_json::from_slice(&text) {
        return Ok((kept, None));
    }
    let now = free_name(path);
    fs::rename(path, &now).map_err(failed)?;
    let aside = SetAside {
        was: path.to_owned(),
        now,
    };
    Ok((Kept::default(), Some(aside)))
}

/// `progress.unreadable.json`, or with a number when that is taken.
fn free_name(path: &Path) -> PathBuf {
    (1..)
        .map(|n| match n {
            1 => path.with_extension("unreadable.json"),
            n => path.with_extension(format!("unreadable-{n}.json")),
        })
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.with_extension("unreadable.json"))
}

fn write(path: &Path, folder: &Path, kept: &Kept) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests;
