//! A lesson to begin with.

use super::format::{FormatError, parse};

/// A small lesson called `id` that passes the check.
///
/// # Errors
/// An id that cannot be one.
pub fn template(id: &str) -> Result<String, FormatError> {
    let text = include_str!("template.md").replace("ID", id);
    parse(&format!("{id}.md"), &text).map(|_| text)
}

/// A `course.toml` with that lesson alone.
pub fn course_of(id: &str) -> String {
    format!("[[track]]\nid = \"my-track\"\ntitle = \"my track\"\nlessons = [\"{id}\"]\n")
}
