//! What each node of a plan does, in a sentence with the learner's own tables
//! and numbers: what it did, after a run, and what it will do, without one.

use super::catalog::Catalog;
use super::explanation::Node;
use super::filters::{Reading, Verb};
use super::findings::may_stop;
use super::operation::{Access, Loop, Operation, Purpose, Source, Term};
use super::rows_out::turns;
use crate::units::{count, counted};

/// Fills in [`Node::meaning`]. Beside a table that is looked up again and again,
/// it costs a walk through those that were scanned, which are counted in pages.
pub(super) fn fill(
    nodes: &mut [Node],
    catalog: &Catalog<'_>,
    reading: Option<&Reading>,
    page_fetches: Option<u64>,
) {
    let sentences: Vec<String> = nodes
        .iter()
        .map(|node| {
            let told = Told {
                node,
                nodes,
                catalog,
                reading,
                page_fetches,
            };
            told.sentence()
        })
        .collect();
    for (node, sentence) in nodes.iter_mut().zip(sentences) {
        node.meaning = sentence;
    }
}

struct Told<'a> {
    node: &'a Node,
    nodes: &'a [Node],
    catalog: &'a Catalog<'a>,
    reading: Option<&'a Reading>,
    /// Those of the whole run.
    page_fetches: Option<u64>,
}

impl Told<'_> {
    fn sentence(&self) -> String {
        let name = || name_of(self.node);
        let loops = self.node.loops;
        let rows = |one: &str| match self.node.visited_rows {
            Some(0) => format!("no {one}s"),
            Some(rows) => counted(rows, one, &format!("{one}s")),
            None => format!("the {one}s"),
        };
        let ran = self.ran();
        let did = |past: &str, present: &str| if ran { past } else { present }.to_owned();
        match &self.node.operation {
            Operation::Loop(it) => self.looped(it),
            Operation::MultiIndexOr if turns(self.nodes, self.node) == Some(0) => {
                self.unstarted("any side of the OR")
            }
            Operation::MultiIndexOr => format!(
                "{} once for each side of the OR, and each row found is taken once.",
                did("It searched", "It searches")
            ),
            Operation::OrTerm(number) => format!("Side {number} of the OR."),
            Operation::BloomFilter { source, .. } => format!(
                "A Bloom filter {} lookups in {} that can find nothing.",
                did("spared", "spares"),
                source_name(source)
            ),
            Operation::CreateBloomFilter => {
                format!(
                    "It {} which values occur, in a Bloom filter.",
                    did("noted", "notes")
                )
            }
            Operation::AutomaticIndex { table, columns, .. } => format!(
                "It {} an index on {table}({columns}) for this run alone.",
                did("built", "builds")
            ),
            Operation::CoRoutine(source) => format!(
                "The rows of {} {} one at a time, as they are asked for.",
                source_name(source),
                did("were made", "are made")
            ),
            Operation::Materialize(source) => format!(
                "The rows of {} {} once and kept in a table of their own.",
                source_name(source),
                did("were made", "are made")
            ),
            Operation::ScalarSubquery { correlated, .. }
            | Operation::ListSubquery { correlated, .. } => {
                let what = match self.node.operation {
                    Operation::ListSubquery { .. } => "The list of IN",
                    _ => "The value of a subquery",
                };
                match (correlated, loops.filter(|_| *correlated)) {
                    (true, Some(0)) => format!("{what} was never asked for."),
                    (true, Some(loops)) => {
                        format!(
                            "{what} was computed {}, once for each row around it.",
                            times(loops)
                        )
                    }
                    (true, None) => {
                        format!(
                            "{what} {} again for each row around it.",
                            did("was computed", "is computed")
                        )
                    }
                    (false, _) => format!("{what} {} once.", did("was computed", "is computed")),
                }
            }
            Operation::ReuseSubquery(_) | Operation::ReuseListSubquery(_) => format!(
                "What the subquery gave before {} again.",
                did("was used", "is used")
            ),
            Operation::RowidForIn(table) => format!(
                "IN {} straight into {table}, by its primary key.",
                did("looked", "looks")
            ),
            Operation::IndexForIn(index) => {
                format!("IN {} straight into index {index}.", did("looked", "looks"))
            }
            Operation::TempBTree(purpose) => match purpose {
                Purpose::OrderBy => {
                    format!(
                        "It {} {} for ORDER BY.",
                        did("sorted", "sorts"),
                        rows("row")
                    )
                }
                Purpose::LastTermsOfOrderBy(_) => format!(
                    "It {} {} by the last terms of ORDER BY, group by group.",
                    did("sorted", "sorts"),
                    rows("row")
                ),
                Purpose::GroupBy => format!(
                    "It {} {} to bring groups together.",
                    did("sorted", "sorts"),
                    rows("row")
                ),
                Purpose::Distinct => {
                    format!(
                        "It {} the values seen, to drop duplicates.",
                        did("kept", "keeps")
                    )
                }
                Purpose::AggregateDistinct(function) => format!(
                    "It {} the values of {function}(DISTINCT), to drop duplicates.",
                    did("kept", "keeps")
                ),
                Purpose::AggregateOrderBy(function) => format!(
                    "It {} the values of {function}(ORDER BY).",
                    did("sorted", "sorts")
                ),
            },
            Operation::Compound => {
                format!("The queries {} one after the other.", did("ran", "run"))
            }
            Operation::LeftMost => "The first of them.".to_owned(),
            Operation::UnionAll => "The next of them: UNION ALL adds its rows.".to_owned(),
            Operation::Merge(_) => format!(
                "Two sorted results {} side by side.",
                did("were walked through", "are walked through")
            ),
            Operation::Left => "The left one of them.".to_owned(),
            Operation::Right => "The right one of them.".to_owned(),
            Operation::Setup => "The rows that the recursion begins with.".to_owned(),
            Operation::RecursiveStep => {
                format!(
                    "New rows {} from each row found so far.",
                    did("were made", "are made")
                )
            }
            Operation::RightJoin(table) => format!(
                "The rows of {table} that found no partner {}.",
                did("were added", "are added")
            ),
            Operation::ConstantRows(_) => {
                format!("No table {}.", did("was read", "is read"))
            }
            Operation::Unknown => format!("SQLite says: {} ({}).", self.node.detail, name()),
        }
    }

    /// Whether it was carried out, as far as can be seen.
    fn ran(&self) -> bool {
        self.nodes.iter().any(|node| node.loops.is_some())
    }

    fn looped(&self, it: &Loop) -> String {
        let name = name_of(self.node);
        if self.node.loops == Some(0) {
            return self.unstarted(&name);
        }
        if matches!(it.access, Access::Virtual { .. }) {
            return match self.node.visited_rows {
                Some(rows) => format!(
                    "{}it asked {name}, which computes its rows: {}.",
                    self.each(),
                    rows_of(rows)
                )
                .capitalized(),
                None => {
                    format!("{}it asks {name}, which computes its rows.", self.each()).capitalized()
                }
            };
        }
        let (Some(loops), Some(visited)) = (self.node.loops, self.node.visited_rows) else {
            return self.will(it, &name).capitalized();
        };
        let rows = rows_of(visited);
        let kept = match self.node.output_rows {
            Some(kept) if kept < visited => format!(", {} kept", count(kept)),
            _ => String::new(),
        };
        let each = self.each();
        let place = self.place(it);
        let sentence = if it.is_min_max() && visited <= loops {
            format!("{each}it went to one end of {name}{place}: {rows}.")
        } else if it.is_min_max() {
            format!("{each}it walked through {name}{place} for min() or max(): {rows}.")
        } else if it.search {
            let by = self.by(it);
            if loops > 1 {
                let lookups = counted(loops, "lookup", "lookups");
                let found = if is_one_row(it) && visited == loops {
                    String::new()
                } else {
                    format!(", {rows}")
                };
                let pages = match self.pages_each(loops) {
                    Some(pages) if pages < 0.95 => ", less than 1 page each".to_owned(),
                    Some(pages) => {
                        let pages = counted(pages.round() as u64, "page", "pages");
                        format!(", about {pages} each")
                    }
                    None => String::new(),
                };
                format!("{each}it looked up {name} {by}: {lookups}{found}{kept}{pages}.")
            } else {
                format!("{each}it found {rows} of {name} {by}{kept}.")
            }
        } else if loops > 1 {
            format!(
                "{each}it read {name}{place} again: {}, {rows} in all{kept}.",
                times(loops)
            )
        } else if visited == 0 {
            format!("{each}it looked for rows in {name}{place} and found none.")
        } else {
            let all = if may_stop(self.reading, self.nodes, self.node) {
                ""
            } else {
                "all "
            };
            format!("{each}it read {all}{rows} of {name}{place}{kept}.")
        };
        sentence.capitalized()
    }

    fn will(&self, it: &Loop, name: &str) -> String {
        let each = self.each();
        let place = self.place(it);
        if it.is_min_max() {
            format!("{each}it takes min() or max() of {name}{place}.")
        } else if it.search {
            format!("{each}it looks up {name} {}.", self.by(it))
        } else if may_stop(self.reading, self.nodes, self.node) {
            format!("{each}it reads {name}{place}, row by row.")
        } else {
            format!("{each}it reads all rows of {name}{place}.")
        }
    }

    /// Why a loop was not started once: the loop around it let no row through,
    /// or what it reads was not needed, as under LIMIT 0 or a condition that
    /// is false for every row.
    fn unstarted(&self, name: &str) -> String {
        if self.node.checks_foreign_key {
            return format!("It never looked into {name}: nothing had to be checked.");
        }
        let started = self
            .around()
            .filter(|outer| turns(self.nodes, outer).is_none_or(|n| n > 0))
            .last();
        match started {
            Some(outer) => format!("It never started: no row of {} passed.", name_of(outer)),
            None => format!("It never started: no row of {name} was needed."),
        }
    }

    /// The loops around it in the same join, the nearest last.
    fn around(&self) -> impl Iterator<Item = &Node> {
        self.nodes
            .iter()
            .take_while(|other| other.id != self.node.id)
            .filter(|other| other.parent == self.node.parent && !other.checks_foreign_key)
            .filter(|other| {
                matches!(
                    other.operation,
                    Operation::Loop(_) | Operation::MultiIndexOr
                )
            })
            .filter(|_| !self.node.checks_foreign_key)
    }

    /// `for each of the 3,924 orders `, inside a join.
    fn each(&self) -> String {
        let Some(outer) = self.around().last() else {
            return String::new();
        };
        let table = outer.table.as_deref().filter(|it| is_plural(it));
        match (self.node.loops, table) {
            (Some(1), _) => String::new(),
            (Some(loops), Some(table)) => format!("for each of the {} {table} ", count(loops)),
            (Some(loops), None) => {
                let rows = counted(loops, "row", "rows");
                format!("for each of the {rows} of {} ", name_of(outer))
            }
            (None, _) => format!("for each row of {} ", name_of(outer)),
        }
    }

    /// The pages that each lookup fetched, on average: what the whole run
    /// fetched less the pages of the scans around it, where nothing else
    /// fetched any. A depth would say too much: a search keeps the root and the
    /// page it stands on.
    fn pages_each(&self, loops: u64) -> Option<f64> {
        if self.reading?.verb != Verb::Select {
            return None;
        }
        let mut scanned = 0;
        for other in self.nodes.iter().filter(|it| it.id != self.node.id) {
            scanned += match &other.operation {
                Operation::TempBTree(_) => 0,
                Operation::Loop(it) => self.whole_scan(other, it)?,
                _ => return None,
            };
        }
        let rest = self.page_fetches?.checked_sub(scanned)?;
        Some(rest as f64 / loops.max(1) as f64)
    }

    /// The pages of a table or index that `node` read once, from end to end.
    fn whole_scan(&self, node: &Node, it: &Loop) -> Option<u64> {
        let whole = node.parent.is_none()
            && node.loops == Some(1)
            && it.is_walk()
            && !may_stop(self.reading, self.nodes, node);
        let tree = match &it.access {
            Access::Table => node.table.as_deref(),
            Access::Index {
                name,
                covering: true,
                ..
            } => Some(name.as_str()),
            _ => None,
        };
        self.catalog.pages(tree.filter(|_| whole)?)
    }

    fn by(&self, it: &Loop) -> String {
        let range = it
            .terms()
            .iter()
            .any(|it| matches!(it, Term::Greater(_) | Term::Less(_)));
        let range = if range { "a range of " } else { "" };
        match &it.access {
            Access::Index { name, .. } => {
                let alone = if self.index_alone(it) { " alone" } else { "" };
                format!("by {range}index {name}{alone}")
            }
            Access::AutomaticIndex { .. } => "by an index built for this run".to_owned(),
            Access::PrimaryKey { .. } | Access::Rowid { .. } => {
                let its = if range.is_empty() { "" } else { "its " };
                format!("by {range}{its}primary key")
            }
            Access::Table | Access::Virtual { .. } => String::new(),
        }
    }

    /// ` in index i`, for a walk through one.
    fn place(&self, it: &Loop) -> String {
        match &it.access {
            Access::Index { name, .. } if self.index_alone(it) => {
                format!(" in index {name} alone")
            }
            Access::Index { name, covering, .. } if *covering => format!(" in index {name}"),
            Access::Index { name, .. } => format!(" in the order of index {name}"),
            _ => String::new(),
        }
    }

    /// Whether the table itself is left alone: an index holds all that is asked
    /// for, and the rows found are not changed.
    fn index_alone(&self, it: &Loop) -> bool {
        matches!(&it.access, Access::Index { covering: true, .. })
            && !self.reading.is_some_and(|it| it.changes(self.node))
    }
}

/// Whether a turn finds one row at the most, as far as the plan tells.
fn is_one_row(it: &Loop) -> bool {
    match &it.access {
        Access::Rowid { terms } => matches!(terms.as_slice(), [Term::Equal(_)]),
        Access::PrimaryKey { terms } => terms.iter().all(|it| matches!(it, Term::Equal(_))),
        _ => false,
    }
}

fn name_of(node: &Node) -> String {
    match (&node.table, &node.operation) {
        (Some(table), _) => table.clone(),
        (None, Operation::Loop(it)) => source_name(&it.source),
        (None, _) => node.reads().unwrap_or("a subquery").to_owned(),
    }
}

fn source_name(source: &Source) -> String {
    match source {
        Source::Named { name, .. } => name.clone(),
        Source::Subquery(_) => "a subquery".to_owned(),
        Source::Join(_) => "a join".to_owned(),
        Source::Values(_) => "VALUES".to_owned(),
    }
}

/// `no rows`, `1 row`, `5,000 rows`.
fn rows_of(n: u64) -> String {
    match n {
        0 => "no rows".to_owned(),
        n => counted(n, "row", "rows"),
    }
}

fn times(n: u64) -> String {
    counted(n, "time", "times")
}

/// Whether a table's name reads as a plural noun: `customers`.
pub(super) fn is_plural(table: &str) -> bool {
    table.ends_with('s') && table.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The first letter of a sentence.
trait Capitalized {
    fn capitalized(self) -> String;
}

impl Capitalized for String {
    fn capitalized(mut self) -> String {
        if let Some(first) = self.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        self
    }
}
