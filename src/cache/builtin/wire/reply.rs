//! Replies, written straight into the connection's output.

use super::number::shortest_of_17;

/// The dialect a client has asked for with `HELLO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Without maps, nulls, doubles: they are arrays and bulk strings.
    #[default]
    Resp2,
    /// With them.
    Resp3,
}

/// The most bytes of unwritten replies: one of the longest values, and what was
/// there before it. A connection that reaches it is closed.
pub const OUTPUT_LIMIT: usize = 513 * 1024 * 1024;

/// Appends one reply to a buffer. An aggregate is its header (`array`, `map`)
/// followed by its elements.
#[derive(Debug)]
pub struct Reply<'a> {
    out: &'a mut Vec<u8>,
    protocol: Protocol,
    overflowed: bool,
}

impl<'a> Reply<'a> {
    /// Appends to `out`.
    pub fn new(out: &'a mut Vec<u8>, protocol: Protocol) -> Reply<'a> {
        Reply {
            out,
            protocol,
            overflowed: false,
        }
    }

    /// What the client speaks.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// From here on in another dialect (`HELLO` answers in the new one).
    pub fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// Whether a reply was cut because it passed [`OUTPUT_LIMIT`]. The
    /// connection is of no use any more.
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes back all but the first `length` bytes.
    pub fn take_back(&mut self, length: usize) {
        self.out.truncate(length);
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.out.extend_from_slice(b"+OK\r\n");
    }

    /// A status, such as `PONG`. One line.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// An error, with its code first (`ERR syntax error`). Line ends become
    /// spaces, as they would end the reply.
    pub fn error(&mut self, text: &str) {
        self.out.push(b'-');
        let text = text.trim_end_matches(['\r', '\n']).bytes();
        self.out.extend(text.map(|c| match c {
            b'\r' | b'\n' => b' ',
            c => c,
        }));
        self.out.extend_from_slice(b"\r\n");
    }

    /// An integer.
    pub fn integer(&mut self, n: i64) {
        self.header(b':', n);
    }

    /// `n` of something, as an integer.
    pub fn count(&mut self, n: usize) {
        self.integer(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// Bytes.
    pub fn bulk(&mut self, bytes: &[u8]) {
        if self.out.len() + bytes.len() > OUTPUT_LIMIT {
            self.overflowed = true;
            return;
        }
        self.length(b'$', bytes.len());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    /// An integer's decimal text, as bytes.
    pub fn bulk_integer(&mut self, n: i64) {
        self.bulk(itoa::Buffer::new().format(n).as_bytes());
    }

    /// Text for people: a verbatim string in RESP3.
    pub fn text(&mut self, text: &str) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.length(b'=', text.len() + 4);
                self.out.extend_from_slice(b"txt:");
                self.out.extend_from_slice(text.as_bytes());
                self.out.extend_from_slice(b"\r\n");
            }
        }
    }

    /// No value.
    pub fn null(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// No array: in RESP2 another thing than no value.
    pub fn null_array(&mut self) {
        self.out.extend_from_slice(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// A floating-point number: its text in RESP2.
    pub fn double(&mut self, n: f64) {
        let text = shortest_of_17(n);
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => self.line(b',', text.as_bytes()),
        }
    }

    /// `length` elements follow that answer no command: an array in RESP2.
    pub fn push(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.length(b'*', length),
            Protocol::Resp3 => self.length(b'>', length),
        }
    }

    /// The same reply, for one part of it.
    pub fn part(&mut self) -> Reply<'_> {
        Reply::new(self.out, self.protocol)
    }

    /// Bytes of unwritten replies so far.
    pub fn written(&self) -> usize {
        self.out.len()
    }

    /// A part was cut.
    pub fn mark_overflowed(&mut self) {
        self.overflowed = true;
    }

    /// `length` pairs follow, each after [`map_pair`](Self::map_pair): arrays
    /// of two in RESP2, a map in RESP3.
    pub fn map_of_pairs(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.array(length),
            Protocol::Resp3 => self.map(length),
        }
    }

    /// One of [`map_of_pairs`](Self::map_of_pairs) follows.
    pub fn map_pair(&mut self) {
        if self.protocol == Protocol::Resp2 {
            self.array(2);
        }
    }

    /// `length` pairs follow, each after [`pair`](Self::pair): flat in RESP2.
    pub fn pairs(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.array(length * 2),
            Protocol::Resp3 => self.array(length),
        }
    }

    /// One of [`pairs`](Self::pairs) follows.
    pub fn pair(&mut self) {
        if self.protocol == Protocol::Resp3 {
            self.array(2);
        }
    }

    /// `length` elements follow.
    pub fn array(&mut self, length: usize) {
        self.length(b'*', length);
    }

    /// `length` elements without an order follow.
    pub fn set(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.length(b'*', length),
            Protocol::Resp3 => self.length(b'~', length),
        }
    }

    /// `length` keys follow, each with its value.
    pub fn map(&mut self, length: usize) {
        match self.protocol {
            Protocol::Resp2 => self.length(b'*', length * 2),
            Protocol::Resp3 => self.length(b'%', length),
        }
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.out.push(kind);
        self.out.extend_from_slice(text);
        self.out.extend_from_slice(b"\r\n");
    }

    fn length(&mut self, kind: u8, length: usize) {
        self.header(kind, i64::try_from(length).unwrap_or(i64::MAX));
    }

    fn header(&mut self, kind: u8, n: i64) {
        self.line(kind, itoa::Buffer::new().format(n).as_bytes());
    }
}
