//! The pages of a database file, each read once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use super::Error;
use super::page::{Cell, FileHeader, Page, u32_at};
use crate::sandbox::MAX_VALUE_BYTES;

/// Pages kept in memory: enough for every interior page of a large tree, and
/// for what one lookup touches.
const KEPT: usize = 20_000;

/// Reads pages of a file that nobody writes to meanwhile.
pub struct PageFile {
    file: File,
    header: FileHeader,
    kept: HashMap<u32, Rc<Page>>,
}

impl PageFile {
    /// Opens the database file at `path`.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::NoDatabase`].
    pub fn open(path: &Path) -> Result<PageFile, Error> {
        let mut file = File::open(path)?;
        let mut first = Vec::with_capacity(100);
        (&mut file).take(100).read_to_end(&mut first)?;
        Ok(PageFile {
            file,
            header: FileHeader::read(&first)?,
            kept: HashMap::new(),
        })
    }

    /// What the file says of itself.
    pub fn header(&self) -> FileHeader {
        self.header
    }

    /// A page of a b-tree.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Damaged`].
    pub fn page(&mut self, number: u32) -> Result<Rc<Page>, Error> {
        if let Some(page) = self.kept.get(&number) {
            return Ok(Rc::clone(page));
        }
        let page = Rc::new(Page::read(number, self.bytes(number)?, self.header)?);
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(number, Rc::clone(&page));
        Ok(page)
    }

    /// How many overflow pages hold the rest of a cell.
    pub fn overflow_pages(&self, cell: &Cell<'_>) -> u64 {
        let rest = cell.size.saturating_sub(cell.local.len() as u64);
        rest.div_ceil((self.header.usable - 4) as u64)
    }

    /// The whole record of a cell of `page`, its overflow pages included.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Damaged`] for a chain that does not end where
    /// the record does.
    pub fn record(&mut self, page: &Page, cell: &Cell<'_>) -> Result<Vec<u8>, Error> {
        let damaged = || Error::Damaged(page.number());
        // The longest record of a sandboxed value, with room for its header.
        const MOST: u64 = 4 * MAX_VALUE_BYTES as u64;
        if cell.size > MOST {
            return Err(damaged());
        }
        let size = usize::try_from(cell.size).map_err(|_| damaged())?;
        let mut record = cell.local.to_vec();
        let mut next = cell.overflow;
        while record.len() < size {
            let bytes = self.bytes(next.filter(|it| *it != 0).ok_or_else(damaged)?)?;
            next = u32_at(&bytes, 0);
            let more = (size - record.len()).min(self.header.usable - 4);
            record.extend_from_slice(bytes.get(4..4 + more).ok_or_else(damaged)?);
        }
        Ok(record)
    }

    fn bytes(&mut self, number: u32) -> Result<Vec<u8>, Error> {
        let place = u64::from(number.checked_sub(1).ok_or(Error::Damaged(number))?);
        self.file
            .seek(SeekFrom::Start(place * self.header.page_size as u64))?;
        let mut bytes = vec![0; self.header.page_size];
        self.file
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::Damaged(number),
                _ => Error::Read(error),
            })?;
        Ok(bytes)
    }
}
