//! A plan in one line, below a result.

use std::io::{self, Write};

use super::plan::{cut, outline};
use super::{Style, cell};
use crate::plan::{Explanation, Severity};

/// Text stays this narrow on wider screens, too.
const WIDEST: usize = 80;

/// `plan`, the nodes in SQLite's order, and the code of what costs most.
/// Nothing for a statement without a plan.
///
/// # Errors
/// What `out` returns.
pub fn write(out: &mut dyn Write, style: &Style, plan: &Explanation) -> io::Result<()> {
    let plain = Style {
        plain: true,
        ..*style
    };
    let steps: Vec<String> = outline(&plain, plan)
        .iter()
        .map(|line| line.trim().to_owned())
        .collect();
    if steps.is_empty() {
        return Ok(());
    }
    let screen = style.width.clamp(20, WIDEST);
    let hint = plan
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Warning)
        .map_or_else(String::new, |finding| format!("   .why {}", finding.code));
    let label = "plan  ";
    let arrow = if style.unicode { " → " } else { " -> " };
    let room = screen.saturating_sub(label.len() + cell::width(&hint));
    let text = cut(style, &steps.join(arrow), room);
    let gap = if style.plain || hint.is_empty() {
        0
    } else {
        room - cell::width(&text)
    };
    writeln!(
        out,
        "{}{text}{:gap$}{}",
        style.accent(label),
        "",
        style.dim(&hint)
    )
}
