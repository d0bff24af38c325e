//! Whole rows, one after another, as SQLite stores them.

use rusqlite::types::ValueRef;

use super::super::calendar::write_moment;
use super::super::chance::below;
use super::super::name::Scale;
use super::super::spec::{Meaning, Piece, RowRule, Rule, Spec};
use super::cells::{Cells, NULL};

/// All rows of a dataset, table by table. Memory does not grow with the rows
/// that were made.
pub struct Rows<'a> {
    spec: &'a Spec,
    cells: Cells<'a>,
}

/// One row, good until the next one is made.
#[derive(Debug, Default)]
pub struct Row {
    values: Vec<Value>,
    text: String,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    Integer(i64),
    Real(f64),
    /// From one byte of the row's text to another.
    Text(usize, usize),
}

impl Row {
    /// The values of the columns, in the order of the schema.
    pub fn values(&self) -> impl Iterator<Item = ValueRef<'_>> {
        self.values.iter().map(|value| match *value {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(number),
            Value::Real(number) => ValueRef::Real(number),
            Value::Text(from, to) => ValueRef::Text(&self.text.as_bytes()[from..to]),
        })
    }

    fn push_text(&mut self, write: impl FnOnce(&mut String)) {
        let from = self.text.len();
        write(&mut self.text);
        self.values.push(Value::Text(from, self.text.len()));
    }
}

impl<'a> Rows<'a> {
    /// The rows of a dataset at a scale, for a seed.
    pub fn new(spec: &'a Spec, scale: Scale, seed: u64) -> Rows<'a> {
        Rows {
            spec,
            cells: Cells::new(spec, scale, seed),
        }
    }

    /// The names of the tables, in the order in which they are to be filled.
    pub fn tables(&self) -> impl Iterator<Item = &'a str> {
        self.spec.tables().iter().map(|table| table.name.as_str())
    }

    /// Hands each row of a table to `take`, until that fails. The table is
    /// given by its number in [`tables`](Self::tables).
    ///
    /// # Errors
    /// What `take` returned.
    pub fn each<E>(
        &mut self,
        table: usize,
        take: &mut dyn FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = Row::default();
        let mut key = 0;
        self.walk(table, &mut |rows, place| {
            key += 1;
            rows.write(table, place, key, &mut row);
            take(&row)
        })
    }

    /// Visits the places of a table's rows, in order.
    fn walk<E>(
        &mut self,
        table: usize,
        visit: &mut dyn FnMut(&mut Self, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.spec.tables()[table].rows {
            RowRule::Each { of, most, .. } => self.walk(*of, &mut |rows, parent| {
                let first = parent * most;
                for place in first..first + rows.cells.number(table, parent) {
                    visit(rows, place)?;
                }
                Ok(())
            }),
            _ => {
                for place in 0..self.cells.count(table).unwrap_or(0) {
                    visit(self, place)?;
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, table: usize, place: u64, key: i64, row: &mut Row) {
        row.values.clear();
        row.text.clear();
        let spec = self.spec;
        let columns = &spec.tables()[table];
        for (index, column) in columns.columns[..columns.held].iter().enumerate() {
            if let Rule::Key = column.rule {
                row.values.push(Value::Integer(key));
                continue;
            }
            if column.meaning == Meaning::Text {
                if self.cells.is_null(table, place, index) {
                    row.values.push(Value::Null);
                } else {
                    self.write_text(table, place, &column.rule, row);
                }
                continue;
            }
            let cell = self.cells.cell(table, place, index);
            if cell == NULL {
                row.values.push(Value::Null);
                continue;
            }
            match column.meaning {
                Meaning::Whole | Meaning::Combination | Meaning::Text => {
                    row.values.push(Value::Integer(cell));
                }
                // The nearest double to the decimal number: division rounds
                // correctly.
                Meaning::Cents => row.values.push(Value::Real(cell as f64 / 100.0)),
                Meaning::Row => row.values.push(Value::Integer(cell + 1)),
                Meaning::Back => row.values.push(Value::Integer(key - cell)),
                Meaning::Moment => row.push_text(|text| write_moment(text, cell)),
                Meaning::Label { table, column } => {
                    if let Rule::Choice { labels, .. } = &spec.tables()[table].columns[column].rule
                    {
                        row.push_text(|text| text.push_str(&labels[cell as usize]));
                    }
                }
            }
        }
    }

    fn write_text(&mut self, table: usize, place: u64, rule: &Rule, row: &mut Row) {
        let lists = self.spec.lists();
        match rule {
            Rule::Line { list, word } => {
                let entry = &lists[*list].entries[place as usize];
                let line = word.map_or(&entry.text, |word| &entry.words[word]);
                row.push_text(|text| text.push_str(line));
            }
            Rule::Template { by, texts } => {
                let case = by
                    .as_ref()
                    .map_or(0, |by| self.cells.case(table, place, by));
                row.push_text(|text| {
                    for piece in &texts[case] {
                        self.write_piece(table, place, piece, text);
                    }
                });
            }
            _ => row.values.push(Value::Null),
        }
    }

    fn write_piece(&mut self, table: usize, place: u64, piece: &Piece, text: &mut String) {
        let lists = self.spec.lists();
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Pick { list, slot } => {
                let entries = &lists[*list].entries;
                let word = self.cells.word(table, place, *slot);
                text.push_str(&pick(entries, word).text);
            }
            Piece::Value { column } => {
                let cell = self.cells.cell(table, place, *column);
                let meaning = self.spec.tables()[table].columns[*column].meaning;
                self.write_cell(cell, meaning, text);
            }
            Piece::Word { column, list, slot } => {
                let entry = self.cells.cell(table, place, *column);
                let word = self.cells.word(table, place, *slot);
                let words = &lists[*list].entries[entry as usize].words;
                text.push_str(pick::<String>(words, word));
            }
            Piece::Part { column, part, slug } => {
                let Rule::Combination(of) = &self.spec.tables()[table].columns[*column].rule else {
                    return;
                };
                let size = |list: &usize| lists[*list].entries.len();
                let after: usize = of[part + 1..].iter().map(size).product();
                let combination = self.cells.cell(table, place, *column) as usize;
                let entry = &lists[of[*part]].entries[combination / after % size(&of[*part])];
                text.push_str(if *slug {
                    entry.slug.as_deref().unwrap_or_default()
                } else {
                    &entry.text
                });
            }
            Piece::Round { column } => {
                let Rule::Combination(of) = &self.spec.tables()[table].columns[*column].rule else {
                    return;
                };
                let all: usize = of.iter().map(|list| lists[*list].entries.len()).product();
                let round = self.cells.cell(table, place, *column) as usize / all;
                if round > 0 {
                    text.push_str(&(round + 1).to_string());
                }
            }
        }
    }

    /// A cell as JSON has it, but without the quotes of a text.
    fn write_cell(&self, cell: i64, meaning: Meaning, text: &mut String) {
        match meaning {
            _ if cell == NULL => text.push_str("null"),
            Meaning::Row => text.push_str(&(cell + 1).to_string()),
            Meaning::Cents => text.push_str(&(cell as f64 / 100.0).to_string()),
            Meaning::Moment => write_moment(text, cell),
            Meaning::Label { table, column } => {
                if let Rule::Choice { labels, .. } = &self.spec.tables()[table].columns[column].rule
                {
                    text.push_str(&labels[cell as usize]);
                }
            }
            Meaning::Whole | Meaning::Back | Meaning::Combination | Meaning::Text => {
                text.push_str(&cell.to_string());
            }
        }
    }
}

fn pick<T>(from: &[T], word: u64) -> &T {
    &from[below(word, from.len() as u64) as usize]
}
