//! Any cell of a dataset, by table, row and column.
//!
//! A row is known by its *place*. In most tables that is its number, counted
//! from 0. The rows that a table has for each row of another are at the places
//! `parent * most + 0, 1, ..`, so that a row is found from its parent without
//! counting those before it.

use super::super::chance::{Keystream, below, inverse_normal, mix, unit};
use super::super::globe::kilometres;
use super::super::name::Scale;
use super::super::spec::{By, Column, Path, RowRule, Rule, Spec};
use super::after::floor;
use super::sampler::{Sampler, row_counts, samplers};

/// The cell is NULL.
pub const NULL: i64 = i64::MIN;

/// Draws of a row that must exist already, before its oldest row is taken. With
/// a third of all rows in existence, one cell in 10^11 comes to that.
const DRAWS: u32 = 64;

/// Makes cells.
pub struct Cells<'a> {
    spec: &'a Spec,
    samplers: Vec<Vec<Sampler>>,
    counts: Vec<Option<u64>>,
    tables: Vec<Memory>,
}

/// What is remembered of a table, none of which changes a value.
struct Memory {
    words: Keystream,
    numbers: Keystream,
    /// The cells of the row that was asked for last.
    place: u64,
    known: u64,
    cells: Vec<i64>,
    /// Whole columns that other rows refer to in no order.
    columns: Vec<Option<Vec<i64>>>,
    /// The parent whose rows were made last, and what they refer to.
    siblings: (u64, Vec<i64>),
    /// A parent and a slot, and the delays of its rows in order.
    delays: ((u64, u64), Vec<i64>),
    /// The oldest row, by the column that says so.
    oldest: Option<i64>,
}

impl<'a> Cells<'a> {
    /// The cells of a dataset at a scale, for a seed.
    pub fn new(spec: &'a Spec, scale: Scale, seed: u64) -> Cells<'a> {
        let counts = row_counts(spec, scale);
        Cells {
            samplers: samplers(spec, &counts, seed),
            tables: spec
                .tables()
                .iter()
                .map(|table| Memory {
                    words: Keystream::new(seed, &table.name),
                    numbers: Keystream::new(seed, &format!("{} rows", table.name)),
                    place: u64::MAX,
                    known: 0,
                    cells: vec![NULL; table.columns.len()],
                    columns: vec![None; table.columns.len()],
                    siblings: (u64::MAX, Vec::new()),
                    delays: ((u64::MAX, 0), Vec::new()),
                    oldest: None,
                })
                .collect(),
            spec,
            counts,
        }
    }

    /// The number of rows, where a table has its own.
    pub fn count(&self, table: usize) -> Option<u64> {
        self.counts[table]
    }

    /// How many rows an `each` table has for a row of its parent's.
    pub fn number(&mut self, table: usize, parent: u64) -> u64 {
        let RowRule::Each {
            of, by, numbers, ..
        } = &self.spec.tables()[table].rows
        else {
            return 0;
        };
        let case = by.as_ref().map_or(0, |by| self.case(*of, parent, by));
        let word = self.tables[table].numbers.word(parent);
        numbers[case].choose(word) as u64
    }

    /// The index of what a column depends on.
    pub fn case(&mut self, table: usize, place: u64, by: &By) -> usize {
        let cell = self.follow(table, place, &by.path);
        by.cells.iter().position(|c| *c == cell).unwrap_or(0)
    }

    /// A random word of a row.
    #[inline]
    pub fn word(&mut self, table: usize, place: u64, slot: u64) -> u64 {
        let words = self.spec.tables()[table].words;
        self.tables[table].words.word(place * words + slot)
    }

    /// A cell, or [`NULL`].
    pub fn cell(&mut self, table: usize, place: u64, column: usize) -> i64 {
        let memory = &mut self.tables[table];
        if memory.place != place {
            memory.place = place;
            memory.known = 0;
        } else if memory.known >> column & 1 == 1 {
            return memory.cells[column];
        }
        let cell = self.make(table, place, column);
        let memory = &mut self.tables[table];
        if memory.place == place {
            memory.known |= 1 << column;
            memory.cells[column] = cell;
        }
        cell
    }

    /// Whether a text is NULL; its words are for the caller to write.
    pub fn is_null(&mut self, table: usize, place: u64, column: usize) -> bool {
        let spec = self.spec;
        let Some(null) = &spec.tables()[table].columns[column].null else {
            return false;
        };
        let case = null.by.as_ref();
        let case = case.map_or(0, |by| self.case(table, place, by));
        self.word(table, place, null.slot) < null.bounds[case]
    }

    fn make(&mut self, table: usize, place: u64, column: usize) -> i64 {
        if self.is_null(table, place, column) {
            return NULL;
        }
        let spec = self.spec;
        let rules = &spec.tables()[table].columns[column];
        let slot = rules.slot;
        match &rules.rule {
            Rule::Key => place as i64,
            Rule::Parent => (place / self.most(table)) as i64,
            Rule::Above(list) => {
                let above = spec.lists()[*list].entries[place as usize].above;
                above.map_or(NULL, |row| row as i64)
            }
            Rule::Choice { weights, .. } => weights.choose(self.word(table, place, slot)) as i64,
            Rule::Number { values, weights } => {
                values[weights.choose(self.word(table, place, slot))]
            }
            Rule::Between { from, to, plus } => {
                let steps = (to - from + 1) as u64;
                let drawn = from + below(self.word(table, place, slot), steps) as i64;
                match plus.as_ref().map(|path| self.follow(table, place, path)) {
                    Some(NULL) => NULL,
                    Some(other) => other + drawn,
                    None => drawn,
                }
            }
            Rule::Lognormal {
                median,
                sigma,
                at_least,
                at_most,
            } => {
                let z = inverse_normal(unit(self.word(table, place, slot)));
                let value = libm::round(median * libm::exp(sigma * z));
                (value as i64).clamp(*at_least, (*at_most).max(*at_least))
            }
            Rule::Reference {
                to,
                since: Some((theirs, ours)),
                ..
            } => self.existing(table, place, column, (*to, *theirs, *ours)),
            Rule::Reference { distinct: true, .. } => self.distinct(table, place, column),
            Rule::Reference { except, .. } => {
                let other = except.map_or(NULL, |other| self.cell(table, place, other));
                let word = self.word(table, place, slot);
                self.draw(table, column, word, |to| to == other)
            }
            Rule::Earlier => match place % self.most(table) {
                0 => NULL,
                before => 1 + below(self.word(table, place, slot), before) as i64,
            },
            Rule::Distance { between, places } => {
                let rows = between
                    .each_ref()
                    .map(|path| self.follow(table, place, path));
                if rows.contains(&NULL) {
                    return NULL;
                }
                let [from, to] = rows.map(|row| places[row as usize]);
                libm::round(kilometres(from, to)) as i64
            }
            Rule::Copy(path) => self.follow(table, place, path),
            Rule::Sum { of, times } => {
                let first = place * self.most(*of);
                (first..first + self.number(*of, place))
                    .map(|row| self.cell(*of, row, times[0]) * self.cell(*of, row, times[1]))
                    .sum()
            }
            Rule::Share(path) => {
                let most = self.most(table);
                let all = self.follow(table, place, path);
                let parts = self.number(table, place / most) as i64;
                let part = (place % most) as i64;
                all * (part + 1) / parts - all * part / parts
            }
            Rule::Moment { disorder, step, .. } => {
                let word = self.word(table, place, slot);
                let at = self.share_of_time(table, place, *disorder, unit(word));
                match &self.samplers[table][column] {
                    Sampler::Moments(moments) => floor(moments.at(at), *step),
                    _ => NULL,
                }
            }
            Rule::After(after) => self.after(table, place, slot, after),
            Rule::Combination(_) => match &self.samplers[table][column] {
                Sampler::Combination { all, scatter } => {
                    let round = place / all * all;
                    (round + scatter.place(place % all)) as i64
                }
                _ => NULL,
            },
            Rule::Rhythm { from, step } => from + (place % self.most(table)) as i64 * step,
            Rule::Line { .. } | Rule::Template { .. } => NULL,
        }
    }

    /// The cell at the end of a path.
    pub(super) fn follow(&mut self, table: usize, place: u64, path: &Path) -> i64 {
        debug_assert_eq!(path.steps[0].table, table, "a path starts at home");
        let mut at = place as i64;
        for step in &path.steps {
            at = if step.is_random {
                self.kept(step.table, at as u64, step.column)
            } else {
                self.cell(step.table, at as u64, step.column)
            };
            if at == NULL {
                break;
            }
        }
        at
    }

    /// A cell of a column that is kept in memory, as its rows are visited in no
    /// order. Its table is no `each` table.
    fn kept(&mut self, table: usize, place: u64, column: usize) -> i64 {
        if let Some(cells) = &self.tables[table].columns[column] {
            return cells[place as usize];
        }
        let rows = self.counts[table].unwrap_or(0);
        let cells: Vec<i64> = (0..rows).map(|row| self.cell(table, row, column)).collect();
        let cell = cells[place as usize];
        self.tables[table].columns[column] = Some(cells);
        cell
    }

    /// A row of another table that existed at the moment of this row.
    fn existing(
        &mut self,
        table: usize,
        place: u64,
        column: usize,
        (to, theirs, ours): (usize, usize, usize),
    ) -> i64 {
        let now = self.cell(table, place, ours);
        let slot = self.spec.tables()[table].columns[column].slot;
        let mut word = self.word(table, place, slot);
        for _ in 0..DRAWS {
            let row = self.samplers[table][column].row(word);
            if self.kept(to, row as u64, theirs) <= now {
                return row;
            }
            word = mix(word);
        }
        if let Some(row) = self.tables[to].oldest {
            return row;
        }
        let rows = self.counts[to].unwrap_or(0);
        let oldest = (0..rows).min_by_key(|row| self.kept(to, *row, theirs));
        let oldest = oldest.unwrap_or(0) as i64;
        self.tables[to].oldest = Some(oldest);
        oldest
    }

    /// A row of another table to which none of the rows before this one, of the
    /// same parent, refers.
    fn distinct(&mut self, table: usize, place: u64, column: usize) -> i64 {
        let most = self.most(table);
        let (parent, number) = (place / most, (place % most) as usize);
        let (last, mut taken) = std::mem::take(&mut self.tables[table].siblings);
        if last != parent {
            taken.clear();
        }
        let Column { slot, rule, .. } = &self.spec.tables()[table].columns[column];
        while taken.len() <= number {
            let row = parent * most + taken.len() as u64;
            let other = match rule {
                Rule::Reference {
                    except: Some(other),
                    ..
                } => self.cell(table, row, *other),
                _ => NULL,
            };
            let word = self.word(table, row, *slot);
            let to = self.draw(table, column, word, |to| to == other || taken.contains(&to));
            taken.push(to);
        }
        let to = taken[number];
        self.tables[table].siblings = (parent, taken);
        to
    }

    /// The delays that are remembered of a parent's rows, or what `make` makes.
    pub(super) fn delay_among(
        &mut self,
        table: usize,
        key: (u64, u64),
        number: usize,
        make: impl FnOnce(&mut Self) -> Vec<i64>,
    ) -> i64 {
        if self.tables[table].delays.0 != key {
            let delays = make(self);
            self.tables[table].delays = (key, delays);
        }
        self.tables[table].delays.1[number]
    }

    /// A row of another table that is not `taken`: drawn again, and if that does
    /// not help, the next one that is free. (`Names::column` has seen that there
    /// are enough.)
    fn draw(&self, table: usize, column: usize, mut word: u64, taken: impl Fn(i64) -> bool) -> i64 {
        let sampler = &self.samplers[table][column];
        let mut to = sampler.row(word);
        for _ in 0..DRAWS {
            if !taken(to) {
                return to;
            }
            word = mix(word);
            to = sampler.row(word);
        }
        let rows = match self.spec.tables()[table].columns[column].rule {
            Rule::Reference { to, .. } => self.counts[to].unwrap_or(1) as i64,
            _ => 1,
        };
        let next = (0..rows).map(|step| (to + step) % rows);
        next.into_iter().find(|to| !taken(*to)).unwrap_or(to)
    }

    /// Where in time a row is, in [0, 1): about where its number is among all,
    /// or anywhere.
    fn share_of_time(&self, table: usize, place: u64, disorder: Option<f64>, u: f64) -> f64 {
        let (Some(disorder), Some(rows)) = (disorder, self.counts[table]) else {
            return u;
        };
        let rows = rows as f64;
        // At least two rows: also a few rows are not quite in order.
        let reach = (disorder * rows).max(2.0);
        let at = (place as f64 + 0.5 + reach * (2.0 * u - 1.0)) / rows;
        // What falls off an end is folded back. The largest double below 1.
        (1.0 - (1.0 - at.abs()).abs()).clamp(0.0, 1.0 - f64::EPSILON / 2.0)
    }

    pub(super) fn most(&self, table: usize) -> u64 {
        match &self.spec.tables()[table].rows {
            RowRule::Each { most, .. } => *most,
            _ => 1,
        }
    }
}
