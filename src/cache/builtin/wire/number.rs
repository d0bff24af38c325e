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

/// A float as C's `%.17g` writes it, which is how Redis 7.0 does: 17 digits,
/// without the zeros at the end.
pub fn shortest_of_17(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if n == n.trunc() && n.abs() < 1e15 && (n != 0.0 || n.is_sign_positive()) {
        return itoa::Buffer::new().format(n as i64).to_owned();
    }
    let scientific = format!("{n:.16e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let without_zeros = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        let decimals = usize::try_from(16 - exponent).unwrap_or(0);
        without_zeros(&format!("{n:.decimals$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", without_zeros(digits), exponent.abs())
    }
}

/// A float as Redis reads one: any text of C's `strtod` but NaN.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|n: &f64| !n.is_nan())
}

#[cfg(test)]
mod tests {
    use super::{parse_integer, shortest_of_17};
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

    #[test]
    fn floats_print_as_in_c() {
        for (n, text) in [
            (0.1, "0.10000000000000001"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (-0.0, "-0"),
            (1e17, "1e+17"),
            (1e16, "10000000000000000"),
            (3e-5, "3.0000000000000001e-05"),
            (1e-4, "0.0001"),
            (123_456.789, "123456.789"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(shortest_of_17(n), text, "{n:e}");
        }
    }

    proptest! {
        #[test]
        fn every_float_is_read_back(n: f64) {
            if n.is_finite() {
                prop_assert_eq!(shortest_of_17(n).parse::<f64>().ok(), Some(n));
            }
        }

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
