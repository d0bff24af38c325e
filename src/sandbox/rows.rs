//! Rows on their way from SQLite to whoever wants them.

use std::io;

pub use rusqlite::types::{Value, ValueRef};

/// One column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name SQLite gives it: the alias, or the text of the expression.
    pub name: String,
    /// The declared type of the table's column it comes from, if it is one.
    pub declared_type: Option<String>,
}

/// Takes the rows of one result, one at a time, so that a result of any size
/// costs no more memory than one row. A sink that wants no more rows returns
/// an error of kind `BrokenPipe`.
pub trait RowSink {
    /// Called once, before the first row, also when there are no rows; not
    /// for a statement that fails before its first row.
    ///
    /// # Errors
    /// Whatever writing the header met.
    fn begin(&mut self, columns: &[Column]) -> io::Result<()>;

    /// Called for each row, with as many values as columns.
    ///
    /// # Errors
    /// Whatever writing the row met.
    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()>;

    /// Called once if `begin` was, after the last row, also when the statement
    /// failed half way: what was begun is closed.
    ///
    /// # Errors
    /// Whatever writing the rest met.
    fn end(&mut self) -> io::Result<()>;
}

/// A whole result in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with as many values as there are columns.
    pub rows: Vec<Vec<Value>>,
}

impl ResultSet {
    /// Hands the rows to `sink`, as if SQLite were giving them.
    ///
    /// # Errors
    /// What the sink returned.
    pub fn replay(&self, sink: &mut dyn RowSink) -> io::Result<()> {
        sink.begin(&self.columns)?;
        let mut values = Vec::with_capacity(self.columns.len());
        for row in &self.rows {
            values.clear();
            values.extend(row.iter().map(ValueRef::from));
            sink.row(&values)?;
        }
        sink.end()
    }
}

impl RowSink for ResultSet {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.rows.clear();
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.rows.push(values.iter().map(|v| owned(*v)).collect());
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value that outlives its row. Text that is not UTF-8 (a learner's own
/// file may hold some) keeps its readable part.
pub fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(i) => Value::Integer(i),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
    }
}
