//! The pages behind `.why CODE`: one Markdown file a lint, under `lints/`.

use include_dir::{Dir, include_dir};

use super::LINTS;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lints");

/// What a lint means and what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The lint's.
    pub code: &'static str,
    /// Its first line, without the `#`.
    pub title: &'static str,
    /// All of it.
    pub markdown: &'static str,
}

/// The page of the lint with this code.
pub fn page(code: &str) -> Option<Page> {
    let lint = LINTS.iter().find(|lint| lint.code == code)?;
    let markdown = PAGES.get_file(format!("{code}.md"))?.contents_utf8()?;
    let title = markdown.lines().next()?.trim_start_matches("# ");
    Some(Page {
        code: lint.code,
        title,
        markdown,
    })
}

/// All pages, in the order of the lints.
pub fn pages() -> impl Iterator<Item = Page> {
    LINTS.iter().filter_map(|lint| page(lint.code))
}
