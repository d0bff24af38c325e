//! What one learner holds: practice database, cache, settings.
//!
//! A session decides who answers a statement: the cache, when it is on and the
//! statement may be cached, or the practice database.

use std::time::Duration;

use crate::clock::Clock;
use crate::dataset::Built;
use crate::progress::Watcher;
use crate::sandbox::{
    Budget, Error, Outcome, Practice, RowSink, Source, Surroundings,
};
use crate::sql::Schema;

/// What the session's data is.
#[derive(Debug, Clone)]
pub enum About {
    /// A dataset that dbdojo built.
    Dataset(Built),
    /// A file of the learner's own.
    File {
        /// Its name without folders.
        name: String,
    },
}

/// One learner's session.
pub struct Session {
    practice: Practice,
    about: About,
    clock: Clock,
    time_limit: Option<Duration>,
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
            About::File { name } => name.clone(),
        }
    }

    /// The word of the prompt: `shop`, or the file's name without its ending.
    pub fn short_label(&self) -> &str {
        match &self.about {
            About::Dataset(built) => &built.name.name,
            About::File { name } => name.split_once('.').map_or(name, |(stem, _)| stem),
        }
    }

    /// The practice database.
    pub fn practice(&self) -> &Practice {
        &self.practice
    }

    /// Tables, views and their columns.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn schema(&self) -> Result<Schema, Error> {
        self.practice.schema()
    }

    /// Throws away everything that was changed.
    ///
    /// # Errors
    /// Inside a transaction; when the source is gone.
    pub fn reset(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        self.practice.reset(watcher)
    }

    /// Runs one statement and hands its rows to `sink`.
    ///
    /// # Errors
    /// What the practice database returns.
    pub fn run(
        &mut self,
        sql: &str,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Outcome, Error> {
        let budget = self.budget();
        self.practice.run(sql, budget, &self.clock, sink, watcher)
    }

    fn budget(&self) -> Budget {
        Budget {
            time: self.time_limit,
            steps: None,
        }
    }
}
