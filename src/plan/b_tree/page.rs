//! One page of a b-tree, read from its bytes.
//!
//! The format: <https://sqlite.org/fileformat2.html>, sections 1.3 (the file's
//! header), 1.6 (pages and cells). Every offset is checked, so that no bytes
//! at all make this panic or read past a page.

use super::Error;

/// What the first page says of the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// Bytes of a page: a power of two from 512 to 65,536.
    pub page_size: usize,
    /// Bytes of a page that hold data.
    pub usable: usize,
    /// How texts are written.
    pub encoding: Encoding,
}

/// How a database writes its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

impl FileHeader {
    /// Reads the first 100 bytes of a file.
    ///
    /// # Errors
    /// [`Error::NoDatabase`].
    pub fn read(bytes: &[u8]) -> Result<FileHeader, Error> {
        if bytes.len() < 100 || !bytes.starts_with(b"SQLite format 3\0") {
            return Err(Error::NoDatabase);
        }
        let page_size = match u16_at(bytes, 16) {
            Some(1) => 65_536,
            Some(n) if n >= 512 && n.is_power_of_two() => usize::from(n),
            _ => return Err(Error::NoDatabase),
        };
        let usable = page_size - usize::from(bytes[20]);
        let encoding = match u32_at(bytes, 56) {
            Some(2) => Encoding::Utf16Le,
            Some(3) => Encoding::Utf16Be,
            _ => Encoding::Utf8,
        };
        // SQLite allows no less.
        if usable < 480 {
            return Err(Error::NoDatabase);
        }
        Ok(FileHeader {
            page_size,
            usable,
            encoding,
        })
    }
}

/// The four kinds of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Points to pages below it, between entries of an index.
    IndexInterior,
    /// Points to pages below it, between rowids.
    TableInterior,
    /// Holds entries of an index.
    IndexLeaf,
    /// Holds rows.
    TableLeaf,
}

impl Kind {
    /// Whether pages hang below it.
    pub fn is_interior(self) -> bool {
        matches!(self, Kind::IndexInterior | Kind::TableInterior)
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    number: u32,
    bytes: Vec<u8>,
    header: FileHeader,
    kind: Kind,
    /// Where each cell begins.
    cells: Vec<usize>,
    rightmost: Option<u32>,
}

/// One cell: an entry, and on an interior page the page below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The page with what is smaller (on a table's page, or equal).
    pub child: Option<u32>,
    /// The rowid, on a table's page.
    pub rowid: Option<i64>,
    /// The part of its record that is on this page.
    pub local: &'a [u8],
    /// The bytes of the whole record.
    pub size: u64,
    /// The first page of the rest.
    pub overflow: Option<u32>,
}

impl Page {
    /// Reads page `number`, from 1.
    ///
    /// # Errors
    /// [`Error::Damaged`] when these bytes are no page of a b-tree.
    pub fn read(number: u32, bytes: Vec<u8>, header: FileHeader) -> Result<Page, Error> {
        let damaged = || Error::Damaged(number);
        if bytes.len() < header.page_size {
            return Err(damaged());
        }
        let at = if number == 1 { 100 } else { 0 };
        let kind = match bytes[at] {
            2 => Kind::IndexInterior,
            5 => Kind::TableInterior,
            10 => Kind::IndexLeaf,
            13 => Kind::TableLeaf,
            _ => return Err(damaged()),
        };
        let (head, rightmost) = if kind.is_interior() {
            (12, Some(u32_at(&bytes, at + 8).ok_or_else(damaged)?))
        } else {
            (8, None)
        };
        let count = usize::from(u16_at(&bytes, at + 3).ok_or_else(damaged)?);
        let first = at + head;
        if first + 2 * count > header.usable {
            return Err(damaged());
        }
        let mut cells = Vec::with_capacity(count);
        for cell in 0..count {
            let place = usize::from(u16_at(&bytes, first + 2 * cell).ok_or_else(damaged)?);
            if place < first + 2 * count || place >= header.usable {
                return Err(damaged());
            }
            cells.push(place);
        }
        Ok(Page {
            number,
            bytes,
            header,
            kind,
            cells,
            rightmost,
        })
    }

    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many cells it has.
    pub fn entries(&self) -> usize {
        self.cells.len()
    }

    /// How many pages hang below it.
    pub fn children(&self) -> usize {
        self.rightmost.map_or(0, |_| self.cells.len() + 1)
    }

    /// The page below, by its place among [`children`](Page::children).
    ///
    /// # Errors
    /// [`Error::Damaged`], also for a leaf.
    pub fn child(&self, at: usize) -> Result<u32, Error> {
        let child = if at < self.cells.len() {
            self.cell(at)?.child
        } else {
            self.rightmost
        };
        child.ok_or(Error::Damaged(self.number))
    }

    /// The cell at a place, from 0.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, or it reaches past the page.
    pub fn cell(&self, at: usize) -> Result<Cell<'_>, Error> {
        self.read_cell(at).ok_or(Error::Damaged(self.number))
    }

    fn read_cell(&self, at: usize) -> Option<Cell<'_>> {
        let bytes = self.bytes.get(..self.header.usable)?;
        let mut at = *self.cells.get(at)?;
        let mut child = None;
        if self.kind.is_interior() {
            child = Some(u32_at(bytes, at)?);
            at += 4;
        }
        if self.kind == Kind::TableInterior {
            let (rowid, _) = varint(bytes.get(at..)?)?;
            return Some(Cell {
                child,
                rowid: Some(rowid.cast_signed()),
                local: &[],
                size: 0,
                overflow: None,
            });
        }
        let (size, length) = varint(bytes.get(at..)?)?;
        at += length;
        let mut rowid = None;
        if self.kind == Kind::TableLeaf {
            let (id, length) = varint(bytes.get(at..)?)?;
            rowid = Some(id.cast_signed());
            at += length;
        }
        let local = local_bytes(size, self.header.usable, self.kind == Kind::TableLeaf)?;
        let overflow = if local as u64 == size {
            None
        } else {
            Some(u32_at(bytes, at + local)?)
        };
        Some(Cell {
            child,
            rowid,
            local: bytes.get(at..at + local)?,
            size,
            overflow,
        })
    }
}

/// How many bytes of a record of `size` bytes stand on its page; section 1.6,
/// "B-tree Cell Format".
fn local_bytes(size: u64, usable: usize, table_leaf: bool) -> Option<usize> {
    let most = if table_leaf {
        usable - 35
    } else {
        (usable - 12) * 64 / 255 - 23
    };
    if size <= most as u64 {
        return usize::try_from(size).ok();
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let rest = usize::try_from((size - least as u64) % (usable as u64 - 4)).ok()?;
    let local = least + rest;
    Some(if local <= most { local } else { least })
}

/// Two bytes, the high one first.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(two.try_into().ok()?))
}

/// Four bytes, the highest first.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

/// A number in one to nine bytes, and how many they are.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: FileHeader = FileHeader {
        page_size: 512,
        usable: 512,
        encoding: Encoding::Utf8,
    };

    #[test]
    fn numbers_take_one_to_nine_bytes() {
        assert_eq!(varint(&[0x7f]), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(varint(&[]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), 512..600),
            kind in prop::sample::select(vec![2_u8, 5, 10, 13]),
            cells in 0_u8..100,
            number in 1_u32..3,
        ) {
            let at = if number == 1 { 100 } else { 0 };
            bytes[at] = kind;
            (bytes[at + 3], bytes[at + 4]) = (0, cells);
            if let Ok(page) = Page::read(number, bytes, HEADER) {
                for at in 0..page.entries() + 2 {
                    let _ = page.cell(at);
                    let _ = page.child(at);
                }
            }
        }

        #[test]
        fn no_header_makes_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = FileHeader::read(&bytes);
            let magic = b"SQLite format 3\0";
            let length = magic.len().min(bytes.len());
            bytes[..length].copy_from_slice(&magic[..length]);
            let _ = FileHeader::read(&bytes);
        }
    }
}
