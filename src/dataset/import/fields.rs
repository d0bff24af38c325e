//! Splits a row into its fields, line by line: RFC 4180 with any delimiter.

/// The fields of one row, and how far its parsing has come. A quoted field may
/// hold line ends, so a row is fed one line after another until it is whole.
#[derive(Debug, Default)]
pub struct Fields {
    text: String,
    /// Where each field ends, and whether it stood in quotes.
    ends: Vec<(usize, bool)>,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of a field.
    #[default]
    Start,
    /// Behind an opening quote.
    Quoted,
    /// Behind a quote inside a quoted field: its end, or the first half of `""`.
    Quote,
}

/// What a row is after a line of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fed {
    /// It ends here.
    Whole,
    /// A quote is open: the next line belongs to it.
    Open,
    /// Something other than a delimiter follows a closing quote of the field
    /// with this number, from 1.
    AfterQuote(usize),
}

impl Fields {
    /// Forgets the row.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.state = State::Start;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.values().map(Option::unwrap_or_default)
    }

    /// The same as values: `None` for a field with nothing in it, not even
    /// quotes. `""` is the empty text, as PostgreSQL's COPY reads it.
    pub fn values(&self) -> impl Iterator<Item = Option<&str>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let fields = starts.zip(&self.ends);
        fields.map(|(from, &(to, quoted))| (from < to || quoted).then(|| &self.text[from..to]))
    }

    /// Takes one line with its line end, if it has one.
    pub fn feed(&mut self, line: &str, delimiter: u8) -> Fed {
        let body = line.strip_suffix('\n').map_or(line, |l| {
            // A CR before the LF is part of the line end.
            l.strip_suffix('\r').unwrap_or(l)
        });
        let bytes = line.as_bytes();
        let mut at = 0;
        loop {
            match self.state {
                State::Start if bytes.get(at) == Some(&b'"') => {
                    at += 1;
                    self.state = State::Quoted;
                }
                State::Start => {
                    let rest = &body.as_bytes()[at..];
                    match rest.iter().position(|byte| *byte == delimiter) {
                        Some(length) => {
                            self.text.push_str(&line[at..at + length]);
                            self.end_field(false);
                            at += length + 1;
                        }
                        None => {
                            self.text.push_str(&body[at..]);
                            self.end_field(false);
                            return Fed::Whole;
                        }
                    }
                }
                State::Quoted => match line[at..].find('"') {
                    Some(length) => {
                        self.text.push_str(&line[at..at + length]);
                        at += length + 1;
                        self.state = State::Quote;
                    }
                    None => {
                        self.text.push_str(&line[at..]);
                        return Fed::Open;
                    }
                },
                State::Quote if bytes.get(at) == Some(&b'"') => {
                    self.text.push('"');
                    at += 1;
                    self.state = State::Quoted;
                }
                State::Quote if at >= body.len() => {
                    self.end_field(true);
                    return Fed::Whole;
                }
                State::Quote if bytes[at] == delimiter => {
                    self.end_field(true);
                    at += 1;
                }
                State::Quote => return Fed::AfterQuote(self.ends.len() + 1),
            }
        }
    }

    fn end_field(&mut self, quoted: bool) {
        self.ends.push((self.text.len(), quoted));
        self.state = State::Start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(lines: &[&str]) -> (Vec<String>, Fed) {
        let mut fields = Fields::default();
        let mut fed = Fed::Open;
        for line in lines {
            fed = fields.feed(line, b',');
        }
        (fields.iter().map(str::to_owned).collect(), fed)
    }

    #[test]
    fn rows_are_split_as_rfc_4180_says() {
        for (line, expected) in [
            ("a,b\n", &["a", "b"][..]),
            ("a,b\r\n", &["a", "b"]),
            ("a,b", &["a", "b"]),
            (",\n", &["", ""]),
            ("\"a,b\",\"c\"\"d\"\r\n", &["a,b", "c\"d"]),
            ("\"\",x\n", &["", "x"]),
            ("5'10\",x\n", &["5'10\"", "x"]),
            ("a\rb,c\n", &["a\rb", "c"]),
            ("x,\"\"\n", &["x", ""]),
        ] {
            let (fields, fed) = split(&[line]);
            assert_eq!(
                (fields.as_slice(), fed),
                (to_owned(expected).as_slice(), Fed::Whole),
                "{line:?}"
            );
        }
        let (fields, fed) = split(&["1,\"two\r\n", "lines\"\r\n"]);
        assert_eq!((fields[1].as_str(), fed), ("two\r\nlines", Fed::Whole));
        assert_eq!(split(&["a,\"b\n"]).1, Fed::Open);
        assert_eq!(split(&["a,\"b\"c\n"]).1, Fed::AfterQuote(2));
    }

    #[test]
    fn quotes_make_an_empty_field_a_text() {
        let mut fields = Fields::default();
        fields.feed("\"\",,x\n", b',');
        let values: Vec<Option<&str>> = fields.values().collect();
        assert_eq!(values, [Some(""), None, Some("x")]);
    }

    fn to_owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }
}
