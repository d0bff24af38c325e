//! From the root to a leaf, and on along the entries: the way SQLite goes, page
//! by page, with the same pages asked for.

use std::cmp::Ordering;
use std::rc::Rc;

use rusqlite::types::Value;

use super::Error;
use super::file::PageFile;
use super::page::{Kind, Page};
use super::record::{self, Collation};

/// One page on the way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The page, from 1.
    pub page: u32,
    /// Whether pages hang below it.
    pub interior: bool,
    /// Entries on it.
    pub entries: usize,
    /// Pages below it.
    pub children: usize,
    /// Which child was taken, or at which entry the search ended, from 0.
    pub place: usize,
}

/// No b-tree of SQLite is deeper.
const DEEPEST: usize = 20;

/// A damaged file may lead in circles; no walk here needs as many pages.
const MOST_PAGES: u64 = 1_000_000;

/// A place in a b-tree.
struct Stack {
    pages: Vec<(Rc<Page>, usize)>,
    fetches: u64,
}

impl Stack {
    fn new() -> Stack {
        Stack {
            pages: Vec::new(),
            fetches: 0,
        }
    }

    fn push(&mut self, file: &mut PageFile, number: u32) -> Result<Rc<Page>, Error> {
        self.fetches += 1;
        if self.pages.len() >= DEEPEST || self.fetches > MOST_PAGES {
            return Err(Error::Damaged(number));
        }
        let page = file.page(number)?;
        self.pages.push((Rc::clone(&page), 0));
        Ok(page)
    }

    fn set_place(&mut self, place: usize) {
        if let Some(last) = self.pages.last_mut() {
            last.1 = place;
        }
    }

    /// Down to the first leaf from `number` on.
    fn leftmost(&mut self, file: &mut PageFile, mut number: u32) -> Result<(), Error> {
        loop {
            let page = self.push(file, number)?;
            if !page.kind().is_interior() {
                return Ok(());
            }
            number = page.child(0)?;
        }
    }

    fn steps(&self) -> Vec<Step> {
        let step = |(page, place): &(Rc<Page>, usize)| Step {
            page: page.number(),
            interior: page.kind().is_interior(),
            entries: page.entries(),
            children: page.children(),
            place: *place,
        };
        self.pages.iter().map(step).collect()
    }
}

/// How the columns of an index compare, and which way round.
pub type Order = [(Collation, bool)];

/// A place among the entries of an index, or of a WITHOUT ROWID table.
pub struct IndexCursor<'f> {
    file: &'f mut PageFile,
    order: Vec<(Collation, bool)>,
    stack: Stack,
}

impl<'f> IndexCursor<'f> {
    /// Goes to the first entry that is not before `key`, a value for each of
    /// the first columns. With `exact` it stops at an equal entry of an interior
    /// page, as SQLite does where it wants that one entry and nothing after.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn seek(
        file: &'f mut PageFile,
        root: u32,
        order: &Order,
        key: &[Value],
        exact: bool,
    ) -> Result<IndexCursor<'f>, Error> {
        let mut cursor = IndexCursor {
            file,
            order: order.to_vec(),
            stack: Stack::new(),
        };
        let mut number = root;
        loop {
            let page = cursor.stack.push(cursor.file, number)?;
            if !matches!(page.kind(), Kind::IndexInterior | Kind::IndexLeaf) {
                return Err(Error::Damaged(number));
            }
            let (place, equal) = cursor.search(&page, key, exact)?;
            cursor.stack.set_place(place);
            if equal || !page.kind().is_interior() {
                return Ok(cursor);
            }
            number = page.child(place)?;
        }
    }

    /// The place of the first entry that is not before `key`, by halves, as
    /// SQLite halves; and whether it is that of an equal one where that ends it.
    fn search(&mut self, page: &Page, key: &[Value], exact: bool) -> Result<(usize, bool), Error> {
        let (mut low, mut high) = (0, page.entries());
        while low < high {
            let middle = (low + high - 1) / 2;
            match self.compare(page, middle, key)? {
                Ordering::Less => low = middle + 1,
                Ordering::Equal if exact => return Ok((middle, true)),
                Ordering::Equal | Ordering::Greater => high = middle,
            }
        }
        Ok((low, false))
    }

    fn compare(&mut self, page: &Page, at: usize, key: &[Value]) -> Result<Ordering, Error> {
        let entry = self.values(page, at)?;
        Ok(self.in_order(&entry, key))
    }

    fn in_order(&self, entry: &[Value], key: &[Value]) -> Ordering {
        let encoding = self.file.header().encoding;
        for ((value, wanted), (collation, descending)) in entry.iter().zip(key).zip(&self.order) {
            let way = record::compare(value, wanted, *collation, encoding);
            let way = if *descending { way.reverse() } else { way };
            if way.is_ne() {
                return way;
            }
        }
        Ordering::Equal
    }

    fn values(&mut self, page: &Page, at: usize) -> Result<Vec<Value>, Error> {
        let cell = page.cell(at)?;
        let record = self.file.record(page, &cell)?;
        record::values(&record, self.file.header().encoding).ok_or(Error::Damaged(page.number()))
    }

    /// The pages from the root to here.
    pub fn steps(&self) -> Vec<Step> {
        self.stack.steps()
    }

    /// Pages of the tree asked for so far. The overflow pages of long entries
    /// are not in it: SQLite often reads them past its page cache.
    pub fn fetches(&self) -> u64 {
        self.stack.fetches
    }

    /// The entry here, after going on to the next page where this one has
    /// ended; `None` after the last.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn entry(&mut self) -> Result<Option<Vec<Value>>, Error> {
        while let Some((page, place)) = self.stack.pages.last().cloned() {
            if place < page.entries() {
                return self.values(&page, place).map(Some);
            }
            self.stack.pages.pop();
        }
        Ok(None)
    }

    /// Whether `entry` begins with `key`.
    pub fn is_equal(&self, entry: &[Value], key: &[Value]) -> bool {
        self.in_order(entry, key).is_eq()
    }

    /// Goes on to the next entry. Call it after [`entry`](IndexCursor::entry).
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn advance(&mut self) -> Result<(), Error> {
        let Some((page, place)) = self.stack.pages.last_mut() else {
            return Ok(());
        };
        *place += 1;
        if page.kind().is_interior() {
            let child = page.child(*place)?;
            self.stack.leftmost(self.file, child)?;
        }
        Ok(())
    }

    /// The entry before this place, if this page or one above it holds it: for
    /// saying between what a key would be.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn before(&mut self) -> Result<Option<Vec<Value>>, Error> {
        for (page, place) in self.stack.pages.clone().iter().rev() {
            if *place > 0 {
                return self.values(page, place - 1).map(Some);
            }
        }
        Ok(None)
    }
}

/// A place among the rows of a table with rowids.
pub struct TableCursor {
    root: u32,
    stack: Stack,
    /// The rowid found last.
    at: Option<i64>,
}

impl TableCursor {
    /// Before the first search.
    pub fn new(root: u32) -> TableCursor {
        TableCursor {
            root,
            stack: Stack::new(),
            at: None,
        }
    }

    /// Goes to `rowid`; whether there is such a row. The root stays in hand
    /// between two searches, and the row after the last one is found without
    /// going back up, as in SQLite.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn seek(&mut self, file: &mut PageFile, rowid: i64) -> Result<bool, Error> {
        if self.at == Some(rowid) {
            return Ok(true);
        }
        if self.at.is_some_and(|at| at.checked_add(1) == Some(rowid))
            && self.next(file)? == Some(rowid)
        {
            self.at = Some(rowid);
            return Ok(true);
        }
        if !self.stack.pages.is_empty() {
            self.stack.pages.clear();
            self.stack.fetches -= 1;
        }
        let mut number = self.root;
        loop {
            let page = self.stack.push(file, number)?;
            if !matches!(page.kind(), Kind::TableInterior | Kind::TableLeaf) {
                return Err(Error::Damaged(number));
            }
            let (mut low, mut high) = (0, page.entries());
            while low < high {
                let middle = usize::midpoint(low, high);
                match page.cell(middle)?.rowid {
                    Some(id) if id < rowid => low = middle + 1,
                    _ => high = middle,
                }
            }
            self.stack.set_place(low);
            if page.kind().is_interior() {
                number = page.child(low)?;
                continue;
            }
            let found = low < page.entries() && page.cell(low)?.rowid == Some(rowid);
            self.at = found.then_some(rowid);
            return Ok(found);
        }
    }

    /// Overflow pages of the row that this stands at.
    ///
    /// # Errors
    /// When the page is damaged.
    pub fn overflow(&self, file: &PageFile) -> Result<u64, Error> {
        match self.stack.pages.last() {
            Some((page, place)) => Ok(file.overflow_pages(&page.cell(*place)?)),
            None => Ok(0),
        }
    }

    /// The rowid after this one.
    fn next(&mut self, file: &mut PageFile) -> Result<Option<i64>, Error> {
        self.at = None;
        if let Some(leaf) = self.stack.pages.last_mut() {
            leaf.1 += 1;
        }
        loop {
            let Some((page, place)) = self.stack.pages.last().cloned() else {
                return Ok(None);
            };
            if page.kind().is_interior() {
                if place < page.entries() {
                    self.stack.set_place(place + 1);
                    self.stack.leftmost(file, page.child(place + 1)?)?;
                    continue;
                }
            } else if place < page.entries() {
                return Ok(page.cell(place)?.rowid);
            }
            self.stack.pages.pop();
        }
    }

    /// The pages from the root to here.
    pub fn steps(&self) -> Vec<Step> {
        self.stack.steps()
    }

    /// Pages asked for by all searches.
    pub fn fetches(&self) -> u64 {
        self.stack.fetches
    }

    /// The rowids on both sides of this place, as far as this leaf shows them.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn around(&self) -> Result<(Option<i64>, Option<i64>), Error> {
        let Some((page, place)) = self.stack.pages.last() else {
            return Ok((None, None));
        };
        let at = |place: Option<usize>| -> Result<Option<i64>, Error> {
            match place {
                Some(place) if place < page.entries() => Ok(page.cell(place)?.rowid),
                _ => Ok(None),
            }
        };
        Ok((at(place.checked_sub(1))?, at(Some(*place))?))
    }
}
