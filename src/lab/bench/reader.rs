//! A client's own connection to the database, as every side has.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::requests::{Requests, Statement, rows_of};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::sandbox::{Budget, Error, Guarded, Practice, ResultSet, Source, Surroundings, Value};

/// How long a client waits for another's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// One client's own connection.
pub struct Reader {
    place: Place,
    requests: Arc<Requests>,
    clock: Clock,
    /// What a statement takes longer, as if the database were a network away.
    round_trip: Duration,
}

/// Where the connection leads.
enum Place {
    /// To data that nobody changes.
    Still(Box<Practice>),
    /// To a copy that all clients of a side change.
    Shared(Guarded),
}

impl Reader {
    /// Opens `source` for reading.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(
        source: Source,
        around: &Surroundings,
        requests: Arc<Requests>,
        round_trip: Duration,
    ) -> Result<Reader, Error> {
        let practice = Practice::open(source, around.clone(), &mut crate::progress::ignore)?;
        Ok(Reader {
            place: Place::Still(Box::new(practice)),
            requests,
            clock: around.clock.clone(),
            round_trip,
        })
    }

    /// Opens a copy of our own for reading and writing.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_shared(
        copy: &Path,
        around: &Surroundings,
        requests: Arc<Requests>,
        round_trip: Duration,
    ) -> Result<Reader, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(copy, flags).and_then(|conn| {
            conn.busy_timeout(BUSY_TIMEOUT)?;
            Ok(conn)
        });
        let conn = opened.map_err(|error| Error::Unreachable {
            path: copy.to_owned(),
            why: error.to_string(),
        })?;
        let clock = around.clock.clone();
        Ok(Reader {
            place: Place::Shared(Guarded::new(conn, clock.clone(), around.interrupt.clone())?),
            requests,
            clock,
            round_trip,
        })
    }

    /// All rows of this statement for this key. It is compiled once.
    ///
    /// # Errors
    /// What SQLite says, and [`Error::Interrupted`].
    pub fn run(&mut self, statement: &Statement, key: usize) -> Result<ResultSet, Error> {
        let (parameters, values) = (&statement.parameters, statement.values(key));
        self.run_with(&statement.sql, parameters, values)
    }

    /// All rows of the read with this text, for these values of its parameters.
    ///
    /// # Errors
    /// As [`run`](Reader::run).
    pub fn run_sql(&mut self, sql: &str, values: &[Value]) -> Result<ResultSet, Error> {
        let requests = self.requests.clone();
        let read = requests.statements().iter().find(|it| it.sql == sql);
        self.run_with(sql, read.map_or(&[], |read| &read.parameters), values)
    }

    fn run_with(
        &mut self,
        sql: &str,
        parameters: &[String],
        values: &[Value],
    ) -> Result<ResultSet, Error> {
        if !self.round_trip.is_zero() {
            let until = self.clock.now() + self.round_trip;
            self.clock.wait_until(until, &Interrupt::new());
        }
        match &mut self.place {
            Place::Still(practice) => {
                let done = practice.with_budget(Budget::default(), |conn| {
                    rows_of(conn, sql, parameters, values)
                });
                done.map_err(|error| practice.explain_error(error))
            }
            Place::Shared(guarded) => {
                guarded.start(Budget::default());
                let done = rows_of(guarded.connection(), sql, parameters, values);
                guarded.finish();
                done.map_err(|error| guarded.explain(error))
            }
        }
    }

    /// What can be asked for.
    pub fn requests(&self) -> &Arc<Requests> {
        &self.requests
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
