//! The first reading: what columns a file has, and which rows are wrong.

use std::io::{Cursor, Read};

use super::error::{BadRow, Unreadable};
use super::records::{Record, Records, Step};
use super::sample::{self, SAMPLE_BYTES};
use super::value::{EXACT, Kind, kind_of};

/// SQLite's limit.
pub const MAX_COLUMNS: usize = 2000;

/// Rows between two reports.
const BATCH: u64 = 1024;

/// How a file is laid out, where the learner knows better than the sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// What stands between fields.
    pub delimiter: Option<u8>,
    /// Whether the first row holds names.
    pub header: Option<bool>,
}

/// What the first reading found.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// What stands between fields.
    pub delimiter: u8,
    /// The first row as it stands in the file, if it holds names.
    pub header: Option<Vec<u8>>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// Good rows, the header not counted.
    pub rows: u64,
    /// Rows that cannot be imported.
    pub bad: u64,
    /// The first of them.
    pub first_bad: Option<BadRow>,
}

/// A column, and what its values are like.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, unlike all others in the table.
    pub name: String,
    /// The type that fits all its values.
    pub kind: Kind,
    /// How many are NULL: empty, or `""` in a column of numbers.
    pub nulls: u64,
    /// Whether each is a whole number greater than the one before: then no two
    /// are the same.
    pub ascending: bool,
    /// The value that made it TEXT although nearly all others are numbers, and
    /// its line.
    pub odd: Option<(u64, String)>,
}

/// Values of one column as they come.
#[derive(Debug, Default)]
struct Seen {
    kind: Option<Kind>,
    nulls: u64,
    /// `""`.
    empty_texts: u64,
    numbers: u64,
    texts: u64,
    first_text: Option<(u64, String)>,
    beyond_exact: bool,
    last: Option<i64>,
    unordered: bool,
}

impl Seen {
    fn take(&mut self, line: u64, value: Option<&str>) {
        let Some((field, kind)) = value.and_then(|field| Some((field, kind_of(field)?))) else {
            match value {
                Some(_) => self.empty_texts += 1,
                None => self.nulls += 1,
            }
            return;
        };
        self.kind = self.kind.max(Some(kind));
        if kind == Kind::Text {
            self.texts += 1;
            if self.first_text.is_none() {
                self.first_text = Some((line, field.chars().take(30).collect()));
            }
            return;
        }
        self.numbers += 1;
        if kind == Kind::Integer
            && let Ok(number) = field.trim_matches(' ').parse::<i64>()
        {
            self.beyond_exact |= number.unsigned_abs() > EXACT;
            self.unordered |= self.last.is_some_and(|last| last >= number);
            self.last = Some(number);
        }
    }

    fn column(self, name: String) -> Column {
        let kind = match self.kind {
            // As REAL such a number would become another one.
            Some(Kind::Real) if self.beyond_exact => Kind::Text,
            kind => kind.unwrap_or(Kind::Text),
        };
        // Programs that quote every field write a missing number as "".
        let nulls = match kind {
            Kind::Text => self.nulls,
            _ => self.nulls + self.empty_texts,
        };
        let nearly_numbers = self.numbers >= 9 * self.texts && self.texts > 0;
        Column {
            name,
            kind,
            nulls,
            ascending: kind == Kind::Integer && nulls == 0 && !self.unordered,
            odd: self.first_text.filter(|_| nearly_numbers),
        }
    }
}

/// Reads `source` to its end and finds out what table it would make. `report`
/// is called with the bytes read so far, about every thousand rows; it may stop
/// the reading.
///
/// # Errors
/// [`Unreadable`], and what `report` returns. Bad rows are no error here.
pub fn infer<E: From<Unreadable>>(
    mut source: impl Read,
    layout: Layout,
    report: &mut dyn FnMut(u64) -> Result<(), E>,
) -> Result<Inferred, E> {
    let mut sample = Vec::new();
    (&mut source)
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut sample)
        .map_err(Unreadable::from)?;
    let cut = sample.len() == SAMPLE_BYTES;
    let delimiter = layout
        .delimiter
        .unwrap_or_else(|| sample::delimiter(&sample, cut));
    let mut records = Records::new(Cursor::new(sample).chain(source), delimiter);
    let mut found = Finding::default();
    let mut steps = 0u64;
    loop {
        if steps.is_multiple_of(BATCH) {
            report(records.bytes())?;
        }
        steps += 1;
        match records.step()? {
            None => break,
            Some(Step::Bad(bad, _)) => found.bad(bad),
            Some(Step::Row(record, raw)) => match found.columns.len() {
                0 => found.begin(record, raw, layout.header)?,
                _ => found.row(record),
            },
        }
    }
    report(records.bytes())?;
    if found.columns.is_empty() && found.bad == 0 {
        return Err(Unreadable::Empty.into());
    }
    let columns = found.columns.into_iter().zip(names(&found.names));
    Ok(Inferred {
        delimiter,
        header: found.header,
        columns: columns.map(|(seen, name)| seen.column(name)).collect(),
        rows: found.rows,
        bad: found.bad,
        first_bad: found.first_bad,
    })
}

/// What the rows so far have told.
#[derive(Debug, Default)]
struct Finding {
    columns: Vec<Seen>,
    names: Vec<String>,
    header: Option<Vec<u8>>,
    rows: u64,
    bad: u64,
    first_bad: Option<BadRow>,
}

impl Finding {
    fn begin(
        &mut self,
        first: &Record,
        raw: &[u8],
        header: Option<bool>,
    ) -> Result<(), Unreadable> {
        if first.len() > MAX_COLUMNS {
            return Err(Unreadable::TooManyColumns(first.len()));
        }
        self.columns.resize_with(first.len(), Seen::default);
        self.names = vec![String::new(); first.len()];
        if header.unwrap_or_else(|| sample::is_header(first.fields())) {
            self.header = Some(raw.to_vec());
            let named = self.names.iter_mut().zip(first.fields());
            named.for_each(|(name, field)| field.trim().clone_into(name));
        } else {
            self.row(first);
        }
        Ok(())
    }

    fn row(&mut self, record: &Record) {
        if let Some(bad) = wrong_number(record, self.columns.len()) {
            return self.bad(bad);
        }
        for (seen, value) in self.columns.iter_mut().zip(record.values()) {
            seen.take(record.line, value);
        }
        self.rows += 1;
    }

    fn bad(&mut self, bad: BadRow) {
        self.bad += 1;
        self.first_bad.get_or_insert(bad);
    }
}

/// What is wrong with a row that has not `expected` fields.
pub fn wrong_number(record: &Record, expected: usize) -> Option<BadRow> {
    let found = record.len();
    (found != expected).then(|| BadRow {
        line: record.line,
        reason: format!(
            "{found} {} where {expected} {} expected",
            if found == 1 { "field" } else { "fields" },
            if expected == 1 { "is" } else { "are" },
        ),
    })
}

/// Names for columns: those of the header, `column_3` for an empty one, and a
/// number behind one that SQLite would take for another.
fn names(written: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for (index, name) in written.iter().enumerate() {
        let base = match name.as_str() {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        };
        let mut candidate = base.clone();
        let mut again = 2;
        // SQLite compares names without regard to the case of ASCII letters.
        while !taken.insert(candidate.to_ascii_lowercase()) {
            candidate = format!("{base}_{again}");
            again += 1;
        }
        names.push(candidate);
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inferred(text: impl AsRef<[u8]>) -> Result<Inferred, Unreadable> {
        infer(text.as_ref(), Layout::default(), &mut |_| Ok(()))
    }

    fn columns(text: &str) -> String {
        let found = inferred(text).unwrap();
        let columns = found.columns.iter().map(|column| {
            let nulls = if column.nulls > 0 { "?" } else { "" };
            format!("{} {}{nulls}", column.name, column.kind.declared())
        });
        columns.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn types_fit_every_value() {
        let text = "id,price,zip,day,note,void,big\n\
                    1,2,01234,2024-01-31,a,,9007199254740993\n\
                    2,2.50,,2024-02-01,5,,0.5\n";
        insta::assert_snapshot!(
            columns(text),
            @"id INTEGER, price REAL, zip TEXT?, day TEXT, note TEXT, void TEXT?, big TEXT"
        );
    }

    #[test]
    fn a_file_without_names_gets_some() {
        insta::assert_snapshot!(columns("1;Ada\n2;Bo\n"), @"column_1 INTEGER, column_2 TEXT");
        insta::assert_snapshot!(columns(",a,A,a_2\n0,1,2,3\n"), @"column_1 INTEGER, a INTEGER, A_2 INTEGER, a_2_2 INTEGER");
        let forced = Layout {
            header: Some(true),
            ..Layout::default()
        };
        let years = infer::<Unreadable>(&b"land,2023\nA,5\n"[..], forced, &mut |_| Ok(())).unwrap();
        assert_eq!((years.columns[1].name.as_str(), years.rows), ("2023", 1));
    }

    #[test]
    fn the_one_odd_value_is_remembered() {
        let mut text = "n\n".to_owned();
        (0..30).for_each(|n| text.push_str(&format!("{n}\n")));
        text.push_str("n/a\n");
        let column = inferred(&text).unwrap().columns.remove(0);
        assert_eq!(column.kind, Kind::Text);
        assert_eq!(column.odd, Some((32, "n/a".to_owned())));
    }

    #[test]
    fn bad_rows_are_counted() {
        let found = inferred("a,b\n1,2\n1\n1,2,3\n3,4\n").unwrap();
        assert_eq!((found.rows, found.bad), (2, 2));
        insta::assert_snapshot!(found.first_bad.unwrap(), @"line 3: 1 field where 2 are expected");
    }

    #[test]
    fn ascending_numbers_prove_a_key() {
        let found = inferred("id,n\n1,1\n2,1\n5,3\n").unwrap();
        let proven: Vec<bool> = found.columns.iter().map(|c| c.ascending).collect();
        assert_eq!(proven, [true, false]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        insta::assert_snapshot!(inferred("\n\n").unwrap_err(), @"there is nothing in it");
        let wide = ",".repeat(1_000_000);
        insta::assert_snapshot!(inferred(wide).unwrap_err(), @"1,000,001 columns; a table of SQLite has at most 2,000");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = inferred(bytes);
        }

        #[test]
        fn every_row_is_counted_once(rows in proptest::collection::vec("[a-z0-9]{1,3}(,[a-z0-9]{1,3}){0,2}", 1..20)) {
            let text = rows.join("\n");
            let found = inferred(&text).unwrap();
            let header = u64::from(found.header.is_some());
            prop_assert_eq!(found.rows + found.bad + header, rows.len() as u64);
        }
    }
}
