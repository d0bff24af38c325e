//! Changes that are only tried.

use rusqlite::Connection;

/// A transaction that ends in ROLLBACK, also after an error: each page of the
/// file is then as it was.
///
/// It takes the lock for writing when it begins, so that no statement that is
/// measured in it waits for that lock and another does not.
#[derive(Debug)]
pub struct Trial<'conn>(&'conn Connection);

impl<'conn> Trial<'conn> {
    /// Begins one. No transaction may be open.
    ///
    /// # Errors
    /// What SQLite says: another connection is writing, one is open already.
    pub fn begin(conn: &'conn Connection) -> rusqlite::Result<Trial<'conn>> {
        conn.execute_batch("BEGIN IMMEDIATE; SAVEPOINT dbdojo_trial")?;
        Ok(Trial(conn))
    }

    /// Takes back what was changed so far and goes on.
    ///
    /// Statements that are prepared are prepared again when they run next if the
    /// schema was changed in this transaction, even if that was taken back
    /// before: prepare what is timed after this.
    ///
    /// # Errors
    /// When SQLite has ended the transaction by itself.
    pub fn take_back(&self) -> rusqlite::Result<()> {
        self.0.execute_batch("ROLLBACK TO dbdojo_trial")
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // It fails only where there is nothing to roll back.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}
