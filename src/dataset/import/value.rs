//! What type a text has.

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Whole numbers that fit 64 bits.
    Integer,
    /// Numbers with a point or an exponent.
    Real,
    /// Anything else, dates and numbers with leading zeros included.
    Text,
}

impl Kind {
    /// The type as SQLite's CREATE TABLE has it.
    pub fn declared(self) -> &'static str {
        match self {
            Kind::Integer => "INTEGER",
            Kind::Real => "REAL",
            Kind::Text => "TEXT",
        }
    }
}

/// Whole numbers up to this stay what they are as REAL.
pub const EXACT: u64 = 1 << 53;

/// The type of a field; `None` for an empty one. Whatever would
/// not read the same again as a number (`007`, `+1`, a number of 30 digits) is
/// text.
pub fn kind_of(field: &str) -> Option<Kind> {
    if field.is_empty() {
        return None;
    }
    let text = field.trim_matches(' ');
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Most texts end here.
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some(Kind::Text);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let canonical = digits == "0" && text == digits || !digits.starts_with('0');
        let fits = canonical && text.parse::<i64>().is_ok();
        return Some(if fits { Kind::Integer } else { Kind::Text });
    }
    Some(if is_real(digits) {
        Kind::Real
    } else {
        Kind::Text
    })
}

/// `0.5`, `.5`, `5.`, `1e-3`: finite, and without leading zeros.
fn is_real(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let leading_zero = bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit();
    let plain = bytes
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    plain && !leading_zero && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_reads_the_same_again() {
        for (text, kind) in [
            ("0", Kind::Integer),
            ("-7", Kind::Integer),
            (" 42 ", Kind::Integer),
            ("9223372036854775807", Kind::Integer),
            ("9223372036854775808", Kind::Text),
            ("007", Kind::Text),
            ("-0", Kind::Text),
            ("+1", Kind::Text),
            ("1_000", Kind::Text),
            ("1,5", Kind::Text),
            ("0x1f", Kind::Text),
            ("1.50", Kind::Real),
            ("-0.5", Kind::Real),
            (".5", Kind::Real),
            ("5.", Kind::Real),
            ("1e-3", Kind::Real),
            ("1e999", Kind::Text),
            ("00.5", Kind::Text),
            (".", Kind::Text),
            ("1.2.3", Kind::Text),
            ("2024-01-31", Kind::Text),
            ("inf", Kind::Text),
            ("NaN", Kind::Text),
            ("-", Kind::Text),
            (" ", Kind::Text),
        ] {
            assert_eq!(kind_of(text), Some(kind), "{text:?}");
        }
        assert_eq!(kind_of(""), None);
    }
}
