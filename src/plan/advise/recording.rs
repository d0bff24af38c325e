//! A virtual table that keeps what the planner offers it, in place of rows.
//!
//! To plan a statement SQLite asks each virtual table what it could do with
//! the conditions, the order and the columns that concern it, for every order
//! of joining. Tables that only listen hear exactly what an index could be
//! used for, through joins, views, subqueries and the sides of an OR, in
//! microseconds and with no reading of SQL on our side.
//!
//! # Safety
//!
//! `rusqlite` makes implementing a virtual table an unsafe promise of two
//! things, both kept here:
//!
//! - The struct is `#[repr(C)]` and begins with SQLite's own part of it
//!   ([`sqlite3_vtab`], [`sqlite3_vtab_cursor`]), because SQLite casts between
//!   the two. SQLite fills that part in; nothing here touches it.
//! - Nothing borrows from SQLite beyond a call: all that is kept is copied
//!   into plain values, behind a mutex.
//!
//! There are no unsafe blocks and no raw pointers besides.
#![expect(
    unsafe_code,
    reason = "rusqlite's virtual table traits are unsafe to implement; the argument is above"
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::vtab::{
    Context, CreateVTab, DistinctMode, Filters, IndexConstraintOp, IndexInfo, Inserts, Module,
    UpdateVTab, Updates, VTab, VTabConnection, VTabCursor, VTabKind, sqlite3_vtab,
    sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Result};

use super::schema::Schema;

/// What the planner offered one table at one place of one join order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// The table.
    pub(super) table: String,
    /// What is asked of its columns.
    pub(super) asked: Vec<Asked>,
    /// The order that would spare a sort: (column, descending). A GROUP BY or
    /// DISTINCT asks for one, too, and then any direction does.
    pub(super) order: Vec<(usize, bool)>,
    /// The columns that the statement reads: bit 63 stands for all from there.
    pub(super) used: u64,
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// The column's place in its table.
    pub(super) column: usize,
    /// What an index can do with it.
    pub(super) how: How,
    /// The collation that the comparison is made by.
    pub(super) collation: String,
}

/// What an index can do with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum How {
    /// Find one value: `=`, `IS`, `IS NULL`.
    Equal,
    /// Find several values one after the other: `IN`.
    Each,
    /// Find a stretch: `<`, `>`, BETWEEN, the stretch that a LIKE or GLOB with
    /// a fixed beginning hides, IS NOT NULL.
    Range,
}

type Log = Arc<Mutex<Vec<Offer>>>;

/// Plans `sql` on tables that only listen, and returns what each was offered.
///
/// # Errors
/// When SQLite cannot plan it there: a mistake, a table of another database.
pub(super) fn record(schema: &Schema, sql: &str) -> Result<Vec<Offer>> {
    const LISTENERS: &Module<'static, Listener> = &Module::update_module();

    let log = Log::default();
    let conn = Connection::open_in_memory()?;
    let declarations = schema.tables.iter().map(|table| {
        let columns: Vec<String> = table.columns.iter().map(|it| it.declared()).collect();
        (
            table.name.clone(),
            format!("CREATE TABLE x({})", columns.join(", ")),
        )
    });
    let aux = Shared {
        declarations: declarations.collect(),
        log: Arc::clone(&log),
    };
    conn.create_module("listener", LISTENERS, Some(aux))?;
    for sql in &schema.virtual_tables {
        // Its module may be one that this program lacks.
        let _ = conn.execute_batch(sql);
    }
    for table in &schema.tables {
        let name = super::schema::quoted(&table.name);
        conn.execute_batch(&format!("CREATE VIRTUAL TABLE {name} USING listener"))?;
    }
    for view in &schema.views {
        conn.execute_batch(&view.sql)?;
    }
    conn.prepare(sql)?;
    drop(conn);
    let offers = std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(offers)
}

struct Shared {
    declarations: HashMap<String, String>,
    log: Log,
}

#[repr(C)]
struct Listener {
    /// SQLite's part: must be first.
    base: sqlite3_vtab,
    table: String,
    log: Log,
}

// SAFETY: see the module.
unsafe impl<'vtab> VTab<'vtab> for Listener {
    type Aux = Shared;
    type Cursor = NoRows<'vtab>;

    fn connect(
        _db: &mut VTabConnection,
        aux: Option<&Shared>,
        _module_name: &[u8],
        _database_name: &[u8],
        table_name: &[u8],
        _args: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Listener)> {
        let table = String::from_utf8_lossy(table_name).into_owned();
        let declared = aux.and_then(|it| Some((it.declarations.get(&table)?, &it.log)));
        let (declared, log) = declared.ok_or(rusqlite::Error::InvalidQuery)?;
        let declared = CString::new(declared.as_str())?;
        let listener = Listener {
            base: sqlite3_vtab::default(),
            table,
            log: Arc::clone(log),
        };
        Ok((Cow::Owned(declared), listener))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<bool> {
        let mut asked = Vec::new();
        let mut usable = Vec::new();
        let mut cost = 1e6;
        let conditions: Vec<_> = info
            .constraints()
            .map(|it| (it.column(), it.operator(), it.is_usable()))
            .collect();
        for (at, (column, operator, is_usable)) in conditions.into_iter().enumerate() {
            let Some(how) = how(&operator).filter(|_| is_usable) else {
                continue;
            };
            let each = how == How::Equal && info.is_in_constraint(at)?;
            usable.push(at);
            cost /= if how == How::Equal { 100.0 } else { 4.0 };
            if let Ok(column) = usize::try_from(column) {
                asked.push(Asked {
                    column,
                    how: if each { How::Each } else { how },
                    collation: info.collation(at)?.to_owned(),
                });
            }
        }
        // What is taken here is what makes the planner come back and ask about
        // the other join orders.
        for (place, at) in (1..).zip(usable) {
            info.constraint_usage(at).set_argv_index(place);
        }
        // For GROUP BY and DISTINCT any direction does.
        let directed = matches!(
            info.distinct(),
            DistinctMode::Ordered | DistinctMode::DistinctOrdered
        );
        let order = info.order_bys().map(|it| {
            let column = usize::try_from(it.column()).ok()?;
            Some((column, directed && it.is_order_by_desc()))
        });
        // An order by the rowid comes for nothing after all else.
        let mut order: Vec<_> = order.map_while(|it| it).collect();
        // An index is read from either end, so the first may always go up.
        if order.first().is_some_and(|it| it.1) {
            order.iter_mut().for_each(|it| it.1 = !it.1);
        }
        let offer = Offer {
            table: self.table.clone(),
            asked,
            order,
            used: info.col_used(),
        };
        info.set_estimated_cost(cost);
        info.set_estimated_rows(if cost < 1e5 { 10 } else { 100_000 });
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if !log.contains(&offer) {
            log.push(offer);
        }
        Ok(true)
    }

    fn open(&'vtab mut self) -> Result<NoRows<'vtab>> {
        Ok(NoRows {
            base: sqlite3_vtab_cursor::default(),
            table: PhantomData,
        })
    }
}

fn how(operator: &IndexConstraintOp) -> Option<How> {
    use IndexConstraintOp as Op;
    match operator {
        Op::SQLITE_INDEX_CONSTRAINT_EQ
        | Op::SQLITE_INDEX_CONSTRAINT_IS
        | Op::SQLITE_INDEX_CONSTRAINT_ISNULL => Some(How::Equal),
        Op::SQLITE_INDEX_CONSTRAINT_GT
        | Op::SQLITE_INDEX_CONSTRAINT_GE
        | Op::SQLITE_INDEX_CONSTRAINT_LT
        | Op::SQLITE_INDEX_CONSTRAINT_LE
        | Op::SQLITE_INDEX_CONSTRAINT_ISNOTNULL => Some(How::Range),
        _ => None,
    }
}

impl CreateVTab<'_> for Listener {
    const KIND: VTabKind = VTabKind::Default;
}

/// Nothing is ever run on these tables: a statement that changes them only has
/// to compile.
impl UpdateVTab<'_> for Listener {
    fn delete(&mut self, _arg: ValueRef<'_>) -> Result<()> {
        Err(rusqlite::Error::InvalidQuery)
    }

    fn insert(&mut self, _args: &Inserts<'_>) -> Result<i64> {
        Err(rusqlite::Error::InvalidQuery)
    }

    fn update(&mut self, _args: &Updates<'_>) -> Result<()> {
        Err(rusqlite::Error::InvalidQuery)
    }
}

#[repr(C)]
struct NoRows<'vtab> {
    /// SQLite's part: must be first.
    base: sqlite3_vtab_cursor,
    table: PhantomData<&'vtab Listener>,
}

// SAFETY: see the module.
unsafe impl VTabCursor for NoRows<'_> {
    fn filter(&mut self, _number: c_int, _text: Option<&str>, _args: &Filters<'_>) -> Result<()> {
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        Ok(())
    }

    fn eof(&self) -> bool {
        true
    }

    fn column(&self, _context: &mut Context, _column: c_int) -> Result<()> {
        Ok(())
    }

    fn rowid(&self) -> Result<i64> {
        Ok(0)
    }
}
