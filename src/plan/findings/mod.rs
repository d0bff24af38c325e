//! What is worth telling about a plan, one file for each kind of finding.
//!
//! A finding never claims a number that was not measured: without a run it
//! says what the plan says. It proposes an index only where one can help, and
//! says why not where the obvious one would not.

mod advice;
mod asked;
mod automatic_index;
mod cause;
mod estimate;
mod page;
mod range;
mod scan;
mod search;
mod sort;
mod subquery;

use super::catalog::Catalog;
use super::explanation::{Explanation, Finding, Node, Severity};
use super::filters::Reading;
use super::operation::Operation;
use super::trial::Trial;

use rusqlite::types::Value;

pub(crate) use advice::list;
pub use page::{CODES, page, pages};
pub(super) use scan::may_stop;

/// Everything that findings look at.
struct Case<'a> {
    plan: &'a Explanation,
    catalog: &'a Catalog<'a>,
    reading: Option<&'a Reading>,
    trial: Trial<'a>,
}

/// A finding and what it costs: rows visited, or the planner's unit.
struct Weighed {
    cost: f64,
    finding: Finding,
}

/// The findings about `plan`, the costliest first, the good news last.
pub(super) fn of(
    plan: &Explanation,
    catalog: &Catalog<'_>,
    reading: Option<&Reading>,
    values: &[Value],
) -> Vec<Finding> {
    let case = Case {
        plan,
        catalog,
        reading,
        trial: Trial::of(catalog.0, plan, values),
    };
    let mut found: Vec<Weighed> = plan
        .nodes
        .iter()
        .flat_map(|node| {
            [
                scan::find(&case, node),
                automatic_index::find(&case, node),
                sort::find(&case, node),
                range::before_equality(&case, node),
                range::wide(&case, node),
                range::skip_scan(&case, node),
                subquery::find(&case, node),
                search::find(&case, node),
            ]
        })
        .flatten()
        .collect();
    found.iter_mut().for_each(|it| case.check(&mut it.finding));
    // That rows were found by an index is no good news where the index is what
    // is wrong.
    let wrong: Vec<i64> = found
        .iter()
        .filter(|it| it.finding.severity == Severity::Warning)
        .filter_map(|it| it.finding.node)
        .collect();
    found.retain(|it| {
        it.finding.severity != Severity::Good
            || it.finding.node.is_none_or(|node| !wrong.contains(&node))
    });
    let mut causes: Vec<Weighed> = found
        .iter()
        .filter_map(|scan| cause::of(&case, scan))
        .collect();
    causes.iter_mut().for_each(|it| case.check(&mut it.finding));
    for cause in &causes {
        // What the cause tells, the scan need not repeat.
        found
            .iter_mut()
            .filter(|it| it.finding.node == cause.finding.node && it.finding.try_.is_empty())
            .for_each(|it| it.finding.why.clear());
    }
    found.extend(causes);
    found.extend(estimate::find(&case));
    found.sort_by(|a, b| {
        let good = |it: &Weighed| it.finding.severity == Severity::Good;
        good(a)
            .cmp(&good(b))
            .then_with(|| b.cost.total_cmp(&a.cost))
    });
    let mut tried: Vec<String> = Vec::new();
    for weighed in &mut found {
        // The same index may help in two places: propose it once.
        weighed
            .finding
            .try_
            .retain(|statement| !tried.contains(statement));
        tried.extend(weighed.finding.try_.iter().cloned());
    }
    found.into_iter().map(|weighed| weighed.finding).collect()
}

impl<'a> Case<'a> {
    /// Takes out a proposal that SQLite would not use, or that spares nothing,
    /// and says so instead.
    fn check(&self, finding: &mut Finding) {
        let node = finding.node.and_then(|id| self.plan.node(id));
        let alias = node.and_then(Node::reads).filter(|_| {
            // Written another way, the statement may read the table twice.
            finding.try_.iter().all(|it| it.starts_with("create "))
        });
        if let Some(why) = self.trial.refusal(&finding.try_, alias) {
            finding.try_.clear();
            finding.severity = finding.severity.min(Severity::Notice);
            if !finding.why.is_empty() {
                finding.why.push(' ');
            }
            finding.why += &why;
        }
    }

    /// Whether nothing speaks against `ddl`.
    fn holds(&self, ddl: &str, alias: Option<&str>) -> bool {
        self.trial.refusal(&[ddl.to_owned()], alias).is_none()
    }

    /// Whether SQLite searches with what `ddl` makes to read `alias`, as far as
    /// could be tried.
    fn serves(&self, ddl: &str, alias: Option<&str>) -> bool {
        self.trial.searches(ddl, alias)
    }

    /// Whether there are measurements of each step.
    fn measured(&self) -> bool {
        self.plan.was_run()
    }

    /// The loop around `node` in the same join.
    fn outer_loop(&self, node: &Node) -> Option<&'a Node> {
        self.plan
            .nodes
            .iter()
            .take_while(|other| other.id != node.id)
            .filter(|other| other.parent == node.parent && !other.checks_foreign_key)
            .filter(|other| {
                matches!(
                    other.operation,
                    Operation::Loop(_) | Operation::MultiIndexOr
                )
            })
            .last()
    }

    /// Whether a subquery above `node` runs again for each row around it.
    fn in_correlated(&self, node: &Node) -> bool {
        let mut above = node.parent;
        while let Some(parent) = above.and_then(|id| self.plan.node(id)) {
            if parent.operation.is_correlated() {
                return true;
            }
            above = parent.parent;
        }
        false
    }

    /// What a run cost at `node`, or what the planner thinks it does.
    fn cost(&self, node: &Node) -> f64 {
        node.visited_rows
            .map(|n| n as f64)
            .or(node.cost)
            .unwrap_or(0.0)
    }
}
