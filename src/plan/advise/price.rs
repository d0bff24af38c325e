//! What the planner would do with each set of candidates, and what it expects
//! that to cost: no row is read.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::candidate::Candidate;
use super::statistics::Statistics;
use super::twin::Twin;
use crate::plan::capture;
use crate::plan::explanation::Node;
use crate::plan::operation::Operation;
use crate::plan::scanstatus::Scanned;

/// How widely the planner is asked what it would choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breadth {
    /// Of everything, and of each kind of index.
    Kinds,
    /// Then, too, of what is left without what it chose, and so on.
    Rest,
}

impl Breadth {
    /// So many choices, and what follows from them, at the most.
    fn most(self) -> usize {
        match self {
            Breadth::Kinds => 0,
            Breadth::Rest => 16,
        }
    }
}

/// The cheapest of the sets, which are looked at once more.
const MOST_NARROWED: usize = 4;

/// A set of candidates, by their places.
pub(super) type Set = BTreeSet<usize>;

/// A set that the planner uses all of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Priced {
    pub(super) set: Set,
    /// In the planner's own unit: about the time of one row.
    pub(super) cost: f64,
}

/// The sets that are worth building.
#[derive(Debug)]
pub(super) struct Sets {
    /// The cheapest first.
    pub(super) priced: Vec<Priced>,
    /// The plain indexes that the planner likes best.
    pub(super) plain: Option<Set>,
}

/// What the planner may choose from, one after the other, each once.
#[derive(Default)]
struct Choices(Vec<Set>);

impl Choices {
    fn add(&mut self, set: Set) {
        if !set.is_empty() && !self.0.contains(&set) {
            self.0.push(set);
        }
    }
}

/// The empty twin with the candidates to choose from.
pub(super) struct Pricing {
    conn: Connection,
    pub(super) candidates: Vec<(Candidate, Statistics)>,
}

impl Pricing {
    pub(super) fn new(twin: Twin, candidates: Vec<Candidate>) -> rusqlite::Result<Pricing> {
        let (twin, candidates) = twin.into_statistics(candidates)?;
        twin.conn.execute_batch("COMMIT")?;
        Ok(Pricing {
            conn: twin.conn,
            candidates,
        })
    }

    /// The sets worth building for `sql`. What the planner would use of
    /// everything is where it begins; then it may not have one of those,
    /// or none of a kind.
    pub(super) fn sets(&self, sql: &str, breadth: Breadth) -> rusqlite::Result<Sets> {
        let of = |keep: &dyn Fn(&Candidate) -> bool| -> Set {
            let all = self.candidates.iter().enumerate();
            all.filter(|(_, (it, _))| keep(it))
                .map(|(at, _)| at)
                .collect()
        };
        let mut sets: Vec<Set> = Vec::new();
        let mut note = |set: &Set| {
            if !set.is_empty() && !sets.contains(set) {
                sets.push(set.clone());
            }
        };
        let all = of(&|_| true);
        let plain = of(&Candidate::is_plain);
        let narrow = of(&|it| !it.is_covering());
        let whole = of(&|it| it.condition.is_none());
        let partial = of(&|it| it.condition.is_some());
        let columns = of(&|it| it.key.iter().all(|part| part.column.is_some()));
        let mut best_plain = Set::new();
        self.with(&all, |conn| {
            let mut choices = Choices::default();
            for set in [all.clone(), narrow, whole, columns, plain.clone(), partial] {
                choices.add(set);
            }
            let mut at = 0;
            while let Some(allowed) = choices.0.get(at).cloned() {
                let used = self.used(conn, sql, &all, &allowed)?;
                note(&used);
                if allowed == plain {
                    best_plain.clone_from(&used);
                }
                if at < 2 && used.len() > 1 {
                    // What would it use if it could not have this one?
                    for it in &used {
                        let mut without = allowed.clone();
                        without.remove(it);
                        choices.add(without);
                    }
                }
                if !used.is_empty() && choices.0.len() < breadth.most() {
                    choices.add(allowed.difference(&used).copied().collect());
                }
                for it in &used {
                    let mut fewer = used.clone();
                    fewer.remove(it);
                    note(&fewer);
                }
                at += 1;
            }
            Ok(())
        })?;
        let mut priced: Vec<Priced> = Vec::new();
        for set in sets {
            let it = self.price(sql, &set)?;
            if !it.set.is_empty() && !priced.iter().any(|known| known.set == it.set) {
                priced.push(it);
            }
        }
        // The same rows of a sample may be counted otherwise under a longer key.
        let all = priced.clone();
        for it in &mut priced {
            let shorter = all.iter().filter(|other| self.does_all_of(it, other));
            it.cost = shorter.map(|other| other.cost).fold(it.cost, f64::min);
        }
        priced.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let cheapest: Vec<Priced> = priced.iter().take(MOST_NARROWED).cloned().collect();
        for wide in cheapest {
            let narrow = self.narrowed(sql, &wide)?;
            // Ahead of the wide one, which stays: what the planner takes for as
            // cheap may fetch more pages.
            let place = priced.iter().position(|it| it.set == wide.set);
            let is_known = priced.iter().any(|it| it.set == narrow.set);
            if let Some(place) = place.filter(|_| !is_known) {
                priced.insert(place, narrow);
            }
        }
        Ok(Sets {
            priced,
            plain: (!best_plain.is_empty()).then_some(best_plain),
        })
    }

    /// Whether each index of `shorter` is in `longer`, or begins one of it.
    fn does_all_of(&self, longer: &Priced, shorter: &Priced) -> bool {
        shorter.set.len() == longer.set.len()
            && shorter.set.iter().all(|short| {
                let short = &self.candidates[*short].0;
                let mut long = longer.set.iter().map(|at| &self.candidates[*at].0);
                long.any(|it| it.name == short.name || short.is_beginning_of(it))
            })
    }

    /// The same set with narrower indexes wherever the wider one is not
    /// expected to do any better.
    fn narrowed(&self, sql: &str, wide: &Priced) -> rusqlite::Result<Priced> {
        let mut best = wide.clone();
        for at in &wide.set {
            let (one, _) = &self.candidates[*at];
            let shorter = self.candidates.iter().position(|(it, _)| {
                one.is_covering()
                    && it.table == one.table
                    && it.condition == one.condition
                    && it.key.as_slice() == &one.key[..one.leading]
            });
            let Some(shorter) = shorter else { continue };
            let mut set = best.set.clone();
            set.remove(at);
            set.insert(shorter);
            let priced = self.price(sql, &set)?;
            if priced.set == set && priced.cost <= wide.cost * 1.01 {
                best = priced;
            }
        }
        Ok(best)
    }

    /// What `sql` costs with exactly `set`, and what of it is used.
    pub(super) fn price(&self, sql: &str, set: &Set) -> rusqlite::Result<Priced> {
        self.with(set, |conn| {
            let nodes = planned(conn, sql)?;
            Ok(Priced {
                set: self.names_in(&nodes, set),
                cost: cost_under(&nodes, None),
            })
        })
    }

    /// Runs `work` with these candidates in place.
    fn with<T>(
        &self,
        set: &Set,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.conn.execute_batch("SAVEPOINT dbdojo_price")?;
        let built = || -> rusqlite::Result<()> {
            for at in set {
                let (candidate, statistics) = &self.candidates[*at];
                self.conn.execute_batch(&candidate.ddl())?;
                statistics.insert(&self.conn, &candidate.name)?;
            }
            self.conn.execute_batch("ANALYZE sqlite_schema")
        };
        let result = built().and_then(|()| work(&self.conn));
        self.conn
            .execute_batch("ROLLBACK TO dbdojo_price; RELEASE dbdojo_price")?;
        result
    }

    /// What the planner uses of `allowed` while `built` is there.
    fn used(
        &self,
        conn: &Connection,
        sql: &str,
        built: &Set,
        allowed: &Set,
    ) -> rusqlite::Result<Set> {
        conn.execute_batch("SAVEPOINT dbdojo_without")?;
        let dropped: String = built
            .difference(allowed)
            .map(|at| {
                format!(
                    "DROP INDEX {};",
                    super::schema::quoted(&self.candidates[*at].0.name)
                )
            })
            .collect();
        let nodes = conn
            .execute_batch(&dropped)
            .and_then(|()| capture::nodes(conn, sql, &[]));
        conn.execute_batch("ROLLBACK TO dbdojo_without; RELEASE dbdojo_without")?;
        Ok(self.names_in(&nodes?, allowed))
    }

    fn names_in(&self, nodes: &[Node], among: &Set) -> Set {
        let used = |name: &str| nodes.iter().any(|node| node.operation.uses(name));
        among
            .iter()
            .copied()
            .filter(|at| used(&self.candidates[*at].0.name))
            .collect()
    }
}

/// The plan with the rows that the planner expects of each loop, where this
/// build can tell.
fn planned(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<Node>> {
    let mut nodes = capture::nodes(conn, sql, &[])?;
    if let Some(scanned) = Scanned::prepare(conn, sql)? {
        capture::attach(&mut nodes, scanned.steps());
    }
    Ok(nodes)
}

/// The cost of the nodes under `parent`: loops that stand beside each other
/// are nested, each turned once for each row that comes out of those before.
fn cost_under(nodes: &[Node], parent: Option<i64>) -> f64 {
    let (mut cost, mut turns) = (0.0, 1.0_f64);
    for node in nodes.iter().filter(|node| node.parent == parent) {
        let below = cost_under(nodes, Some(node.id));
        match &node.operation {
            Operation::Loop(_) => {
                cost += turns * node.cost.unwrap_or(1.0);
                turns *= node.estimated_rows.unwrap_or(1.0).max(1e-3);
            }
            Operation::TempBTree(_) => cost += turns * libm::log2(turns.max(2.0)),
            operation if operation.is_correlated() => cost += turns * below,
            Operation::MultiIndexOr => {
                cost += turns * below;
            }
            _ => cost += below,
        }
    }
    cost
}
