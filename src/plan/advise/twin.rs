//! A copy of the schema in memory: first with a sample of the rows, to learn
//! from, then empty, with the statistics of the whole, to plan on.
//!
//! The planner reads the schema and the statistics only, so an empty table
//! that claims a million rows is planned like a full one.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::candidate::Candidate;
use super::sample::{Rows, sampled};
use super::schema::{Schema, Table, quoted};
use super::statistics::{Sample, Statistics, joined, numbers, scaled_stat1};
use crate::sandbox::counters;

/// Rows of all tables of the statement that are looked at, and of each at
/// least.
const SAMPLE: u64 = 500;
const OF_EACH: u64 = 500;

/// Rows that are inserted to see what an index costs.
const INSERTED: usize = 150;

/// A copy of a schema.
pub(super) struct Twin {
    pub(super) conn: Connection,
    tables: HashMap<String, Rows>,
    distinct: RefCell<HashMap<String, (f64, f64)>>,
}

impl Twin {
    /// An empty copy of `schema`; learns the collations, which only SQLite
    /// knows, on the way.
    pub(super) fn of(schema: &mut Schema) -> rusqlite::Result<Twin> {
        let conn = Connection::open_in_memory()?;
        counters::set_scanstatus(&conn, false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        conn.execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; BEGIN",
        )?;
        for made in schema.made.iter().chain(&schema.views) {
            // The tables behind a virtual one are there already when their own
            // turn comes, and a module may be unknown here.
            let _ = conn.execute_batch(&made.sql);
        }
        for table in &mut schema.tables {
            learn_collations(&conn, table);
        }
        Ok(Twin {
            conn,
            tables: HashMap::new(),
            distinct: RefCell::default(),
        })
    }

    /// Takes a sample of `table`, one of so `many`, from `from`. The same rows
    /// each time.
    pub(super) fn sample(
        &mut self,
        from: &Connection,
        table: &Table,
        many: usize,
    ) -> rusqlite::Result<()> {
        let size = (SAMPLE / (many as u64).max(1)).max(OF_EACH);
        let stored: Vec<usize> = (0..table.columns.len())
            .filter(|at| !table.columns[*at].generated)
            .collect();
        let rows = sampled(from, table, &stored, size)?;
        let names: Vec<String> = stored
            .iter()
            .map(|at| quoted(&table.columns[*at].name))
            .collect();
        let holes = vec!["?"; names.len()].join(", ");
        let mut insert = self.conn.prepare(&format!(
            "INSERT OR IGNORE INTO {}({}) VALUES ({holes})",
            quoted(&table.name),
            names.join(", ")
        ))?;
        for row in &rows.sample {
            insert.execute(params_from_iter(row))?;
        }
        drop(insert);
        self.tables.insert(table.name.clone(), rows);
        Ok(())
    }

    /// How many rows a table that was sampled has, about.
    pub(super) fn rows(&self, table: &str) -> u64 {
        self.tables.get(table).map_or(0, |it| it.all)
    }

    /// A part of each sample, for inserting: the rowid is left out.
    pub(super) fn insertable(&self, schema: &Schema) -> Vec<(String, Vec<Vec<Value>>)> {
        let tables = schema.tables.iter();
        tables
            .filter_map(|table| {
                let sample = &self.tables.get(&table.name)?.sample;
                let step = (sample.len() / INSERTED).max(1);
                let rows = sample.iter().step_by(step).take(INSERTED).map(|row| {
                    let values = row.iter().enumerate();
                    let kept = values.filter(|(at, _)| {
                        table.rowid.map(|it| stored_place(table, it)) != Some(*at)
                    });
                    kept.map(|(_, value)| value.clone()).collect()
                });
                Some((table.name.clone(), rows.collect()))
            })
            .collect()
    }

    /// How many values of `expression` the sample holds.
    pub(super) fn distinct(&self, table: &str, expression: &str) -> u64 {
        self.values(table, &quoted(expression), "1").0 as u64
    }

    /// The share of the sample that meets `condition`, 0 to 1.
    pub(super) fn share(&self, table: &str, condition: &str) -> f64 {
        let sql = format!(
            "SELECT avg(CASE WHEN {condition} THEN 1.0 ELSE 0.0 END) FROM {}",
            quoted(table)
        );
        let share = self
            .conn
            .query_row(&sql, [], |row| row.get::<_, Option<f64>>(0));
        share.ok().flatten().unwrap_or(1.0)
    }

    /// Values of `list` among the rows that meet `condition`, and how many of
    /// them occur once, in the sample.
    fn values(&self, table: &str, list: &str, condition: &str) -> (f64, f64) {
        let sql = format!(
            "SELECT count(*), total(n = 1) FROM
             (SELECT count(*) AS n FROM {} WHERE {condition} GROUP BY {list})",
            quoted(table)
        );
        if let Some(known) = self.distinct.borrow().get(&sql) {
            return *known;
        }
        let counted = self
            .conn
            .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap_or((1.0, 0.0));
        self.distinct.borrow_mut().insert(sql, counted);
        counted
    }

    /// Turns the sample into statistics of the whole, for the indexes that
    /// there are and for `candidates`, and empties the tables. Returns the
    /// candidates that SQLite accepts, each with what ANALYZE would say of it.
    pub(super) fn into_statistics(
        self,
        candidates: Vec<Candidate>,
    ) -> rusqlite::Result<(Twin, Vec<(Candidate, Statistics)>)> {
        let mut accepted = candidates;
        accepted.retain(|it| self.conn.execute_batch(&it.ddl()).is_ok());
        self.conn.execute_batch("ANALYZE")?;
        let mut of_index: HashMap<String, Statistics> = HashMap::new();
        let mut of_table: Vec<(String, String)> = Vec::new();
        let mut statement = self
            .conn
            .prepare("SELECT tbl, idx, stat FROM sqlite_stat1")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, index): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            let stat: String = row.get(2)?;
            let scale = self.scale(&table);
            match index {
                None => {
                    let all = self.tables.get(&table).map_or(0, |it| it.all);
                    of_table.push((table, all.to_string()));
                }
                Some(index) => {
                    let statistics = Statistics {
                        stat1: scaled_stat1(&stat, scale),
                        table,
                        samples: Vec::new(),
                    };
                    of_index.insert(index, statistics);
                }
            }
        }
        drop(rows);
        drop(statement);
        for candidate in &accepted {
            if let Some(statistics) = of_index.get_mut(&candidate.name) {
                statistics.stat1 = self.estimated_stat1(candidate);
            }
        }
        self.read_samples(&mut of_index)?;
        for candidate in &accepted {
            self.conn
                .execute_batch(&format!("DROP INDEX {}", quoted(&candidate.name)))?;
        }
        for table in self.tables.keys() {
            self.conn
                .execute_batch(&format!("DELETE FROM {}", quoted(table)))?;
        }
        self.conn
            .execute_batch("DELETE FROM sqlite_stat1; DELETE FROM sqlite_stat4")?;
        for (table, rows) in of_table {
            self.conn.execute(
                "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?1, NULL, ?2)",
                [table, rows],
            )?;
        }
        let known: Vec<(Candidate, Statistics)> = accepted
            .into_iter()
            .filter_map(|it| {
                let statistics = of_index.remove(&it.name)?;
                Some((it, statistics))
            })
            .collect();
        for (index, statistics) in of_index {
            statistics.insert(&self.conn, &index)?;
        }
        self.conn.execute_batch("ANALYZE sqlite_schema")?;
        Ok((self, known))
    }

    fn scale(&self, table: &str) -> f64 {
        self.tables
            .get(table)
            .map_or(1.0, |it| it.all as f64 / (it.sample.len() as f64).max(1.0))
    }

    /// Rows, then rows for each value of the first part, of the first two, and
    /// so on. How many values there are in all is estimated from those in the
    /// sample that occur once (Haas and Stokes' Duj1, as PostgreSQL's ANALYZE).
    fn estimated_stat1(&self, candidate: &Candidate) -> String {
        let Some(rows) = self.tables.get(&candidate.table) else {
            return String::new();
        };
        let condition = candidate.condition.as_deref().unwrap_or("1");
        let share = match &candidate.condition {
            Some(condition) => self.share(&candidate.table, condition),
            None => 1.0,
        };
        let all = (rows.all as f64 * share).max(1.0);
        let n = (rows.sample.len() as f64 * share).max(1.0);
        let mut stat = format!("{:.0}", all.round());
        let mut list = String::new();
        for (at, part) in candidate.key.iter().enumerate() {
            if at > 0 {
                list += ", ";
            }
            list += &part.text;
            // What lies behind the leading parts narrows nothing down.
            let (d, once) = if at < candidate.leading.max(1) + 1 {
                self.values(&candidate.table, &list, condition)
            } else {
                (n, n)
            };
            let values = (n * d / (n - once + once * n / all)).clamp(1.0, all);
            stat += &format!(" {:.0}", (all / values).round().max(1.0));
        }
        stat
    }

    fn read_samples(&self, of_index: &mut HashMap<String, Statistics>) -> rusqlite::Result<()> {
        let mut statement = self
            .conn
            .prepare("SELECT tbl, idx, neq, nlt, ndlt, sample FROM sqlite_stat4")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let scale = self.scale(&row.get::<_, String>(0)?);
            let Some(statistics) = of_index.get_mut(&row.get::<_, String>(1)?) else {
                continue;
            };
            let (equal, less): (String, String) = (row.get(2)?, row.get(3)?);
            let mut equal = numbers(&equal);
            if let Some(first) = equal.first_mut()
                && *first > 1.0
            {
                *first *= scale;
            }
            let less: Vec<f64> = numbers(&less).into_iter().map(|n| n * scale).collect();
            statistics.samples.push(Sample {
                equal: joined(&equal),
                less: joined(&less),
                distinct_less: row.get(4)?,
                record: row.get(5)?,
            });
        }
        Ok(())
    }
}

/// An index on all columns tells their collations.
fn learn_collations(conn: &Connection, table: &mut Table) {
    let names: Vec<String> = table.columns.iter().map(|it| quoted(&it.name)).collect();
    let name = quoted(&table.name);
    let made = conn.execute_batch(&format!(
        "CREATE INDEX dbdojo_collations ON {name}({})",
        names.join(", ")
    ));
    if made.is_err() {
        return;
    }
    let read = || -> rusqlite::Result<Vec<String>> {
        conn.prepare("SELECT coll FROM pragma_index_xinfo('dbdojo_collations') WHERE key")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    if let Ok(collations) = read() {
        for (column, collation) in table.columns.iter_mut().zip(collations) {
            column.collation = collation;
        }
    }
    let _ = conn.execute_batch("DROP INDEX dbdojo_collations");
}

/// The place of `column` among those that are stored.
fn stored_place(table: &Table, column: usize) -> usize {
    let before = &table.columns[..column];
    before.iter().filter(|it| !it.generated).count()
}
