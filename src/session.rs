//! What one learner holds: practice database, cache, settings.
//!
//! A session decides who answers a statement: the cache, when it is on and the
//! statement may be cached, or the practice database.

mod cached;
mod write_behind;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use crate::cache::layer::{Dropped, OpenError};
use crate::cache::{self, Choice, Layer, Served, StatementFacts};
use crate::clock::Clock;
use crate::dataset::import::{self, Loaded, Wishes};
use crate::dataset::{self, Built, Imported};
use crate::interrupt::Interrupt;
use crate::plan::{FirstRuns, Run};
use crate::progress::Watcher;
use crate::sandbox::{
    Budget, Counters, Error, Kind, Mark, Outcome, Practice, RowSink, Source, Standing,
    Surroundings, Switched,
};
use crate::sql::Schema;
use write_behind::Deferred;

pub use write_behind::{Behind, Flushed, NotQueued, RefusedWrite};

/// Statements whose facts are kept: more than a person types, so that only a
/// long script of ever new statements begins to forget.
const REMEMBERED_STATEMENTS: usize = 10_000;

/// What the session's data is.
#[derive(Debug, Clone)]
pub enum About {
    /// A dataset that dbdojo built.
    Dataset(Built),
    /// A dataset that the learner has imported.
    Imported(Imported),
    /// A file of the learner's own.
    File {
        /// Its name without folders.
        name: String,
    },
}

/// Who answered a statement, and what it cost.
#[derive(Debug)]
pub struct Answer {
    /// What kind of thing it did.
    pub kind: Kind,
    /// Rows it changed.
    pub changed: u64,
    /// From its compilation to its last row, or what the read through the
    /// cache took.
    pub elapsed: Duration,
    /// SQLite's free counters; `None` when the cache answered.
    pub counters: Option<Counters>,
    /// Set when it repeats an earlier statement and was faster only because its
    /// pages are in memory by now: a sentence that says so.
    pub warm: Option<String>,
    /// What the cache did; `None` while it is off, and for what is no query.
    /// The rows have gone to the sink, and are here only when they came
    /// through the cache.
    pub served: Option<Served>,
    /// What a committed write did to cached results, and to which tables it
    /// wrote.
    pub dropped: Option<(Dropped, BTreeSet<String>)>,
    /// What write-behind did: with this statement, and with those before it.
    pub behind: Option<Box<Behind>>,
}

/// One learner's session.
pub struct Session {
    practice: Practice,
    about: About,
    clock: Clock,
    time_limit: Option<Duration>,
    cache: Option<Layer>,
    /// The word or URL that the cache was turned on with.
    choice: Option<Choice>,
    /// What SQLite said of statements that were asked with the cache on, for
    /// the present schema: asking again would cost more than the cache does.
    facts: HashMap<String, StatementFacts>,
    first_runs: FirstRuns,
    /// What became of the queue when the database stopped half way.
    stopped_flush: Option<Flushed>,
}

impl Session {
    /// Opens `source` for reading; nothing is copied yet.
    ///
    /// # Errors
    /// When the source cannot be opened.
    pub fn open(
        source: Source,
        about: About,
        around: Surroundings,
        watcher: Watcher<'_>,
    ) -> Result<Session, Error> {
        let clock = around.clock.clone();
        Ok(Session {
            practice: Practice::open(source, around, watcher)?,
            about,
            clock,
            time_limit: None,
            cache: None,
            choice: None,
            facts: HashMap::new(),
            first_runs: FirstRuns::default(),
            stopped_flush: None,
        })
    }

    /// How long one statement may take; `None` for as long as it likes.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) {
        self.time_limit = limit;
    }

    /// What the data is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The name for people: `shop@small`, or the file's.
    pub fn label(&self) -> String {
        match &self.about {
            About::Dataset(built) => built.name.to_string(),
            About::Imported(imported) => imported.name.clone(),
            About::File { name } => name.clone(),
        }
    }

    /// The word of the prompt: `shop`, or the file's name without its ending.
    pub fn short_label(&self) -> &str {
        match &self.about {
            About::Dataset(built) => &built.name.name,
            About::Imported(imported) => &imported.name,
            About::File { name } => name.split_once('.').map_or(name, |(stem, _)| stem),
        }
    }

    /// The practice database.
    pub fn practice(&self) -> &Practice {
        &self.practice
    }

    /// The practice database, to explain and measure on.
    pub fn practice_mut(&mut self) -> &mut Practice {
        &mut self.practice
    }

    /// Tables, views and their columns.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn schema(&self) -> Result<Schema, Error> {
        self.practice.schema()
    }

    /// What one statement may cost.
    pub fn budget(&self) -> Budget {
        Budget {
            time: self.time_limit,
            steps: None,
        }
    }

    /// Goes to the connection `name`, and opens it if it is new: all
    /// connections see the same practice database and the same cache.
    ///
    /// # Errors
    /// A name that cannot be one; too many connections; a copy that cannot be
    /// made.
    pub fn switch(&mut self, name: &str, watcher: Watcher<'_>) -> Result<Switched, Error> {
        let switched = self.practice.switch(name, watcher)?;
        self.forget_connection()?;
        Ok(switched)
    }

    /// Closes a connection and rolls its transaction back.
    ///
    /// # Errors
    /// When there is none of that name, or no other.
    pub fn close(&mut self, name: &str) -> Result<Standing, Error> {
        let closed = self.practice.close(name)?;
        self.forget_connection()?;
        Ok(closed)
    }

    /// What a statement reads can depend on the connection: its temporary
    /// tables hide others.
    fn forget_connection(&mut self) -> Result<(), Error> {
        self.facts.clear();
        self.tell_ids()
    }

    /// Keeps the state of the data as the mark `name`, or under a number.
    ///
    /// # Errors
    /// Inside a transaction; a name that is taken; no room.
    pub fn mark(&mut self, name: Option<&str>, watcher: Watcher<'_>) -> Result<&Mark, Error> {
        self.practice.mark(name, watcher)
    }

    /// Brings the data back to the mark `name`, or to the newest, and forgets
    /// what was cached. Returns the mark's name.
    ///
    /// # Errors
    /// Inside a transaction; no such mark.
    pub fn back(&mut self, name: Option<&str>, watcher: Watcher<'_>) -> Result<String, Error> {
        let name = self.practice.back(name, watcher)?;
        self.after_other_data(watcher)?;
        Ok(name)
    }

    /// Forgets a mark.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn drop_mark(&mut self, name: &str) -> Result<Mark, Error> {
        self.practice.drop_mark(name)
    }

    /// Throws away everything that was changed, and what was cached of it.
    ///
    /// # Errors
    /// Inside a transaction; when the source is gone.
    pub fn reset(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        self.practice.reset(watcher)?;
        self.after_other_data(watcher)
    }

    fn after_other_data(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        self.facts.clear();
        self.first_runs.clear();
        if self.cache.is_some() {
            // The cache is shared by every connection to the private copy.
            self.practice.make_private(watcher)?;
        }
        self.tell_ids()
    }

    /// The cache, while it is on.
    pub fn cache(&mut self) -> Option<&mut Layer> {
        self.cache.as_mut()
    }

    /// Turns the cache on: finds or starts the server, and makes the private
    /// copy, so that nobody else's write can change what is cached.
    ///
    /// # Errors
    /// When no server answers, when the options contradict each other, when
    /// the copy cannot be made.
    pub fn start_cache(
        &mut self,
        choice: &Choice,
        options: cache::Options,
        watcher: Watcher<'_>,
    ) -> Result<(), CacheError> {
        self.practice.make_private(watcher)?;
        let ids = self.ids()?;
        let layer = Layer::open(choice, options, self.clock.clone(), ids)?;
        self.cache = Some(layer);
        self.choice = Some(choice.clone());
        Ok(())
    }

    /// Which server the cache was turned on with, while it is on.
    pub fn cache_choice(&self) -> Option<&Choice> {
        self.choice.as_ref()
    }

    /// Turns the cache off; a server of our own ends.
    pub fn stop_cache(&mut self) {
        self.cache = None;
        self.choice = None;
        self.facts.clear();
    }

    /// Runs one statement and hands its rows to `sink`.
    ///
    /// # Errors
    /// What the practice database returns. A failing cache is no error: the
    /// database answers.
    pub fn run(
        &mut self,
        sql: &str,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Answer, Error> {
        if self.cache.is_none() {
            let outcome = self.run_in_practice(sql, sink, watcher)?;
            let run = Run {
                counters: outcome.counters,
                page_reads: outcome.page_reads,
                elapsed: outcome.elapsed,
            };
            let mut answer = answer_of(outcome);
            if answer.kind == Kind::Query {
                // Another value is another piece of work.
                let with_values = self.practice.with_values(sql)?;
                answer.warm = self.first_runs.compare(&with_values, run);
            }
            return Ok(answer);
        }
        let facts = self.facts_of(sql)?;
        let behind = match self.defer(sql, &facts, watcher)? {
            Deferred::Queued(answer) => return Ok(*answer),
            Deferred::Not(behind) => behind,
        };
        let mut answer = self.run_now(sql, &facts, sink, watcher)?;
        answer.behind = behind;
        Ok(answer)
    }

    /// Imports a CSV file into `table` of the practice database, as a whole or
    /// not at all, and drops what was cached of the table.
    ///
    /// # Errors
    /// Those of [`import::load_table`], and of making the private copy.
    pub fn import(
        &mut self,
        file: &Path,
        table: &str,
        wishes: Wishes,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<Loaded, ImportError> {
        self.flush_before(false, watcher)?;
        let done = self.practice.change(table, watcher, |connection, watcher| {
            let loaded = import::load_table(connection, file, table, wishes, interrupt, watcher);
            loaded.map_err(ImportError::from)
        });
        // A failed one may have rolled a transaction back.
        self.after_change(watcher)?;
        done
    }

    fn run_in_practice(
        &mut self,
        sql: &str,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Outcome, Error> {
        let budget = self.budget();
        let ran = self.practice.run(sql, budget, &self.clock, sink, watcher);
        if ran.is_err() {
            // A statement that fails half way may have committed something
            // (INSERT OR FAIL): what was cached of it must go all the same.
            self.after_change(watcher)?;
        }
        ran
    }
}

/// Why the cache did not start.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The server or the options.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The private copy.
    #[error(transparent)]
    Practice(#[from] Error),
}

/// Why an import into the practice database failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file, or a row of it.
    #[error(transparent)]
    Data(#[from] dataset::Error),
    /// The private copy.
    #[error(transparent)]
    Practice(#[from] Error),
}

fn answer_of(outcome: Outcome) -> Answer {
    Answer {
        kind: outcome.kind,
        changed: outcome.changed,
        elapsed: outcome.elapsed,
        counters: Some(outcome.counters),
        warm: None,
        served: None,
        dropped: None,
        behind: None,
    }
}
