//! Reads from the database, as every side does.

use std::sync::Arc;

use crate::cache::StatementFacts;
use crate::lab::keys::Rank;
use crate::lab::workload::Workload;
use crate::sandbox::{
    Budget, Column, Error, Notes, Practice, ResultSet, Source, Surroundings, Value, owned,
};

/// A workload's query over its keys, shared by all clients.
#[derive(Debug)]
pub struct Query {
    /// The SELECT.
    pub sql: String,
    /// Its parameter, with the colon.
    pub parameter: String,
    /// The parameter's value for each popularity rank.
    pub values: Vec<Value>,
    /// What SQLite says of the SELECT.
    pub facts: StatementFacts,
}

impl Query {
    /// The value that the key of this rank stands for.
    pub fn value(&self, key: Rank) -> &Value {
        &self.values[key as usize]
    }
}

/// One client's own connection.
pub struct Reader {
    practice: Practice,
    query: Arc<Query>,
}

impl Reader {
    /// Opens `source` for reading.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(source: Source, around: Surroundings, query: Arc<Query>) -> Result<Reader, Error> {
        let practice = Practice::open(source, around, &mut crate::progress::ignore)?;
        Ok(Reader { practice, query })
    }

    /// The query's whole result for this key. The statement is compiled once.
    ///
    /// # Errors
    /// What SQLite says, and [`Error::Interrupted`].
    pub fn read(&mut self, key: Rank) -> Result<ResultSet, Error> {
        let query = &self.query;
        select(
            &mut self.practice,
            &query.sql,
            &[(query.parameter.as_str(), query.value(key))],
        )
    }
}

/// What the workload's SELECTs say when they are compiled, and the values its
/// parameter takes, in the order that the values' SELECT gives them.
///
/// # Errors
/// What SQLite says of either.
pub fn look_up(practice: &mut Practice, workload: &Workload) -> Result<Query, Error> {
    let notes = practice.notes(&workload.query)?;
    let values = select(practice, &workload.values, &[])?;
    Ok(Query {
        sql: workload.query.clone(),
        parameter: workload.parameter.clone(),
        values: values
            .rows
            .into_iter()
            .filter_map(|row| row.into_iter().next())
            .collect(),
        facts: facts(notes),
    })
}

fn facts(notes: Notes) -> StatementFacts {
    StatementFacts {
        readonly: !notes.needs_private_copy(),
        is_query: true,
        tables: notes.reads.into_iter().collect(),
        functions: notes.functions.into_iter().collect(),
        in_transaction: false,
        reads_temp: notes.touches_temp,
    }
}

fn select(
    practice: &mut Practice,
    sql: &str,
    params: &[(&str, &Value)],
) -> Result<ResultSet, Error> {
    let result = practice.with_budget(Budget::default(), |conn| {
        let mut statement = conn.prepare_cached(sql)?;
        let columns: Vec<Column> = statement
            .columns()
            .map(|column| Column {
                name: column.name().to_owned(),
                declared_type: column.decl_type().map(str::to_owned),
            })
            .collect();
        let mut result = ResultSet {
            rows: Vec::new(),
            columns,
        };
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            let width = 0..result.columns.len();
            let values = width.map(|i| row.get_ref(i).map(owned));
            result.rows.push(values.collect::<Result<_, _>>()?);
        }
        Ok(result)
    });
    result.map_err(|error| practice.explain_error(error))
}
