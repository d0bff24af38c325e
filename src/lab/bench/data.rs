//! The data that the sides read: as it is, with the proposed indexes, and
//! copies that may be written to.

use std::path::PathBuf;

use super::requests::Requests;
use crate::clock::Clock;
use crate::plan::advise;
use crate::sandbox::{Budget, Error, Practice, Source, Surroundings};

/// What one side reads.
pub struct Data {
    /// Where.
    pub source: Source,
    /// Whether its clients write to it: then `source` is a copy of the side's own.
    pub is_shared: bool,
    /// Keeps the copy.
    _keeper: Option<Practice>,
}

/// The indexes of the indexed sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Indexes {
    /// The statements that make them; none when nothing is worth building.
    pub ddl: Vec<String>,
    /// Why there are none, or what went wrong.
    pub why_none: Option<String>,
}

impl Data {
    /// The data as it is, for reads alone.
    pub fn as_it_is(source: Source) -> Data {
        Data {
            source,
            is_shared: false,
            _keeper: None,
        }
    }

    /// A copy with these indexes; `written` says whether clients will write.
    ///
    /// # Errors
    /// Those of copying, and what SQLite says.
    pub fn copy(
        source: &Source,
        around: &Surroundings,
        ddl: &[String],
        written: bool,
    ) -> Result<Data, Error> {
        let mut keeper =
            Practice::open(source.clone(), around.clone(), &mut crate::progress::ignore)?;
        keeper.make_private(&mut crate::progress::ignore)?;
        let done = keeper.with_budget(Budget::default(), |conn| {
            for statement in ddl {
                conn.execute_batch(statement)?;
            }
            // Who reads a file that does not change looks into no WAL.
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            let path = conn.path().map(PathBuf::from).unwrap_or_default();
            Ok(path)
        });
        let path = done.map_err(|error| keeper.explain_error(error))?;
        Ok(Data {
            // Nobody writes to it any more, if no client does.
            source: if written {
                Source::File(path)
            } else {
                Source::Built(path)
            },
            is_shared: written,
            _keeper: Some(keeper),
        })
    }
}

impl Indexes {
    /// What advice proposes for the reads, on a copy that is thrown away.
    ///
    /// # Errors
    /// Those of copying, and Ctrl-C.
    pub fn advised(
        source: &Source,
        around: &Surroundings,
        requests: &Requests,
        clock: &Clock,
    ) -> Result<Indexes, Error> {
        let mut practice =
            Practice::open(source.clone(), around.clone(), &mut crate::progress::ignore)?;
        practice.make_private(&mut crate::progress::ignore)?;
        let mut indexes = Indexes::default();
        for read in requests
            .statements()
            .iter()
            .filter(|it| it.writes.is_empty())
        {
            let Some(key) = (!read.keys.is_empty()).then_some(0) else {
                continue;
            };
            let values = values_in_order(&mut practice, read, key)?;
            let advised = practice.with_budget(Budget::default(), |conn| {
                advise::one(conn, &read.sql, &values, clock)
            });
            match advised {
                Ok(advice) => {
                    for ddl in advice.ddl() {
                        if !indexes.ddl.contains(ddl) {
                            indexes.ddl.push(ddl.clone());
                        }
                    }
                }
                Err(_) if around.interrupt.is_raised() => return Err(Error::Interrupted),
                Err(error) => indexes.why_none = Some(error.to_string()),
            }
        }
        if !indexes.ddl.is_empty() {
            indexes.why_none = None;
        } else if indexes.why_none.is_none() {
            indexes.why_none =
                Some("no index makes it enough cheaper to be worth its cost".to_owned());
        }
        Ok(indexes)
    }
}

/// A key's values as SQLite numbers the parameters.
fn values_in_order(
    practice: &mut Practice,
    read: &super::requests::Statement,
    key: usize,
) -> Result<Vec<rusqlite::types::Value>, Error> {
    let given = read.values(key);
    let done = practice.with_budget(Budget::default(), |conn| {
        let statement = conn.prepare(&read.sql)?;
        let values = (1..=statement.parameter_count()).map(|at| {
            let name = statement.parameter_name(at).unwrap_or_default();
            let place = read.parameters.iter().position(|p| p == name);
            let value = place.and_then(|place| given.get(place));
            value.cloned().unwrap_or(rusqlite::types::Value::Null)
        });
        Ok(values.collect())
    });
    done.map_err(|error: rusqlite::Error| practice.explain_error(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interrupt::Interrupt;

    #[test]
    fn who_reads_a_copy_finds_its_indexes() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("mine.db");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t(x)").unwrap();
        drop(conn);
        let around = Surroundings {
            sessions: home.path().join("sessions"),
            clock: Clock::wall(),
            interrupt: Interrupt::new(),
        };
        for written in [false, true] {
            let ddl = ["CREATE INDEX by_x ON t(x)".to_owned()];
            let copy = Data::copy(&Source::File(path.clone()), &around, &ddl, written).unwrap();
            let ignore = &mut crate::progress::ignore;
            let reader = Practice::open(copy.source.clone(), around.clone(), ignore).unwrap();
            let found = reader.connection().query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'by_x'",
                [],
                |row| row.get::<_, i64>(0),
            );
            assert_eq!(found, Ok(1), "written: {written}");
        }
    }
}
