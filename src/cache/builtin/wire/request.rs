//! Requests: an array of bulk strings, or an inline line of words.

use super::inline;
use super::number::parse_integer;

/// The longest argument, as in Redis: 512 MB.
const MAX_BULK: i64 = 512 * 1024 * 1024;
/// The most arguments in one request.
const MAX_ARGS: i64 = 1024 * 1024;
/// The longest inline request, and the longest line that holds a length.
const MAX_LINE: usize = 64 * 1024;
/// What a client that has not given the password may send.
const MAX_ARGS_BEFORE_AUTH: i64 = 10;
const MAX_BULK_BEFORE_AUTH: i64 = 16 * 1024;

/// A request that cannot be read. The connection is closed after saying so:
/// where the next request starts is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// 64 KB without the end of the line.
    #[error("too big inline request")]
    InlineTooLong,
    /// 64 KB without the end of the number.
    #[error("too big mbulk count string")]
    ArrayHeaderTooLong,
    /// 64 KB without the end of the number.
    #[error("too big bulk count string")]
    BulkHeaderTooLong,
    /// No number, or over a million arguments.
    #[error("invalid multibulk length")]
    ArrayLength,
    /// More than ten arguments before the password.
    #[error("unauthenticated multibulk length")]
    ArrayLengthBeforeAuth,
    /// No number, negative, or over 512 MB.
    #[error("invalid bulk length")]
    BulkLength,
    /// More than 16 KB before the password.
    #[error("unauthenticated bulk length")]
    BulkLengthBeforeAuth,
    /// An element that is no bulk string.
    #[error("expected '$', got '{}'", char::from(*.0))]
    NotBulk(u8),
    /// An inline request with an open quote.
    #[error("unbalanced quotes in request")]
    Quotes,
}

/// Where an argument is. Requests are far smaller than 4 GB.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

/// What has been found at the start of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// Not yet a whole request. Call again with the same bytes and more.
    Partial,
    /// A request that ends after this many bytes; [`RequestParser::args`] has
    /// it, unless it is empty (a bare line end), which has no reply.
    Whole(usize),
}

/// Finds requests. It remembers how far it came in a half request, so that one
/// that arrives in a thousand pieces is read once.
#[derive(Debug, Default)]
pub struct RequestParser {
    spans: Vec<Span>,
    /// Arguments still to come; `None` between requests.
    missing: Option<usize>,
    /// Where to go on in the input.
    at: usize,
    /// The length of the argument at `at`, when its header has been read.
    bulk: Option<usize>,
    /// The words of an inline request, whose spans point here.
    words: Option<Vec<u8>>,
}

impl RequestParser {
    /// Looks for one request at the start of `input`.
    ///
    /// # Errors
    /// [`ProtocolError`] when no request can start with these bytes.
    pub fn next(&mut self, input: &[u8], authenticated: bool) -> Result<Parsed, ProtocolError> {
        let mut missing = match self.missing {
            Some(missing) => missing,
            None => {
                self.spans.clear();
                self.words = None;
                match input.first() {
                    None => return Ok(Parsed::Partial),
                    Some(b'*') => {}
                    Some(_) => return self.inline(input),
                }
                let Some((length, at)) = number_line(input, 1, ProtocolError::ArrayHeaderTooLong)?
                else {
                    return Ok(Parsed::Partial);
                };
                let length = length
                    .filter(|length| *length <= MAX_ARGS)
                    .ok_or(ProtocolError::ArrayLength)?;
                if length > MAX_ARGS_BEFORE_AUTH && !authenticated {
                    return Err(ProtocolError::ArrayLengthBeforeAuth);
                }
                self.at = at;
                usize::try_from(length).unwrap_or(0)
            }
        };
        while missing > 0 {
            if !self.bulk(input, authenticated)? {
                self.missing = Some(missing);
                return Ok(Parsed::Partial);
            }
            missing -= 1;
        }
        self.missing = None;
        Ok(Parsed::Whole(self.at))
    }

    /// Reads one argument, if all of it is there.
    fn bulk(&mut self, input: &[u8], authenticated: bool) -> Result<bool, ProtocolError> {
        let length = match self.bulk {
            Some(length) => length,
            None => {
                match input.get(self.at) {
                    None => return Ok(false),
                    Some(b'$') => {}
                    Some(&other) => return Err(ProtocolError::NotBulk(other)),
                }
                let Some((length, at)) =
                    number_line(input, self.at + 1, ProtocolError::BulkHeaderTooLong)?
                else {
                    return Ok(false);
                };
                let length = length
                    .filter(|length| (0..=MAX_BULK).contains(length))
                    .ok_or(ProtocolError::BulkLength)?;
                if length > MAX_BULK_BEFORE_AUTH && !authenticated {
                    return Err(ProtocolError::BulkLengthBeforeAuth);
                }
                self.at = at;
                length as usize
            }
        };
        let end = self.at + length;
        if input.len() < end + 2 {
            self.bulk = Some(length);
            return Ok(false);
        }
        self.bulk = None;
        self.spans.push(span(self.at, end));
        self.at = end + 2;
        Ok(true)
    }

    fn inline(&mut self, input: &[u8]) -> Result<Parsed, ProtocolError> {
        let Some(end) = input.iter().position(|c| *c == b'\n') else {
            return if input.len() > MAX_LINE {
                Err(ProtocolError::InlineTooLong)
            } else {
                Ok(Parsed::Partial)
            };
        };
        let (mut words, mut ends) = (Vec::new(), Vec::new());
        let line = input[..end].strip_suffix(b"\r").unwrap_or(&input[..end]);
        inline::split(line, &mut words, &mut ends).map_err(|_| ProtocolError::Quotes)?;
        let mut start = 0;
        for end in ends {
            self.spans.push(span(start, end));
            start = end;
        }
        self.words = Some(words);
        Ok(Parsed::Whole(end + 1))
    }

    /// The arguments of the request that [`next`](Self::next) found whole in
    /// `input`.
    pub fn args<'a>(&'a self, input: &'a [u8]) -> Args<'a> {
        Args {
            bytes: self.words.as_deref().unwrap_or(input),
            spans: &self.spans,
        }
    }

    /// Gives back memory that one large request has taken.
    pub fn shrink(&mut self) {
        self.spans.shrink_to(64);
        self.words = None;
    }
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

/// A length and where the next line starts; `None` until the line is whole.
/// The length is `None` when it is no number.
fn number_line(
    input: &[u8],
    at: usize,
    too_long: ProtocolError,
) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
    let rest = &input[at..];
    match rest.iter().take(MAX_LINE).position(|c| *c == b'\r') {
        Some(end) if end + 1 < rest.len() => Ok(Some((parse_integer(&rest[..end]), at + end + 2))),
        None if rest.len() >= MAX_LINE => Err(too_long),
        _ => Ok(None),
    }
}

/// The arguments of one request, borrowed from the input. The first is the
/// command's name.
#[derive(Debug, Clone, Copy)]
pub struct Args<'a> {
    bytes: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Args<'a> {
    /// How many, with the name.
    pub fn len(self) -> usize {
        self.spans.len()
    }

    /// Whether there is not even a name.
    pub fn is_empty(self) -> bool {
        self.spans.is_empty()
    }

    /// The argument at `index`, if there are so many.
    pub fn get(self, index: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(index)?;
        Some(&self.bytes[span.start as usize..span.end as usize])
    }

    /// The argument at `index`, which the command's arity promises.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn at(self, index: usize) -> &'a [u8] {
        let span = self.spans[index];
        &self.bytes[span.start as usize..span.end as usize]
    }

    /// The arguments from `first` on.
    pub fn from(self, first: usize) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let bytes = self.bytes;
        self.spans[first.min(self.spans.len())..]
            .iter()
            .map(move |span| &bytes[span.start as usize..span.end as usize])
    }
}

/// The arguments of one request, kept for later.
#[derive(Debug, Clone, Default)]
pub struct OwnedArgs {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl OwnedArgs {
    /// Adds an argument.
    pub fn push(&mut self, arg: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(arg);
        self.spans.push(span(start, self.bytes.len()));
    }

    /// Bytes that they take in memory.
    pub fn size(&self) -> usize {
        size_of::<OwnedArgs>() + self.bytes.len() + self.spans.len() * size_of::<Span>()
    }

    /// As they were given.
    pub fn args(&self) -> Args<'_> {
        Args {
            bytes: &self.bytes,
            spans: &self.spans,
        }
    }
}

impl From<Args<'_>> for OwnedArgs {
    fn from(args: Args<'_>) -> OwnedArgs {
        let mut owned = OwnedArgs::default();
        for arg in args.from(0) {
            owned.push(arg);
        }
        owned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All requests of a stream that arrives in pieces, as the server reads it.
    fn requests(pieces: &[&[u8]]) -> Result<Vec<Vec<Vec<u8>>>, ProtocolError> {
        let mut parser = RequestParser::default();
        let (mut input, mut found) = (Vec::new(), Vec::new());
        for piece in pieces {
            input.extend_from_slice(piece);
            while let Parsed::Whole(length) = parser.next(&input, true)? {
                let args = parser.args(&input);
                if !args.is_empty() {
                    found.push(args.from(0).map(<[u8]>::to_vec).collect());
                }
                input.drain(..length);
            }
        }
        Ok(found)
    }

    fn encoded(requests: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for request in requests {
            bytes.extend(format!("*{}\r\n", request.len()).bytes());
            for arg in request {
                bytes.extend(format!("${}\r\n", arg.len()).bytes());
                bytes.extend_from_slice(arg);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes
    }

    proptest! {
        #[test]
        fn pieces_make_the_same_requests(
            sent in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 1..6),
                0..6,
            ),
            size in 1..50usize,
        ) {
            let bytes = encoded(&sent);
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(requests(&pieces), Ok(sent));
        }

        #[test]
        fn pieces_do_not_change_what_is_made_of_garbage(
            bytes in proptest::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    proptest::sample::select(b"*$\r\n0123456789-\" ".to_vec()),
                ],
                0..200,
            ),
            size in 1..50usize,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(requests(&pieces), requests(&[&bytes]));
        }
    }

    #[test]
    fn a_length_alone_takes_no_memory() {
        let mut parser = RequestParser::default();
        let input = b"*1048576\r\n$536870912\r\n";
        assert_eq!(parser.next(input, true), Ok(Parsed::Partial));
        assert!(parser.spans.capacity() < 10);
    }
}
