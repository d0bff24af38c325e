//! What SQLite's statistics tables say of an index.

use rusqlite::Connection;
use rusqlite::types::Value;

/// What `sqlite_stat1` and `sqlite_stat4` say of one index.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub(super) table: String,
    pub(super) stat1: String,
    pub(super) samples: Vec<Sample>,
}

/// One row of `sqlite_stat4`.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) equal: String,
    pub(super) less: String,
    pub(super) distinct_less: String,
    pub(super) record: Value,
}

impl Statistics {
    /// How many rows the index holds.
    pub(super) fn entries(&self) -> f64 {
        let first = self.stat1.split(' ').next();
        first.and_then(|it| it.parse().ok()).unwrap_or(0.0)
    }

    /// Writes them for `index`; `ANALYZE sqlite_schema` makes SQLite read them.
    pub(super) fn insert(&self, conn: &Connection, index: &str) -> rusqlite::Result<()> {
        conn.prepare_cached("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?1, ?2, ?3)")?
            .execute([&self.table, index, &self.stat1])?;
        let mut insert = conn.prepare_cached(
            "INSERT INTO sqlite_stat4(tbl, idx, neq, nlt, ndlt, sample)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for it in &self.samples {
            insert.execute(rusqlite::params![
                self.table,
                index,
                it.equal,
                it.less,
                it.distinct_less,
                it.record
            ])?;
        }
        Ok(())
    }
}

/// The numbers of a list as SQLite writes it.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').filter_map(|it| it.parse().ok()).collect()
}

/// The reverse.
pub(super) fn joined(numbers: &[f64]) -> String {
    let words: Vec<String> = numbers.iter().map(|n| format!("{n:.0}")).collect();
    words.join(" ")
}

/// Of an index that there is: a value that occurs once in the sample is taken
/// for one that occurs once in all.
pub(super) fn scaled_stat1(stat: &str, scale: f64) -> String {
    let mut words = Vec::new();
    for (at, word) in stat.split(' ').enumerate() {
        words.push(match word.parse::<f64>() {
            Ok(n) if at == 0 || n > 1.0 => format!("{:.0}", n * scale),
            _ => word.to_owned(),
        });
    }
    words.join(" ")
}
