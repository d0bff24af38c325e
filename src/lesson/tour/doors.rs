//! Where to go after the tour.

use crate::lesson::{Course, Progress};

/// A track, and the lesson with which it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The track's title.
    pub track: String,
    /// The id of its first lesson that is not finished, or of its first.
    pub lesson: String,
    /// That lesson's title.
    pub title: String,
}

/// One for each track of `course` that has a lesson.
pub fn doors(course: &Course, progress: &Progress) -> Vec<Door> {
    let tracks = course.tracks.iter();
    tracks
        .filter_map(|track| {
            let mut lessons = track.lessons.iter();
            let next = lessons
                .find(|lesson| !progress.finished(lesson))
                .or(track.lessons.first())?;
            Some(Door {
                track: track.title.clone(),
                lesson: next.id.clone(),
                title: next.title.clone(),
            })
        })
        .collect()
}
