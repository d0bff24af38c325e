//! The fields of one line of a trace, and what stands in them.

use crate::lab::simulate::Op;

/// Columns beyond so many are left out.
pub(super) const MOST_COLUMNS: usize = 64;

/// Splits at commas, or else at tabs, or else at spaces.
pub(super) fn split<'a>(line: &'a [u8], fields: &mut [&'a [u8]; MOST_COLUMNS]) -> usize {
    let separator = [b',', b'\t'].into_iter().find(|it| line.contains(it));
    let mut n = 0;
    let mut rest = line;
    while n < MOST_COLUMNS {
        let end = match separator {
            Some(separator) => {
                let quoted = rest.trim_ascii_start().starts_with(b"\"");
                let from = if quoted { closing_quote(rest) } else { 0 };
                rest[from..]
                    .iter()
                    .position(|it| *it == separator)
                    .map(|at| at + from)
            }
            None => rest.iter().position(u8::is_ascii_whitespace),
        };
        let field = rest[..end.unwrap_or(rest.len())].trim_ascii();
        fields[n] = match field {
            [b'"', inner @ .., b'"'] => inner,
            field => field,
        };
        n += 1;
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => break,
        }
        if separator.is_none() {
            rest = rest.trim_ascii_start();
        }
    }
    n
}

/// Just behind the quote that ends a quoted field; doubled quotes do not.
fn closing_quote(field: &[u8]) -> usize {
    let start = field
        .iter()
        .position(|it| *it == b'"')
        .map_or(0, |at| at + 1);
    let mut at = start;
    while at < field.len() {
        if field[at] == b'"' {
            if field.get(at + 1) != Some(&b'"') {
                return at + 1;
            }
            at += 1;
        }
        at += 1;
    }
    0
}

pub(super) fn number(text: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    (number.is_finite() && (0.0..=1e15).contains(&number)).then_some(number)
}

/// Operations as the traces of Twitter, memcached and Redis spell them.
pub(super) fn operation(text: &[u8]) -> Option<Op> {
    let text = text.to_ascii_lowercase();
    Some(match text.as_slice() {
        b"" | b"get" | b"gets" | b"read" | b"r" | b"getex" | b"mget" => Op::Read,
        b"set" | b"put" | b"add" | b"write" | b"w" | b"update" | b"replace" | b"cas" | b"setex"
        | b"incr" | b"decr" | b"append" | b"prepend" => Op::Write,
        b"del" | b"delete" | b"d" | b"remove" | b"unlink" => Op::Delete,
        _ => return None,
    })
}
