//! A plan as a tree, then what is worth telling about it, then the figures.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::Style;
use super::{plan_meaning, plan_words::label};
use crate::plan::{Explanation, Finding, Node, Operation, Severity};
use crate::sql;
use crate::units::{count, counted, duration, times};

/// Draws `plan`. With `verbose`, every node also shows SQLite's own text, its
/// loops, estimate and cost.
///
/// # Errors
/// What writing to `out` met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    verbose: bool,
    plan: &Explanation,
) -> io::Result<()> {
    draw(out, style, verbose, plan, false)
}

/// The same for the shell, where `.try` measures an index that is proposed.
///
/// # Errors
/// What writing to `out` met.
pub fn write_in_shell(
    out: &mut dyn Write,
    style: &Style,
    verbose: bool,
    plan: &Explanation,
) -> io::Result<()> {
    draw(out, style, verbose, plan, true)
}

/// The tree alone, without figures: one line a node.
pub(super) fn outline(style: &Style, plan: &Explanation) -> Vec<String> {
    labelled(style, plan)
        .into_iter()
        .map(|it| it.text)
        .collect()
}

/// The nodes from top to bottom, each with its depth in the tree.
pub(super) fn nested(plan: &Explanation) -> Vec<(usize, &Node)> {
    let mut lines = Vec::new();
    nest(plan, None, 0, &mut lines);
    lines.iter().map(|line| (line.depth, line.node)).collect()
}

fn draw(
    out: &mut dyn Write,
    style: &Style,
    verbose: bool,
    plan: &Explanation,
    in_shell: bool,
) -> io::Result<()> {
    if plan.nodes.is_empty() {
        writeln!(out, "No table is searched, so there is nothing to plan.")?;
    } else {
        tree(out, style, verbose, plan)?;
    }
    if !plan.nodes.is_empty() {
        writeln!(out)?;
    }
    let codes = plan.findings.iter().map(|finding| finding.code.len() + 3);
    let column = codes.max().unwrap_or(0);
    for finding in &plan.findings {
        write_finding(out, style, column, finding, in_shell)?;
    }
    plan_meaning::write(out, style, column, plan)?;
    figures(out, style, verbose, plan)?;
    for note in &plan.notes {
        for line in wrapped(note, style.width) {
            writeln!(out, "{}", style.dim(&line))?;
        }
    }
    Ok(())
}

/// One node and how far it is indented.
struct Line<'a> {
    depth: usize,
    node: &'a Node,
    /// Branches and label.
    text: String,
}

/// What is deeper is indented no further, so that its words have room, and says
/// its level.
const DEEPEST: usize = 8;

fn indents(lines: &[Line<'_>]) -> Vec<usize> {
    lines.iter().map(|line| line.depth.min(DEEPEST)).collect()
}

fn labelled<'a>(style: &Style, plan: &'a Explanation) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    nest(plan, None, 0, &mut lines);
    let depths = indents(&lines);
    for (at, line) in lines.iter_mut().enumerate() {
        let level = match line.depth {
            depth if depth > DEEPEST => format!("level {}: ", depth + 1),
            _ => String::new(),
        };
        let label = label(line.node);
        line.text = format!("{}{level}{label}", branches(style, &depths, at));
    }
    lines
}

fn tree(out: &mut dyn Write, style: &Style, verbose: bool, plan: &Explanation) -> io::Result<()> {
    let lines = labelled(style, plan);
    let depths = indents(&lines);
    let measured = lines.iter().any(|line| line.node.visited_rows.is_some());
    let columns = measured.then(|| Columns::of(style, &lines));
    for (at, line) in lines.iter().enumerate() {
        match &columns {
            Some(columns) => columns.write(out, style, line)?,
            None => writeln!(out, "{}", cut(style, &line.text, style.width))?,
        }
        let indent = continued(style, &depths, at);
        for extra in extras(line.node, verbose) {
            let room = style.width.saturating_sub(indent.width());
            writeln!(out, "{indent}{}", style.dim(&cut(style, &extra, room)))?;
        }
    }
    Ok(())
}

/// Lists the nodes under `parent`. SQLite puts the loops of a join beside one
/// another; each runs once for each row of the one before, so it is drawn below
/// it, and so is a subquery that runs for each row.
fn nest<'a>(plan: &'a Explanation, parent: Option<i64>, depth: usize, lines: &mut Vec<Line<'a>>) {
    let mut inner = depth;
    let children = plan.children(parent);
    for node in children {
        let belongs_inside = node.operation.is_correlated()
            || matches!(node.operation, Operation::BloomFilter { .. });
        let is_level = matches!(node.operation, Operation::Loop(_) | Operation::MultiIndexOr)
            && !node.checks_foreign_key;
        let at = if is_level || belongs_inside {
            inner
        } else {
            depth
        };
        if is_level {
            inner += 1;
        }
        lines.push(Line {
            depth: at,
            node,
            text: String::new(),
        });
        nest(plan, Some(node.id), at + 1, lines);
    }
}

/// Whether the line at `at` has a later sibling at `depth`.
fn goes_on(depths: &[usize], at: usize, depth: usize) -> bool {
    depths[at + 1..]
        .iter()
        .take_while(|it| **it >= depth)
        .any(|it| *it == depth)
}

/// The branches before a line.
fn branches(style: &Style, depths: &[usize], at: usize) -> String {
    let mut text = String::new();
    for depth in 1..depths[at] {
        text.push_str(bar(style, goes_on(depths, at, depth)));
    }
    if depths[at] > 0 {
        let more = goes_on(depths, at, depths[at]);
        text.push_str(match (style.plain, style.unicode, more) {
            (true, _, _) => "  ",
            (_, true, true) => "├─ ",
            (_, true, false) => "└─ ",
            (_, false, true) => "|- ",
            (_, false, false) => "`- ",
        });
    }
    text
}

/// The same for a further line of the same node.
fn continued(style: &Style, depths: &[usize], at: usize) -> String {
    let own = depths[at];
    let mut text = String::new();
    for depth in 1..=own {
        text.push_str(bar(style, goes_on(depths, at, depth)));
    }
    let below = depths.get(at + 1).is_some_and(|next| *next > own);
    text + bar(style, below)
}

fn bar(style: &Style, goes_on: bool) -> &'static str {
    match (style.plain, style.unicode, goes_on) {
        (true, ..) => "  ",
        (_, true, true) => "│  ",
        (_, false, true) => "|  ",
        (_, _, false) => "   ",
    }
}

/// How wide each figure is, and what there is room for.
struct Columns {
    label: usize,
    visited: usize,
    kept: usize,
    /// Cells of a bar; 0 for no bars.
    cells: usize,
}

/// Cells of the widest bar, and of the narrowest that still shows something.
const CELLS: std::ops::RangeInclusive<usize> = 4..=10;

impl Columns {
    fn of(style: &Style, lines: &[Line<'_>]) -> Columns {
        let widest = |figure: fn(&Node) -> Option<u64>| {
            lines
                .iter()
                .filter_map(|line| figure(line.node))
                .map(|n| count(n).len())
                .max()
                .unwrap_or(0)
        };
        let mut columns = Columns {
            label: lines.iter().map(|it| it.text.width()).max().unwrap_or(0),
            visited: widest(|node| node.visited_rows),
            kept: widest(|node| node.output_rows),
            cells: 0,
        };
        let room = style.width.saturating_sub(columns.figures());
        let left = room.saturating_sub(columns.label + 1);
        if !style.plain && left >= *CELLS.start() {
            columns.cells = left.min(*CELLS.end());
        }
        columns.label = columns.label.min(room);
        columns
    }

    /// Width of everything after the label.
    fn figures(&self) -> usize {
        let kept = if self.kept > 0 { 8 + self.kept } else { 0 };
        let bar = if self.cells > 0 { self.cells + 1 } else { 0 };
        "   visited ".len() + self.visited + kept + "   ".len() + bar + "100%".len()
    }

    fn write(&self, out: &mut dyn Write, style: &Style, line: &Line<'_>) -> io::Result<()> {
        let text = cut(style, &line.text, self.label);
        let gap = " ".repeat(self.label - text.width());
        let mut figures = match line.node.visited_rows {
            Some(n) => format!("   visited {:>1$}", count(n), self.visited),
            None => " ".repeat("   visited ".len() + self.visited),
        };
        match line.node.output_rows {
            Some(n) => figures += &format!("   kept {:>1$}", count(n), self.kept),
            None if self.kept > 0 => figures += &" ".repeat(8 + self.kept),
            None => {}
        }
        if let Some(share) = line.node.time_share
            && line.node.visited_rows.is_some()
        {
            figures += "   ";
            if self.cells > 0 {
                figures += &style.accent(&bar_of(style, share, self.cells));
                figures.push(' ');
            }
            figures += &match share {
                s if s > 0.0 && s < 0.005 => " <1%".to_owned(),
                // Beside others that took some time, too, it did not take all.
                s if (0.995..1.0).contains(&s) => ">99%".to_owned(),
                s => format!("{:>3.0}%", s * 100.0),
            };
        }
        writeln!(out, "{}", format!("{text}{gap}{figures}").trim_end())
    }
}

/// A bar of at most `most` cells for a share of 0 to 1, in eighths of a cell.
pub(super) fn bar_of(style: &Style, share: f64, most: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let cells = share.clamp(0.0, 1.0) * most as f64;
    let bar = if style.unicode {
        // What is not nothing is seen.
        let eighths = ((cells * 8.0).round() as usize).max(usize::from(share > 0.0));
        "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
    } else {
        "#".repeat(cells.round() as usize)
    };
    let missing = most.saturating_sub(bar.width());
    bar + &" ".repeat(missing)
}

/// What is said below a node: with `verbose` all that is known, else only what
/// explains something.
fn extras(node: &Node, verbose: bool) -> Vec<String> {
    let mut extras = Vec::new();
    if verbose {
        extras.push(node.detail.clone());
    }
    let mut figures = Vec::new();
    if let Some(loops) = node.loops.filter(|loops| verbose || *loops > 1) {
        figures.push(counted(loops, "loop", "loops"));
        if let Some(visited) = node.visited_rows.filter(|n| *n >= 2 * loops && loops > 1) {
            let each = count((visited as f64 / loops as f64).round() as u64);
            figures.push(format!("about {each} rows each"));
        }
    }
    if let Some(estimate) = node.estimated_rows.filter(|_| verbose) {
        figures.push(format!("about {} expected of each", rounded(estimate)));
    }
    if let Some(cost) = node.cost.filter(|_| verbose) {
        figures.push(format!("cost {}", rounded(cost)));
    }
    if let Some(factor) = node.misestimate {
        figures.push(if factor >= 1.0 {
            format!("{} more rows than planned", times(factor, 1.0))
        } else {
            format!("{} fewer rows than planned", times(1.0, factor))
        });
    }
    if !figures.is_empty() {
        extras.push(figures.join(", "));
    }
    extras
}

fn rounded(n: f64) -> String {
    if n >= 10.0 {
        count(n.round() as u64)
    } else {
        format!("{n:.1}")
    }
}

fn write_finding(
    out: &mut dyn Write,
    style: &Style,
    column: usize,
    finding: &Finding,
    in_shell: bool,
) -> io::Result<()> {
    let code = format!("{:column$}", finding.code);
    let code = match finding.severity {
        Severity::Warning => style.accent(&code),
        Severity::Notice => code,
        Severity::Good => style.dim(&code),
    };
    let indent = " ".repeat(column);
    let width = style.width.saturating_sub(column);
    for (at, line) in wrapped(&finding.title, width).iter().enumerate() {
        writeln!(out, "{}{line}", if at == 0 { &code } else { &indent })?;
    }
    for line in wrapped(&finding.why, width) {
        writeln!(out, "{indent}{line}")?;
    }
    for statement in &finding.try_ {
        let room = width.saturating_sub("try   ".len());
        for (at, line) in wrapped_sql(statement, room).iter().enumerate() {
            let label = if at == 0 { "try   " } else { "      " };
            writeln!(out, "{indent}{label}{}", style.bold(line))?;
        }
    }
    if in_shell && finding.try_.iter().any(|it| it.starts_with("create index")) {
        let line = ".try measures it before you decide";
        writeln!(out, "{indent}      {}", style.dim(line))?;
    }
    Ok(())
}

fn figures(
    out: &mut dyn Write,
    style: &Style,
    verbose: bool,
    plan: &Explanation,
) -> io::Result<()> {
    let (Some(elapsed), Some(counters), Some(rows)) = (plan.elapsed, plan.counters, plan.rows)
    else {
        return Ok(());
    };
    let time = match elapsed.runs {
        1 => format!("1 run: {}", duration(elapsed.median)),
        runs => format!("median of {runs}: {}", duration(elapsed.median)),
    };
    let pages = counted(counters.page_fetches, "page fetch", "page fetches");
    let rows = counted(rows, "row", "rows");
    writeln!(out)?;
    writeln!(out, "{}", style.dim(&format!("{rows}, {time}, {pages}")))?;
    if verbose {
        let line = format!(
            "fastest {}, {}, {}, {}, {} into automatic indexes",
            duration(elapsed.min),
            counted(counters.vm_steps, "VM step", "VM steps"),
            counted(counters.fullscan_steps, "full-scan step", "full-scan steps"),
            counted(counters.sorts, "sort", "sorts"),
            counted(counters.auto_indexes, "row", "rows"),
        );
        for line in wrapped(&line, style.width) {
            writeln!(out, "{}", style.dim(&line))?;
        }
    }
    let shares = plan.nodes.iter().any(|node| node.time_share.is_some());
    if shares {
        writeln!(out, "{}", style.dim("%: share of the time"))?;
    }
    Ok(())
}

/// `text` in lines of at most `width` columns, broken between words. A word
/// that is wider has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// One statement in lines of at most `width` columns. They are broken only
/// between tokens, so that all of them together, pasted, are the same
/// statement.
fn wrapped_sql(sql: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let mut piece = String::new();
    let mut take = |piece: &mut String, gap: bool| {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.width() + usize::from(gap) + piece.width() > width {
            lines.push(std::mem::take(piece));
        } else {
            if gap && !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&std::mem::take(piece));
        }
    };
    let mut gap = false;
    for token in sql::lex(sql) {
        if token.is_blank() {
            take(&mut piece, gap);
            gap = true;
            continue;
        }
        piece.push_str(token.text(sql));
    }
    take(&mut piece, gap);
    lines
}

/// `text` within `width` columns, its end replaced by an ellipsis if it must.
pub(super) fn cut(style: &Style, text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let ellipsis = if style.unicode { "…" } else { "..." };
    let room = width.saturating_sub(ellipsis.width());
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    kept + ellipsis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_wrapped_and_stays_the_same_statement() {
        let sql = "create index \"a name with  two spaces\" on orders(customer_id, \"odd ,( name\", \
                   created_at, status);";
        for width in [8, 20, 40, 200] {
            let lines = wrapped_sql(sql, width);
            let tokens = |text: &str| -> Vec<String> {
                let all = sql::lex(text).filter(|token| !token.is_blank());
                all.map(|token| token.text(text).to_owned()).collect()
            };
            assert_eq!(tokens(&lines.join("\n")), tokens(sql), "{lines:?}");
            let longest = tokens(sql).iter().map(|it| it.width()).max().unwrap_or(0);
            assert!(
                lines
                    .iter()
                    .all(|line| line.width() <= width.max(longest + 2))
            );
        }
        assert_eq!(
            wrapped_sql("create index i on t(a, b);", 80),
            ["create index i on t(a, b);"]
        );
    }
}
