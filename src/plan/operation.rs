//! What one node of a plan does: a type for every text that SQLite 3.54 writes.

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `SCAN` or `SEARCH`: a loop over rows, the heart of every plan.
    Loop(Loop),
    /// `MULTI-INDEX OR`: one search for each side of an OR, duplicates dropped.
    MultiIndexOr,
    /// `INDEX n`: the n-th side of that OR.
    OrTerm(u32),
    /// `BLOOM FILTER ON t (c=?)`: a quick test that spares hopeless lookups.
    BloomFilter {
        /// The table whose lookups are spared.
        source: Source,
        /// The columns that are tested.
        terms: Vec<Term>,
    },
    /// `CREATE BLOOM FILTER`: filling that test.
    CreateBloomFilter,
    /// `CREATE AUTOMATIC INDEX ON t(c)`: filling an index for this run alone.
    /// Only scan statistics show it.
    AutomaticIndex {
        /// The table.
        table: String,
        /// Its columns, as SQLite writes them.
        columns: String,
        /// Whether a `WHERE` narrows it.
        partial: bool,
    },
    /// `CO-ROUTINE x`: rows made one at a time, as they are asked for.
    CoRoutine(Source),
    /// `MATERIALIZE x`: rows made once and kept.
    Materialize(Source),
    /// `SCALAR SUBQUERY n`: a query that stands for one value.
    ScalarSubquery {
        /// SQLite's number for it.
        number: u32,
        /// Whether it is run again for each row around it.
        correlated: bool,
    },
    /// `LIST SUBQUERY n`: the right side of an IN.
    ListSubquery {
        /// SQLite's number for it.
        number: u32,
        /// Whether it is run again for each row around it.
        correlated: bool,
    },
    /// `REUSE SUBQUERY n`: the value computed before.
    ReuseSubquery(u32),
    /// `REUSE LIST SUBQUERY n`: the list made before.
    ReuseListSubquery(u32),
    /// `USING ROWID SEARCH ON TABLE t FOR IN-OPERATOR`.
    RowidForIn(String),
    /// `USING INDEX i FOR IN-OPERATOR`.
    IndexForIn(String),
    /// `USE TEMP B-TREE FOR ..`: rows kept aside to sort or compare them.
    TempBTree(Purpose),
    /// `COMPOUND QUERY`.
    Compound,
    /// `LEFT-MOST SUBQUERY`: the first part of a compound.
    LeftMost,
    /// `UNION ALL`: a further part of a compound.
    UnionAll,
    /// `MERGE (..)`: two sorted parts walked side by side.
    Merge(SetOperator),
    /// `LEFT`: the left part of a merge.
    Left,
    /// `RIGHT`: the right part of a merge.
    Right,
    /// `SETUP`: the first rows of a recursive query.
    Setup,
    /// `RECURSIVE STEP`: the rows made from rows.
    RecursiveStep,
    /// `RIGHT-JOIN t`: the pass for the rows of `t` that found no partner.
    RightJoin(String),
    /// `SCAN CONSTANT ROW` (`None`) or `SCAN n CONSTANT ROWS`: no table at all.
    ConstantRows(Option<u64>),
    /// A text of another version of SQLite.
    Unknown,
}

/// A loop over the rows of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// `SEARCH`: it begins at a place that an index knows. Without that, and
    /// without terms, a `SEARCH` is min() or max() at one end.
    pub search: bool,
    /// What it reads.
    pub source: Source,
    /// It ends at the first row that fits.
    pub exists: bool,
    /// How it finds the rows.
    pub access: Access,
    /// Rows without a partner stay, with NULLs.
    pub left_join: bool,
}

/// What a loop reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A table, view, CTE or table function, by its alias if it has one.
    Named {
        /// The schema, where the statement names one.
        schema: Option<String>,
        /// The alias or name.
        name: String,
    },
    /// `(subquery-N)`: a subquery in FROM that has no name.
    Subquery(u32),
    /// `(join-N)`: a join in parentheses.
    Join(u32),
    /// `N-ROW VALUES CLAUSE`.
    Values(u64),
}

/// How a loop finds its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// In the order of the table itself.
    Table,
    /// Through an index.
    Index {
        /// Its name.
        name: String,
        /// It holds every column that is asked for.
        covering: bool,
        /// What narrows the walk; nothing for a walk from end to end.
        terms: Vec<Term>,
    },
    /// Through an index made for this run alone.
    AutomaticIndex {
        /// Whether it holds only the rows that can fit.
        partial: bool,
        /// What narrows the walk.
        terms: Vec<Term>,
    },
    /// Through the primary key of a WITHOUT ROWID table.
    PrimaryKey {
        /// What narrows the walk.
        terms: Vec<Term>,
    },
    /// By the rowid, which an INTEGER PRIMARY KEY is.
    Rowid {
        /// What narrows the walk.
        terms: Vec<Term>,
    },
    /// As the virtual table likes.
    Virtual {
        /// Its index number, decimal or `0x..`.
        number: String,
        /// Its index text.
        text: String,
    },
}

/// What narrows a walk through an index: one column or a row of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// `c=?`: also IN, IS, IS NULL.
    Equal(String),
    /// `ANY(c)`: every value of `c` in turn (a skip-scan).
    Any(String),
    /// `c>?`: also `>=`.
    Greater(Vec<String>),
    /// `c<?`: also `<=`.
    Less(Vec<String>),
}

/// What a temporary b-tree is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// `ORDER BY`, whole.
    OrderBy,
    /// The last `n` terms of it; an index gives the order of the others.
    LastTermsOfOrderBy(u32),
    /// `GROUP BY`.
    GroupBy,
    /// `DISTINCT`.
    Distinct,
    /// `fn(DISTINCT)`.
    AggregateDistinct(String),
    /// `fn(ORDER BY)`.
    AggregateOrderBy(String),
}

/// What joins the parts of a compound query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// Without duplicates.
    Union,
    /// All of both.
    UnionAll,
    /// What both have.
    Intersect,
    /// What only the first has.
    Except,
}

impl Operation {
    /// Whether it reads the index `name`.
    pub fn uses(&self, name: &str) -> bool {
        match self {
            Operation::Loop(it) => {
                matches!(&it.access, Access::Index { name: used, .. } if used == name)
            }
            Operation::IndexForIn(used) => used == name,
            _ => false,
        }
    }

    /// The word of the JSON contract for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Operation::Loop(it) if it.search => "search",
            Operation::Loop(_) => "scan",
            Operation::MultiIndexOr | Operation::OrTerm(_) => "multi-index-or",
            Operation::BloomFilter { .. } | Operation::CreateBloomFilter => "bloom-filter",
            Operation::AutomaticIndex { .. } => "automatic-index",
            Operation::CoRoutine(_) => "co-routine",
            Operation::Materialize(_) => "materialize",
            Operation::ScalarSubquery { .. }
            | Operation::ListSubquery { .. }
            | Operation::ReuseSubquery(_)
            | Operation::ReuseListSubquery(_)
            | Operation::RowidForIn(_)
            | Operation::IndexForIn(_) => "subquery",
            Operation::TempBTree(_) => "temp-b-tree",
            Operation::Compound
            | Operation::LeftMost
            | Operation::UnionAll
            | Operation::Merge(_)
            | Operation::Left
            | Operation::Right => "compound",
            Operation::Setup | Operation::RecursiveStep => "recursive",
            Operation::RightJoin(_) => "right-join",
            Operation::ConstantRows(_) => "constant-rows",
            Operation::Unknown => "unknown",
        }
    }

    /// The loop, if it is one.
    pub fn as_loop(&self) -> Option<&Loop> {
        match self {
            Operation::Loop(it) => Some(it),
            _ => None,
        }
    }

    /// Whether what stands below it runs again for each row around it.
    pub fn is_correlated(&self) -> bool {
        matches!(
            self,
            Operation::ScalarSubquery {
                correlated: true,
                ..
            } | Operation::ListSubquery {
                correlated: true,
                ..
            }
        )
    }
}

impl Loop {
    /// Whether nothing narrows the walk: it reads from one end, and goes to the
    /// other unless something stops it.
    pub fn is_walk(&self) -> bool {
        !self.search && !matches!(self.access, Access::Virtual { .. })
    }

    /// Whether it is min() or max(): the first row of an index, or, without
    /// one, a walk through everything. Only the rows visited tell which.
    pub fn is_min_max(&self) -> bool {
        self.search && !matches!(self.access, Access::Virtual { .. }) && self.terms().is_empty()
    }

    /// The index that it goes through, if that one has a name.
    pub fn index(&self) -> Option<&str> {
        match &self.access {
            Access::Index { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether its index holds every column that is asked for; `None` without
    /// an index.
    pub fn covering(&self) -> Option<bool> {
        match &self.access {
            Access::Index { covering, .. } => Some(*covering),
            Access::AutomaticIndex { .. } => Some(true),
            _ => None,
        }
    }

    /// What narrows the walk.
    pub fn terms(&self) -> &[Term] {
        match &self.access {
            Access::Index { terms, .. }
            | Access::AutomaticIndex { terms, .. }
            | Access::PrimaryKey { terms }
            | Access::Rowid { terms } => terms,
            Access::Table | Access::Virtual { .. } => &[],
        }
    }
}

impl Source {
    /// The alias or name, for what has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Source::Named { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl Term {
    /// The columns it speaks of.
    pub fn columns(&self) -> &[String] {
        match self {
            Term::Equal(column) | Term::Any(column) => std::slice::from_ref(column),
            Term::Greater(columns) | Term::Less(columns) => columns,
        }
    }
}
