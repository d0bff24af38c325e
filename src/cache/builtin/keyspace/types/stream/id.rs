//! Ids of entries.

use std::fmt;

/// `1526919030474-55`: milliseconds since 1970, and a number within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct StreamId {
    /// Milliseconds since 1970.
    pub ms: u64,
    /// Among the entries of one millisecond.
    pub seq: u64,
}

impl StreamId {
    /// Below every entry's id.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };
    /// The highest.
    pub const MAX: StreamId = StreamId {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// Reads `ms-seq`, or `ms` alone, for which `seq` is filled in.
    pub fn parse(text: &[u8], seq: u64) -> Option<StreamId> {
        let text = std::str::from_utf8(text).ok()?;
        let number = |text: &str| {
            let digits = text.bytes().all(|c| c.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        match text.split_once('-') {
            Some((ms, seq)) => Some(StreamId {
                ms: number(ms)?,
                seq: number(seq)?,
            }),
            None => Some(StreamId {
                ms: number(text)?,
                seq,
            }),
        }
    }

    /// The next one, if there is one.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId {
                ms: self.ms.checked_add(1)?,
                seq: 0,
            }),
        }
    }

    /// The one before, if there is one.
    pub fn previous(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId {
                ms: self.ms.checked_sub(1)?,
                seq: u64::MAX,
            }),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}
