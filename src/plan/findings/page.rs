//! The pages behind `.why CODE` for findings: one Markdown file each, under
//! `findings/`. A code that a lint has, too, has the lint's page.

use include_dir::{Dir, include_dir};

use crate::sql::lint::{self, Page};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/findings");

/// The codes of all findings; those about cost come before the good news.
pub const CODES: &[&str] = &[
    "full-scan",
    "scan-in-loop",
    "automatic-index",
    "temp-b-tree",
    "hidden-column",
    "leading-wildcard",
    "like-collation",
    "unindexed-or",
    "leading-column-missing",
    "range-before-equality",
    "wide-range",
    "min-max-together",
    "correlated-subquery",
    "skip-scan",
    "misestimate",
    "missing-statistics",
    "stale-statistics",
    "partial-index",
    "covering-index",
    "search",
];

/// The page of the finding with this code.
pub fn page(code: &str) -> Option<Page> {
    let code = CODES.iter().find(|it| **it == code)?;
    let Some(file) = PAGES.get_file(format!("{code}.md")) else {
        return lint::page(code);
    };
    let markdown = file.contents_utf8()?;
    let title = markdown.lines().next()?.trim_start_matches("# ");
    Some(Page {
        code,
        title,
        markdown,
    })
}

/// The pages of findings that no lint has.
pub fn pages() -> impl Iterator<Item = Page> {
    CODES
        .iter()
        .filter(|code| lint::page(code).is_none())
        .filter_map(|code| page(code))
}
