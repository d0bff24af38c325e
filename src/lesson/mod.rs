//! Guided lessons: the course format, grading, progress.
