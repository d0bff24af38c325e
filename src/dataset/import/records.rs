//! The rows of a CSV file, one at a time, with the lines on which they stand.

use std::io::{self, Read};

use super::error::{BadRow, Unreadable};
use super::fields::{Fed, Fields};

/// The longest row, in bytes. A quote that is never closed would otherwise
/// take the rest of the file into memory.
pub const MAX_ROW_BYTES: usize = 8 * 1024 * 1024;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// What files begin with that people take for text.
const OTHER_KINDS: &[(&[u8], &str)] = &[
    (b"SQLite format 3\0", "an SQLite database, not text"),
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet; save the sheet as CSV first",
    ),
    (b"\x1f\x8b", "compressed; unpack it with gunzip first"),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed; unpack it with unzstd first",
    ),
    (b"PAR1", "a Parquet file, not text"),
    (b"%PDF", "a PDF, not text"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old spreadsheet; save the sheet as CSV first",
    ),
];

/// One row.
#[derive(Debug, Default)]
pub struct Record {
    /// The line on which it begins, from 1.
    pub line: u64,
    fields: Fields,
}

impl Record {
    /// Its fields, unquoted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter()
    }

    /// Its fields as values: `None` is NULL, an empty field without quotes.
    pub fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.fields.values()
    }

    /// How many fields it has: one at least.
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.fields.len()
    }
}

/// What comes next in a file.
#[derive(Debug)]
pub enum Step<'a> {
    /// A row, and its bytes as they stand in the file.
    Row(&'a Record, &'a [u8]),
    /// A line that cannot begin a row, and its bytes. The next step begins with
    /// the line after it.
    Bad(BadRow, &'a [u8]),
}

/// Reads rows. Holds one row and one chunk of the file.
#[derive(Debug)]
pub struct Records<R> {
    source: R,
    delimiter: u8,
    /// What was read and not yet passed on begins at `start`.
    window: Vec<u8>,
    start: usize,
    at_end: bool,
    begun: bool,
    /// The line on which the next row begins, from 1.
    line: u64,
    /// Bytes passed on so far.
    passed: u64,
    record: Record,
}

impl<R: Read> Records<R> {
    /// The rows of `source`. A byte order mark of UTF-8 is passed over.
    pub fn new(source: R, delimiter: u8) -> Records<R> {
        Records {
            source,
            delimiter,
            window: Vec::new(),
            start: 0,
            at_end: false,
            begun: false,
            line: 1,
            passed: 0,
            record: Record::default(),
        }
    }

    /// The bytes of the rows so far.
    pub fn bytes(&self) -> u64 {
        self.passed
    }

    /// The next row; `None` at the end. Empty lines are passed over.
    ///
    /// # Errors
    /// [`Unreadable`]: nothing after it can be read.
    pub fn step(&mut self) -> Result<Option<Step<'_>>, Unreadable> {
        if !self.begun {
            self.begin()?;
        }
        let Some((bad, length, lines)) = self.parse_row()? else {
            return Ok(None);
        };
        let first_line = self.line;
        let raw = self.start..self.start + length;
        self.start = raw.end;
        self.line += lines;
        self.passed += length as u64;
        self.record.line = first_line;
        let raw = &self.window[raw];
        Ok(Some(match bad {
            None => Step::Row(&self.record, raw),
            Some(reason) => Step::Bad(
                BadRow {
                    line: first_line,
                    reason,
                },
                raw,
            ),
        }))
    }

    /// What is wrong with the next row, if something is, its bytes and lines.
    /// Of a bad row that is the first line: what follows may be right.
    fn parse_row(&mut self) -> Result<Option<(Option<String>, usize, u64)>, Unreadable> {
        self.compact();
        loop {
            match self.line_from(0, self.line)? {
                0 => return Ok(None),
                n if is_line_end(&self.window[self.start..self.start + n]) => {
                    self.start += n;
                    self.passed += n as u64;
                    self.line += 1;
                }
                _ => break,
            }
        }
        self.record.fields.clear();
        let (mut length, mut lines, mut first) = (0, 0, 0);
        loop {
            let n = self.line_from(length, self.line + lines)?;
            if lines == 0 {
                first = n;
            }
            if n == 0 || length + n > MAX_ROW_BYTES {
                let reason = "a quote is opened and never closed".to_owned();
                return Ok(Some((Some(reason), first, 1)));
            }
            let from = self.start + length;
            let line = std::str::from_utf8(&self.window[from..from + n])
                .map_err(|error| self.not_utf8(from, n, error.valid_up_to(), self.line + lines))?;
            let fed = self.record.fields.feed(line, self.delimiter);
            length += n;
            lines += 1;
            match fed {
                Fed::Whole => return Ok(Some((None, length, lines))),
                Fed::Open => {}
                Fed::AfterQuote(field) => {
                    let reason = format!(
                        "field {field} goes on after its closing quote (write \"\" for a quote inside)"
                    );
                    return Ok(Some((Some(reason), first, 1)));
                }
            }
        }
    }

    /// The length of the line that begins `offset` bytes behind the start, with
    /// its end; 0 at the end of the file.
    fn line_from(&mut self, offset: usize, number: u64) -> Result<usize, Unreadable> {
        let mut looked = 0;
        loop {
            let rest = &self.window[self.start + offset..];
            if let Some(at) = rest[looked..].iter().position(|byte| *byte == b'\n') {
                self.refuse_nul(offset, looked + at + 1, number)?;
                return Ok(looked + at + 1);
            }
            looked = rest.len();
            if self.at_end {
                self.refuse_nul(offset, looked, number)?;
                return Ok(looked);
            }
            if looked > MAX_ROW_BYTES {
                return Err(Unreadable::TooLong { line: number });
            }
            self.fill()?;
        }
    }

    fn refuse_nul(&self, offset: usize, length: usize, line: u64) -> Result<(), Unreadable> {
        let from = self.start + offset;
        match self.window[from..from + length]
            .iter()
            .position(|b| *b == 0)
        {
            Some(at) => Err(Unreadable::Nul { line, byte: at + 1 }),
            None => Ok(()),
        }
    }

    fn not_utf8(&self, from: usize, length: usize, valid: usize, line: u64) -> Unreadable {
        let at = valid.min(length.saturating_sub(1));
        Unreadable::NotUtf8 {
            line,
            byte: at + 1,
            value: self.window[from + at],
        }
    }

    fn begin(&mut self) -> Result<(), Unreadable> {
        self.begun = true;
        while self.window.len() < 16 && !self.at_end {
            self.fill()?;
        }
        let head = self.window.as_slice();
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err(Unreadable::Utf16);
        }
        if let Some((_, what)) = OTHER_KINDS
            .iter()
            .find(|(magic, _)| head.starts_with(magic))
        {
            return Err(Unreadable::NotText(what));
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
            self.passed = 3;
        }
        Ok(())
    }

    /// Drops what was passed on, now and then: not at each row.
    fn compact(&mut self) {
        if self.start >= CHUNK {
            self.window.drain(..self.start);
            self.start = 0;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let before = self.window.len();
        self.window.resize(before + CHUNK, 0);
        let read = loop {
            match self.source.read(&mut self.window[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let n = *read.as_ref().unwrap_or(&0);
        self.window.truncate(before + n);
        self.at_end = read? == 0;
        Ok(())
    }
}

fn is_line_end(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n" | b"\r")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives one byte at a time, as a slow disk might.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(1).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn told(source: impl Read) -> Result<Vec<String>, Unreadable> {
        let mut records = Records::new(source, b',');
        let mut all = Vec::new();
        while let Some(step) = records.step()? {
            all.push(match step {
                Step::Row(record, _) => format!(
                    "{}: {}",
                    record.line,
                    record.fields().collect::<Vec<_>>().join("|")
                ),
                Step::Bad(bad, raw) => format!("{bad}: {}", String::from_utf8_lossy(raw).trim()),
            });
        }
        Ok(all)
    }

    fn lines(text: &str) -> String {
        told(text.as_bytes()).unwrap().join("\n")
    }

    #[test]
    fn rows_know_their_lines() {
        insta::assert_snapshot!(lines("\u{feff}a,b\r\n\r\n1,\"two\nlines\"\n\n3,4"), @r"
        1: a|b
        3: 1|two
        lines
        6: 3|4
        ");
    }

    #[test]
    fn a_bad_line_does_not_take_the_next_with_it() {
        insta::assert_snapshot!(lines("a,b\n1,\"x\"y\n2,\"open\n3,z\n"), @r#"
        1: a|b
        line 2: field 2 goes on after its closing quote (write "" for a quote inside): 1,"x"y
        line 3: a quote is opened and never closed: 2,"open
        4: 3|z
        "#);
    }

    #[test]
    fn other_encodings_are_told_with_their_place() {
        for (bytes, expected) in [
            (
                &b"a\nb,\xe9t\xe9\n"[..],
                "line 2, byte 3: 0xe9 is not UTF-8 (in Latin-1 it is é); save the file as UTF-8 (iconv -f latin1 -t utf-8)",
            ),
            (
                b"a\nb\0\n",
                "line 2, byte 2: a NUL byte, so this is no UTF-8 text",
            ),
            (
                b"\xff\xfea\0",
                "this is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)",
            ),
            (
                b"PK\x03\x04 more than this",
                "this is a zip archive or a spreadsheet; save the sheet as CSV first",
            ),
            // Cut off in the middle of a letter.
            (
                b"a\nb\xc3",
                "line 2, byte 2: 0xc3 is not UTF-8 (in Latin-1 it is Ã); save the file as UTF-8 (iconv -f latin1 -t utf-8)",
            ),
        ] {
            assert_eq!(told(bytes).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_line_without_an_end_is_no_reason_to_take_all_memory() {
        let endless = told(io::repeat(b'x')).unwrap_err();
        assert_eq!(endless.to_string(), "line 1: longer than 8.4 MB");
        let (line, lines) = ("c".repeat(1023) + "\n", MAX_ROW_BYTES / 1000);
        let open = io::Cursor::new("a\n\"b\n").chain(io::Cursor::new(line.repeat(lines)));
        let all = told(open).unwrap();
        assert_eq!(all[1], "line 2: a quote is opened and never closed: \"b");
        assert_eq!(all.len(), lines + 2);
    }

    proptest! {
        /// What the csv crate writes is read back, however the bytes arrive.
        #[test]
        fn what_another_library_wrote_is_read(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z\",\r\n é]{1,6}", 2..3), 1..8)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let mut records = Records::new(Drops(&bytes), b',');
            for row in &rows {
                let Some(Step::Row(record, _)) = records.step().unwrap() else {
                    panic!("{row:?} is missing");
                };
                let found: Vec<&str> = record.fields().collect();
                prop_assert_eq!(&found, row);
            }
            prop_assert!(records.step().unwrap().is_none());
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200)) {
            let whole = told(bytes.as_slice()).map_err(|e| e.to_string());
            let dropwise = told(Drops(&bytes)).map_err(|e| e.to_string());
            prop_assert_eq!(whole, dropwise);
        }
    }
}
