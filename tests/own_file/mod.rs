//! A database in a file of its own, to see that nothing of what is tried stays.

use std::fs;
use std::path::PathBuf;

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{Practice, Source, Surroundings, counters};
use rusqlite::Connection;
use tempfile::TempDir;

pub struct OwnFile {
    _home: TempDir,
    file: PathBuf,
    pub conn: Connection,
}

impl OwnFile {
    /// A file with what `schema` makes.
    pub fn of(schema: &str) -> OwnFile {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("shop.db");
        let conn = Connection::open(&file).unwrap();
        counters::set_scanstatus(&conn, false).unwrap();
        conn.execute_batch(schema).unwrap();
        OwnFile {
            _home: home,
            file,
            conn,
        }
    }

    /// What `work` returns, which must leave every byte of the file as it is.
    pub fn unchanged<T>(&self, what: &str, work: impl FnOnce(&Connection) -> T) -> T {
        let before = fs::read(&self.file).unwrap();
        let result = work(&self.conn);
        let same = fs::read(&self.file).unwrap() == before;
        assert!(same, "{what}: a page changed");
        result
    }

    /// A private practice copy of it.
    pub fn practice(&self, interrupt: Interrupt) -> Practice {
        let around = Surroundings {
            sessions: self.file.with_extension("sessions"),
            clock: Clock::wall(),
            interrupt,
        };
        let source = Source::File(self.file.clone());
        let mut practice = Practice::open(source, around, &mut ignore).unwrap();
        practice.make_private(&mut ignore).unwrap();
        practice
    }
}
