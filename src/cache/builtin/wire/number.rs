//! Integers, as strictly as Redis reads them.

/// A signed 64-bit integer in its one canonical form: no sign `+`, no leading
/// zeros, no spaces. (So a value that reads as an integer can be stored as one
/// and given back byte for byte.)
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut value: u64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        // 19 digits stay below 10^19, which fits.
        value = value * 10 + u64::from(digit - b'0');
    }
    if negative {
        0i64.checked_sub_unsigned(value)
    } else {
        i64::try_from(value).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::parse_integer;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_is_an_integer() {
        for text in ["", "-", "+1", "01", "-0", "1 ", " 1", "1.0", "0x1", "--1"] {
            assert_eq!(parse_integer(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_integer(b"9223372036854775808"), None);
        assert_eq!(parse_integer(b"-9223372036854775809"), None);
        assert_eq!(parse_integer(b"99999999999999999999"), None);
    }

    proptest! {
        #[test]
        fn every_integer_is_read_back(n: i64) {
            prop_assert_eq!(parse_integer(n.to_string().as_bytes()), Some(n));
        }

        #[test]
        fn what_is_read_prints_the_same(text in "[-0-9]{0,21}") {
            if let Some(n) = parse_integer(text.as_bytes()) {
                prop_assert_eq!(n.to_string(), text);
            }
        }
    }
}
