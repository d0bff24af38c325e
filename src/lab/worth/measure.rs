//! Reads keys from the database, through the cache and with an index, in turns.

use std::time::Duration;

use rusqlite::Connection;

use super::weigh::Error;
use crate::cache::{Layer, Outcome, Read, StatementFacts};
use crate::clock::Clock;
use crate::sandbox::{Column, ResultSet, Trial, Value, owned};

/// The sides take turns so often; where there are few keys, more often.
const ROUNDS: usize = 5;
const ROUNDS_WITH_FEW_KEYS: usize = 20;
const FEW_KEYS: usize = 20;
/// Each reads so many keys in a round, or as many as this time allows, but one.
const KEYS_A_ROUND: usize = 100;
const ROUND_WITHIN: Duration = Duration::from_millis(300);
/// The index is not built again once its builds have taken so long.
const BUILDS_WITHIN: Duration = Duration::from_millis(500);

/// What was measured: a time for each read.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) database: Vec<Duration>,
    pub(super) get: Vec<Duration>,
    pub(super) set: Vec<Duration>,
    /// The database with the index.
    pub(super) indexed: Vec<Duration>,
    /// Different keys that were read.
    pub(super) keys: usize,
    /// The most rows of a result.
    pub(super) most_rows: usize,
}

/// What to read.
pub(super) struct Reads<'a> {
    pub(super) conn: &'a Connection,
    pub(super) sql: &'a str,
    pub(super) facts: &'a StatementFacts,
    pub(super) keys: &'a [Vec<Value>],
    /// Statements that make the index.
    pub(super) ddl: &'a [String],
    pub(super) clock: &'a Clock,
}

impl Reads<'_> {
    /// Measures all sides; `round_over` is told how many rounds of how many are
    /// done. The database is as before afterwards.
    pub(super) fn measure(
        &self,
        layer: &mut Layer,
        round_over: &mut dyn FnMut(u64, u64),
    ) -> Result<Measured, Error> {
        let mut measured = Measured::default();
        let mut builds = Duration::ZERO;
        let mut read = 0;
        let rounds = match self.keys.len() {
            ..FEW_KEYS => ROUNDS_WITH_FEW_KEYS,
            _ => ROUNDS,
        };
        for round in 0..rounds {
            let keys: Vec<&Vec<Value>> = (0..KEYS_A_ROUND.min(self.keys.len()))
                .map(|at| &self.keys[(read + at) % self.keys.len()])
                .collect();
            let done = self.without_and_cached(layer, &keys, &mut measured)?;
            read += done;
            if !self.ddl.is_empty() && builds < BUILDS_WITHIN {
                builds += self.with_index(&keys[..done], &mut measured)?;
            }
            round_over(round as u64 + 1, rounds as u64);
        }
        measured.keys = read.min(self.keys.len());
        Ok(measured)
    }

    /// Reads each key from the database, then through the cache twice: a miss
    /// and a hit. How many keys there was time for.
    fn without_and_cached(
        &self,
        layer: &mut Layer,
        keys: &[&Vec<Value>],
        measured: &mut Measured,
    ) -> Result<usize, Error> {
        // What an earlier round stored would hit.
        layer
            .clear()
            .map_err(|fault| Error::CacheFailed(fault.to_string()))?;
        let mut reader = Reader::new(self.conn, self.sql, self.clock)?;
        let began = self.clock.now();
        for (at, key) in keys.iter().enumerate() {
            if at == 0 {
                reader.warm_up(key)?;
            }
            let (rows, time) = reader.read(key)?;
            measured.database.push(time);
            measured.most_rows = measured.most_rows.max(rows.rows.len());
            let read = Read {
                sql: self.sql,
                params: key,
                facts: self.facts,
            };
            let miss = layer.read(&read, || Ok::<_, Error>(rows.clone()))?;
            match miss.outcome {
                Outcome::Miss { not_stored: None } => {}
                Outcome::Miss {
                    not_stored: Some(why),
                } => return Err(Error::NotStored(why.to_string())),
                Outcome::Bypassed { why } => return Err(Error::Uncacheable(why)),
                Outcome::Degraded { why } => return Err(Error::CacheFailed(why.to_string())),
                // Two keys that SQLite takes for one, such as 1 and 1.0, are no matter.
                Outcome::Hit { .. }
                | Outcome::Stale { .. }
                | Outcome::Shared { .. }
                | Outcome::Early { .. } => {}
            }
            let lost = || Error::CacheFailed("it lost what was just stored".to_owned());
            let hit = layer.read(&read, || Err(lost()))?;
            measured.set.extend(miss.times.set);
            measured.get.extend(hit.times.get);
            if self.clock.now().since(began) > ROUND_WITHIN {
                return Ok(at + 1);
            }
        }
        Ok(keys.len())
    }

    /// Reads the keys with the index, which is rolled back. What its build took.
    fn with_index(&self, keys: &[&Vec<Value>], measured: &mut Measured) -> Result<Duration, Error> {
        let trial = Trial::begin(self.conn)?;
        let began = self.clock.now();
        for ddl in self.ddl {
            self.conn.execute_batch(ddl)?;
        }
        let build = self.clock.now().since(began);
        let mut reader = Reader::new(self.conn, self.sql, self.clock)?;
        for (at, key) in keys.iter().enumerate() {
            if at == 0 {
                reader.warm_up(key)?;
            }
            measured.indexed.push(reader.read(key)?.1);
        }
        drop(reader);
        drop(trial);
        Ok(build)
    }
}

/// Reads whole results, as a backend does.
struct Reader<'a> {
    statement: rusqlite::Statement<'a>,
    columns: Vec<Column>,
    clock: &'a Clock,
}

/// A query that takes longer does not get faster by being run twice.
const WORTH_WARMING: Duration = Duration::from_millis(50);

impl<'a> Reader<'a> {
    fn new(conn: &'a Connection, sql: &str, clock: &'a Clock) -> Result<Reader<'a>, Error> {
        let statement = conn.prepare(sql)?;
        let columns = statement
            .columns()
            .map(|column| Column {
                name: column.name().to_owned(),
                declared_type: column.decl_type().map(str::to_owned),
            })
            .collect();
        Ok(Reader {
            columns,
            statement,
            clock,
        })
    }

    /// Three reads more than are counted, if they are quick.
    fn warm_up(&mut self, key: &[Value]) -> Result<(), Error> {
        for _ in 0..3 {
            if self.read(key)?.1 > WORTH_WARMING {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self, key: &[Value]) -> Result<(ResultSet, Duration), Error> {
        let columns = self.columns.clone();
        let mut result = ResultSet {
            columns,
            rows: Vec::new(),
        };
        let began = self.clock.now();
        let mut rows = self.statement.query(rusqlite::params_from_iter(key))?;
        while let Some(row) = rows.next()? {
            let values = (0..result.columns.len()).map(|at| row.get_ref(at).map(owned));
            result.rows.push(values.collect::<rusqlite::Result<_>>()?);
        }
        drop(rows);
        Ok((result, self.clock.now().since(began)))
    }
}
