//! A sample of a table's rows, from all over it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::schema::{Table, quoted};

/// A table's rows.
pub(super) struct Rows {
    /// How many there are, about.
    pub(super) all: u64,
    /// Some of them, without what is generated and without the rowid.
    pub(super) sample: Vec<Vec<Value>>,
}

/// About `size` rows from all over `table`: one from each of so many equal
/// stretches of its rowids.
pub(super) fn sampled(
    conn: &Connection,
    table: &Table,
    stored: &[usize],
    size: u64,
) -> rusqlite::Result<Rows> {
    let name = quoted(&table.name);
    let columns: Vec<String> = stored
        .iter()
        .map(|at| quoted(&table.columns[*at].name))
        .collect();
    let list = columns.join(", ");
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<Value>> {
        (0..stored.len()).map(|at| row.get(at)).collect()
    };
    let ends = if table.key.is_empty() {
        Some("rowid".to_owned())
    } else {
        first_integer(table)
    };
    let first = || -> rusqlite::Result<Vec<Vec<Value>>> {
        let sql = format!("SELECT {list} FROM {name} NOT INDEXED LIMIT {size}");
        conn.prepare(&sql)?.query_map([], read)?.collect()
    };
    let is_small = count(conn, &format!("(SELECT 1 FROM {name} LIMIT {})", size + 1))? <= size;
    let Some(place) = ends.filter(|_| !is_small) else {
        let sample = first()?;
        let all = if is_small {
            sample.len() as u64
        } else {
            count(conn, &name)?
        };
        return Ok(Rows { all, sample });
    };
    let end = |which: &str| -> rusqlite::Result<Option<i64>> {
        conn.query_row(&format!("SELECT {which}({place}) FROM {name}"), [], |row| {
            row.get(0)
        })
    };
    let (Some(low), Some(high)) = (end("min")?, end("max")?) else {
        return Ok(Rows {
            all: count(conn, &name)?,
            sample: first()?,
        });
    };
    let range = high.abs_diff(low).saturating_add(1);
    let is_unique = table.key.len() < 2;
    let step = (range / size).max(1);
    let at_each = if is_unique { 1 } else { size / range.min(size) };
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut statement = conn.prepare(&format!(
        "SELECT {list}, {place} FROM {name} NOT INDEXED WHERE {place} >= ?1 ORDER BY {place} LIMIT {}",
        at_each.max(1)
    ))?;
    let (mut sample, mut asked, mut hits) = (Vec::new(), 0_u64, 0_u64);
    let mut next = low;
    let mut from = 0;
    while from < range {
        let jitter = (u128::from(random.next_u64()) * u128::from(step)) >> 64;
        let wanted = low.saturating_add_unsigned(from + jitter as u64);
        from += step;
        asked += 1;
        if wanted < next {
            continue;
        }
        let mut rows = statement.query([wanted])?;
        while let Some(row) = rows.next()? {
            let found: i64 = row.get(stored.len())?;
            hits += u64::from(found == wanted);
            next = found.saturating_add(1);
            sample.push(read(row)?);
        }
    }
    let all = if is_unique {
        // The share of the rowids asked for that exist.
        (range as f64 * hits as f64 / asked.max(1) as f64) as u64
    } else {
        count(conn, &name)?
    };
    Ok(Rows {
        all: all.max(sample.len() as u64),
        sample,
    })
}

fn first_integer(table: &Table) -> Option<String> {
    let column = &table.columns[*table.key.first()?];
    let is_integer = column.declared_type.to_ascii_uppercase().contains("INT");
    is_integer.then(|| quoted(&column.name))
}

fn count(conn: &Connection, rows: &str) -> rusqlite::Result<u64> {
    conn.query_row(&format!("SELECT count(*) FROM {rows}"), [], |row| {
        row.get::<_, i64>(0).map(i64::unsigned_abs)
    })
}
