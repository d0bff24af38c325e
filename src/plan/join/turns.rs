//! Carries out the first turns of nested loops.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::reading::Reading;
use super::{Error, Level, Table, Unmatched};
use crate::plan::catalog::{Catalog, quoted};

/// Turns of the outermost loop that are carried out; of a join of more than
/// two tables, fewer.
const TURNS: usize = 6;
const TURNS_OF_MANY: usize = 4;

/// Rows of an inner loop that are kept to be shown.
const SHOWN: usize = 3;
const SHOWN_OF_MANY: usize = 2;

/// No more rows than this are counted of one turn.
pub const MOST_ROWS: u64 = 10_000;

/// Rows of the join that are looked through for turns that come to something.
const LOOKED_AT: u64 = 200;

/// Columns of a row that are shown.
const COLUMNS: usize = 4;

/// One turn of the outermost loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The row it is about.
    pub row: Row,
    /// The rows of the join that come of it, [`MOST_ROWS`] at most.
    pub rows: u64,
}

/// A row that a loop found.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its table, by its place among the loops.
    pub level: usize,
    /// Whether rows that its loop found before it are left out: the first that
    /// comes to a row of the join is shown.
    pub later: bool,
    /// Some of its columns; `None` for the row of NULLs of a LEFT JOIN.
    pub columns: Option<Vec<(String, Value)>>,
    /// The first rows that the loop inside found for it.
    pub inner: Vec<Row>,
    /// All rows that it found, [`MOST_ROWS`] at most.
    pub matched: u64,
}

/// A table with what it takes to find one of its rows again.
struct Nested {
    /// Its place in the statement.
    item: usize,
    alias: String,
    name: String,
    left: bool,
    hint: String,
    /// What tells a row from all others.
    identity: Vec<String>,
    shown: Vec<String>,
}

/// The loops, and the statement they are of.
pub(super) struct Nest<'a> {
    conn: &'a Connection,
    reading: &'a Reading,
    levels: Vec<Nested>,
}

/// The row that each loop outside stands at: its identity, or `None` for the
/// row of NULLs.
type Fixed = Vec<Option<Vec<Value>>>;

impl<'a> Nest<'a> {
    pub(super) fn of(
        conn: &'a Connection,
        reading: &'a Reading,
        loops: &[Level],
    ) -> Result<Nest<'a>, Error> {
        let mut levels = Vec::new();
        for (level, item) in loops.iter().zip(reading.places(loops)?) {
            let of = &reading.items[item];
            let key = key_columns(conn, &of.table)?;
            levels.push(Nested {
                item,
                alias: of.alias.clone(),
                name: of.table.clone(),
                left: level.left,
                hint: level.hint.clone(),
                identity: identity(conn, &of.table, &of.columns, &key)?,
                shown: shown(reading, item, &key),
            });
        }
        Ok(Nest {
            conn,
            reading,
            levels,
        })
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        let table = |it: &Nested| Table {
            alias: it.alias.clone(),
            name: match self.reading.items[it.item].derived {
                true => it.alias.clone(),
                false => it.name.clone(),
            },
            left: it.left,
        };
        self.levels.iter().map(table).collect()
    }

    /// The first turns, and whether there are more.
    pub(super) fn turns(&self) -> Result<(Vec<Turn>, bool), Error> {
        let many = self.levels.len() > 2;
        let most = if many { TURNS_OF_MANY } else { TURNS };
        let mut found = self.rows(0, &Vec::new(), most as u64 + 1, most)?;
        let more = found.counted > most as u64;
        let mut turns = Vec::new();
        for (id, columns) in found.first.drain(..) {
            turns.push(self.turn(id, columns)?);
        }
        Ok((turns, more))
    }

    /// The first turns that come to something. Where that is none, this takes as
    /// long as the statement itself.
    pub(super) fn later(&self) -> Result<Vec<Turn>, Error> {
        let table = &self.levels[0];
        let (body, _) = self.body(self.levels.len(), &Vec::new(), "");
        let with = &self.reading.with;
        let sql = format!("{with}SELECT {} {body} LIMIT {LOOKED_AT}", table.wanted());
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut turns, mut seen) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (id, columns) = table.read(row)?;
            if seen.contains(&id) {
                continue;
            }
            seen.push(id.clone());
            turns.push(self.turn(Some(id), Some(columns))?);
            if turns.len() == SHOWN {
                break;
            }
        }
        Ok(turns)
    }

    fn turn(&self, id: Option<Vec<Value>>, columns: Option<Columns>) -> Result<Turn, Error> {
        let mut fixed = vec![id];
        let rows = self.count(&fixed)?;
        let row = self.row(0, columns, &mut fixed, rows > 0)?;
        Ok(Turn { row, rows })
    }

    /// The row that the loop at `level` stands at, with those that the loops
    /// inside find for it; `fits` if it is known to come to a row of the join.
    fn row(
        &self,
        level: usize,
        columns: Option<Columns>,
        fixed: &mut Fixed,
        fits: bool,
    ) -> Result<Row, Error> {
        let mut row = Row {
            level,
            later: false,
            columns,
            inner: Vec::new(),
            matched: 0,
        };
        if level + 1 < self.levels.len() {
            let shown = if self.levels.len() > 2 {
                SHOWN_OF_MANY
            } else {
                SHOWN
            };
            let found = self.rows(level + 1, fixed, MOST_ROWS, shown)?;
            row.matched = found.counted;
            let mut ids = Vec::new();
            for (id, columns) in found.first {
                ids.push(id.clone());
                fixed.push(id);
                row.inner.push(self.row(level + 1, columns, fixed, false)?);
                fixed.pop();
            }
            if fits && !row.inner.iter().any(|it| self.is_drawn_to_its_end(it)) {
                self.show_one_that_fits(level + 1, &mut row.inner, &ids, fixed)?;
            }
        }
        Ok(row)
    }

    /// Whether a row of the innermost loop hangs below `row`.
    fn is_drawn_to_its_end(&self, row: &Row) -> bool {
        row.level + 1 == self.levels.len()
            || row.inner.iter().any(|it| self.is_drawn_to_its_end(it))
    }

    /// Adds the first row of the loop at `level` that comes to a row of the join
    /// to those that are `shown`, or shows more of it if it is one of them.
    fn show_one_that_fits(
        &self,
        level: usize,
        shown: &mut Vec<Row>,
        ids: &[Option<Vec<Value>>],
        fixed: &mut Fixed,
    ) -> Result<(), Error> {
        let table = &self.levels[level];
        let (body, values) = self.body(self.levels.len(), fixed, "");
        let sql = format!(
            "{}SELECT {} {body} LIMIT 1",
            self.reading.with,
            table.wanted()
        );
        let found = {
            let mut statement = self.conn.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            rows.next()?.map(|row| table.found(row)).transpose()?
        };
        let Some((id, columns)) = found else {
            return Ok(());
        };
        let at = ids.iter().position(|it| *it == id);
        fixed.push(id);
        let row = self.row(level, columns, fixed, true)?;
        fixed.pop();
        match at {
            Some(at) => shown[at] = row,
            None => shown.push(Row { later: true, ..row }),
        }
        Ok(())
    }

    /// The rows that the loop at `level` finds while those outside stand at
    /// `fixed`.
    fn rows(&self, level: usize, fixed: &Fixed, most: u64, keep: usize) -> Result<Found, Error> {
        let table = &self.levels[level];
        let wanted = table.wanted();
        let hints: &[&str] = if table.hint.is_empty() {
            &[""]
        } else {
            &[&table.hint, ""]
        };
        // The index may be no use for what is left of the statement.
        let mut statement = None;
        for hint in hints {
            let (body, values) = self.body(level + 1, fixed, hint);
            let with = &self.reading.with;
            let sql = format!("{with}SELECT {wanted} {body} LIMIT {most}");
            match self.conn.prepare(&sql) {
                Ok(prepared) => {
                    statement = Some((prepared, values));
                    break;
                }
                Err(error) if hint.is_empty() => return Err(Error::Sqlite(error)),
                Err(_) => {}
            }
        }
        let mut found = Found::default();
        let Some((mut statement, values)) = statement else {
            return Ok(found);
        };
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            found.counted += 1;
            if found.first.len() == keep {
                continue;
            }
            let one = table.found(row)?;
            if one.0.is_none() {
                found.counted -= 1;
            }
            found.first.push(one);
        }
        Ok(found)
    }

    /// The rows of the whole join for one row of the outermost loop.
    fn count(&self, fixed: &Fixed) -> Result<u64, Error> {
        let (body, values) = self.body(self.levels.len(), fixed, "");
        let with = &self.reading.with;
        let sql = format!("{with}SELECT count(*) FROM (SELECT 1 {body} LIMIT {MOST_ROWS})");
        let counted = self
            .conn
            .query_row(&sql, params_from_iter(values), |row| row.get::<_, i64>(0))?;
        Ok(counted.unsigned_abs())
    }

    /// The rows of the inner table of a RIGHT or FULL JOIN of two that no row of
    /// the outer one met. This takes as long as the statement itself.
    pub(super) fn unmatched(&self) -> Result<Unmatched, Error> {
        let [outer, inner] = self.levels.as_slice() else {
            return Err(Error::Outer("of more than two tables"));
        };
        let column = |it: &Nested, name: &String| format!("{}.{}", quoted(&it.alias), quoted(name));
        let wanted = inner.identity.iter().chain(&inner.shown);
        let wanted: Vec<String> = wanted.map(|name| column(inner, name)).collect();
        let texts = |joins: bool| -> String {
            let all = self.reading.conditions.iter();
            let some = all.filter(|it| it.joins.is_some() == joins);
            some.map(|it| format!(" AND ({})", it.text)).collect()
        };
        let sql = format!(
            "{}SELECT {} FROM {} AS {} RIGHT JOIN {} AS {} ON 1{} WHERE {} IS NULL{} LIMIT {MOST_ROWS}",
            self.reading.with,
            wanted.join(", "),
            quoted(&outer.name),
            quoted(&outer.alias),
            quoted(&inner.name),
            quoted(&inner.alias),
            texts(true),
            column(outer, &outer.identity[0]),
            texts(false),
        );
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut first, mut counted) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            counted += 1;
            if first.len() < SHOWN {
                first.push(Row {
                    level: 1,
                    later: false,
                    columns: Some(inner.read(row)?.1),
                    inner: Vec::new(),
                    matched: 0,
                });
            }
        }
        Ok(Unmatched {
            first,
            rows: counted,
        })
    }

    /// FROM and WHERE of the first `levels` loops; `hint` is for the innermost.
    /// CROSS JOIN keeps SQLite to the order in which they stand.
    fn body(&self, levels: usize, fixed: &Fixed, hint: &str) -> (String, Vec<Value>) {
        let inside: Vec<usize> = self.levels[..levels].iter().map(|it| it.item).collect();
        let mut from = String::new();
        let mut wheres: Vec<String> = Vec::new();
        let mut values = Vec::new();
        for (at, table) in self.levels[..levels].iter().enumerate() {
            let hint = if at + 1 == levels { hint } else { "" };
            let named = format!("{} AS {}{hint}", quoted(&table.name), quoted(&table.alias));
            let nulls = matches!(fixed.get(at), Some(None));
            let is_on = |it: &super::reading::Condition| table.left && it.joins == Some(table.item);
            if at == 0 {
                from = format!("FROM {named}");
            } else if nulls {
                from += &format!(" LEFT JOIN {named} ON 0");
            } else if table.left {
                let on = self.reading.conditions.iter().filter(|it| is_on(it));
                let on: Vec<&str> = on.map(|it| it.text.as_str()).collect();
                let on = if on.is_empty() {
                    "1".to_owned()
                } else {
                    on.join(" AND ")
                };
                from += &format!(" LEFT JOIN {named} ON {on}");
            } else {
                from += &format!(" CROSS JOIN {named}");
            }
            if let Some(Some(id)) = fixed.get(at) {
                for (column, value) in table.identity.iter().zip(id) {
                    values.push(value.clone());
                    wheres.push(format!(
                        "{}.{} IS ?{}",
                        quoted(&table.alias),
                        quoted(column),
                        values.len()
                    ));
                }
            }
        }
        let left: Vec<usize> = self
            .levels
            .iter()
            .filter(|it| it.left)
            .map(|it| it.item)
            .collect();
        for condition in &self.reading.conditions {
            let of_left_join = condition.joins.is_some_and(|it| left.contains(&it));
            let known = condition.tables.iter().all(|it| inside.contains(it))
                || levels == self.levels.len();
            if !of_left_join && known {
                wheres.push(format!("({})", condition.text));
            }
        }
        if !wheres.is_empty() {
            from += &format!(" WHERE {}", wheres.join(" AND "));
        }
        (from, values)
    }
}

/// Names and values.
type Columns = Vec<(String, Value)>;

impl Nested {
    /// What to select of it: its identity, then the columns to show.
    fn wanted(&self) -> String {
        let names = self.identity.iter().chain(&self.shown);
        let names = names.map(|name| format!("{}.{}", quoted(&self.alias), quoted(name)));
        names.collect::<Vec<_>>().join(", ")
    }

    /// A row that was asked for [`wanted`](Nested::wanted); both `None` for the
    /// row of NULLs that a LEFT JOIN makes up: no key is NULL in all its columns.
    fn found(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<FoundRow> {
        let (id, columns) = self.read(row)?;
        if self.left && id.iter().all(|value| *value == Value::Null) {
            return Ok((None, None));
        }
        Ok((Some(id), Some(columns)))
    }

    /// The identity and the shown columns of a row that was asked for them.
    fn read(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<(Vec<Value>, Columns)> {
        let ids = self.identity.len();
        let id = (0..ids).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        let columns = self.shown.iter().enumerate();
        let columns = columns.map(|(at, name)| Ok((name.clone(), row.get(ids + at)?)));
        Ok((id, columns.collect::<rusqlite::Result<_>>()?))
    }
}

/// The identity and the shown columns of a row.
type FoundRow = (Option<Vec<Value>>, Option<Columns>);

/// What one loop found.
#[derive(Default)]
struct Found {
    /// The identity and the columns of the first rows; both `None` for the row
    /// of NULLs.
    first: Vec<FoundRow>,
    counted: u64,
}

fn key_columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The columns that tell one row of `table` from all others: the rowid by a
/// name that no column has taken, or the primary key.
fn identity(
    conn: &Connection,
    table: &str,
    columns: &[String],
    key: &[String],
) -> rusqlite::Result<Vec<String>> {
    let keyed: bool = conn.query_row(
        "SELECT coalesce(max(wr), 0) FROM pragma_table_list WHERE schema = 'main' AND name = ?1",
        [table],
        |row| row.get(0),
    )?;
    if keyed {
        return Ok(key.to_vec());
    }
    if let Some(column) = Catalog(conn).rowid_column(table) {
        return Ok(vec![column]);
    }
    let free = ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| !columns.iter().any(|it| it.eq_ignore_ascii_case(name)));
    Ok(free.map_or_else(|| columns.to_vec(), |name| vec![name.to_owned()]))
}

/// The columns to show: the key, what the conditions speak of, then others.
fn shown(reading: &Reading, item: usize, key: &[String]) -> Vec<String> {
    let of = &reading.items[item];
    let asked = reading.conditions.iter().flat_map(|it| &it.columns);
    let asked = asked
        .filter(|(place, _)| *place == item)
        .map(|(_, name)| name);
    let mut shown: Vec<String> = Vec::new();
    for name in key.iter().chain(asked).chain(&of.columns) {
        // As the table writes it.
        let Some(name) = of.columns.iter().find(|it| it.eq_ignore_ascii_case(name)) else {
            continue;
        };
        if shown.len() < COLUMNS && !shown.contains(name) {
            shown.push(name.clone());
        }
    }
    shown
}
