//! A workload's statements and keys, as SQLite knows them.

use super::recorded::Recorded;
use crate::cache::StatementFacts;
use crate::lab::keys::{Distribution, KeyStream, Rank, UnusableKeys};
use crate::lab::workload::{Template, Workload};
use crate::sandbox::{Budget, Column, Error, Practice, ResultSet, Value, owned};

/// One statement of a workload over its keys.
#[derive(Debug)]
pub struct Statement {
    /// Its text.
    pub sql: String,
    /// Its parameters, with their colons.
    pub parameters: Vec<String>,
    /// Their values for each key, the most popular first.
    pub keys: Vec<Vec<Value>>,
    /// Statements with the same keys in the same order have the same number.
    pub keys_of: usize,
    /// What SQLite says of it.
    pub facts: StatementFacts,
    /// The tables that it changes; none for a read.
    pub writes: Vec<String>,
    /// The number of its first request.
    first: Rank,
    weight: f64,
    distribution: Distribution,
}

/// All that can be asked for: each statement with each of its keys has a
/// number, those of one statement beside each other.
#[derive(Debug)]
pub struct Requests {
    statements: Vec<Statement>,
}

impl Requests {
    /// What the statements say when they are compiled, and their keys: at most
    /// `most` of each.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn look_up(
        practice: &mut Practice,
        workload: &Workload,
        most: Option<u64>,
        seed: u64,
    ) -> Result<Requests, Error> {
        let mut statements: Vec<Statement> = Vec::new();
        for template in &workload.templates {
            let notes = practice.notes(&template.sql)?;
            let mut keys = select(practice, &template.values, &[], &[])?.rows;
            template.distribution.rank(&mut keys, seed);
            if let Some(most) = most {
                keys.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            }
            let same = |other: &Template| {
                other.values == template.values && other.distribution == template.distribution
            };
            let first = statements
                .last()
                .map_or(0, |last| last.first + last.keys.len() as Rank);
            statements.push(Statement {
                sql: template.sql.clone(),
                parameters: template.parameters.clone(),
                keys,
                keys_of: workload.templates.iter().position(same).unwrap_or(0),
                writes: notes.writes.iter().cloned().collect(),
                facts: StatementFacts::of(practice, notes)?,
                first,
                weight: template.weight,
                distribution: template.distribution,
            });
        }
        Ok(Requests { statements })
    }

    /// Reads of so many keys of one table that nobody has, and writes of the
    /// same keys: `written` is their share of the requests, 0 to 1.
    pub fn imagined(keys: u64, distribution: Distribution, written: f64) -> Requests {
        let table = "imagined".to_owned();
        let statement = |writes: Vec<String>, first, weight| Statement {
            sql: String::new(),
            parameters: Vec::new(),
            keys: vec![Vec::new(); keys as usize],
            keys_of: 0,
            facts: StatementFacts {
                readonly: writes.is_empty(),
                is_query: true,
                tables: vec![table.clone()],
                ..StatementFacts::default()
            },
            writes,
            first,
            weight,
            distribution,
        };
        let mut statements = vec![statement(Vec::new(), 0, 1.0 - written)];
        if written > 0.0 {
            statements.push(statement(vec![table.clone()], keys as Rank, written));
        }
        Requests { statements }
    }

    /// Gives each statement the keys of a trace. Whether those of the first are
    /// the values that the trace names.
    ///
    /// # Errors
    /// How many keys a statement has, if those of the trace are more.
    pub fn take_keys(&mut self, recorded: &Recorded) -> Result<bool, usize> {
        let mut first = 0;
        let mut by_name = None;
        for statement in &mut self.statements {
            let have = statement.keys.len();
            let (keys, named) = recorded.values_of(statement).ok_or(have)?;
            by_name.get_or_insert(named);
            statement.keys = keys;
            statement.first = first;
            first += statement.keys.len() as Rank;
        }
        Ok(by_name.unwrap_or(false))
    }

    /// The statements, in the order of the workload.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The statement that a request's number stands for, and which of its keys.
    pub fn get(&self, number: Rank) -> (&Statement, usize) {
        let after = self
            .statements
            .partition_point(|statement| statement.first <= number);
        let statement = &self.statements[after.saturating_sub(1)];
        (statement, (number - statement.first) as usize)
    }

    /// The reads' numbers.
    pub fn reads(&self) -> impl Iterator<Item = Rank> {
        let reads = self
            .statements
            .iter()
            .filter(|statement| statement.writes.is_empty());
        reads.flat_map(|read| read.first..read.first + read.keys.len() as Rank)
    }

    /// The probability of each number.
    ///
    /// # Errors
    /// [`UnusableKeys`].
    pub fn probabilities(&self) -> Result<Vec<f64>, UnusableKeys> {
        let all: f64 = self
            .statements
            .iter()
            .map(|statement| statement.weight)
            .sum();
        let mut probabilities = Vec::new();
        for statement in &self.statements {
            let share = statement.weight / all;
            let own = statement
                .distribution
                .probabilities(statement.keys.len() as u64)?;
            probabilities.extend(own.into_iter().map(|p| p * share));
        }
        Ok(probabilities)
    }

    /// What theory needs: the probability of each result among the reads.
    /// `None` where draws are not independent.
    ///
    /// # Errors
    /// [`UnusableKeys`].
    pub fn read_probabilities(&self) -> Result<Option<Vec<f64>>, UnusableKeys> {
        let mut reads = self
            .statements
            .iter()
            .filter(|statement| statement.writes.is_empty());
        if reads.any(|read| !read.distribution.is_independent()) {
            return Ok(None);
        }
        let all = self.probabilities()?;
        let mut own: Vec<f64> = self.reads().map(|number| all[number as usize]).collect();
        let sum: f64 = own.iter().sum();
        own.iter_mut().for_each(|p| *p /= sum);
        Ok(Some(own))
    }

    /// The sequence of a seed.
    ///
    /// # Errors
    /// [`UnusableKeys`].
    pub fn draws(&self, seed: u64) -> Result<Draws<'_>, UnusableKeys> {
        Ok(Draws {
            requests: self,
            stream: KeyStream::new(&self.probabilities()?, seed),
            next: vec![0; self.statements.len()],
        })
    }
}

impl Statement {
    /// The values of the parameters for one key.
    pub fn values(&self, key: usize) -> &[Value] {
        let values = &self.keys[key];
        &values[..values.len().min(self.parameters.len())]
    }

    /// Its share of the requests is this by the sum of all.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The number of a request for one key.
    pub fn number(&self, key: usize) -> Rank {
        self.first + key as Rank
    }
}

/// A seeded sequence of requests.
pub struct Draws<'a> {
    requests: &'a Requests,
    stream: KeyStream,
    /// Of each statement, the key that comes next, if they come in their order.
    next: Vec<usize>,
}

impl Draws<'_> {
    /// The next `n` requests.
    pub fn take(&mut self, n: usize) -> Vec<Rank> {
        let mut drawn = self.stream.take(n);
        let statements = &self.requests.statements;
        if statements.iter().all(|it| it.distribution.is_independent()) {
            return drawn;
        }
        for number in &mut drawn {
            let at = statements
                .partition_point(|it| it.first <= *number)
                .saturating_sub(1);
            let statement = &statements[at];
            if !statement.distribution.is_independent() {
                *number = statement.number(self.next[at]);
                self.next[at] = (self.next[at] + 1) % statement.keys.len();
            }
        }
        drawn
    }
}

/// All rows of a SELECT on a guarded connection.
fn select(
    practice: &mut Practice,
    sql: &str,
    parameters: &[String],
    values: &[Value],
) -> Result<ResultSet, Error> {
    let result = practice.with_budget(Budget::default(), |conn| {
        rows_of(conn, sql, parameters, values)
    });
    result.map_err(|error| practice.explain_error(error))
}

/// All rows of a statement. It is compiled once.
///
/// # Errors
/// What SQLite says.
pub fn rows_of(
    conn: &rusqlite::Connection,
    sql: &str,
    parameters: &[String],
    values: &[Value],
) -> rusqlite::Result<ResultSet> {
    let mut statement = conn.prepare_cached(sql)?;
    let columns: Vec<Column> = statement
        .columns()
        .map(|column| Column {
            name: column.name().to_owned(),
            declared_type: column.decl_type().map(str::to_owned),
        })
        .collect();
    let mut result = ResultSet {
        rows: Vec::new(),
        columns,
    };
    for (parameter, value) in parameters.iter().zip(values) {
        if let Some(at) = statement.parameter_index(parameter)? {
            statement.raw_bind_parameter(at, value)?;
        }
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let width = 0..result.columns.len();
        let values = width.map(|i| row.get_ref(i).map(owned));
        result.rows.push(values.collect::<Result<_, _>>()?);
    }
    Ok(result)
}
