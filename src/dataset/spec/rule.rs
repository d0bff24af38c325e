//! Tables and the rules of their columns, with all names looked up.
//!
//! Every cell but a text is a whole number: cents, seconds since 1970, the
//! index of a choice, the place of another row. [`Meaning`] says which.

use crate::dataset::chance::{Season, Weights};

/// A table and how its rows are made.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name in the schema.
    pub name: String,
    /// How many rows.
    pub rows: RowRule,
    /// The columns of the schema, in its order, and then the drawn ones.
    pub columns: Vec<Column>,
    /// How many of the columns are the schema's.
    pub held: usize,
    /// Random words that a row takes.
    pub words: u64,
}

/// How many rows a table has.
#[derive(Debug, Clone)]
pub enum RowRule {
    /// One for each entry of a list.
    Lines(usize),
    /// In proportion to the scale's orders.
    Per {
        /// Rows for each order.
        share: f64,
        /// At every scale.
        at_least: u64,
    },
    /// Some for each row of an earlier table.
    Each {
        /// That table.
        of: usize,
        /// On what their number depends.
        by: Option<By>,
        /// How many, for each value of `by`.
        numbers: Vec<Weights>,
        /// The most there can be.
        most: u64,
    },
}

/// A column's cell as an index: what a rule depends on.
#[derive(Debug, Clone)]
pub struct By {
    /// The column.
    pub path: Path,
    /// Its cells, in the order of their indexes.
    pub cells: Vec<i64>,
}

/// The way from a row to a cell: `item.order_id.created_at`.
#[derive(Debug, Clone)]
pub struct Path {
    /// At least one; all but the last lead to a row of the next step's table.
    pub steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The table in which it starts.
    pub table: usize,
    /// The column that it reads.
    pub column: usize,
    /// Whether rows are visited in no order, so that the column is worth being
    /// kept in memory.
    pub is_random: bool,
}

/// A column and how its cells are made.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How often the cell is NULL.
    pub null: Option<Null>,
    /// The first of the row's random words that are its own.
    pub slot: u64,
    /// How its cells are made.
    pub rule: Rule,
    /// What its cells are.
    pub meaning: Meaning,
}

/// How often a cell is NULL.
#[derive(Debug, Clone)]
pub struct Null {
    /// The random word that decides.
    pub slot: u64,
    /// On what it depends.
    pub by: Option<By>,
    /// The word below which it is NULL, for each value of `by`.
    pub bounds: Vec<u64>,
}

/// What the whole number of a cell stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Itself.
    Whole,
    /// Hundredths.
    Cents,
    /// Seconds since 1970.
    Moment,
    /// A row, counted from 0; its key is one more.
    Row,
    /// How many rows before this one.
    Back,
    /// One of the texts of a choice, which is the rule of this table's column.
    Label {
        /// The table of the choice.
        table: usize,
        /// Its column.
        column: usize,
    },
    /// None: it is written out of the row's random words.
    Text,
    /// None that a table could hold.
    Combination,
}

/// How the cells of a column are made.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The number of the row.
    Key,
    /// The row that it was made for.
    Parent,
    /// The text of its entry, or one of the words after it.
    Line {
        /// The list.
        list: usize,
        /// Which word.
        word: Option<usize>,
    },
    /// The entry above it.
    Above(usize),
    /// One of some texts.
    Choice {
        /// The texts.
        labels: Vec<String>,
        /// Of each text.
        weights: Weights,
    },
    /// One of some numbers.
    Number {
        /// The numbers.
        values: Vec<i64>,
        /// Of each number.
        weights: Weights,
    },
    /// A number between two, both included, in units of the cell.
    Between {
        /// The least.
        from: i64,
        /// The most.
        to: i64,
        /// What is added.
        plus: Option<Path>,
    },
    /// `median * exp(sigma * z)`, in hundredths if it has decimals.
    Lognormal {
        /// In units of the cell.
        median: f64,
        /// Of the logarithm.
        sigma: f64,
        /// In units of the cell.
        at_least: i64,
        /// In units of the cell.
        at_most: i64,
    },
    /// A row of another table.
    Reference {
        /// The table, which is no `each` table.
        to: usize,
        /// Zipf's exponent; 0 for all alike.
        zipf: f64,
        /// Entries of this list that are leaves.
        leaves: Option<usize>,
        /// Their column (since when they exist), our column (when).
        since: Option<(usize, usize)>,
        /// Never the same twice for one parent.
        distinct: bool,
        /// Not the row that this column holds.
        except: Option<usize>,
    },
    /// One of the rows before this one of the same parent.
    Earlier,
    /// Kilometres between two entries of a list.
    Distance {
        /// The entries.
        between: [Path; 2],
        /// Latitude and longitude of each, in degrees.
        places: Vec<[f64; 2]>,
    },
    /// What another row holds.
    Copy(Path),
    /// A sum of products over the rows that were made for this one.
    Sum {
        /// Their table.
        of: usize,
        /// Two of its columns.
        times: [usize; 2],
    },
    /// An even share of what the parent holds.
    Share(Path),
    /// A moment between two days since 1970.
    Moment {
        /// The first day.
        from: i64,
        /// The day after the last.
        until: i64,
        /// How much busier the end is than the start.
        growth: f64,
        /// How busy months, weekdays and hours are.
        season: Option<Box<Season>>,
        /// The share of the rows by which a row may be out of order.
        disorder: Option<f64>,
        /// It is a multiple of so many seconds.
        step: i64,
    },
    /// The rows of one parent, evenly in time.
    Rhythm {
        /// The first.
        from: i64,
        /// Seconds between two.
        step: i64,
    },
    /// A moment after others.
    After(Box<After>),
    /// Entries of some lists; the last list changes fastest.
    Combination(Vec<usize>),
    /// A text with entries of lists in it.
    Template {
        /// On what the text depends.
        by: Option<By>,
        /// One for each value of `by`.
        texts: Vec<Vec<Piece>>,
    },
}

/// A moment after the latest of some.
#[derive(Debug, Clone)]
pub struct After {
    /// The others; at least one.
    pub of: Vec<Path>,
    /// Half of the delays are shorter.
    pub median_seconds: f64,
    /// Of the delay's logarithm.
    pub sigma: f64,
    /// Seconds to add.
    pub shift: i64,
    /// Seconds to add for each unit of a cell.
    pub each: Vec<(Path, f64)>,
    /// The moment from which on it is NULL instead.
    pub until: Option<i64>,
    /// The rows of one parent have their delays in order.
    pub in_order: bool,
    /// It is a multiple of so many seconds.
    pub step: i64,
}

/// A part of a template.
#[derive(Debug, Clone)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// An entry of a list, by the random word of this slot.
    Pick {
        /// The list.
        list: usize,
        /// The word.
        slot: u64,
    },
    /// What a column holds.
    Value {
        /// The column.
        column: usize,
    },
    /// A word of the entry that a column refers to.
    Word {
        /// The column.
        column: usize,
        /// The list whose entries are its rows.
        list: usize,
        /// The random word.
        slot: u64,
    },
    /// An entry of a combination.
    Part {
        /// The combination.
        column: usize,
        /// Which of its lists.
        part: usize,
        /// Whether to spell it as an address does.
        slug: bool,
    },
    /// Nothing the first time that all combinations are used, then 2, 3, ..
    Round {
        /// The combination.
        column: usize,
    },
}
