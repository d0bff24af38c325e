//! A course: tracks of lessons, from the binary or from a folder.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::content::{Exercise, Lesson};
use super::format::{self, FormatError};
use crate::sql;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// The file that names the tracks.
const PLAN_OF_COURSE: &str = "course.toml";

/// All lessons, in the order they are played.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The tracks, each with its lessons.
    pub tracks: Vec<Track>,
}

/// A way through the course that a learner can enter by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Such as `joins-and-indexes`.
    pub id: String,
    /// What a learner reads.
    pub title: String,
    /// In the order they are played.
    pub lessons: Vec<Lesson>,
}

/// Why a course could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// The folder, or a file in it, could not be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// What was being read.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Files of the course that are not in the format.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Format(Vec<FormatError>),
}

/// A lesson or exercise that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} `{name}`{}", nearest.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?")))]
pub struct Unknown {
    /// `lesson` or `exercise`.
    pub what: &'static str,
    /// What was asked for.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CourseFile {
    track: Vec<TrackEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackEntry {
    id: String,
    title: String,
    lessons: Vec<String>,
}

impl Course {
    /// The course inside the binary.
    pub fn embedded() -> Course {
        let files = EMBEDDED
            .files()
            .filter_map(|file| {
                let name = file.path().to_str()?.to_owned();
                Some((name, file.contents_utf8()?.to_owned()))
            })
            .collect();
        Course::from_files(files)
            .expect("tests/lesson_course.rs reads these same bytes as a course")
    }

    /// The course in a folder of the author's own.
    ///
    /// # Errors
    /// [`CourseError::Unreadable`] for the folder or a file in it, and
    /// [`CourseError::Format`] with everything that is wrong inside.
    pub fn read(folder: &Path) -> Result<Course, CourseError> {
        let unreadable = |path: &Path, error| CourseError::Unreadable {
            path: path.display().to_string(),
            error,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
            let path = entry.map_err(|e| unreadable(folder, e))?.path();
            let is_content = path
                .extension()
                .is_some_and(|extension| extension == "md" || extension == "toml");
            if let (true, Some(name)) = (is_content, path.file_name()) {
                let text = fs::read_to_string(&path).map_err(|e| unreadable(&path, e))?;
                files.push((name.to_string_lossy().into_owned(), text));
            }
        }
        Course::from_files(files).map_err(CourseError::Format)
    }

    /// A course from its files: (name, text).
    fn from_files(mut files: Vec<(String, String)>) -> Result<Course, Vec<FormatError>> {
        files.sort();
        let mut errors = Vec::new();
        let mut plan = None;
        let mut lessons = Vec::new();
        for (name, text) in &files {
            if name == PLAN_OF_COURSE {
                match toml::from_str::<CourseFile>(text) {
                    Ok(read) => plan = Some(read),
                    Err(error) => {
                        let before = error.span().map_or("", |span| &text[..span.start]);
                        let line = 1 + before.matches('\n').count();
                        errors.push(FormatError::new(name, line, error.message()));
                    }
                }
            } else if name.ends_with(".md") && name != "AUTHORING.md" {
                match format::parse(name, text) {
                    Ok(lesson) if format!("{}.md", lesson.id) != *name => {
                        let problem = format!("lesson `{0}` belongs in {0}.md", lesson.id);
                        errors.push(FormatError::new(name, 2, problem));
                    }
                    Ok(lesson) => lessons.push(lesson),
                    Err(error) => errors.push(error),
                }
            }
        }
        let Some(plan) = plan else {
            if errors.is_empty() {
                let problem = "a course names its tracks in this file";
                errors.push(FormatError::new(PLAN_OF_COURSE, 1, problem));
            }
            return Err(errors);
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        let tracks = assemble(plan, &mut lessons, &mut errors);
        errors.extend(lessons.iter().map(|lesson| {
            let problem = format!("no track of {PLAN_OF_COURSE} lists `{}`", lesson.id);
            FormatError::new(&lesson.file, 1, problem)
        }));
        if errors.is_empty() {
            Ok(Course { tracks })
        } else {
            Err(errors)
        }
    }

    /// All lessons, track after track.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.tracks.iter().flat_map(|track| &track.lessons)
    }

    /// The track that holds `lesson`, and its place there, from 0.
    pub fn place_of(&self, lesson: &Lesson) -> Option<(&Track, usize)> {
        self.tracks.iter().find_map(|track| {
            let at = track.lessons.iter().position(|l| l.id == lesson.id)?;
            Some((track, at))
        })
    }

    /// The lesson called `id`.
    ///
    /// # Errors
    /// [`Unknown`], with the nearest id.
    pub fn find(&self, id: &str) -> Result<&Lesson, Unknown> {
        self.lessons()
            .find(|lesson| lesson.id == id)
            .ok_or_else(|| Unknown {
                what: "lesson",
                name: id.to_owned(),
                nearest: sql::nearest(id, self.lessons().map(|lesson| lesson.id.as_str()))
                    .map(str::to_owned),
            })
    }

    /// The track called `id`, or with that title.
    pub fn track(&self, id: &str) -> Option<&Track> {
        let called = |track: &&Track| track.id == id || track.title.eq_ignore_ascii_case(id);
        self.tracks.iter().find(called)
    }

    /// The exercise called `id`, which is `lesson/exercise`.
    ///
    /// # Errors
    /// [`Unknown`], with the nearest id.
    pub fn find_exercise(&self, id: &str) -> Result<(&Lesson, &Exercise), Unknown> {
        let (lesson, slug) = id.split_once('/').unwrap_or((id, ""));
        let lesson = self.find(lesson)?;
        let exercise = lesson.exercise(slug).ok_or_else(|| Unknown {
            what: "exercise",
            name: id.to_owned(),
            nearest: sql::nearest(slug, lesson.exercises.iter().map(|e| e.slug.as_str()))
                .map(|slug| format!("{}/{slug}", lesson.id)),
        })?;
        Ok((lesson, exercise))
    }
}

/// How many questions place a learner in a track.
const QUESTIONS: usize = 5;

/// From how many lessons at its end the questions about a whole track come.
const LAST_LESSONS: usize = 3;

impl Track {
    /// The questions that place a learner: the last exercise of five lessons,
    /// spread over the track. Who answers one knows what comes before it.
    pub fn placement(&self) -> Vec<(&Lesson, &Exercise)> {
        let lessons = self.lessons.len();
        let questions = QUESTIONS.min(lessons);
        let of = |n: usize| self.lessons.get((n + 1) * lessons / questions.max(1) - 1);
        (0..questions)
            .filter_map(of)
            .filter_map(|lesson| Some((lesson, lesson.exercises.last()?)))
            .collect()
    }

    /// The questions that spare a learner the track: the last exercise of each
    /// of its last three lessons.
    pub fn test_out(&self) -> Vec<(&Lesson, &Exercise)> {
        let from = self.lessons.len().saturating_sub(LAST_LESSONS);
        let lessons = self.lessons[from..].iter();
        lessons
            .filter_map(|lesson| Some((lesson, lesson.exercises.last()?)))
            .collect()
    }

    /// The lessons as far as `lesson`, with it.
    pub fn up_to(&self, lesson: &Lesson) -> &[Lesson] {
        let at = self.lessons.iter().position(|l| l.id == lesson.id);
        &self.lessons[..at.map_or(0, |at| at + 1)]
    }
}

/// Moves `lessons` into the tracks that name them; what stays behind is named
/// by none.
fn assemble(
    plan: CourseFile,
    lessons: &mut Vec<Lesson>,
    errors: &mut Vec<FormatError>,
) -> Vec<Track> {
    plan.track
        .into_iter()
        .map(|entry| {
            let mut found = Vec::new();
            for id in &entry.lessons {
                match lessons.iter().position(|lesson| lesson.id == *id) {
                    Some(at) => found.push(lessons.remove(at)),
                    None => errors.push(FormatError::new(
                        PLAN_OF_COURSE,
                        1,
                        format!(
                            "track `{}` lists `{id}`: no such file, or listed twice",
                            entry.id
                        ),
                    )),
                }
            }
            Track {
                id: entry.id,
                title: entry.title,
                lessons: found,
            }
        })
        .collect()
}
