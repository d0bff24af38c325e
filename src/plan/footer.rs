//! One sentence about a query that was just run, from what is free to know: its
//! plan, which takes microseconds to ask for, and SQLite's counters.
//!
//! The counters are sums over the whole statement, so the sentence claims only
//! what they prove. A full scan of n rows takes n - 1 steps: that is a number of
//! rows only if there was one scan, run once; and these are *all* rows only if
//! nothing can have stopped it.

use rusqlite::Connection;

use super::capture;
use super::catalog::Catalog;
use super::explanation::Node;
use super::filters::{Reading, Scope, Verb};
use super::findings::{list, may_stop};
use super::foreign_keys;
use super::meaning::is_plural;
use super::operation::{Access, Operation, Purpose};
use crate::sandbox::counters::Counters;
use crate::units::{count, counted};

/// What to say under a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// One or two short sentences.
    pub text: String,
    /// Whether an explanation would tell more: why it was read so.
    pub explain: bool,
}

/// Fewer steps than this are not worth a word.
const FEW: u64 = 100;

/// What is worth telling about `sql`, a single statement that was just run to
/// its end, with what it counted and the rows that it returned or changed.
/// `None` when there is nothing to tell.
///
/// It prepares EXPLAIN QUERY PLAN and asks the schema for the tables' names; the
/// statement is not run again.
pub fn footer(conn: &Connection, sql: &str, counters: &Counters, rows: u64) -> Option<Summary> {
    let sql = capture::only_statement(conn, sql).ok()?;
    let mut nodes = capture::nodes(conn, sql, &[]).ok()?;
    let reading = Reading::of(sql);
    let catalog = Catalog(conn);
    foreign_keys::mark(&mut nodes, &catalog, reading.as_ref());
    capture::name_tables(&mut nodes, &catalog, reading.as_ref());
    let ran = Ran {
        walks: nodes
            .iter()
            .filter(|node| is_walk(node, &nodes) && !node.checks_foreign_key)
            .collect(),
        nodes: &nodes,
        reading: reading.as_ref(),
        catalog,
        changes_data: !conn.prepare(sql).ok()?.readonly(),
        rows,
    };
    if counters.auto_indexes >= FEW {
        return Some(ran.automatic_index(counters.auto_indexes));
    }
    if counters.fullscan_steps >= FEW {
        return ran.scanned(counters.fullscan_steps, counters.sorts > 0);
    }
    ran.searched()
}

/// Whether a node's steps from row to row are counted as a full scan. Those
/// through the rows of a co-routine are not.
fn is_walk(node: &Node, nodes: &[Node]) -> bool {
    node.operation.as_loop().is_some_and(|it| {
        let co_routine = Operation::CoRoutine(it.source.clone());
        (it.is_walk() || it.is_min_max()) && nodes.iter().all(|other| other.operation != co_routine)
    })
}

struct Ran<'a> {
    nodes: &'a [Node],
    walks: Vec<&'a Node>,
    reading: Option<&'a Reading>,
    catalog: Catalog<'a>,
    changes_data: bool,
    rows: u64,
}

impl Ran<'_> {
    fn automatic_index(&self, steps: u64) -> Summary {
        let tables = names(self.nodes.iter().filter(|node| {
            node.operation
                .as_loop()
                .is_some_and(|it| matches!(it.access, Access::AutomaticIndex { .. }))
        }));
        Summary {
            text: format!(
                "Took {} to index {} for this run alone.",
                counted(steps, "step", "steps"),
                list(&tables, "and")
            ),
            explain: true,
        }
    }

    fn scanned(&self, steps: u64, sorts: bool) -> Option<Summary> {
        let steps_taken = counted(steps, "step", "steps");
        // Foreign keys and triggers scan within the same statement, and its
        // plan does not show them.
        let hidden_work = self.hidden_work();
        if self.walks.is_empty() {
            return hidden_work.map(|work| Summary {
                text: format!("Took {steps_taken} for {work}."),
                explain: false,
            });
        }
        let tables = names(self.walks.iter().copied());
        if let Some(work) = hidden_work {
            return Some(Summary {
                text: format!(
                    "Took {steps_taken} through {} and for {work}.",
                    list(&tables, "and")
                ),
                explain: true,
            });
        }
        if let [walk] = self.walks.as_slice()
            && self.runs_once(walk)
        {
            return self.read_rows(walk, steps + 1, sorts);
        }
        let without = self.walks.iter().all(|walk| {
            walk.table.is_some()
                && walk
                    .operation
                    .as_loop()
                    .is_some_and(|it| it.access == Access::Table)
        });
        let without = if without { " without an index" } else { "" };
        Some(Summary {
            text: format!(
                "Took {steps_taken} through {}{without}.",
                list(&tables, "and")
            ),
            explain: true,
        })
    }

    /// One scan, run once: its rows are known.
    fn read_rows(&self, walk: &Node, read: u64, sorts: bool) -> Option<Summary> {
        let it = walk.operation.as_loop()?;
        let scope = self.reading.and_then(Reading::only_scope);
        let sorted = sorts.then(|| self.sorted(scope)).flatten();
        if sorted.is_none() && self.rows.saturating_mul(2) >= read {
            // It read what it was asked for.
            return None;
        }
        let only_loop = self.loops().count() == 1;
        let all = only_loop
            && !it.exists
            && !may_stop(self.reading, self.nodes, walk)
            && it.access == Access::Table;
        let what = match (&it.access, &walk.table) {
            (
                Access::Index {
                    name,
                    covering: true,
                    ..
                },
                _,
            ) => {
                format!("{} entries of index {name}", count(read))
            }
            (_, Some(table)) if all && is_plural(table) => {
                format!("all {} {table}", count(read))
            }
            (_, Some(table)) if all => format!("all {} rows of {table}", count(read)),
            _ => format!("{} of {}", counted(read, "row", "rows"), name_of(walk)),
        };
        let purpose = scope.filter(|_| only_loop).and_then(|it| self.purpose(it));
        let text = match sorted {
            Some(sorted) => format!("Read {what} and sorted {sorted}."),
            None => format!("Read {what}{}.", purpose.unwrap_or_default()),
        };
        Some(Summary {
            text,
            explain: true,
        })
    }

    /// What the rows were read for.
    fn purpose(&self, scope: &Scope) -> Option<String> {
        if scope.reshapes || !scope.filters {
            return None;
        }
        let verb = match self.reading?.verb {
            Verb::Select => "find",
            Verb::Insert => "add",
            Verb::Update => "change",
            Verb::Delete => "delete",
        };
        Some(match self.rows {
            0 if verb == "find" => " and found nothing".to_owned(),
            0 => format!(" to {verb} nothing"),
            1 => format!(" to {verb} it"),
            rows => format!(" to {verb} {}", count(rows)),
        })
    }

    /// What was sorted, if the plan says that rows were.
    fn sorted(&self, scope: Option<&Scope>) -> Option<&'static str> {
        let purpose = self.nodes.iter().find_map(|node| match &node.operation {
            Operation::TempBTree(
                purpose @ (Purpose::OrderBy | Purpose::GroupBy | Purpose::LastTermsOfOrderBy(_)),
            ) => Some(purpose),
            _ => None,
        })?;
        let every_row = scope.is_some_and(|scope| !scope.filters && !scope.limit);
        Some(match purpose {
            Purpose::GroupBy if every_row => "them into groups",
            Purpose::GroupBy => "what it kept into groups",
            _ if every_row && !scope.is_some_and(|scope| scope.reshapes) => "them",
            _ => "the result",
        })
    }

    /// A single search through an index that has a name.
    fn searched(&self) -> Option<Summary> {
        let mut loops = self.loops();
        let (Some(node), None) = (loops.next(), loops.next()) else {
            return None;
        };
        let it = node.operation.as_loop()?;
        let Access::Index {
            name,
            covering,
            terms,
        } = &it.access
        else {
            return None;
        };
        if terms.is_empty() || name.starts_with("sqlite_autoindex_") {
            return None;
        }
        let found = if self.rows == 0 { "Looked up" } else { "Found" };
        let text = match (&node.table, covering) {
            // What is changed is reached, whatever found it.
            (Some(table), true) if !self.changes_data => {
                format!("{found} in index {name}, without reading {table} itself.")
            }
            _ => format!("{found} by index {name}."),
        };
        Some(Summary {
            text,
            explain: false,
        })
    }

    fn loops(&self) -> impl Iterator<Item = &Node> {
        self.nodes
            .iter()
            .filter(|node| node.operation.as_loop().is_some() && !node.checks_foreign_key)
    }

    /// Whether a loop is started once: the outermost one of the statement's own
    /// FROM.
    fn runs_once(&self, walk: &Node) -> bool {
        walk.parent.is_none()
            && self
                .nodes
                .iter()
                .take_while(|node| node.id != walk.id)
                .all(|node| !matches!(node.operation, Operation::Loop(_) | Operation::MultiIndexOr))
            && !self
                .nodes
                .iter()
                .any(|node| matches!(node.operation, Operation::RightJoin(_)))
    }

    /// What may work behind a statement that changes rows, as the schema tells.
    fn hidden_work(&self) -> Option<&'static str> {
        if !self.changes_data {
            return None;
        }
        let Some((reading, table)) = self
            .reading
            .and_then(|it| Some((it, it.target.as_deref()?)))
        else {
            return Some("whatever else it did");
        };
        let also = reading.resolves_conflicts;
        let verbs: &[&str] = match reading.verb {
            _ if also => &["INSERT", "UPDATE", "DELETE"],
            Verb::Select | Verb::Insert => &["INSERT"],
            Verb::Update => &["UPDATE"],
            Verb::Delete => &["DELETE"],
        };
        let triggers = verbs
            .iter()
            .any(|verb| self.catalog.has_trigger(table, verb));
        // A row that comes looks up what it refers to by key. One that goes, or
        // whose key changes, is looked for in the tables that refer to it.
        let referred = self.catalog.referred_columns(table);
        let foreign_keys = match reading.verb {
            _ if also => !referred.is_empty(),
            Verb::Select | Verb::Insert => false,
            Verb::Delete => !referred.is_empty(),
            Verb::Update => {
                let key = self.catalog.primary_key(table);
                let keys: Vec<&String> = referred
                    .iter()
                    .flat_map(|it| it.as_ref().map_or(key.iter().collect(), |it| vec![it]))
                    .collect();
                keys.iter()
                    .any(|key| reading.sets.iter().any(|set| set.eq_ignore_ascii_case(key)))
            }
        };
        match (foreign_keys, triggers) {
            (true, true) => Some("foreign keys or triggers"),
            (true, false) => Some("foreign keys"),
            (false, true) => Some("triggers"),
            (false, false) => None,
        }
    }
}

fn names<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for node in nodes {
        let name = name_of(node);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn name_of(node: &Node) -> String {
    match (&node.table, node.reads()) {
        (Some(table), _) => table.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => "a subquery".to_owned(),
    }
}
